import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { environmentOf, everything, inputOf, type ReadJob, read, scriptsOf } from "./pipelines.ts";
import { type Given, type Ran, run } from "./runner.ts";

const { jobs } = read(inputOf([environmentOf("production", everything)]));

function job(name: string): ReadJob {
  const found = jobs[name];
  if (found === undefined) throw new Error(`no job ${name} among ${Object.keys(jobs).join(", ")}`);
  return found;
}

const registry = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
const commit = "0123456789abcdef0123456789abcdef01234567";
const runnerArn = "arn:aws:apprunner:us-east-1:123456789012:service/web-runner/1";
const expressArn = "arn:aws:ecs:us-east-1:123456789012:service/staging/web";
const variables = {
  AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/ci/CircleCI-OIDC-Role",
  AWS_REGION: "us-east-1",
  AWS_ECR_REGISTRY: registry,
  AWS_APP_RUNNER_SERVICE_ARN_WEB_RUNNER: runnerArn,
  AWS_APP_RUNNER_SERVICE_ARN_PLAIN: runnerArn,
  AWS_ECS_SERVICE_ARN_WEB_2: expressArn,
  AWS_ECS_CLUSTER_CLUSTER_WEB: "cluster",
  AWS_ECS_SERVICE_CLUSTER_WEB: "web",
  AWS_ECS_CLUSTER_CLUSTER_OTHER: "cluster",
  AWS_ECS_SERVICE_CLUSTER_OTHER: "other",
  AWS_LAMBDA_FUNCTION: "worker",
  AWS_AMPLIFY_APP_ID_FRONT: "d1front",
  AWS_AMPLIFY_APP_ID_WHOLE: "d1whole",
  AWS_AMPLIFY_APP_ID_UPLOADS: "d1uploads",
};

const start = (name: string, given: Given = {}): Ran =>
  run(job(name), { ...given, variables: { ...variables, ...given.variables } });

/** The calls of a program, without its name, as one text each. */
const callsOf = ({ calls }: Ran, program: string) =>
  calls.flatMap(([name, ...words]) => (name === program ? [words.join(" ")] : []));

describe("every script", () => {
  test.each(Object.keys(jobs))("of %s is one that bash takes", (name) => {
    for (const script of scriptsOf(job(name))) {
      const { status, stderr } = spawnSync("bash", ["-n", "-c", script], { encoding: "utf8" });
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    }
  });

  test.each(Object.keys(jobs))("of %s ends at a variable that is not set, and names it", (name) => {
    const { code, err, calls } = run(job(name));
    expect(code).not.toBe(0);
    expect(err).toMatch(/AWS_[A-Z0-9_]+: (is not set|unbound variable)|CIRCLE_BRANCH/);
    expect(calls.filter(([program]) => program !== "aws")).toEqual([]);
  });
});

describe("the test of the login", () => {
  const identity = (arn: string) => ({ "aws sts get-caller-identity": ['{"Account":"1"}', arn] });

  test("shows the identity, and succeeds for a session of the role", () => {
    const arn = "arn:aws:sts::123456789012:assumed-role/CircleCI-OIDC-Role/the-job";
    const ran = start("test-login-production", { answers: identity(arn) });
    expect(ran).toMatchObject({ code: 0, out: '{"Account":"1"}\nThis job has the role.\n' });
  });

  test.each([
    "arn:aws:sts::123456789012:assumed-role/CircleCI-OIDC-Role-2/the-job",
    "arn:aws:sts::999999999999:assumed-role/CircleCI-OIDC-Role/the-job",
    "arn:aws:iam::123456789012:user/deployer",
  ])("fails for %s", (arn) => {
    const ran = start("test-login-production", { answers: identity(arn) });
    expect(ran.code).toBe(1);
    expect(ran.err).toContain("This job does not have the role arn:aws:iam::123456789012:role/ci/");
  });
});

describe("a push", () => {
  const answers = { "aws ecr get-login-password": ["secret-password"] };

  test("is of the commit's tag, and shows no password", () => {
    const ran = start("push-shop-web-production", { answers });
    const image = `${registry}/shop/web:${commit}`;
    expect(ran.code).toBe(0);
    expect(callsOf(ran, "docker")).toEqual([
      `login --username AWS --password-stdin ${registry}`,
      `build --tag ${image} .`,
      `push ${image}`,
    ]);
    expect(ran.out + ran.err).not.toContain("secret-password");
  });

  test("fails where the login, the build or the push does", () => {
    for (const failing of [
      "aws ecr get-login-password",
      "docker login",
      "docker build",
      "docker push",
    ]) {
      const ran = start("push-shop-web-production", {
        answers: { ...answers, [failing]: ["exit 1"] },
      });
      expect({ failing, code: ran.code }).toEqual({ failing, code: 1 });
    }
  });
});

