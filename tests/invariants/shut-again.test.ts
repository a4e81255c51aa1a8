import {
  AddClientIDToOpenIDConnectProviderCommand,
  AttachRolePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyVersionCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  SetDefaultPolicyVersionCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import {
  guide,
  guideAs,
  guideWith,
  organization,
  policyName,
  roleName,
  type Written,
} from "../scenarios/documents.ts";
import { expectIdle, type Run, schedule } from "../scenarios/harness.ts";
import { kindsOf } from "../scenarios/holds.ts";
import { type LateAccount, startLate } from "./late.ts";
import { anybody } from "./policies.ts";

const role = { RoleName: roleName };
const everything = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
});
const administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
const policy = { PolicyArn: `arn:aws:iam::123456789012:policy/${policyName}` };
const provider = {
  OpenIDConnectProviderArn: `arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/${organization}`,
};

async function watched(document: Written = guide): Promise<LateAccount> {
  const account = await startLate();
  await account.put(document);
  await account.run();
  await account.watch();
  account.pass(120_000);
  return account;
}

const batchOf = (events: readonly unknown[]) => ({
  Records: events.map((event, index) => ({
    messageId: `message-${index}`,
    eventSource: "aws:sqs",
    body: JSON.stringify(event),
  })),
});

async function trustOf({ iam }: LateAccount): Promise<string> {
  const { Role } = await iam.send(new GetRoleCommand(role));
  return decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "");
}

/** Somebody opens the trust policy to all and puts it back half a minute later; gives both events. */
async function openAndShut(account: LateAccount): Promise<unknown[]> {
  const before = await trustOf(account);
  const set = (PolicyDocument: string) =>
    account.iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument }));
  await set(anybody);
  const opened = account.eventOf("UpdateAssumeRolePolicy");
  account.pass(30_000);
  await set(before);
  return [opened, account.eventOf("UpdateAssumeRolePolicy")];
}

/** CloudTrail's history may be minutes behind. */
function withoutHistory({ sandbox }: LateAccount): void {
  sandbox.faults.add({
    when: ({ operation }) => operation === "LookupEvents",
    at: "before",
    how: { error: "AccessDeniedException", httpStatus: 400 },
  });
}

/** What was reported of a door, and nothing was written but that. */
function expectShut(run: Run, kind: string): void {
  expect(run.iamWrites).toEqual([]);
  expect(run.environment.outcome).toBe("in-sync");
  expect(run.report.alerts).toMatchObject([{ kind, severity: "critical" }]);
  const open = { source: "drift", disposition: "observed", actor: expect.stringMatching("user/") };
  expect(run.environment.widenings).toMatchObject([
    { ...open, openedAt: expect.any(String), closedAt: expect.any(String) },
  ]);
}

