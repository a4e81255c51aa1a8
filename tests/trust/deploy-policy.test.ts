import { describe, expect, test } from "vitest";
import { evaluateAccess, problemOfPermissionPolicy } from "../../sandbox/evaluate/index.ts";
import type { AppMay } from "../../shared/targets/amplify/schema.ts";
import type { ServiceMay } from "../../shared/targets/app-runner/schema.ts";
import type { RepositoryMay } from "../../shared/targets/ecr/schema.ts";
import type { ResolvedTargets } from "../../shared/targets/index.ts";
import {
  deployPolicyOf,
  type PolicyDocument,
  readableOutputs,
  writeDeployPolicy,
} from "../../shared/trust/index.ts";
import { none } from "../targets/none.ts";

const repository = (name: string, ...may: readonly RepositoryMay[]) => ({
  repository: name,
  arn: `arn:aws:ecr:us-east-1:123456789012:repository/${name}`,
  may: may.length === 0 ? (["push"] as const) : may,
});
const appRunnerArn =
  "arn:aws:apprunner:us-east-1:123456789012:service/demo-backend/8fe1e10304f84fd2b0df550fe98a71fa";
const appArn = "arn:aws:amplify:us-east-1:123456789012:apps/d2abc";
const service = (...may: readonly ServiceMay[]) => ({
  service: "demo-backend",
  arn: appRunnerArn,
  may: may.length === 0 ? (["deploy"] as const) : may,
  passes: { instance: [], access: [] },
});
const amplify = (
  branches: "every" | readonly string[],
  may: readonly AppMay[] = ["release"],
  hasRepository = true,
) => ({ app: "demo-frontend", appId: "d2abc", appArn, branches, may, hasRepository });
const ecs = {
  cluster: "web",
  service: "api",
  arn: "arn:aws:ecs:us-east-1:123456789012:service/web/api",
  taskFamilyArn: "arn:aws:ecs:us-east-1:123456789012:task-definition/web-api:*",
  passRoles: ["arn:aws:iam::123456789012:role/api-task", "arn:aws:iam::123456789012:role/api-exec"],
};

function policyFor(targets: Partial<ResolvedTargets>): PolicyDocument {
  const written = writeDeployPolicy({ targets: { ...none, ...targets }, outputs: null });
  if (written.kind !== "written") throw new Error(`the policy is ${written.kind}`);
  expect(problemOfPermissionPolicy(JSON.stringify(written.policy))).toBeNull();
  return written.policy;
}

function allows(
  policy: PolicyDocument,
  action: string,
  resource: string,
  context: Readonly<Record<string, string>> = {},
): boolean {
  const keys = new Map(Object.entries(context).map(([key, value]) => [key, [value]]));
  return evaluateAccess([policy], { action, resource, context: keys }).decision === "allow";
}

