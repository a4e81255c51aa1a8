/**
 * Of accounts that policies treat alike one is looked at. What tells two of them apart is seen all the same: each
 * row is a pair of policies in which something is said of the second account alone, and the widening is of it.
 */
import { describe, expect, test } from "vitest";
import { callersOf } from "../../shared/callers/callers-of.ts";
import { compareTrust } from "../../shared/compare/index.ts";
import { parseTrustPolicy } from "../../shared/policy/parse.ts";
import { policy } from "./documents.ts";

const [first, second, third] = ["111111111111", "222222222222", "333333333333"];
const iam = (account: string, resource: string) => `arn:aws:iam::${account}:${resource}`;
const role = (account: string) => iam(account, "role/deploy");
const allow = (AWS: unknown, Condition: object = {}) => ({
  Effect: "Allow",
  Principal: { AWS },
  Action: "sts:AssumeRole",
  Condition,
});
const deny = (AWS: unknown, Condition: object = {}) => ({
  ...allow(AWS, Condition),
  Effect: "Deny",
});

const hosted = (accounts: readonly string[]) => ({
  Effect: "Allow",
  Principal: {
    Federated: accounts.map((account) => iam(account, "oidc-provider/idp.example.com")),
  },
  Action: "sts:AssumeRoleWithWebIdentity",
});

function callersIn(...statements: readonly object[]): readonly string[] {
  const parsed = parseTrustPolicy(policy(...statements));
  if (parsed.kind === "refused") throw new Error(parsed.problem.message);
  return callersOf([parsed.policy])
    .filter(({ standsFor }) => standsFor !== "strangers")
    .map(({ id }) => id);
}

describe("one is looked at, of", () => {
  const accounts = Array.from({ length: 300 }, (_, at) => String(100_000_000_000 + at));
  const rows: readonly (readonly [string, (account: string) => string])[] = [
    ["accounts by their numbers", (account) => account],
    ["accounts by their roots", (account) => iam(account, "root")],
    ["roles of one name", role],
    ["roles, one of each account", (account) => iam(account, `role/r${account}`)],
    ["users, one of each account", (account) => iam(account, `user/of/u${account}`)],
  ];
  test.each(rows)("hundreds of %s", (_, principal) => {
    const callers = callersIn(
      allow(accounts.map(principal), { StringEquals: { "sts:ExternalId": "x" } }),
    );
    expect(callers.length).toBeLessThan(3);
    expect(callers.every((id) => id.includes(accounts[0] ?? ""))).toBe(true);
  });
});

const variable = { "aws:PrincipalTag/home": "$" + "{aws:PrincipalAccount}" };
const apart: Readonly<Record<string, readonly object[]>> = {
  "a statement of its own": [allow([first, second]), allow(second)],
  "another statement": [allow(first), allow(second)],
  "its root": [allow([first, iam(second, "root")])],
  "its root in another partition": [allow([iam(first, "root"), `arn:aws-cn:iam::${second}:root`])],
  "a role": [allow([role(first), second])],
  "a user, and not a role": [allow([role(first), iam(second, "user/deploy")])],
  "a second role": [allow([role(first), role(second), iam(second, "role/other")])],
  "the session of another role": [
    allow([role(first), role(second)], {}),
    deny([
      "arn:aws:sts::111111111111:assumed-role/deploy/job",
      "arn:aws:sts::222222222222:assumed-role/other/job",
    ]),
  ],
  "a role by a name that IAM does not give": [
    allow([iam(first, `role/${"x".repeat(70)}`), role(second)]),
  ],
  "a condition on the account": [
    allow([first, second], { StringEquals: { "aws:PrincipalAccount": second } }),
  ],
  "a condition on the ARN": [
    allow([first, second], { ArnLike: { "aws:PrincipalArn": iam(second, "role/*") } }),
  ],
  "a condition on the name": [allow([first, second], { StringEquals: { "aws:username": "ann" } })],
  "a condition on the unique id": [
    allow([first, second], { StringLike: { "aws:userid": "AROA*:x" } }),
  ],
  "a variable": [allow([first, second], { StringEquals: variable })],
  "a provider that it hosts": [allow([first, second]), hosted([second])],
  "whose provider it is": [hosted([first, second])],
};

describe("both are looked at, where one differs by", () => {
  test.each(Object.entries(apart))("%s", (_, statements) => {
    const callers = callersIn(...statements);
    for (const account of [first, second]) {
      expect(callers.some((id) => id.includes(`:${account}:`))).toBe(true);
    }
  });
});

describe("a widening is found that only one of many alike accounts has:", () => {
  const all = [first, second, third];
  test.each([
    ["a Deny that goes", [allow(all), deny(second)], [allow(all)]],
    [
      "a Deny by the account's key that goes",
      [allow(all), deny("*", { StringEquals: { "aws:PrincipalAccount": second } })],
      [allow(all)],
    ],
    ["a statement that comes", [allow([first, third])], [allow([first, third]), allow(second)]],
  ])("%s", (_, before, after) => {
    const { widening, narrowing } = compareTrust({
      before: [policy(...before)],
      after: [policy(...after)],
    });
    expect(widening).toMatchObject({ kind: "proved", possible: true });
    expect(JSON.stringify(widening)).toContain(second);
    expect(narrowing).toEqual({ kind: "disproved" });
  });
});
