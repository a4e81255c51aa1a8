import { CreateAppCommand } from "@aws-sdk/client-amplify";
import { CreateServiceCommand, DeleteServiceCommand } from "@aws-sdk/client-apprunner";
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import type { EventBridgeEvent } from "../../sandbox/index.ts";
import { batchOf } from "../invariants/shut.ts";
import { guideWith, organization, roleName, textOf } from "../scenarios/documents.ts";
import { applied, kindsOf, policyArn } from "./applied.ts";
import { providerArn } from "./callers.ts";
import { type DriftName, drift } from "./drift.ts";
import { demoBackend, openGround } from "./ground.ts";
import { lookAt } from "./look.ts";
import { boundaries, makeTargets, operationsOn } from "./targets.ts";
import { startTrail } from "./world.ts";

/** What models found about doors that somebody opened: each is shut, and reported once. */

test("a door that is left open is reported once, though another one beside it is shut", async () => {
  const ground = await openGround();
  await makeTargets(ground);
  const role = { name: roleName, permissionsBoundary: boundaries.narrow };
  await applied(ground, guideWith({ role }));
  await ground.put(textOf(guideWith({ role, mode: "observe" })));
  const place = { iam: ground.iam, role: roleName, policyArn, provider: "" };
  const somebody = (name: DriftName) => drift(name, place, ground.sandbox.clock.now());
  await somebody("adds an inline policy that allows everything");
  await somebody("removes the boundary");
  expect(kindsOf((await ground.run()).report)).toContain("permissions-widened");
  await somebody("sets the narrow boundary");
  const { report } = await ground.run();
  expect(report.environments[0]?.widenings).toHaveLength(1);
  expect(kindsOf(report)).not.toContain("permissions-widened");
  await somebody("removes the boundary");
  expect(kindsOf((await ground.run()).report)).toContain("permissions-widened");
});

test("what a run opens comes after what it closes, whatever was open before", async () => {
  const ground = await openGround();
  const { iam, appRunner } = ground;
  const { serviceArn } = await makeTargets(ground);
  await applied(ground, guideWith({}));
  await appRunner.send(new DeleteServiceCommand({ ServiceArn: serviceArn }));
  await appRunner.send(new CreateServiceCommand(demoBackend));
  const place = { iam, role: roleName, policyArn, provider: "" };
  const now = ground.sandbox.clock.now();
  await drift("opens the trust policy to everybody", place, now);
  await drift("attaches a boundary as a policy", place, now);
  const { iamWrites } = await ground.run();
  // The policy first without what is new, then the trust policy, then the whole policy.
  expect(iamWrites.filter((write) => /^(Detach|Create|Update)/.test(write))).toEqual([
    "DetachRolePolicy",
    "CreatePolicyVersion",
    "UpdateAssumeRolePolicy",
    "CreatePolicyVersion",
  ]);
});

test("what somebody does again is reported again, though the history shows this run's own correction", async () => {
  const ground = await openGround();
  const { iam, sandbox } = ground;
  await makeTargets(ground);
  await applied(ground, guideWith({}));
  const place = { iam, role: roleName, policyArn, provider: "" };
  const attach = () => drift("attaches a boundary as a policy", place, sandbox.clock.now());
  await attach();
  expect(kindsOf((await ground.run()).report)).toEqual(["permissions-widened"]);
  ground.wait(2_000);
  await attach();
  // The history refuses at first, and answers once the correction is written.
  sandbox.faults.add({
    at: "before",
    how: { error: "ThrottlingException", httpStatus: 400 },
    times: 1,
    when: ({ operation }) => operation === "LookupEvents",
  });
  expect(kindsOf((await ground.run()).report)).toEqual(["permissions-widened"]);
});

test("what somebody does again within the second of our correction is reported again", async () => {
  const ground = await openGround();
  const { iam, sandbox } = ground;
  await makeTargets(ground);
  await applied(ground, guideWith({}));
  await startTrail(ground);
  const events: EventBridgeEvent[] = [];
  sandbox.events.onEvent((event) => events.push(event));
  const place = { iam, role: roleName, policyArn, provider: "" };
  const attach = () => drift("attaches a boundary as a policy", place, sandbox.clock.now());
  await attach();
  expect(kindsOf((await ground.run()).report)).toEqual(["permissions-widened"]);
  await attach();
  // Events come in any order, and CloudTrail's times are whole seconds.
  const [door, correction] = events.filter(({ detail }) =>
    String(detail["eventName"]).endsWith("tachRolePolicy"),
  );
  const batch = batchOf([correction, door]);
  expect(kindsOf((await ground.run(batch)).report)).toEqual(["permissions-widened"]);
});

