import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  TagOpenIDConnectProviderCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { clientOptions } from "../../sandbox/seed.ts";
import { guide, guideWith, type Written } from "../scenarios/documents.ts";
import { type LateAccount, startLate } from "./late.ts";
import {
  administrator,
  batchOf,
  everything,
  provider,
  role,
  trustOf,
  watched,
  withoutHistory,
} from "./shut.ts";

const minute = 60_000;
const ended = "2001-01-01T00:00:00Z";
const open = "2099-01-01T00:00:00Z";

async function inSync(document: Written = guide): Promise<LateAccount> {
  const account = await startLate();
  await account.put(document);
  await account.run();
  account.pass(5 * minute);
  return account;
}

/** What the next run alerts, and ten minutes after it. */
async function kindsOf(account: LateAccount): Promise<readonly string[]> {
  account.pass(minute);
  const { report } = await account.run();
  account.pass(10 * minute);
  return report.alerts.map(({ kind }) => kind);
}

function until(date: string, further: object): object {
  const Condition = { DateLessThan: { "aws:CurrentTime": date } };
  return { Effect: "Allow", Condition, ...further };
}

type Put = (iam: IAMClient, date: string) => Promise<unknown>;

const inline: Put = (iam, date) => {
  const Statement = [until(date, { Action: "*", Resource: "*" })];
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
  return iam.send(new PutRolePolicyCommand({ ...role, PolicyName: "x", PolicyDocument }));
};

async function trustWith(account: LateAccount): Promise<Put> {
  const before: { readonly Statement: readonly object[] } = JSON.parse(await trustOf(account));
  return (iam, date) => {
    const everybody = until(date, { Principal: { AWS: "*" }, Action: "sts:AssumeRole" });
    const PolicyDocument = JSON.stringify({
      ...before,
      Statement: [...before.Statement, everybody],
    });
    return iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument }));
  };
}

/** A pipeline, in a session of its own each time. */
async function sessionOf({ sandbox }: LateAccount, name: string): Promise<IAMClient> {
  const arn = `arn:aws:iam::${sandbox.account}:role/bot`;
  const credentials = await sandbox.credentialsOf(arn, name, 43_200);
  return new IAMClient({ ...clientOptions(sandbox), credentials });
}

const makeBot = ({ sandbox }: LateAccount) =>
  sandbox.createRole({ name: "bot", attached: [administrator] });

describe("what was closed three times until a date that is over is new where the date is to come", () => {
  test.each([
    { where: "an inline policy", putOf: async () => inline, alerted: "permissions-widened" },
    { where: "the trust policy", putOf: trustWith, alerted: "trust-widened" },
  ])("in $where", async ({ putOf, alerted }) => {
    const account = await inSync();
    const put = await putOf(account);
    const rounds: (readonly string[])[] = [];
    for (const date of [ended, ended, ended, ended, open]) {
      await put(account.iam, date);
      rounds.push(await kindsOf(account));
    }
    expect(rounds.slice(2)).toEqual([["contended"], [], [alerted]]);
  });
});

test("nobody is known to have done it: that is reported beside the quarrel of a rival that is known", async () => {
  const account = await inSync();
  makeBot(account);
  const rounds: (readonly string[])[] = [];
  for (let nth = 1; nth <= 4; nth += 1) {
    await inline(await sessionOf(account, `run-${nth}`), open);
    rounds.push(await kindsOf(account));
  }
  expect(rounds.slice(2)).toEqual([["contended"], []]);
  withoutHistory(account);
  await inline(account.iam, open);
  expect(await kindsOf(account)).toEqual(["permissions-widened"]);
});

