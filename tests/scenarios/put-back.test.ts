import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  PutRolePermissionsBoundaryCommand,
  TagRoleCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import type { RecordedCall } from "../../sandbox/index.ts";
import { runWith } from "../invariants/run-with.ts";
import { policyArn } from "./by-hand.ts";
import { guideFor, guideWith, roleName, shopMainAndDev } from "./documents.ts";
import { expectIdle, type Scenario, startScenario } from "./harness.ts";
import type { RoleState } from "./state.ts";

const account = "arn:aws:iam::123456789012";
const boundary = `${account}:policy/ci-boundary`;
const everything = { Effect: "Allow", Action: "*", Resource: "*" };
const tagged = { Condition: { StringEquals: { "aws:PrincipalTag/team": "x" } } };

/** The guide's environment in sync, within such a boundary. */
async function startWithin(statements: readonly object[]): Promise<Scenario> {
  const scenario = await startScenario();
  await makePolicy(scenario, "ci-boundary", statements);
  await scenario.put(guideWith({ role: { name: roleName, permissionsBoundary: boundary } }));
  await scenario.run();
  expectIdle(await scenario.run());
  return scenario;
}

async function makePolicy({ iam }: Scenario, name: string, statements: readonly object[]) {
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: statements });
  await iam.send(new CreatePolicyCommand({ PolicyName: name, PolicyDocument }));
  return `${account}:policy/${name}`;
}

async function roleIn(scenario: Scenario): Promise<RoleState | undefined> {
  return (await scenario.state()).roles[roleName];
}

/** Such calls are refused until the faults are cleared. */
function refuse({ sandbox }: Scenario, when: (call: RecordedCall) => boolean): void {
  sandbox.faults.add({ when, at: "before", how: { error: "AccessDenied", httpStatus: 403 } });
}

const isOf = (operation: string) => (call: RecordedCall) => call.operation === operation;

/** A tag by which the boundary lets in and keeps out, and which IAM does not let go of. */
async function startTagged() {
  const withTag = [
    { Effect: "Allow", Action: "s3:*", Resource: "*", ...tagged },
    { Effect: "Deny", Action: "ecr:*", Resource: "*", ...tagged },
  ];
  const scenario = await startWithin([everything, ...withTag]);
  const before = await roleIn(scenario);
  const Tags = [{ Key: "team", Value: "x" }];
  await scenario.iam.send(new TagRoleCommand({ RoleName: roleName, Tags }));
  refuse(scenario, isOf("UntagRole"));
  return { scenario, before };
}

describe("what was taken away for a step that IAM refuses for good is back after the run", () => {
  test("who may come in, where a tag that a boundary asks for stays", async () => {
    const { scenario, before } = await startTagged();
    for (const _ of ["a run", "and the next"]) {
      const run = await scenario.run();
      const lockAndBack = ["UpdateAssumeRolePolicy", "UntagRole", "UpdateAssumeRolePolicy"];
      expect(run.iamWrites).toEqual(lockAndBack);
      expect((await roleIn(scenario))?.trust).toEqual(before?.trust);
    }
    expect((await scenario.run()).report.alerts).toEqual([]);
    scenario.sandbox.faults.clear();
    await scenario.run();
    expect(await roleIn(scenario)).toEqual(before);
  });

  test("the deploy policy, where another policy before it stays", async () => {
    const scenario = await startWithin([everything]);
    const ecrOnly = await makePolicy(scenario, "other-boundary", [
      { ...everything, Action: ["ecr:*", "apprunner:*", "amplify:*"] },
      { ...everything, Action: "sts:GetCallerIdentity" },
    ]);
    const extra = await makePolicy(scenario, "landing-zone", [
      { ...everything, Action: "s3:ListAllMyBuckets" },
    ]);
    await scenario.iam.send(new AttachRolePolicyCommand({ RoleName: roleName, PolicyArn: extra }));
    await scenario.iam.send(
      new PutRolePermissionsBoundaryCommand({ RoleName: roleName, PermissionsBoundary: ecrOnly }),
    );
    refuse(scenario, (call) => isOf("DetachRolePolicy")(call) && call.input["PolicyArn"] === extra);
    for (const _ of ["a run", "and the next"]) {
      await scenario.run();
      expect((await roleIn(scenario))?.attached).toContain(policyArn);
    }
    scenario.sandbox.faults.clear();
    await scenario.run();
    expectIdle(await scenario.run());
    expect(await roleIn(scenario)).toMatchObject({ attached: [policyArn], boundary });
  });

  test("the deploy policy, where the targets answer late", async () => {
    const scenario = await startWithin([everything]);
    const other = await makePolicy(scenario, "other-boundary", [
      { ...everything, Action: ["ecr:*", "apprunner:*", "amplify:*"] },
    ]);
    await scenario.iam.send(
      new PutRolePermissionsBoundaryCommand({ RoleName: roleName, PermissionsBoundary: other }),
    );
    refuse(scenario, isOf("PutRolePermissionsBoundary"));
    scenario.sandbox.faults.add({
      when: isOf("DescribeRepositories"),
      at: "before",
      how: { delayMs: 200 },
    });
    for (const _ of ["a run", "and the next"]) {
      await runWith(scenario, { targetsGraceMs: 20 });
      expect((await roleIn(scenario))?.attached).toEqual([policyArn]);
    }
  });
});

test("a door by another boundary is shut where nothing may open, by taking the deploy policy off", async () => {
  const scenario = await startWithin([{ ...everything, Action: "ecr:GetAuthorizationToken" }]);
  const other = await makePolicy(scenario, "other-boundary", [
    { ...everything, Action: "ecr:PutImage" },
  ]);
  await scenario.iam.send(
    new PutRolePermissionsBoundaryCommand({ RoleName: roleName, PermissionsBoundary: other }),
  );
  scenario.variables.set("OIDC_ORGANIZATIONS", "acme");
  const run = await scenario.run();
  expect(run.environment.widenings).toMatchObject([{ resource: "permissions" }]);
  // That the policy went corrects nothing that there would be no more to do about.
  expect(run.report.alerts.map(({ kind }) => kind)).not.toContain("drift-corrected");
  expect((await roleIn(scenario))?.attached).toEqual([]);
  scenario.variables.delete("OIDC_ORGANIZATIONS");
  await scenario.run();
  expectIdle(await scenario.run());
  expect(await roleIn(scenario)).toMatchObject({ attached: [policyArn], boundary });
});

test("an approved edit that waits for such a step is reported once it is in force, and not before", async () => {
  const { scenario } = await startTagged();
  const role = { name: roleName, permissionsBoundary: boundary };
  const version = await scenario.put({ ...guideFor(shopMainAndDev), role });
  await scenario.run();
  await scenario.approve(version);
  const kindsOf = async () => (await scenario.run()).report.alerts.map(({ kind }) => kind);
  expect(await kindsOf()).not.toContain("trust-widening-applied");
  expect(await kindsOf()).toEqual([]);
  expect((await scenario.status())?.appliedVersion).toBe(version - 1);
  scenario.sandbox.faults.clear();
  expect(await kindsOf()).toContain("trust-widening-applied");
  expect((await scenario.status())?.appliedVersion).toBe(version);
});