test("callers that somebody lets in by hand are nobody's attack once a version with them is approved", async () => {
  const ground = await openGround();
  await makeTargets(ground);
  await applied(ground, guideWith({}));
  const version = await ground.put(textOf(guideWith({ trust: { projects: "all" } })));
  await ground.run();
  const place = { iam: ground.iam, role: roleName, policyArn, provider: "" };
  await drift("lets every ref of shop in", place, ground.sandbox.clock.now());
  await ground.approve(version);
  expect(kindsOf((await ground.run()).report)).toEqual(["trust-widening-applied"]);
});

test.each([
  [
    "an inline policy",
    "adds an inline policy that allows everything",
    "detaches the policy",
    "AttachRolePolicy",
  ],
  ["an audience", "adds an audience", "removes an audience", "AddClientIDToOpenIDConnectProvider"],
] as const)(
  "%s is reported as reverted, and each time, whatever else of the run fails",
  async (_, opens, also, fails) => {
    const ground = await openGround();
    const { iam, sandbox } = ground;
    await makeTargets(ground);
    await applied(ground, guideWith({}));
    const place = { iam, role: roleName, policyArn, provider: providerArn(organization) };
    await drift(also, place, sandbox.clock.now());
    sandbox.faults.add({
      at: "before",
      how: { error: "ServiceFailure", httpStatus: 500 },
      when: ({ operation, caller }) => operation === fails && caller === ground.caller,
    });
    for (let nth = 1; nth <= 2; nth += 1) {
      ground.wait(60_000);
      await drift(opens, place, sandbox.clock.now());
      const { report } = await ground.run();
      expect(
        report.alerts.flatMap(({ kind, title }) => (kind.endsWith("-widened") ? [title] : [])),
      ).toEqual([expect.stringContaining("(reverted)")]);
    }
  },
);

test("a trust policy is closed though the policy that is gone cannot be made", async () => {
  const ground = await openGround();
  const { iam, sandbox } = ground;
  const operations = operationsOn(await makeTargets(ground));
  await applied(ground, guideWith({}));
  const place = { iam, role: roleName, policyArn, provider: "" };
  const who = () =>
    lookAt(ground, operations).roles.flatMap(({ name, who }) => (name === roleName ? who : []));
  const before = who();
  await drift("deletes the policy", place, sandbox.clock.now());
  await drift("opens the trust policy to everybody", place, sandbox.clock.now());
  sandbox.faults.add({
    at: "before",
    how: { error: "AccessDenied", httpStatus: 403 },
    when: ({ operation, caller }) => operation === "CreatePolicy" && caller === ground.caller,
  });
  expect(who()).not.toEqual(before);
  await ground.run();
  expect(who()).toEqual(before);
});

test("what is open is reported once, in whatever order a listing gives it", async () => {
  const ground = await openGround({ firstDocument: "hold" });
  await makeTargets(ground);
  await applied(ground, guideWith({}));
  await ground.remove();
  const place = { iam: ground.iam, role: roleName, policyArn, provider: "" };
  const now = ground.sandbox.clock.now();
  await drift("adds an inline policy that allows everything", place, now);
  await drift("adds an inline policy that reads a bucket", place, now);
  expect(kindsOf((await ground.run()).report)).toContain("permissions-widened");
  // Few are read by name, and many in a listing of the account.
  for (const name of ["a", "b", "c", "d", "e"]) {
    const names = { role: { name: `Role-${name}` }, policy: { name: `Policy-${name}` } };
    await ground.put(textOf(guideWith(names)), name);
  }
  expect(kindsOf((await ground.run()).report)).not.toContain("permissions-widened");
});

