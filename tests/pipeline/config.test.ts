import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { PipelineInput } from "../../shared/pipeline/pipeline.ts";
import { pipelineOf } from "../../shared/pipeline/pipeline.ts";
import { none } from "../targets/none.ts";
import {
  environmentOf,
  everything,
  inputOf,
  type Read,
  read,
  scriptsOf,
  textOf,
  workflowJobs,
} from "./pipelines.ts";

const schemaFile = new URL("circleci-config.schema.json", import.meta.url);
const isValid = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(schemaFile, "utf8")),
);

const reading = { ...everything, policy: { readOutputs: true } };
const production = environmentOf("production", everything);
const staging = environmentOf("staging", everything);
const contexts = new Map([
  ["production", "aws production"],
  ["staging", "aws-staging"],
]);
const roleArn = "arn:aws:iam::123456789012:role/CircleCI-OIDC-Role";

const inputs: readonly (readonly [string, PipelineInput])[] = [
  ["one environment", inputOf([production])],
  ["with deploy markers", inputOf([production], { deployMarkers: true })],
  ["with a context", inputOf([production], { contexts })],
  ["two environments", inputOf([production, staging])],
  ["two with contexts", inputOf([production, staging], { contexts })],
  ["that reads outputs", inputOf([environmentOf("production", reading)])],
  ["without a target", inputOf([environmentOf("production", { deploy: {} })])],
  [
    "with names that YAML or JavaScript could take for something else",
    inputOf(
      ["version", "true", "1.5", "-", "constructor"].map((name) => environmentOf(name, everything)),
    ),
  ],
];

describe.each(inputs)("a file for %s", (_, input) => {
  const text = textOf(input);
  const config = read(input);

  test("is of CircleCI's schema", () => {
    const holds = isValid(parse(text));
    expect(isValid.errors).toBeNull();
    expect(holds).toBe(true);
  });

  test("has a workflow for each environment, of jobs that exist, each in one workflow", () => {
    expect(Object.keys(config.workflows)).toHaveLength(input.environments.length);
    const listed = Object.keys(config.workflows).flatMap((name) => [
      ...workflowJobs(config, name).keys(),
    ]);
    expect(listed.toSorted()).toEqual(Object.keys(config.jobs).toSorted());
    for (const name of Object.keys(config.workflows)) {
      const jobs = workflowJobs(config, name);
      const seen = new Set<string>();
      for (const [job, { requires = [] }] of jobs) {
        for (const required of requires) expect(seen).toContain(required);
        seen.add(job);
      }
    }
  });

  test("logs in before anything else asks AWS, and stops at the first error", () => {
    for (const { steps } of Object.values(config.jobs)) {
      const kinds = steps.map((step) => {
        if (typeof step === "string") return step;
        return step.run === undefined ? "log in" : "run";
      });
      expect(kinds.filter((kind) => kind === "log in")).toHaveLength(1);
      expect(kinds.indexOf("log in")).toBeLessThan(kinds.indexOf("run"));
    }
    for (const script of Object.values(config.jobs).flatMap(scriptsOf)) {
      expect(script).toMatch(/^set -euo pipefail\n/);
    }
  });

  test("uses nothing that CircleCI lists as deprecated, and pins its orb", () => {
    expect(text).not.toMatch(/20\.10|version: 2$|machine: true|deploy:|:latest\n|resource_class/m);
    expect(parse(text).orbs).toEqual({ "aws-cli": "circleci/aws-cli@5.4.1" });
  });

  test("is the same when it is made again", () => {
    expect(textOf(input)).toBe(text);
  });
});

const loginsOf = (config: Read) =>
  Object.values(config.jobs).map(({ steps }) =>
    steps.flatMap((step) => (typeof step === "string" ? [] : (step["aws-cli/setup"] ?? []))),
  );