/** A job that starts something and asks how it goes. */
type Waiting = {
  readonly job: string;
  readonly answers: NonNullable<Given["answers"]>;
  /** The call that starts it. */
  readonly starts: string;
  /** The call that asks. */
  readonly asks: string;
  readonly states: {
    readonly going: string;
    readonly done: string;
    readonly failed: readonly string[];
  };
  /** How often it asks at most. */
  readonly times: number;
};

const container = JSON.stringify({
  image: `${registry}/shop/web:old`,
  containerPort: 8080,
  environment: [{ name: "A", value: "it's $HOME" }],
});
const definition = JSON.stringify({
  taskDefinition: {
    taskDefinitionArn: "arn:old:1",
    family: "web",
    revision: 1,
    status: "ACTIVE",
    registeredBy: "ann",
    containerDefinitions: [
      { name: "web", image: `${registry}/shop/web:old` },
      { name: "proxy", image: "envoy:1" },
    ],
  },
  tags: [
    { key: "team", value: "shop" },
    { key: "aws:cloudformation:stack-name", value: "x" },
  ],
});

const waiting: readonly Waiting[] = [
  {
    job: "deploy-app-runner-web-runner-production",
    answers: { "aws apprunner start-deployment": ["operation-1"] },
    starts: "aws apprunner start-deployment",
    asks: "aws apprunner list-operations",
    states: {
      going: "IN_PROGRESS",
      done: "SUCCEEDED",
      failed: ["FAILED", "ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCEEDED", "ROLLBACK_FAILED"],
    },
    times: 120,
  },
  {
    job: "release-amplify-front-main-production",
    answers: { "aws amplify start-job": ["7"] },
    starts: "aws amplify start-job",
    asks: "aws amplify get-job",
    states: { going: "RUNNING", done: "SUCCEED", failed: ["FAILED", "CANCELLED"] },
    times: 180,
  },
];

const express: Waiting = {
  job: "deploy-ecs-express-staging-web-production",
  answers: {
    "aws ecs describe-express-gateway-service": [container],
    "aws ecs update-express-gateway-service": ["arn:revision"],
  },
  starts: "aws ecs update-express-gateway-service",
  asks: "aws ecs list-service-deployments",
  states: {
    going: "IN_PROGRESS",
    done: "SUCCESSFUL",
    failed: ["STOPPED", "ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"],
  },
  times: 180,
};

const plain: Waiting = {
  job: "deploy-ecs-cluster-web-production",
  answers: {
    "aws ecs describe-services": ["arn:old:1", "COMPLETED"],
    "aws ecs describe-task-definition": [definition],
    "aws ecs register-task-definition": ["arn:new:2"],
    "aws ecs update-service": ["ecs-svc/1"],
  },
  starts: "aws ecs update-service",
  asks: "aws ecs describe-services",
  states: { going: "IN_PROGRESS", done: "COMPLETED", failed: ["FAILED", "GONE"] },
  times: 180,
};

function describeWaiting(each: Waiting): void {
  const { answers, starts, asks, states, times } = each;
  const [before = []] = [asks in answers ? (answers[asks] ?? []).slice(0, 1) : []];
  const withStates = (...given: readonly string[]): Given => ({
    answers: { ...answers, [asks]: [...before, ...given] },
  });
  const asked = (ran: Ran) =>
    callsOf(ran, "aws").filter((call) => `aws ${call}`.startsWith(asks)).length - before.length;

  describe(each.job, () => {
    test("waits until the deployment is done", () => {
      const ran = start(each.job, withStates(states.going, states.going, states.done));
      expect(ran).toMatchObject({ code: 0, err: "" });
      expect(ran.out).toContain(`${states.going}\n${states.going}\n${states.done}\n`);
      expect(asked(ran)).toBe(3);
      expect(callsOf(ran, "sleep")).toEqual(["10", "10"]);
    });

    test.each(states.failed)("fails when it ends as %s", (state) => {
      const ran = start(each.job, withStates(states.going, state));
      expect(ran.code).toBe(1);
      expect(ran.err).toContain(` ended as ${state}.\n`);
      expect(asked(ran)).toBe(2);
    });

    test("fails when it takes too long", () => {
      const ran = start(each.job, withStates(states.going));
      expect(ran.code).toBe(1);
      expect(ran.err).toMatch(/did not end within \d+ minutes\.\n$/);
      expect(asked(ran)).toBe(times);
    });

    test("fails where AWS refuses to start it or to show it, and asks no more", () => {
      const refused = start(each.job, { answers: { ...answers, [starts]: ["exit 254"] } });
      expect(refused.code).toBe(254);
      expect(asked(refused)).toBeLessThanOrEqual(0);
      const hidden = start(each.job, withStates("exit 254"));
      expect(hidden.code).toBe(254);
      expect(asked(hidden)).toBe(1);
    });
  });
}

