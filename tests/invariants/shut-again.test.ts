import {
  AddClientIDToOpenIDConnectProviderCommand,
  AttachRolePolicyCommand,
  CreatePolicyVersionCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  SetDefaultPolicyVersionCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import {
  guide,
  guideWith,
  organization,
  policyName,
  roleName,
  type Written,
} from "../scenarios/documents.ts";
import { expectIdle, type Run } from "../scenarios/harness.ts";
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
async function openAndShut(account: LateAccount): Promise<readonly unknown[]> {
  const before = await trustOf(account);
  const set = (PolicyDocument: string) =>
    account.iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument }));
  await set(anybody);
  const opened = account.eventOf("UpdateAssumeRolePolicy");
  account.pass(30_000);
  await set(before);
  return [opened, account.eventOf("UpdateAssumeRolePolicy")];
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
    account.sandbox.faults.add({
      when: ({ operation }) => operation === "LookupEvents",
      at: "before",
      how: { error: "AccessDeniedException", httpStatus: 400 },
    });
    const run = await account.run(opened);
    expectShut(run, "trust-widened");
    expect(run.report.alerts[0]?.text).toContain("did not find it open");
  });
});

describe("nothing is reported", () => {
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