describe("what was opened and put back before a run looked", () => {
  const calls: readonly (readonly [
    name: string,
    kind: string,
    open: (account: LateAccount) => Promise<unknown>,
    shut: (account: LateAccount) => Promise<unknown>,
  ])[] = [
    [
      "AttachRolePolicy",
      "permissions-widened",
      ({ iam }) => iam.send(new AttachRolePolicyCommand({ ...role, PolicyArn: administrator })),
      ({ iam }) => iam.send(new DetachRolePolicyCommand({ ...role, PolicyArn: administrator })),
    ],
    [
      "PutRolePolicy",
      "permissions-widened",
      ({ iam }) =>
        iam.send(
          new PutRolePolicyCommand({ ...role, PolicyName: "x", PolicyDocument: everything }),
        ),
      ({ iam }) => iam.send(new DeleteRolePolicyCommand({ ...role, PolicyName: "x" })),
    ],
    [
      "CreatePolicyVersion",
      "permissions-widened",
      ({ iam }) =>
        iam.send(
          new CreatePolicyVersionCommand({
            ...policy,
            PolicyDocument: everything,
            SetAsDefault: true,
          }),
        ),
      ({ iam }) => iam.send(new SetDefaultPolicyVersionCommand({ ...policy, VersionId: "v1" })),
    ],
    [
      "AddClientIDToOpenIDConnectProvider",
      "audience-widened",
      ({ iam }) =>
        iam.send(new AddClientIDToOpenIDConnectProviderCommand({ ...provider, ClientID: "x" })),
      ({ iam }) =>
        iam.send(
          new RemoveClientIDFromOpenIDConnectProviderCommand({ ...provider, ClientID: "x" }),
        ),
    ],
  ];
  test.each(calls)("%s is reported with both sides of it", async (name, kind, open, shut) => {
    const account = await watched();
    await open(account);
    const opened = account.eventOf(name);
    account.pass(20_000);
    await shut(account);
    const run = await account.run(opened);
    expect(kindsOf(run)).toContain(kind);
    expect(run.report.alerts[0]?.text).toMatch(
      /It was put back by \S+user\/\S+ at \S+Z\. It was open for 20 s\./,
    );
  });

  test("a trust policy is reported once, by one event or both, and never again", async () => {
    const account = await watched();
    const events = await openAndShut(account);
    const run = await account.run(batchOf(events));
    expectShut(run, "trust-widened");
    expect(run.report.alerts[0]?.text).toContain("It was open for 30 s.");
    for (const event of [...events, batchOf(events), undefined])
      expectIdle(await account.run(event));
    account.pass(3 * 3_600_000);
    await account.run();
    expectIdle(await account.run(events[0]));
  });

  test("where the schedule is slow, it is known for as long as its event counts", async () => {
    const account = await watched();
    account.variables.set("OIDC_SCHEDULE_MINUTES", "60");
    const events = await openAndShut(account);
    expectShut(await account.run(batchOf(events)), "trust-widened");
    account.pass(150 * 60_000);
    await account.run();
    expectIdle(await account.run(batchOf(events)));
  });

  test("a boundary that was off for a time counts too", async () => {
    const boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    const account = await watched(guideWith({ role: { permissionsBoundary: boundary } }));
    await account.iam.send(new DeleteRolePermissionsBoundaryCommand(role));
    const opened = account.eventOf("DeleteRolePermissionsBoundary");
    const back = { ...role, PermissionsBoundary: boundary };
    await account.iam.send(new PutRolePermissionsBoundaryCommand(back));
    const run = await account.run(opened);
    expectShut(run, "permissions-widened");
    expect(run.report.alerts[0]?.text).toContain("could perform ecr:PutImage");
  });

  test("where history shows nothing yet, it says so a minute later", async () => {
    const account = await watched();
    const [opened] = await openAndShut(account);
    withoutHistory(account);
    const run = await account.run(opened);
    expectShut(run, "trust-widened");
    expect(run.report.alerts[0]?.text).toContain("did not find it open");
  });

  test("an event beside the schedule's in one batch counts as well", async () => {
    const account = await watched();
    const events = await openAndShut(account);
    expectShut(await account.run(batchOf([schedule, ...events])), "trust-widened");
  });

  test("what was opened twice is reported by its own times", async () => {
    const account = await watched();
    const events = await openAndShut(account);
    account.pass(5_000);
    events.push(...(await openAndShut(account)));
    const { environment } = await account.run(batchOf(events));
    expect(new Set(environment.widenings.map(({ openedAt }) => openedAt)).size).toBe(2);
    expectIdle(await account.run(batchOf(events)));
  });

  test("an inline policy was more than it is now", async () => {
    const account = await watched();
    const token = { Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" };
    const little = JSON.stringify({ Version: "2012-10-17", Statement: [token] });
    const events: unknown[] = [];
    for (const PolicyDocument of [everything, little]) {
      const inline = { ...role, PolicyName: "x", PolicyDocument };
      await account.iam.send(new PutRolePolicyCommand(inline));
      events.push(account.eventOf("PutRolePolicy"));
      account.pass(3_000);
    }
    const run = await account.run(batchOf(events));
    expect(kindsOf(run).toSorted()).toEqual(["drift-corrected", "permissions-widened"]);
  });

  test.each([
    { now: "there", isDeleted: false, says: "could perform" },
    { now: "deleted", isDeleted: true, says: "obody can read any more what version v2 granted" },
  ])("a version was the default for a time, and is $now", async ({ isDeleted, says }) => {
    const account = await watched();
    const { iam } = account;
    await iam.send(new CreatePolicyVersionCommand({ ...policy, PolicyDocument: everything }));
    const events = [account.eventOf("CreatePolicyVersion")];
    for (const VersionId of ["v2", "v1"]) {
      account.pass(3_000);
      await iam.send(new SetDefaultPolicyVersionCommand({ ...policy, VersionId }));
      events.push(account.eventOf("SetDefaultPolicyVersion"));
    }
    if (isDeleted) await iam.send(new DeletePolicyVersionCommand({ ...policy, VersionId: "v2" }));
    const run = await account.run(batchOf(events));
    const [alert] = run.report.alerts;
    expect(alert).toMatchObject({ kind: "permissions-widened", severity: "critical" });
    expect(alert?.text).toContain(says);
  });

  test("what else is corrected at once hides nothing", async () => {
    const account = await watched();
    await account.iam.send(new TagRoleCommand({ ...role, Tags: [{ Key: "noise", Value: "1" }] }));
    const [opened, shut] = await openAndShut(account);
    withoutHistory(account);
    const run = await account.run(opened);
    expect(kindsOf(run).toSorted()).toEqual(["drift-corrected", "trust-widened"]);
    expect(run.report.errors).toEqual([]);
    for (const event of [shut, opened, undefined]) expectIdle(await account.run(event));
  });

  test("what a run corrected after it hides nothing", async () => {
    const account = await watched();
    const deny = { Effect: "Deny", Principal: "*", Action: "sts:AssumeRole" };
    const nobody = JSON.stringify({ Version: "2012-10-17", Statement: [deny] });
    const events: unknown[] = [];
    for (const PolicyDocument of [anybody, nobody]) {
      await account.iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument }));
      events.push(account.eventOf("UpdateAssumeRolePolicy"));
      account.pass(5_000);
    }
    const [opened, narrowed] = events;
    account.pass(120_000);
    expect(kindsOf(await account.run(narrowed))).toEqual(["drift-corrected"]);
    expectShut(await account.run(opened), "trust-widened");
  });

  test("an audience is in the report of one of those that share the provider", async () => {
    const account = await watched();
    await account.put(guideAs("staging"), "staging");
    await account.invoke();
    account.pass(120_000);
    const audience = { ...provider, ClientID: "x" };
    await account.iam.send(new AddClientIDToOpenIDConnectProviderCommand(audience));
    const opened = account.eventOf("AddClientIDToOpenIDConnectProvider");
    account.pass(20_000);
    await account.iam.send(new RemoveClientIDFromOpenIDConnectProviderCommand(audience));
    const run = await account.invoke(opened);
    const alerts = run.kind === "returned" ? run.run.report.alerts : [];
    expect(alerts).toMatchObject([{ kind: "audience-widened" }]);
  });
});