for (const each of waiting) describeWaiting(each);

describe.runIf(hasJq())("with jq", () => {
  for (const each of [express, plain]) describeWaiting(each);

  const edited = (name: string, option: string, answers: Waiting["answers"]) => {
    const ran = start(name, { answers });
    expect(ran.code).toBe(0);
    const words = ran.calls.flat();
    const file = words[words.indexOf(option) + 1] ?? "";
    return JSON.parse(readFileSync(file.replace("file://", ""), "utf8"));
  };

  test("an Express service keeps its container but for the image", () => {
    const { job: name, answers, asks } = express;
    expect(edited(name, "--primary-container", { ...answers, [asks]: ["SUCCESSFUL"] })).toEqual({
      ...JSON.parse(container),
      image: `${registry}/shop/web:${commit}`,
    });
  });

  test("a task definition keeps everything but the image of its own containers", () => {
    const { job: name, answers } = plain;
    expect(edited(name, "--cli-input-json", answers)).toEqual({
      family: "web",
      containerDefinitions: [
        { name: "web", image: `${registry}/shop/web:${commit}` },
        { name: "proxy", image: "envoy:1" },
      ],
      tags: [{ key: "team", value: "shop" }],
    });
  });

  test("a task definition without a container of the repository is not registered", () => {
    const { job: name, answers } = plain;
    const other = definition.replaceAll("/shop/web:old", "/blog:old");
    const ran = start(name, {
      answers: { ...answers, "aws ecs describe-task-definition": [other] },
    });
    expect(ran.code).toBe(1);
    expect(ran.err).toContain(`No container of arn:old:1 runs an image of ${registry}/shop/web.`);
    expect(callsOf(ran, "aws").join()).not.toContain("register");
  });
});

test("a service whose repository is not known gets a new deployment of what it has", () => {
  const ran = start("deploy-ecs-cluster-other-production", {
    answers: {
      "aws ecs update-service": ["ecs-svc/1"],
      "aws ecs describe-services": ["COMPLETED"],
    },
  });
  expect(ran.code).toBe(0);
  expect(callsOf(ran, "aws")[0]).toContain("--service other --force-new-deployment");
});

describe("a deployment that the role may not watch", () => {
  test("of App Runner is started and not waited for, and says so", () => {
    const answers = { "aws apprunner start-deployment": ["operation-1"] };
    const ran = start("deploy-app-runner-plain-production", { answers });
    expect(ran.code).toBe(0);
    expect(callsOf(ran, "aws")).toHaveLength(1);
    expect(ran.out).toContain("Started only: the role may not look whether operation operation-1");
  });

  test("of Amplify uploads the site, starts a job and says so, without the address", () => {
    const url = "https://bucket.example/put?X-Amz-Signature=secret";
    const answers = {
      "aws amplify create-deployment": [`9\t${url}`],
      "aws amplify start-deployment": ["PENDING"],
    };
    const ran = start("release-amplify-uploads-main-production", { answers });
    expect(ran.code).toBe(0);
    expect(callsOf(ran, "curl")[0]).toMatch(
      /--upload-file \S+\/site\.zip https:\/\/bucket\.example/,
    );
    expect(callsOf(ran, "aws").at(-1)).toContain("--branch-name=main --job-id 9");
    expect(ran.out + ran.err).not.toContain("secret");
    expect(ran.out).toContain("Started only");
    const failed = start("release-amplify-uploads-main-production", {
      answers: { ...answers, curl: ["exit 22"] },
    });
    expect(failed.code).toBe(22);
    expect(callsOf(failed, "aws")).toHaveLength(1);
  });
});

