import {
  allow,
  allowPrincipal,
  deny,
  github,
  type Pair,
  policy,
  root,
  sub,
  type trusts,
} from "../vocabulary.ts";

const a = { StringEquals: { [sub]: "a" } };
const b = { StringEquals: { [sub]: "b" } };

export const denies: readonly Pair[] = [
  {
    title: "a Deny is added",
    before: policy(allow()),
    after: policy(allow(), deny(a)),
    verdict: "narrowed",
    why: "What a Deny applies to is out, whatever is allowed.",
  },
  {
    title: "a Deny's condition is tightened",
    before: policy(allow(), deny({ StringLike: { [sub]: "a*" } })),
    after: policy(allow(), deny({ StringLike: { [sub]: "ab*" } })),
    verdict: "widened",
    why: "A Deny that applies to less lets in more.",
  },
  {
    title: "a Deny is first or last",
    before: policy(allow(), deny(a)),
    after: policy(deny(a), allow()),
    verdict: "equivalent",
    why: "The order of statements means nothing.",
  },
  {
    title: "a Deny of what nobody allows",
    before: policy(allow(a)),
    after: policy(allow(a), deny(b)),
    verdict: "equivalent",
    why: "b was not admitted anyhow.",
  },
  {
    title: "a Deny of another provider",
    before: policy(allow()),
    after: policy(allow(), deny(undefined, { Principal: { Federated: github } })),
    verdict: "equivalent",
    why: "GitHub's provider never was allowed.",
  },
  {
    title: "nobody, said in two ways",
    before: policy(allow(), deny()),
    after: policy(allowPrincipal({ AWS: root }), deny(undefined, { Principal: "*", Action: "*" })),
    verdict: "equivalent",
    why: "Neither admits any request.",
  },
  {
    title: "the Deny and the Allow behind it are both taken out",
    before: policy(allow(a), allow(b), deny(b)),
    after: policy(allow(a)),
    verdict: "equivalent",
    why: "b was allowed and denied.",
  },
  {
    title: "a Deny covers two Allow statements in part",
    before: policy(allow({ StringLike: { [sub]: "a*" } }), deny({ StringLike: { [sub]: "*z" } })),
    after: policy(
      allow({ StringLike: { [sub]: "a*" } }),
      allow({ StringEquals: { [sub]: "xyz" } }),
      deny({ StringLike: { [sub]: "*z" } }),
    ),
    verdict: "equivalent",
    why: "The added text ends with z.",
  },
  {
    title: "two Denies make one",
    before: policy(allow(), deny(a), deny(b)),
    after: policy(allow(), deny({ StringEquals: { [sub]: ["a", "b"] } })),
    verdict: "equivalent",
    why: "Any Deny that applies is enough.",
  },
];

const unreachableBeside = (
  condition: Parameters<typeof trusts>[0],
  title: string,
  why: string,
) => ({
  title,
  before: policy(allow(a)),
  after: policy(allow(a), allow(condition)),
  verdict: "equivalent" as const,
  why,
});

export const unreachables: readonly Pair[] = [
  unreachableBeside(
    { StringEquals: { [sub]: "b" }, StringLike: { [sub]: "c*" } },
    "two operators that exclude each other",
    "No value is b and begins with c.",
  ),
  unreachableBeside(
    { StringEquals: { [sub]: "b" }, StringNotEquals: { [sub]: "b" } },
    "equal and not equal",
    "No value is both.",
  ),
  unreachableBeside(
    { StringLike: { [sub]: "*" }, Null: { [sub]: "true" } },
    "a value is demanded of a missing key",
    "StringLike wants the key, Null true wants it missing.",
  ),
  unreachableBeside(
    { StringLike: { [sub]: "???", [sub.toUpperCase()]: "????" } },
    "two lengths",
    "No text has three characters and four.",
  ),
  unreachableBeside(
    { StringEquals: { [sub]: "" } },
    "the empty text",
    "The request space has no empty value.",
  ),
  unreachableBeside(
    {
      NumericLessThan: { "sts:DurationSeconds": 1 },
      NumericGreaterThan: { "sts:DurationSeconds": 2 },
    },
    "less than one and more than two",
    "No number is.",
  ),
  unreachableBeside(
    { IpAddress: { "aws:SourceIp": "10.0.0.0/8" }, NotIpAddress: { "aws:SourceIp": "10.0.0.0/7" } },
    "inside a block and outside a larger one",
    "10.0.0.0/8 lies within 10.0.0.0/7.",
  ),
  unreachableBeside(
    { StringLike: { [sub]: "*b*b*" }, StringNotLike: { [sub]: ["*b*", "z"] } },
    "a letter that is demanded and excluded",
    "What holds two b's holds one.",
  ),
  {
    title: "an unreachable statement is taken out and another put in",
    before: policy(allow(a), allow({ StringEquals: { [sub]: "x" }, Null: { [sub]: "true" } })),
    after: policy(
      allow({ StringLike: { [sub]: "a" } }),
      allow({
        Bool: { "aws:MultiFactorAuthPresent": "true" },
        Null: { "aws:MultiFactorAuthPresent": "true" },
      }),
    ),
    verdict: "equivalent",
    why: "Neither of them applies to any request.",
  },
];