describe("the role and the values of the targets", () => {
  test("are variables of the project for one environment", () => {
    const config = read(inputOf([production]));
    for (const [login] of loginsOf(config)) {
      expect(login).toEqual({ role_arn: "${AWS_ROLE_ARN}", region: "${AWS_REGION}" });
    }
    const values = Object.values(config.jobs).flatMap(({ environment }) =>
      Object.keys(environment),
    );
    expect(values.filter((name) => name.startsWith("AWS_"))).toEqual([]);
  });

  test("are in the file for several", () => {
    const config = read(inputOf([production, staging]));
    for (const [login] of loginsOf(config)) {
      expect(login).toEqual({ role_arn: roleArn, region: "us-east-1" });
    }
    expect(config.jobs["deploy-ecs-cluster-other-staging"]?.environment).toMatchObject({
      AWS_ECS_CLUSTER_CLUSTER_OTHER: "cluster",
      AWS_ECS_SERVICE_CLUSTER_OTHER: "other",
    });
    expect(config.jobs["push-worker-staging"]?.environment).toMatchObject({
      AWS_ECR_REGISTRY: "123456789012.dkr.ecr.us-east-1.amazonaws.com",
      AWS_REGION: "us-east-1",
    });
  });

  test("are of each one's context where it has one", () => {
    const config = read(inputOf([production, staging], { contexts }));
    for (const [login] of loginsOf(config)) expect(login?.role_arn).toBe("${AWS_ROLE_ARN}");
    for (const [environment, context] of contexts) {
      for (const job of workflowJobs(config, environment).values()) {
        expect(job.context).toEqual([context]);
      }
    }
  });

  test("are read from the outputs after the login", () => {
    const config = read(inputOf([environmentOf("production", reading)]));
    const { environment, steps } = config.jobs["deploy-app-runner-plain-production"] ?? {
      environment: {},
      steps: [],
    };
    expect(environment).toMatchObject({
      OUTPUTS_PARAMETER: "/oidc-reconciler/outputs/production",
      OUTPUTS_REGION: "us-east-1",
    });
    const names = steps.map((step) =>
      typeof step === "string" ? step : (step.run?.name ?? "log in"),
    );
    expect(names).toEqual(["log in", "Read where to deploy to", "Start a deployment"]);
    for (const [login] of loginsOf(config)) expect(login?.role_arn).toBe(roleArn);
  });

  test("a role with a path that the orb would take for a variable comes as one", () => {
    const odd = environmentOf("production", { ...reading, role: { path: "/ci$HOME/<<x>>/" } });
    const input = inputOf([odd]);
    for (const [login] of loginsOf(read(input))) expect(login?.role_arn).toBe("${AWS_ROLE_ARN}");
    expect(read(input).jobs["test-login-production"]?.environment["AWS_ROLE_ARN"]).toBe(
      "arn:aws:iam::123456789012:role/ci$HOME/\\<<x>>/CircleCI-OIDC-Role",
    );
  });
});

