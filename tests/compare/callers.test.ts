import { describe, expect, test } from "vitest";
import { evaluateTrust } from "../../sandbox/evaluate/index.ts";
import { compareTrust, type Witness, witnessOf } from "../../shared/compare/index.ts";
import { policy, provider } from "./documents.ts";

/**
 * Who a principal of a policy stands for: a policy that names one is replaced by a policy that names
 * another. Where the first stands for the second, nobody new gets in.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */

type Pair = readonly [why: string, before: object, after: object];

const admitting = (principal: object) =>
  policy({ Effect: "Allow", Principal: principal, Action: "sts:*" });
const aws = (id: string) => ({ AWS: id });
const iam = (resource: string, account = "123456789012") =>
  aws(`arn:aws:iam::${account}:${resource}`);
const sts = (resource: string, account = "123456789012") =>
  aws(`arn:aws:sts::${account}:${resource}`);

const session = sts("assumed-role/deployer/job");
const user = iam("user/ann");

/** STS knows it as a provider, and a service may have the name too. */
const domain = "cognito-identity.amazonaws.com";

const same: readonly Pair[] = [
  ["a role and its session", iam("role/deployer"), session],
  ["a role with a path and its session", iam("role/ci/aws/deployer"), session],
  ["an account by its id and a session", aws("123456789012"), session],
  ["an account by its root and a session", iam("root"), session],
  ["an account by its id and a user", aws("123456789012"), user],
  ["an account by its id and its root", aws("123456789012"), iam("root")],
  ["an account by its root and its id", iam("root"), aws("123456789012")],
  [
    "an account by its id and a user of another partition",
    aws("123456789012"),
    aws("arn:aws-cn:iam::123456789012:user/ann"),
  ],
  ["everybody and a session", aws("*"), session],
  ["everybody and a provider", aws("*"), { Federated: provider }],
];

const others: readonly Pair[] = [
  [
    "a role and the session of one of that name in another account",
    iam("role/deployer"),
    sts("assumed-role/deployer/job", "210987654321"),
  ],
  [
    "a role and the session of one of that name in another partition",
    iam("role/deployer"),
    aws("arn:aws-cn:sts::123456789012:assumed-role/deployer/job"),
  ],
  ["a user and the session of a role of that name", iam("user/deployer"), session],
  [
    "a role and a federated user of that name",
    iam("role/deployer"),
    sts("federated-user/deployer"),
  ],
  ["a role and a user of that name", iam("role/deployer"), iam("user/deployer")],
  ["a role and the session of one with a longer name", iam("role/deploy"), session],
  ["a role and the session of one with a shorter name", iam("role/deployer-2"), session],
  ["a role whose path ends so and the session of another", iam("role/deployer/other"), session],
  ["a session and another of the same role", session, sts("assumed-role/deployer/job2")],
  ["a session and its role", session, iam("role/deployer")],
  ["a user's unique id and a session", aws("AIDAABCDEFGHIJKLMNOP"), session],
  ["a role and a user's unique id", iam("role/deployer"), aws("AIDAABCDEFGHIJKLMNOP")],
  ["an account and a user of another", aws("123456789012"), iam("user/ann", "210987654321")],
  ["an account and another", aws("123456789012"), aws("210987654321")],
  [
    "an account by its root and a user of another partition",
    aws("arn:aws-cn:iam::123456789012:root"),
    user,
  ],
  ["a provider and a service of that name", { Federated: domain }, { Service: domain }],
  ["a service and a provider of that name", { Service: domain }, { Federated: domain }],
  ["an account and a provider that it hosts", aws("123456789012"), { Federated: provider }],
  ["an account and a user's unique id", aws("123456789012"), aws("AIDAABCDEFGHIJKLMNOP")],
];

/** Does the sandbox's own evaluator admit the caller? */
function isAdmitted(document: string, principal: Witness["principal"]): boolean {
  const request = { principal, action: "sts:AssumeRole", context: new Map() };
  return evaluateTrust(JSON.parse(document), request).decision === "allow";
}

describe("nobody new gets in, from one that stands for the other:", () => {
  test.each(same)("%s", (_, before, after) => {
    const { widening } = compareTrust({ before: [admitting(before)], after: [admitting(after)] });
    expect(widening).toEqual({ kind: "disproved" });
  });
});

describe("somebody new gets in, from one that does not stand for the other:", () => {
  test.each(others)("%s", (_, before, after) => {
    const [first, second] = [admitting(before), admitting(after)];
    const { widening } = compareTrust({ before: [first], after: [second] });
    const principal = witnessOf(widening)?.principal;
    if (principal === undefined) throw new Error("no witness");
    expect([first, second].map((text) => isAdmitted(text, principal))).toEqual([false, true]);
  });
});

test("an account by its id is in the partition of a provider that it hosts, too", () => {
  const statements = [
    { Effect: "Deny", Principal: aws("arn:aws-cn:iam::123456789012:root"), Action: "sts:*" },
    { Effect: "Allow", Principal: { Federated: provider }, Action: "sts:*" },
    { Effect: "Allow", Principal: aws("123456789012"), Action: "sts:*" },
  ];
  const [before, after] = [statements.slice(0, 2), statements].map((Statement) =>
    JSON.stringify({ Version: "2012-10-17", Statement }),
  );
  if (before === undefined || after === undefined) throw new Error("there are two");
  expect(compareTrust({ before: [before], after: [after] }).widening.kind).toBe("proved");
});