describe("the deploy policy", () => {
  test("has the guide's four statements, narrowed to what exists", () => {
    const policy = policyFor({
      ecr: [repository("demo-backend")],
      appRunner: [service()],
      amplify: [amplify(["main"])],
    });
    expect(policy).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "ECRAuthToken",
          Effect: "Allow",
          Action: "ecr:GetAuthorizationToken",
          Resource: "*",
        },
        {
          Sid: "ECRPushImages",
          Effect: "Allow",
          Action: [
            "ecr:BatchCheckLayerAvailability",
            "ecr:GetDownloadUrlForLayer",
            "ecr:BatchGetImage",
            "ecr:PutImage",
            "ecr:InitiateLayerUpload",
            "ecr:UploadLayerPart",
            "ecr:CompleteLayerUpload",
          ],
          Resource: "arn:aws:ecr:us-east-1:123456789012:repository/demo-backend",
        },
        {
          Sid: "AppRunnerDeploy",
          Effect: "Allow",
          Action: ["apprunner:StartDeployment", "apprunner:DescribeService"],
          Resource: appRunnerArn,
        },
        {
          Sid: "AmplifyDeploy",
          Effect: "Allow",
          Action: ["amplify:StartJob", "amplify:GetJob"],
          Resource: `${appArn}/branches/main/jobs/*`,
        },
      ],
    });
  });

  test("has no statement for a part that is not deployed", () => {
    const sids = (targets: Partial<ResolvedTargets>) =>
      policyFor(targets).Statement.map(({ Sid }) => Sid);
    expect(sids({ amplify: [amplify("every")] })).toEqual(["AmplifyDeploy"]);
    expect(sids({ appRunner: [service()] })).toEqual(["AppRunnerDeploy"]);
    expect(sids({ ecr: [repository("web")] })).toEqual(["ECRAuthToken", "ECRPushImages"]);
  });

  test("does not exist where nothing was resolved", () => {
    expect(writeDeployPolicy({ targets: none, outputs: null })).toEqual({ kind: "empty" });
    expect(
      writeDeployPolicy({ targets: { ...none, amplify: [amplify([])] }, outputs: null }),
    ).toEqual({
      kind: "empty",
    });
  });

  describe("lets jobs read their outputs", () => {
    const own = "arn:aws:ssm:us-east-1:123456789012:parameter/oidc-reconciler/outputs/production";
    const place = { prefix: "/oidc-reconciler", home: "us-east-1", environment: "production" };
    const reading = { policy: { name: "p", readOutputs: true } };
    const account = { id: "123456789012", partition: "aws" };

    test("by one statement on the one parameter", () => {
      expect(readableOutputs(reading, place, account)).toBe(own);
      expect(deployPolicyOf({ targets: none, outputs: own })?.Statement).toEqual([
        { Sid: "ReadOutputs", Effect: "Allow", Action: "ssm:GetParameter", Resource: own },
      ]);
    });

    test.each([
      ["ssm:GetParameter", own, true],
      ["ssm:GetParameter", `${own}-2`, false],
      ["ssm:GetParameter", own.replace("us-east-1", "eu-west-1"), false],
      ["ssm:GetParameter", own.replace("outputs", "status"), false],
      ["ssm:GetParameterHistory", own, false],
      ["ssm:GetParametersByPath", own, false],
      ["ssm:PutParameter", own, false],
    ])("%s of %s: %s", (action, resource, allowed) => {
      const policy = deployPolicyOf({ targets: none, outputs: own });
      if (policy === null) throw new Error("there is no policy");
      expect(problemOfPermissionPolicy(JSON.stringify(policy))).toBeNull();
      expect(allows(policy, action, resource)).toBe(allowed);
    });

    test("in the partition, home Region and prefix that are theirs", () => {
      const elsewhere = { prefix: "/team/ci", home: "cn-north-1", environment: "a.b_c-d" };
      expect(readableOutputs(reading, elsewhere, { ...account, partition: "aws-cn" })).toBe(
        "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/team/ci/outputs/a.b_c-d",
      );
    });

    test("only where the document says so", () => {
      const silent = { policy: { name: "p", readOutputs: false } };
      expect(readableOutputs(silent, place, account)).toBeNull();
      const policy = policyFor({ ecr: [repository("web")] });
      expect(policy.Statement.map(({ Sid }) => Sid)).not.toContain("ReadOutputs");
    });
  });

  test("does not depend on the order of targets", () => {
    const one = policyFor({ ecr: [repository("web"), repository("api")] });
    const other = policyFor({ ecr: [repository("api"), repository("web"), repository("api")] });
    expect(JSON.stringify(one)).toBe(JSON.stringify(other));
  });

  test("names * for the registry's login alone", () => {
    const policy = policyFor({
      ecr: [repository("web")],
      appRunner: [service()],
      ecsExpress: [ecs],
      amplify: [amplify("every")],
    });
    const everywhere = policy.Statement.filter(({ Resource }) => [Resource].flat().includes("*"));
    expect(everywhere.map(({ Sid }) => Sid)).toEqual(["ECRAuthToken"]);
  });

  test("is refused over 6,144 characters, with the numbers", () => {
    const branches = Array.from({ length: 90 }, (_, index) => `branch-number-${index}`);
    const written = writeDeployPolicy({
      targets: { ...none, amplify: [amplify(branches)] },
      outputs: null,
    });
    if (written.kind !== "refused") throw new Error("ninety branches should not fit");
    expect(written.problem.message).toMatch(/would have \d+ characters, \d+ more than the 6144/);
  });

  test.each([
    {
      targets: {
        ecr: [repository("web")],
        amplify: [
          amplify(Array.from({ length: 90 }, (_, index) => `branch-number-${index}`)),
          { ...amplify(["main"]), app: "other" },
        ],
      },
      part: /deploy\.amplify, app demo-frontend \(90 branches\), with \d+ characters/,
      remedy: "naming fewer branches of that app (none means every branch), or split",
    },
    {
      targets: {
        ecr: Array.from({ length: 120 }, (_, index) => repository(`repository-${index}`)),
        amplify: [amplify("every")],
      },
      part: /deploy\.ecr \(120 entries\), with \d+ characters/,
      remedy: "naming fewer of them, or split the deploy targets over two environments",
    },
  ])("says which part is the longest, and what would shorten it: $part", (example) => {
    const written = writeDeployPolicy({ targets: { ...none, ...example.targets }, outputs: null });
    if (written.kind !== "refused") throw new Error("this should not fit");
    expect(written.problem.message).toMatch(example.part);
    expect(written.problem.message).toContain(example.remedy);
  });

  test("is the same without a limit, however long it is", () => {
    const branches = Array.from({ length: 90 }, (_, index) => `branch-number-${index}`);
    const long = deployPolicyOf({
      targets: { ...none, amplify: [amplify(branches)] },
      outputs: null,
    });
    expect(long?.Statement[0]?.Resource).toHaveLength(90);
    expect(deployPolicyOf({ targets: none, outputs: null })).toBeNull();
    const short = { ...none, ecr: [repository("web")] };
    expect(deployPolicyOf({ targets: short, outputs: null })).toEqual(policyFor(short));
  });
});