describe("the jobs", () => {
  test("push by commit, and `latest` beside it only where App Runner deploys it", () => {
    const { jobs } = read(inputOf([production]));
    const ofWeb = scriptsOf(
      jobs["push-shop-web-production"] ?? { description: "", environment: {}, steps: [] },
    );
    const pushes = Object.entries(jobs).filter(([name]) => name.startsWith("push-"));
    expect(pushes).toHaveLength(2);
    for (const [, job] of pushes) {
      const [script = ""] = scriptsOf(job);
      expect(script).toContain('image="$repository:$CIRCLE_SHA1"');
      expect(script).toContain('docker push "$image"');
    }
    expect(ofWeb.join()).not.toContain(":latest");
    const withRunner = read(
      inputOf([environmentOf("a", { deploy: { ecr: ["web"], appRunner: ["web-1"] } })]),
    );
    expect(withRunner.jobs["push-web-a"]?.steps.at(-1)).toMatchObject({
      run: { command: expect.stringContaining('docker push "$repository:latest"') },
    });
    const plain = "export BUILDX_NO_DEFAULT_ATTESTATIONS=1";
    const pushed = pushes.map(([name, job]) => [name, scriptsOf(job).join().includes(plain)]);
    expect(pushed).toEqual([
      ["push-shop-web-production", false],
      ["push-worker-production", true],
    ]);
  });

  test("say that they only start what the role may not watch", () => {
    const { jobs } = read(inputOf([production]));
    const started = Object.entries(jobs).filter(([, job]) => /Only starts/.test(job.description));
    expect(started.map(([name]) => name)).toEqual([
      "deploy-app-runner-plain-production",
      "release-amplify-uploads-main-production",
    ]);
    for (const [, job] of started) expect(scriptsOf(job).join()).toContain("Started only");
  });

  test("wait for the images that they deploy", () => {
    const jobs = workflowJobs(read(inputOf([production])), "production");
    expect(jobs.get("deploy-ecs-express-web-production")?.requires).toEqual([
      "test-login-production",
      "push-shop-web-production",
    ]);
    expect(jobs.get("deploy-lambda-worker-production")?.requires).toContain(
      "push-worker-production",
    );
    expect(jobs.get("deploy-ecs-cluster-other-production")?.requires).toEqual([
      "test-login-production",
    ]);
  });

  test("that deploy are marked where that is asked for, with how they ended if they know", () => {
    const { jobs } = read(inputOf([production], { deployMarkers: true }));
    const marks = (name: string) =>
      (jobs[name]?.steps ?? []).flatMap((step) => {
        const command = typeof step === "string" ? undefined : step.run;
        const word = /circleci run release (\w+)(?:.*(--status=\w+))?/.exec(command?.command ?? "");
        return word === null ? [] : [[word[1], word[2], command?.when].filter(Boolean).join(" ")];
      });
    expect(marks("deploy-app-runner-web-runner-production")).toEqual([
      "plan",
      "update --status=RUNNING",
      "update --status=SUCCESS on_success",
      "update --status=FAILED on_fail",
    ]);
    expect(marks("deploy-app-runner-plain-production")).toEqual(["log"]);
    expect(marks("push-worker-production")).toEqual([]);
    expect(textOf(inputOf([production]))).not.toContain("circleci run release");
  });

  test("leave out a target that the role may not deploy to, and the file says so", () => {
    const missing = environmentOf("production", everything, { targets: none });
    const { notes, config } = pipelineOf(inputOf([missing]));
    expect(config.jobs.map(({ name }) => name)).toEqual(["test-login-production"]);
    expect(notes).toEqual([
      "production: ECR repository shop/web has no job: it was not found, so the role may not deploy to it",
      "production: ECR repository worker has no job: it was not found, so the role may not deploy to it",
      "production: App Runner service web-runner has no job: it was not found, so the role may not deploy to it",
      "production: App Runner service plain has no job: it was not found, so the role may not deploy to it",
      "production: ECS Express service default/web has no job: it was not found, so the role may not deploy to it",
      "production: ECS Express service staging/web has no job: it was not found, so the role may not deploy to it",
      "production: ECS service cluster/web has no job: it was not found, so the role may not deploy to it",
      "production: ECS service cluster/other has no job: it was not found, so the role may not deploy to it",
      "production: Lambda function worker has no job: it was not found, so the role may not deploy to it",
      "production: Amplify app front has no job: it was not found, so the role may not deploy to it",
      "production: Amplify app whole has no job: it was not found, so the role may not deploy to it",
      "production: Amplify app uploads has no job: it was not found, so the role may not deploy to it",
    ]);
    for (const note of notes) expect(textOf(inputOf([missing]))).toContain(`#   ${note}.`);
  });

  test("leave out what `may` does not allow", () => {
    const { notes } = pipelineOf(
      inputOf([
        environmentOf("a", {
          deploy: {
            ecr: [{ repository: "web", may: ["read-images"] }],
            appRunner: [{ service: "web-1", may: ["watch"] }],
            amplify: [{ app: "front", branches: ["file:///etc/passwd", "main"] }],
          },
        }),
      ]),
    );
    expect(notes).toEqual([
      "a: ECR repository web has no job: its `may` has no push",
      "a: App Runner service web-1 has no job: its `may` has no deploy",
      "a: Amplify app front branch file:///etc/passwd has no job: the AWS CLI would take this name for a file's",
    ]);
  });

  test("leave out a branch that is not there, and keep the others", () => {
    const deploy = { amplify: [{ app: "front", branches: ["main", "gone"] }, "whole"] };
    const environment = environmentOf("a", { deploy });
    const [front, whole] = environment.targets.amplify;
    if (front === undefined || whole === undefined) throw new Error("no app");
    const targets = { ...none, amplify: [{ ...front, branches: ["main"] }, whole] };
    const { notes, config } = pipelineOf(inputOf([{ ...environment, targets }]));
    expect(config.jobs.map(({ name }) => name)).toEqual([
      "test-login-a",
      "release-amplify-front-main-a",
      "release-amplify-whole-a",
    ]);
    expect(notes).toEqual([
      "a: Amplify app front branch gone has no job: it was not found, so the role may not deploy to it",
    ]);
  });

  test("that only start a deployment are noted, with the word that lets them wait", () => {
    expect(pipelineOf(inputOf([production])).notes).toEqual([
      "production: App Runner service plain: the job only starts a deployment, because its `may` has no watch",
      "production: Amplify app uploads: the job only starts a release, because its `may` has no release",
    ]);
  });

  test("of two targets whose names differ in punctuation alone have two names", () => {
    const alike = environmentOf("a", { deploy: { lambda: ["a-b", "a_b"] } });
    expect(Object.keys(read(inputOf([alike])).jobs)).toEqual([
      "test-login-a",
      "deploy-lambda-a-b-a",
      "deploy-lambda-a-b-a-2",
    ]);
  });
});

test("the first lines say what made the file, from what, what it needs, and how to make it again", () => {
  const madeBy = { version: "1.2.3", names: ["production", "staging"] };
  const held = { ...environmentOf("staging", reading), isNewest: false };
  const input = inputOf([environmentOf("production", { deploy: { ecr: ["web"] } }), held], {
    madeBy,
    contexts: new Map([["production", "it's ours"]]),
    deployMarkers: true,
  });
  expect(textOf(input).split("\nversion:")[0]).toMatchInlineSnapshot(`
    "# Made by oidc-reconciler 1.2.3 from what is in force in account 123456789012, us-east-1.
    # Make it again when a document or a target has changed:
    #   oidc-reconciler circleci config production staging --context 'production=it'\\''s ours' --deploy-markers --prefix /oidc-reconciler --region us-east-1 > .circleci/config.yml

    # production: version 4 of /oidc-reconciler/environments/production, SHA-256 0123456789ab
    #   reads variables of context it's ours: AWS_ROLE_ARN, AWS_REGION, AWS_ECR_REGISTRY

    # staging: version 4 of /oidc-reconciler/environments/staging, SHA-256 0123456789ab
    #   reads /oidc-reconciler/outputs/staging at run time: no ARN is in this file

    # Note:
    #   staging: a newer version of the document is not in force, and nothing of it is here.
    #   staging: App Runner service plain: the job only starts a deployment, because its \`may\` has no watch.
    #   staging: Amplify app uploads: the job only starts a release, because its \`may\` has no release.
    "
  `);
});
