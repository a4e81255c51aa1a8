import {
  allow,
  allowAction,
  allowPrincipal,
  type Pair,
  policy,
  sub,
  trusts,
} from "../vocabulary.ts";

const good = trusts({ StringEquals: { [sub]: "a" } });
const refuse = (title: string, after: string, why: string): Pair => ({
  title,
  before: good,
  after,
  verdict: "refused",
  why,
});
const replaced = (search: string, replacement: string) => good.replace(search, replacement);

export const refusals: readonly Pair[] = [
  refuse("no JSON", good.slice(0, -1), "The last brace is missing."),
  refuse("nothing at all", "", "An empty text is not JSON."),
  refuse(
    "a byte-order mark",
    `\uFEFF${good}`,
    "JSON does not begin with one, and IAM takes no such character.",
  ),
  refuse("no object", `[${good}]`, "A document is an object."),
  refuse(
    "a member twice",
    replaced('"Effect":"Allow"', '"Effect":"Deny","Effect":"Allow"'),
    "IAM takes no duplicate; JSON.parse would keep the last.",
  ),
  refuse(
    "a member twice, once escaped",
    replaced('"Effect":"Allow"', '"\\u0045ffect":"Allow","Effect":"Allow"'),
    "Names are compared as they read, not as they are written.",
  ),
  refuse(
    "a condition key twice",
    replaced('"a"}', `"a","${sub}":"b"}`),
    "The same key in the same letters, twice in one block.",
  ),
  refuse(
    "an operator twice",
    replaced('"Condition":{', '"Condition":{"StringEquals":{"aws:SourceIp":"x"},'),
    "StringEquals is there twice.",
  ),
  refuse("an unknown element", policy(allow(undefined, { Extra: "x" })), "No such element."),
  refuse(
    "an element in other letters",
    policy(allow(undefined, { condition: {} })),
    "Names of elements keep their case.",
  ),
  refuse("an unknown operator", trusts({ StringMatches: { [sub]: "a" } }), "No such operator."),
  refuse(
    "IfExists on Null",
    trusts({ NullIfExists: { [sub]: "true" } }),
    "Null takes no IfExists.",
  ),
  refuse("a resource", policy(allow(undefined, { Resource: "*" })), "A trust statement has none."),
  refuse(
    "no principal",
    policy({ Effect: "Allow", Action: "sts:AssumeRole" }),
    "A trust statement must say who.",
  ),
  refuse(
    "a wildcard inside a principal",
    policy(allowPrincipal({ AWS: "arn:aws:iam::123456789012:role/*" })),
    "A principal is named in full or is a star alone.",
  ),
  refuse(
    "a wildcard inside a provider",
    policy(
      allowPrincipal({
        Federated: "arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/*",
      }),
    ),
    "The same for federated principals.",
  ),
  refuse("a star for services", policy(allowPrincipal({ Service: "*" })), "IAM does not allow it."),
  refuse("an unknown type of principal", policy(allowPrincipal({ Robot: "r" })), "No such type."),
  refuse(
    "a principal that is a plain text",
    policy(allowPrincipal("somebody")),
    "Only the star may be alone.",
  ),
  refuse("no effect", policy({ Principal: "*", Action: "sts:*" }), "Allow or Deny must be said."),
  refuse("another effect", policy(allow(undefined, { Effect: "Maybe" })), "Allow or Deny."),
  refuse(
    "no action",
    policy({ Effect: "Allow", Principal: "*" }),
    "Action or NotAction must be there.",
  ),
  refuse(
    "Action and NotAction",
    policy({ ...allowAction("sts:*"), NotAction: "sts:TagSession" }),
    "Only one of the two.",
  ),
  refuse(
    "Principal and NotPrincipal",
    policy({ ...allow(), NotPrincipal: "*" }),
    "Only one of the two.",
  ),
  refuse("another version", good.replace("2012-10-17", "2012-10-18"), "There are two versions."),
  refuse("no statement", policy(), "At least one."),
  refuse(
    "an object as a value",
    trusts({ StringEquals: { [sub]: { x: "y" } } }),
    "Values are scalars.",
  ),
  refuse(
    "null as a value",
    trusts({ StringEquals: { [sub]: null } }),
    "Values are texts, numbers or booleans.",
  ),
  refuse(
    "a Sid with a dash",
    policy(allow(undefined, { Sid: "a-b" })),
    "Letters and digits alone.",
  ),
  refuse(
    "one Sid on two statements",
    policy(allow(undefined, { Sid: "A" }), allow(undefined, { Sid: "A" })),
    "Unique within a document.",
  ),
  refuse(
    "a character beyond Latin-1",
    trusts({ StringEquals: { [sub]: "ключ" } }),
    "IAM's API takes U+0020 to U+00FF.",
  ),
];

export const undecideds: readonly Pair[] = [
  {
    title: "a variable beside a wildcard, and one under StringEquals",
    before: trusts({ StringEquals: { [sub]: "${aws:PrincipalTag/team}" } }),
    after: trusts({ StringLike: { [sub]: "${aws:PrincipalTag/team}" } }),
    verdict: "undecided",
    why: "Whether a star in the value of a variable is alive is not documented.",
  },
  {
    title: "a variable that has several values",
    before: trusts({ StringEquals: { [sub]: "a" } }),
    after: trusts({ StringEquals: { [sub]: ["a", "${aws:TagKeys}"] } }),
    verdict: "undecided",
    why: "Only a key of one value may be a variable.",
  },
  {
    title: "a key of several values without a set operator",
    before: trusts({ "ForAnyValue:StringEquals": { "aws:TagKeys": "a" } }),
    after: trusts({ StringEquals: { "aws:TagKeys": "a" } }),
    verdict: "undecided",
    why: "The documentation demands a set operator and does not say what happens without.",
  },
];