describe("a release of Amplify", () => {
  const answers = { "aws amplify start-job": ["7"], "aws amplify get-job": ["SUCCEED"] };
  const on = (branch: string, name: string) =>
    start(name, { answers, variables: branch === "" ? {} : { CIRCLE_BRANCH: branch } });
  const front = "release-amplify-front-main-production";

  test.each([
    ["main", 2],
    ["", 2],
    ["another", 2],
    ["feature/x", 0],
  ])("of branch main makes, in a pipeline of branch %j, %d calls", (branch, calls) => {
    const ran = on(branch, front);
    expect(ran.code).toBe(0);
    expect(callsOf(ran, "aws")).toHaveLength(calls);
  });

  test("of every branch is of the pipeline's own", () => {
    expect(callsOf(on("-rf $(x)", "release-amplify-whole-production"), "aws")[0]).toBe(
      "amplify start-job --app-id d1whole --branch-name=-rf $(x) --job-type RELEASE --query jobSummary.jobId --output text",
    );
  });
});

describe("a function of Lambda", () => {
  const name = "deploy-lambda-worker-production";
  const answers = (packageType: string) => ({
    "aws lambda get-function-configuration": [packageType],
    "aws lambda update-function-code": ["3"],
    "aws lambda wait function-updated-v2": ["-"],
  });

  test.each([
    ["Image", `--image-uri ${registry}/worker:${commit} --publish`],
    ["Zip", /--zip-file fileb:\/\/\S+\/function\.zip --publish/],
    ["None", /--zip-file/],
  ])("that is packed as %s gets such code, and is waited for", (packageType, code) => {
    const ran = start(name, { answers: answers(packageType) });
    expect(ran).toMatchObject({ code: 0, out: "Published version 3.\n" });
    const [, update, wait] = callsOf(ran, "aws");
    expect(update).toMatch(code);
    expect(wait).toBe("lambda wait function-updated-v2 --function-name worker");
  });

  test("fails where the update ends badly", () => {
    const failing = { ...answers("Image"), "aws lambda wait function-updated-v2": ["exit 255"] };
    expect(start(name, { answers: failing }).code).toBe(255);
  });

  test("that is an image of nobody knows which repository fails before it changes anything", () => {
    const unknown = read(inputOf([environmentOf("a", { deploy: { lambda: ["worker"] } })]));
    const ran = run(unknown.jobs["deploy-lambda-worker-a"] ?? job(""), {
      variables,
      answers: answers("Image"),
    });
    expect(ran.code).toBe(1);
    expect(callsOf(ran, "aws")).toHaveLength(1);
  });
});

describe("jobs that read outputs", () => {
  const reading = { ...everything, policy: { readOutputs: true } };
  const config = read(inputOf([environmentOf("production", reading)]));
  const watched = config.jobs["deploy-app-runner-plain-production"];
  const hostile = `arn:of:$(touch pwned)'"\`;`;
  const outputs = (value: unknown) => ({
    "aws ssm get-parameter": [JSON.stringify({ AWS_APP_RUNNER_SERVICE_ARN_PLAIN: value })],
    "aws apprunner start-deployment": ["operation-1"],
  });

  test.runIf(hasJq())("deploy to the ARN of the moment, taken letter by letter", () => {
    const ran = run(watched ?? job(""), { answers: outputs(hostile) });
    expect(ran).toMatchObject({ code: 0, err: "" });
    const [first, second] = ran.calls;
    expect(first?.slice(0, 7)).toEqual([
      "aws",
      "ssm",
      "get-parameter",
      "--region",
      "us-east-1",
      "--name",
      "/oidc-reconciler/outputs/production",
    ]);
    expect(second).toContain(hostile);
  });

  test.runIf(hasJq())("fail where the outputs lack it, or may not be read", () => {
    for (const answers of [outputs(undefined), outputs(null)]) {
      const ran = run(watched ?? job(""), { answers });
      expect(ran.code).toBe(1);
      expect(ran.err).toBe(
        "/oidc-reconciler/outputs/production has no AWS_APP_RUNNER_SERVICE_ARN_PLAIN. If its target exists, make this file again.\n",
      );
      expect(ran.calls).toHaveLength(1);
    }
    const refused = run(watched ?? job(""), { answers: { "aws ssm get-parameter": ["exit 254"] } });
    expect(refused.code).toBe(254);
  });
});

/** The image that jobs run in has it; where the tests run it may be missing. */
function hasJq(): boolean {
  return spawnSync("jq", ["--version"]).status === 0;
}