describe("an Amplify job", () => {
  const job = (branch: string, app = appArn) => `${app}/branches/${branch}/jobs/0000000001`;

  test("of a named branch may be started, of another branch or app it may not", () => {
    const policy = policyFor({ amplify: [amplify(["main"])] });
    expect(allows(policy, "amplify:StartJob", job("main"))).toBe(true);
    expect(allows(policy, "amplify:StartJob", job("main2"))).toBe(false);
    expect(allows(policy, "amplify:StartJob", job("dev"))).toBe(false);
    expect(allows(policy, "amplify:StartJob", job("main", `${appArn}x`))).toBe(false);
    expect(allows(policy, "amplify:DeleteBranch", `${appArn}/branches/main`)).toBe(false);
  });

  test("of any branch may be started where every branch is meant", () => {
    const policy = policyFor({ amplify: [amplify("every")] });
    expect(allows(policy, "amplify:StartJob", job("dev"))).toBe(true);
    expect(allows(policy, "amplify:StartJob", job("dev", `${appArn}x`))).toBe(false);
  });

  test.each([
    ["a*b", "aXb"],
    ["a?b", "aXb"],
    ["${aws:username}", "jane"],
    ["*", "main"],
    ["${*}", "main"],
  ])("of the branch %s is not one of %s", (branch, other) => {
    const policy = policyFor({ amplify: [amplify([branch])] });
    expect(allows(policy, "amplify:StartJob", job(branch), { "aws:username": "jane" })).toBe(true);
    expect(allows(policy, "amplify:StartJob", job(other), { "aws:username": "jane" })).toBe(false);
  });

  test("of a branch with a slash may be started in both spellings of its ARN", () => {
    const policy = policyFor({ amplify: [amplify(["feature/x"])] });
    expect(allows(policy, "amplify:StartJob", job("feature/x"))).toBe(true);
    expect(allows(policy, "amplify:StartJob", job("feature%2Fx"))).toBe(true);
    expect(allows(policy, "amplify:StartJob", job("feature"))).toBe(false);
  });
});

describe("an ECS Express service", () => {
  const policy = policyFor({ ecsExpress: [ecs] });

  test("may be updated, watched and given a new task definition, and nothing else", () => {
    const deployment = ecs.arn.replace(":service/", ":service-deployment/");
    const family = ecs.taskFamilyArn.slice(0, -1);
    expect(allows(policy, "ecs:UpdateExpressGatewayService", ecs.arn)).toBe(true);
    expect(allows(policy, "ecs:DescribeExpressGatewayService", ecs.arn)).toBe(true);
    expect(allows(policy, "ecs:DescribeServiceDeployments", `${deployment}/1a2b`)).toBe(true);
    expect(allows(policy, "ecs:RegisterTaskDefinition", `${family}7`)).toBe(true);

    expect(allows(policy, "ecs:UpdateExpressGatewayService", `${ecs.arn}2`)).toBe(false);
    expect(allows(policy, "ecs:DeleteExpressGatewayService", ecs.arn)).toBe(false);
    expect(allows(policy, "ecs:RegisterTaskDefinition", family.replace("web-api", "other"))).toBe(
      false,
    );
  });

  test("gets exactly the roles that it uses, passed to ECS alone", () => {
    const pass = (role: string, to: string) =>
      allows(policy, "iam:PassRole", `arn:aws:iam::123456789012:role/${role}`, {
        "iam:PassedToService": to,
      });
    expect(pass("api-exec", "ecs-tasks.amazonaws.com")).toBe(true);
    expect(pass("api-task", "ecs.amazonaws.com")).toBe(true);
    expect(pass("api-exec", "ec2.amazonaws.com")).toBe(false);
    expect(pass("admin", "ecs-tasks.amazonaws.com")).toBe(false);
    expect(allows(policy, "iam:PassRole", "arn:aws:iam::123456789012:role/api-exec")).toBe(false);
  });

  test("without known roles passes none", () => {
    const without = policyFor({ ecsExpress: [{ ...ecs, passRoles: [] }] });
    expect(without.Statement.map(({ Sid }) => Sid)).not.toContain("ECSExpressPassRole");
  });
});
