import {
  AddClientIDToOpenIDConnectProviderCommand,
  AttachRolePolicyCommand,
  CreatePolicyVersionCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  PutRolePolicyCommand,
  SetDefaultPolicyVersionCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { guide, organization, policyName, roleName } from "../scenarios/documents.ts";
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

async function watched(): Promise<LateAccount> {
  const account = await startLate();
  await account.put(guide);
  await account.run();
  await account.watch();
  account.pass(120_000);
  return account;
}

/** A person opens something; gives the name of the call. */
const openings: readonly (readonly [string, (account: LateAccount) => Promise<unknown>])[] = [
  [
    "UpdateAssumeRolePolicy",
    ({ iam }) => iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument: anybody })),
  ],
  [
    "AttachRolePolicy",
    ({ iam }) => iam.send(new AttachRolePolicyCommand({ ...role, PolicyArn: administrator })),
  ],
  [
    "PutRolePolicy",
    ({ iam }) =>
      iam.send(
        new PutRolePolicyCommand({ ...role, PolicyName: "all", PolicyDocument: everything }),
      ),
  ],
  [
    "CreatePolicyVersion",
    ({ iam }) =>
      iam.send(
        new CreatePolicyVersionCommand({
          PolicyArn: `arn:aws:iam::123456789012:policy/${policyName}`,
          PolicyDocument: everything,
          SetAsDefault: true,
        }),
      ),
  ],
  [
    "AddClientIDToOpenIDConnectProvider",
    ({ iam }) =>
      iam.send(
        new AddClientIDToOpenIDConnectProviderCommand({
          OpenIDConnectProviderArn: `arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/${organization}`,
          ClientID: "x",
        }),
      ),
  ],
];

describe("an event that comes before IAM shows the change", () => {
  test.each(openings)("%s: the run looks until it does, and shuts it", async (name, open) => {
    const account = await watched();
    await open(account);
    account.lags(() => 30_000);
    account.pass(2_000);
    const start = Date.now();
    const run = await account.run(account.eventOf(name));
    expect(run.environment.outcome).toBe("reconciled");
    expect(run.report.alerts).toMatchObject([{ severity: "critical" }]);
    expect(run.environment.widenings).toMatchObject([{ actor: expect.stringMatching("user/") }]);
    const closing = run.calls.find(({ service, mutating }) => service === "iam" && mutating);
    expect((closing?.at.getTime() ?? 0) - start).toBeLessThan(40_000);
    account.lags(() => 0);
    await account.run();
    expectIdle(await account.run());
  });

  test("that comes twice, or is of our own correction, is waited for by nobody", async () => {
    const account = await watched();
    const [[name, open] = ["", () => Promise.resolve()]] = openings;
    await open(account);
    const event = account.eventOf(name);
    await account.run(event);
    const own = account.eventOf(name);
    expect(own).not.toBe(event);
    for (const each of [event, own]) {
      const start = Date.now();
      expectIdle(await account.run(each));
      expect(Date.now() - start).toBeLessThan(2_000);
    }
  });

  // As an event that somebody writes by hand may be: CloudTrail's own say it.
  test.each(["UpdateAssumeRolePolicy", "PutRolePolicy", "CreatePolicyVersion"])(
    "without the text that was written, is waited for by nobody: %s",
    async (name) => {
      const account = await watched();
      await openings.find(([each]) => each === name)?.[1](account);
      const policyArn = `arn:aws:iam::123456789012:policy/${policyName}`;
      const { detail, ...event } = account.eventOf(name);
      await account.run();
      account.pass(30_000);
      const eventTime = new Date(Date.now() - 2_000).toISOString();
      const silent = {
        ...detail,
        eventTime,
        requestParameters: { roleName, policyArn, setAsDefault: true },
      };
      const start = Date.now();
      expectIdle(await account.run({ ...event, detail: silent }));
      expect(Date.now() - start).toBeLessThan(2_000);
    },
  );

  test("of the very second of our correction, is waited for by nobody, with no history", async () => {
    const account = await watched();
    const [[name, open] = ["", () => Promise.resolve()]] = openings;
    // Close before the end of a second, a call that takes a moment would be in the next one.
    account.pass(1_000 - (Date.now() % 1_000));
    await open(account);
    const event = account.eventOf(name);
    account.sandbox.faults.add({
      when: ({ operation }) => operation === "LookupEvents",
      at: "before",
      how: { error: "AccessDeniedException", httpStatus: 400 },
    });
    await account.run(event);
    const start = Date.now();
    expectIdle(await account.run(event));
    expect(Date.now() - start).toBeLessThan(2_000);
  });

  test("of a minute ago, is waited for by nobody", async () => {
    const account = await watched();
    const before = await account.iam.send(new GetRoleCommand(role));
    const [[name, open] = ["", () => Promise.resolve()]] = openings;
    await open(account);
    const event = account.eventOf(name);
    const PolicyDocument = decodeURIComponent(before.Role?.AssumeRolePolicyDocument ?? "");
    await account.iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument }));
    account.sandbox.faults.add({
      when: ({ operation }) => operation === "LookupEvents",
      at: "before",
      how: { error: "AccessDeniedException", httpStatus: 400 },
    });
    account.pass(61_000);
    const start = Date.now();
    expect(kindsOf(await account.run(event))).toEqual(["trust-widened"]);
    expect(Date.now() - start).toBeLessThan(2_000);
  });
});

