import { UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  dropOldVersions,
  newVersion,
  openInSync,
  policyText,
  setTrust,
  trustNow,
} from "./by-hand.ts";
import { roleName } from "./documents.ts";
import type { Scenario } from "./harness.ts";

let account: Scenario;
beforeAll(async () => {
  account = await openInSync();
});
afterAll(() => account.close());

type Sameness = {
  readonly what: string;
  readonly happens: () => Promise<unknown>;
};

/** The same document with its members, lists and statements the other way round. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned).toReversed();
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, member]) => [key, turned(member)])
      .toReversed(),
  );
}

function lists(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const listed = ["Action", "Resource", "Federated", "Statement"];
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      listed.includes(key) && !Array.isArray(member) ? [member] : lists(member),
    ]),
  );
}

const samenesses: readonly Sameness[] = [
  { what: "members and statements in another order", happens: () => setTrust(account, turned) },
  {
    what: "condition keys and actions in other letters",
    happens: () =>
      setTrust(account, (trust) =>
        JSON.parse(
          JSON.stringify(trust)
            .replaceAll(":aud", ":AUD")
            .replaceAll(":sub", ":Sub")
            .replaceAll("AssumeRoleWithWebIdentity", "ASSUMEROLEWITHWEBIDENTITY"),
        ),
      ),
  },
  {
    what: "lists of one where we write the value alone",
    happens: () =>
      setTrust(account, (trust) => ({
        ...trust,
        Statement: trust.Statement.map((one) => lists(one)),
      })),
  },
  {
    what: "Sids and white space",
    happens: async () => {
      const trust = await trustNow(account);
      const Statement = trust.Statement.map((one, index) => ({ Sid: `S${index}`, ...one }));
      const PolicyDocument = JSON.stringify({ ...trust, Statement }, null, 8);
      const update = { RoleName: roleName, PolicyDocument };
      await account.iam.send(new UpdateAssumeRolePolicyCommand(update));
    },
  },
  {
    what: "a deploy policy with statements, actions and members in another order",
    happens: async () =>
      newVersion(account, JSON.stringify(turned(JSON.parse(await policyText(account))), null, 4)),
  },
  {
    what: "a deploy policy whose statements are split and whose actions are in other letters",
    happens: async () => {
      const policy: { Statement: { Sid?: string; Action: string | string[] }[] } = JSON.parse(
        await policyText(account),
      );
      const Statement = policy.Statement.flatMap(({ Sid: _, ...statement }) =>
        [statement.Action].flat().map((action) => ({ ...statement, Action: action.toUpperCase() })),
      );
      await newVersion(account, JSON.stringify({ ...policy, Statement }));
    },
  },
];

describe("what means the same is not drift", () => {
  test.each(samenesses)("$what", async ({ happens }) => {
    await dropOldVersions(account);
    await happens();
    const run = await account.run();
    expect(run.iamWrites).toEqual([]);
    expect(run.environment).toMatchObject({ outcome: "in-sync", changes: [] });
    expect(run.report.alerts).toEqual([]);
  });
});