test("an app that nobody named is a door, though one is named that does not exist", async () => {
  const ground = await openGround();
  await makeTargets(ground);
  const repository = "https://github.com/acme/shop";
  const { app } = await ground.amplify.send(new CreateAppCommand({ name: "other", repository }));
  const deploy = { ecr: ["demo-backend"], amplify: ["gone"] };
  await applied(ground, guideWith({ deploy }));
  const { policies } = ground.sandbox.directory();
  const policy = policies.get(policyArn);
  const { Version, Statement } = JSON.parse(policy?.versions.at(-1)?.document ?? "{}");
  const jobs = {
    Effect: "Allow",
    Action: ["amplify:StartJob", "amplify:GetJob"],
    Resource: `arn:aws:amplify:us-east-1:123456789012:apps/${app?.appId}/*`,
  };
  // Just what our own policy would say of that app.
  const PolicyDocument = JSON.stringify({ Version, Statement: [...Statement, jobs] });
  const version = { PolicyArn: policyArn, PolicyDocument, SetAsDefault: true };
  await ground.iam.send(new CreatePolicyVersionCommand(version));
  expect(kindsOf((await ground.run()).report)).toEqual(["permissions-widened"]);
});

describe("a door that a mode leaves open", () => {
  const grant = (Action: string) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action, Resource: "*" }],
    });

  async function leftOpen() {
    const ground = await openGround();
    await makeTargets(ground);
    await applied(ground, guideWith({}));
    await ground.put(textOf(guideWith({ mode: "observe" })));
    const place = { iam: ground.iam, role: roleName, policyArn, provider: "" };
    const somebody = (name: DriftName) => drift(name, place, ground.sandbox.clock.now());
    const widened = async () =>
      kindsOf((await ground.run()).report).filter((kind) => kind.endsWith("widened"));
    return { ground, somebody, widened };
  }

  test("is reported again when what bounded it goes, and not when it comes back", async () => {
    const { somebody, widened } = await leftOpen();
    await somebody("adds an inline policy that allows everything");
    await somebody("sets the narrow boundary");
    expect(await widened()).toEqual(["permissions-widened"]);
    await somebody("removes the boundary");
    expect(await widened()).toEqual(["permissions-widened"]);
    expect(await widened()).toEqual([]);
    await somebody("sets the narrow boundary");
    expect(await widened()).toEqual([]);
  });

  test("is reported again when the boundary itself grows", async () => {
    const { ground, somebody, widened } = await leftOpen();
    await somebody("adds an inline policy that allows everything");
    await somebody("sets the narrow boundary");
    expect(await widened()).toEqual(["permissions-widened"]);
    const PolicyDocument = grant("*");
    const PolicyArn = boundaries.narrow;
    const version = { PolicyArn, PolicyDocument, SetAsDefault: true };
    await ground.iam.send(new CreatePolicyVersionCommand(version));
    expect(await widened()).toEqual(["permissions-widened"]);
    expect(await widened()).toEqual([]);
  });

  test("is reported again when an attached policy grows, and not when that cannot be read", async () => {
    const { ground, somebody, widened } = await leftOpen();
    const { iam, sandbox } = ground;
    const tool = { PolicyName: "tool", PolicyDocument: grant("s3:GetObject") };
    const { Policy } = await iam.send(new CreatePolicyCommand(tool));
    const PolicyArn = Policy?.Arn ?? "";
    await iam.send(new AttachRolePolicyCommand({ RoleName: roleName, PolicyArn }));
    expect(await widened()).toEqual(["permissions-widened"]);
    sandbox.faults.add({
      at: "before",
      how: { error: "AccessDenied", httpStatus: 403 },
      when: ({ operation, input }) =>
        operation.startsWith("GetPolicy") && input["PolicyArn"] === PolicyArn,
    });
    expect(await widened()).toEqual([]);
    sandbox.faults.clear();
    expect(await widened()).toEqual([]);
    const PolicyDocument = grant("*");
    const version = { PolicyArn, PolicyDocument, SetAsDefault: true };
    await iam.send(new CreatePolicyVersionCommand(version));
    expect(await widened()).toEqual(["permissions-widened"]);
    await somebody("tags the role");
    expect(await widened()).toEqual([]);
  });
});

test("a policy version that is only kept is not a round of a quarrel over one in force", async () => {
  const ground = await openGround();
  await makeTargets(ground);
  await applied(ground, guideWith({}));
  const place = { iam: ground.iam, role: roleName, policyArn, provider: "" };
  const somebody = (name: DriftName) => drift(name, place, ground.sandbox.clock.now());
  const kinds: string[] = [];
  for (let nth = 1; nth <= 3; nth += 1) {
    await somebody("keeps a wide policy version in store");
    kinds.push(...kindsOf((await ground.run()).report));
  }
  expect(kinds).toEqual(["drift-corrected", "drift-corrected", "contended"]);
  await somebody("makes a policy version that allows everything");
  expect(kindsOf((await ground.run()).report)).toEqual(["permissions-widened"]);
});
