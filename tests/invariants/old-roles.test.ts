import {
  AttachRolePolicyCommand,
  CreatePolicyVersionCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  PutRolePolicyCommand,
  SetDefaultPolicyVersionCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { type DriftName, drift } from "../model/drift.ts";
import { type Ground, type GroundRun, openGround } from "../model/ground.ts";
import { guideWith, policyName, roleName, textOf, type Written } from "../scenarios/documents.ts";
import { batchOf, everything } from "./shut.ts";
import { type Watched, watchedGround } from "./watched.ts";

/** What a rename or a removal leaves behind is watched like what is in force. */

const minute = 60_000;
const secondName = "CircleCI-Second-Role";
const arnOf = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
const kindsOf = ({ report }: GroundRun) => report.alerts.map(({ kind }) => kind);

async function applied(ground: Ground, document: Written): Promise<void> {
  const version = await ground.put(textOf(document));
  const { report } = await ground.run();
  if (report.environments[0]?.outcome !== "held") return;
  await ground.approve(version);
  await ground.run();
}

/** An account in which the role of the guide has an old name by now. */
async function renamed(): Promise<Watched> {
  const ground = await watchedGround(guideWith({}));
  await applied(ground, guideWith({ role: { name: secondName } }));
  return later(ground);
}

/** An account in which nothing but the role of the guide is left. */
async function removed(): Promise<Watched> {
  const ground = await watchedGround(guideWith({}));
  await ground.remove();
  await ground.run();
  return later(ground);
}

async function later(ground: Watched): Promise<Watched> {
  ground.wait(5 * minute);
  await ground.run();
  ground.wait(5 * minute);
  ground.news();
  return ground;
}

function does(ground: Ground, what: DriftName, role: string): Promise<unknown> {
  const policyArn = `arn:aws:iam::123456789012:policy/${policyName}`;
  const place = { iam: ground.iam, role, policyArn, provider: "" };
  return drift(what, place, ground.sandbox.clock.now());
}

describe("a wide version of the policy that an old role shares", () => {
  test("is one alert, which names both roles, and shut for both", async () => {
    const ground = await renamed();
    await does(ground, "makes a policy version that allows everything", secondName);
    ground.wait(5 * minute);
    const run = await ground.run();
    expect(kindsOf(run)).toEqual(["permissions-widened"]);
    expect(run.report.alerts[0]?.text).toContain(`Sessions of ${arnOf(roleName)}, an old name,`);
    const shut = { resource: "permissions", disposition: "reverted" };
    expect(run.report.environments[0]?.widenings).toMatchObject([shut, shut]);
  });
});

test("an old role that was opened and goes in the same run is reported as deleted, not as left", async () => {
  const ground = await openGround();
  await ground.seed();
  await applied(ground, guideWith({ onRemove: "delete" }));
  const version = await ground.put(
    textOf(guideWith({ role: { name: secondName }, onRemove: "delete" })),
  );
  await does(ground, "opens the trust policy to everybody", roleName);
  ground.wait(5 * minute);
  const run = await ground.run();
  expect(version).toBe(2);
  expect(run.iamWrites).toContain("DeleteRole");
  const alert = run.report.alerts.find(({ kind }) => kind === "trust-widened");
  expect(alert?.title).toContain("(reverted)");
  expect(alert?.text).toContain(`role/${roleName}, an old name, was deleted in this run`);
  const [environment] = run.report.environments;
  expect(environment?.widenings).toMatchObject([
    { resource: "trust-policy", disposition: "reverted" },
  ]);
  expect(environment?.conditions["TrustAsIntended"]?.status).toBe(true);
});

const role = { RoleName: roleName };
const policy = { PolicyArn: `arn:aws:iam::123456789012:policy/${policyName}` };
const administrator = { ...role, PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess" };

/** What somebody opens on an old role, and what puts it back. */
const doors = {
  "its trust policy": async (ground: Ground) => {
    const { Role } = await ground.iam.send(new GetRoleCommand(role));
    const PolicyDocument = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "");
    await does(ground, "opens the trust policy to everybody", roleName);
    return () => ground.iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument }));
  },
  "an attachment": async ({ iam }: Ground) => {
    await iam.send(new AttachRolePolicyCommand(administrator));
    return () => iam.send(new DetachRolePolicyCommand(administrator));
  },
} as const;

const cases = [
  { left: "renamed", make: renamed, door: "its trust policy", kind: "trust-widened" },
  { left: "renamed", make: renamed, door: "an attachment", kind: "permissions-widened" },
  { left: "removed", make: removed, door: "its trust policy", kind: "trust-widened" },
  { left: "removed", make: removed, door: "an attachment", kind: "permissions-widened" },
] as const;

describe("a role that was left behind, opened and shut again before a run looked", () => {
  test.each(cases)("is reported once: $left, $door", async ({ make, door, kind }) => {
    const ground = await make();
    const shut = await doors[door](ground);
    ground.wait(30_000);
    await shut();
    const events = ground.news();
    const run = await ground.run(batchOf(events));
    expect(run.iamWrites).toEqual([]);
    expect(run.report.alerts).toMatchObject([{ kind, severity: "critical" }]);
    expect(run.report.alerts[0]?.text).toContain(roleName);
    expect(run.report.alerts[0]?.text).toContain("It was open for 30 s.");
    ground.wait(5 * minute);
    expect(kindsOf(await ground.run(batchOf(events)))).toEqual([]);
    expect(kindsOf(await ground.run())).toEqual([]);
  });

  test.each(cases)("is not reported again by its event: $left, $door", async (given) => {
    const ground = await given.make();
    const shut = await doors[given.door](ground);
    const opened = ground.news();
    expect(kindsOf(await ground.run(batchOf(opened)))).toEqual([given.kind]);
    ground.wait(5 * minute);
    await shut();
    expect(kindsOf(await ground.run(batchOf(ground.news())))).toEqual([]);
    ground.wait(5 * minute);
    expect(kindsOf(await ground.run(batchOf(opened)))).toEqual([]);
  });

  test("stays reported where more is open by then than a status remembers", async () => {
    const ground = await removed();
    const shut = await doors["its trust policy"](ground);
    ground.wait(30_000);
    await shut();
    const events = ground.news();
    expect(kindsOf(await ground.run(batchOf(events)))).toEqual(["trust-widened"]);
    for (let nth = 0; nth < 21; nth += 1) {
      const put = { ...role, PolicyName: `open-${nth}`, PolicyDocument: everything };
      await ground.iam.send(new PutRolePolicyCommand(put));
    }
    ground.wait(minute);
    expect(kindsOf(await ground.run(batchOf(ground.news())))).toEqual(["permissions-widened"]);
    ground.wait(minute);
    expect(kindsOf(await ground.run(batchOf(events)))).toEqual([]);
    expect(kindsOf(await ground.run())).toEqual([]);
  });

  test("by a version of the policy that only it holds", async () => {
    const ground = await removed();
    const PolicyDocument = everything;
    await ground.iam.send(
      new CreatePolicyVersionCommand({ ...policy, PolicyDocument, SetAsDefault: true }),
    );
    ground.wait(30_000);
    const first = { ...policy, VersionId: "v1" };
    await ground.iam.send(new SetDefaultPolicyVersionCommand(first));
    const events = ground.news();
    expect(kindsOf(await ground.run(batchOf(events)))).toEqual(["permissions-widened"]);
    ground.wait(5 * minute);
    expect(kindsOf(await ground.run(batchOf(events)))).toEqual([]);
  });
});