test("what somebody opened and shut again is looked at once, where history knows both", async () => {
  const account = await watched();
  const [, [name, open] = ["", () => Promise.resolve()]] = openings;
  await open(account);
  await account.iam.send(new DetachRolePolicyCommand({ ...role, PolicyArn: administrator }));
  const start = Date.now();
  expect(kindsOf(await account.run(account.eventOf(name)))).toEqual(["permissions-widened"]);
  expect(Date.now() - start).toBeLessThan(2_000);
});

describe("a policy that is taken off after another one was attached", () => {
  const readOnly = { ...role, PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" };

  test("does not undo that: the run looks until IAM shows it, and shuts it", async () => {
    const account = await watched();
    const [, [name, open] = ["", () => Promise.resolve()]] = openings;
    await account.iam.send(new AttachRolePolicyCommand(readOnly));
    await open(account);
    const event = account.eventOf(name);
    account.pass(1_000);
    await account.iam.send(new DetachRolePolicyCommand(readOnly));
    account.lags(() => 30_000);
    account.pass(1_000);
    const run = await account.run(event);
    expect(run.iamWrites).toEqual(["DetachRolePolicy"]);
    expect(run.report.alerts[0]?.text).not.toContain("It was put back by");
  });

  test("is not the one who shut that, nor the time until when it was open", async () => {
    const account = await watched();
    const [, [name, open] = ["", () => Promise.resolve()]] = openings;
    await account.iam.send(new AttachRolePolicyCommand(readOnly));
    await open(account);
    const event = account.eventOf(name);
    account.pass(10_000);
    await account.iam.send(new DetachRolePolicyCommand(readOnly));
    account.pass(20_000);
    await account.iam.send(new DetachRolePolicyCommand({ ...role, PolicyArn: administrator }));
    const { report } = await account.run(event);
    expect(report.alerts[0]?.text).toMatch(/It was open for (?:29|30|31) s\./);
  });
});

describe("a version that is made, and not the default,", () => {
  const policy = { PolicyArn: `arn:aws:iam::123456789012:policy/${policyName}` };
  const made = { ...policy, PolicyDocument: everything };

  test.each([
    ["in the second in which it becomes that", 0, false],
    ["after another one has become that", 1_000, true],
  ])("undoes nothing %s: the run looks until IAM shows it, and shuts it", async (_, ms, isMore) => {
    const account = await watched();
    account.pass(1_000 - (Date.now() % 1_000));
    const { PolicyVersion } = await account.iam.send(new CreatePolicyVersionCommand(made));
    account.pass(ms);
    const VersionId = PolicyVersion?.VersionId ?? "";
    await account.iam.send(new SetDefaultPolicyVersionCommand({ ...policy, VersionId }));
    const event = account.eventOf("SetDefaultPolicyVersion");
    account.pass(ms);
    if (isMore) await account.iam.send(new CreatePolicyVersionCommand(made));
    account.lags(() => 30_000);
    const run = await account.run(event);
    expect(run.iamWrites).toContain("CreatePolicyVersion");
    expect(run.report.alerts[0]?.text).not.toContain("It was put back by");
  });
});

test("a change that never shows is waited for a minute at most", async () => {
  const account = await watched();
  const [, [name, open] = ["", () => Promise.resolve()]] = openings;
  await open(account);
  account.lags(() => 100_000);
  const start = Date.now();
  const { report } = await account.run(account.eventOf(name));
  expect(report.alerts[0]?.text).toContain("IAM does not show it yet");
  expect(Date.now() - start).toBeLessThan(70_000);
  account.lags(() => 0);
  expect((await account.run()).iamWrites).toEqual(["DetachRolePolicy"]);
});

describe("what is found undone a moment after our own write", () => {
  const looks = ({ calls }: Run) => calls.filter(({ operation }) => operation === "GetRole").length;
  const undoneTwice = async (RoleName = roleName): Promise<LateAccount> => {
    const account = await watched();
    const attached = { RoleName, PolicyArn: administrator };
    for (const event of ["AttachRolePolicy", null]) {
      account.pass(2_000);
      await account.iam.send(new AttachRolePolicyCommand(attached));
      if (event !== null) await account.run(account.eventOf(event));
    }
    return account;
  };

  // IAM takes a name in any case, and an event repeats it as it was written.
  const names = [roleName, roleName.toUpperCase()];
  test.each(names)(
    "is looked at once where the event says that somebody did it since: %s",
    async (name) => {
      const account = await undoneTwice(name);
      const run = await account.run(account.eventOf("AttachRolePolicy"));
      expect(run.iamWrites).toEqual(["DetachRolePolicy"]);
      expect(looks(run)).toBe(1);
      expect(run.calls.filter(({ operation }) => operation === "LookupEvents")).toEqual([]);
    },
  );

  test("is looked at again where no event says so", async () => {
    const account = await undoneTwice();
    const run = await account.run();
    expect(run.iamWrites).toEqual(["DetachRolePolicy"]);
    expect(looks(run)).toBeGreaterThan(1);
  });
});