describe("nothing is reported", () => {
  test("of a role of the same name in another account", async () => {
    const account = await watched();
    const [opened, shut] = await openAndShut(account);
    const { account: own } = account.sandbox;
    const foreign = JSON.parse(JSON.stringify(opened).replaceAll(own, "999999999999"));
    expectIdle(await account.run(batchOf([foreign, shut])));
  });

  test("of what runs of a person wrote, one wider and one narrower", async () => {
    const account = await watched();
    const wide = await account.put(guideWith({ trust: { projects: "all" } }));
    await account.run();
    await account.approve(wide);
    const runAs = async (session: string) => {
      const { sandbox, variables } = account;
      const arn = `arn:aws:iam::${sandbox.account}:role/oidc-reconciler-prod-reconcile`;
      const credentials = await sandbox.credentialsOf(arn, session);
      variables.set("AWS_ACCESS_KEY_ID", credentials.accessKeyId);
      variables.set("AWS_SECRET_ACCESS_KEY", credentials.secretAccessKey);
      variables.set("AWS_SESSION_TOKEN", credentials.sessionToken);
      const run = await account.invoke({});
      return run.kind === "returned" ? run.run.report.alerts.map(({ kind }) => kind) : null;
    };
    expect(await runAs("alice")).toEqual(["trust-widening-applied"]);
    const opened = account.eventOf("UpdateAssumeRolePolicy");
    account.pass(20_000);
    await account.put(guide);
    expect(await runAs("alice")).toEqual([]);
    account.pass(90_000);
    expectIdle(await account.run(opened));
  });

  test("of what a run corrected, when its event comes later", async () => {
    const account = await watched();
    await account.iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument: anybody }));
    const opened = account.eventOf("UpdateAssumeRolePolicy");
    expect(kindsOf(await account.run())).toEqual(["trust-widened"]);
    account.pass(90_000);
    expectIdle(await account.run(opened));
  });

  test("of what the loop wrote itself, before a narrower version", async () => {
    const account = await watched();
    const wide = await account.put(guideWith({ trust: { projects: "all" } }));
    await account.run();
    await account.approve(wide);
    await account.run();
    const own = account.eventOf("UpdateAssumeRolePolicy");
    await account.put(guide);
    await account.run();
    account.pass(90_000);
    expectIdle(await account.run(own));
  });

  test("of what was narrowed and put back", async () => {
    const account = await watched();
    const { iam } = account;
    const before = await trustOf(account);
    await iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument: before }));
    const events = [account.eventOf("UpdateAssumeRolePolicy")];
    await iam.send(new DetachRolePolicyCommand({ ...role, ...policy }));
    events.push(account.eventOf("DetachRolePolicy"));
    await iam.send(new AttachRolePolicyCommand({ ...role, ...policy }));
    events.push(account.eventOf("AttachRolePolicy"));
    expectIdle(await account.run(batchOf(events)));
  });

  test("twice of what observe has reported while it was open", async () => {
    const account = await watched(guideWith({ mode: "observe" }));
    account.pass(60_000);
    await account.put(guideWith({ mode: "enforce" }));
    await account.run();
    await account.put(guideWith({ mode: "observe" }));
    await account.run();
    account.pass(60_000);
    const before = await trustOf(account);
    const set = (PolicyDocument: string) =>
      account.iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument }));
    await set(anybody);
    const opened = account.eventOf("UpdateAssumeRolePolicy");
    expect(kindsOf(await account.run(opened))).toEqual(["trust-widened"]);
    await set(before);
    await account.run();
    account.pass(600_000);
    expect(kindsOf(await account.run(opened))).toEqual([]);
  });
});