test("a person who revokes sessions beside a bot that does each hour is reported", async () => {
  const account = await inSync();
  makeBot(account);
  const revoke = (iam: IAMClient) => {
    const Condition = { DateLessThan: { "aws:TokenIssueTime": new Date().toISOString() } };
    const Statement = [{ Effect: "Deny", Action: "*", Resource: "*", Condition }];
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
    const PolicyName = "AWSRevokeOlderSessions";
    return iam.send(new PutRolePolicyCommand({ ...role, PolicyName, PolicyDocument }));
  };
  const rounds: (readonly string[])[] = [];
  for (let nth = 1; nth <= 5; nth += 1) {
    await revoke(await sessionOf(account, `run-${nth}`));
    rounds.push(await kindsOf(account));
    account.pass(49 * minute);
  }
  expect(rounds.slice(3)).toEqual([["contended"], []]);
  await revoke(account.iam);
  expect(await kindsOf(account)).toEqual(["sessions-revoked"]);
});

test("a door open for a moment is reported, whatever dated text a scheduled run took off after it", async () => {
  const account = await watched();
  const put = await trustWith(account);
  await put(account.iam, open);
  const opened = account.eventOf("UpdateAssumeRolePolicy");
  account.pass(20_000);
  await put(account.iam, ended);
  const replaced = account.eventOf("UpdateAssumeRolePolicy");
  account.pass(5_000);
  await account.run();
  account.pass(minute);
  const { report } = await account.run(batchOf([opened, replaced]));
  expect(report.alerts).toMatchObject([{ severity: "critical", kind: "trust-widened" }]);
});

test("one more claim on a provider's tags gives it up within days, and half a year later is drift again", async () => {
  const account = await inSync();
  const claim = async () => {
    const Tags = [{ Key: "oidc-reconciler:prefix", Value: "/other" }];
    await account.iam.send(new TagOpenIDConnectProviderCommand({ ...provider, Tags }));
    account.pass(minute);
    return (await account.run()).iamWrites;
  };
  const correction = ["TagOpenIDConnectProvider"];
  expect(await claim()).toEqual(correction);
  account.pass(180 * 24 * 60 * minute);
  expect(await claim()).toEqual(correction);
  account.pass(24 * 60 * minute);
  expect(await claim()).toEqual([]);
  account.pass(180 * 24 * 60 * minute);
  expect((await account.run()).iamWrites).toEqual([]);
});

describe("what grows between two rounds is reported, though the same ARN is put there", () => {
  const document = (Action: string) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action, Resource: "*" }],
    });

  /** Three rounds and one more, then everything is allowed, and twice more: what each run alerts. */
  async function rounds(
    account: LateAccount,
    Action: string,
    put: (PolicyArn: string) => Promise<unknown>,
  ): Promise<readonly (readonly string[])[]> {
    const PolicyDocument = document(Action);
    const made = await account.iam.send(
      new CreatePolicyCommand({ PolicyName: "theirs", PolicyDocument }),
    );
    const PolicyArn = made.Policy?.Arn ?? "";
    const kinds: (readonly string[])[] = [];
    for (let nth = 1; nth <= 6; nth += 1) {
      if (nth === 5) {
        const wide = { PolicyArn, PolicyDocument: everything, SetAsDefault: true };
        await account.iam.send(new CreatePolicyVersionCommand(wide));
      }
      await put(PolicyArn);
      kinds.push(await kindsOf(account));
    }
    return kinds;
  }

  test("an attached policy", async () => {
    const account = await inSync();
    const kinds = await rounds(account, "s3:ListAllMyBuckets", (PolicyArn) =>
      account.iam.send(new AttachRolePolicyCommand({ ...role, PolicyArn })),
    );
    expect(kinds.slice(2)).toEqual([["contended"], [], ["permissions-widened"], []]);
  });

  test("a boundary", async () => {
    const permissionsBoundary = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    const account = await inSync(guideWith({ role: { permissionsBoundary } }));
    const kinds = await rounds(account, "ecr:GetAuthorizationToken", (PermissionsBoundary) =>
      account.iam.send(new PutRolePermissionsBoundaryCommand({ ...role, PermissionsBoundary })),
    );
    expect(kinds.slice(2)).toEqual([["contended"], [], ["permissions-widened"], []]);
  });
});
