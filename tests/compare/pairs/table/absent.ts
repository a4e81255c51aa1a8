import { allow, aud, type Pair, policy, sub, trusts } from "../vocabulary.ts";

const other = "oidc.circleci.com/org/another:sub";

export const absentKeys: readonly Pair[] = [
  {
    title: "a negated operator is met by a missing key",
    before: trusts({ StringNotEquals: { [sub]: "a" } }),
    after: trusts({ StringNotEquals: { [sub]: "a" }, Null: { [sub]: "false" } }),
    verdict: "narrowed",
    why: "A request without sub passes StringNotEquals and fails Null false.",
  },
  {
    title: "a condition on another organisation's key",
    before: trusts({ StringEquals: { [aud]: "a" } }),
    after: trusts({ StringEquals: { [aud]: "a", [other]: "s" } }),
    verdict: "narrowed",
    why: "Any key may be absent, and this one must be there.",
  },
  {
    title: "a negated condition on a key that CircleCI never sends",
    before: trusts({ StringEquals: { [aud]: "a" } }),
    after: trusts({
      StringEquals: { [aud]: "a" },
      StringNotEquals: { "oidc.circleci.com/org/another:oidc.circleci.com/ssh-rerun": "true" },
    }),
    verdict: "narrowed",
    why: "Nothing is assumed of what CircleCI sends: the key with that value is a request.",
  },
  {
    title: "present or absent, one statement each",
    before: trusts(),
    after: policy(allow({ Null: { [sub]: "true" } }), allow({ StringLike: { [sub]: "*" } })),
    verdict: "equivalent",
    why: "A key is there or it is not.",
  },
];

export const ifExists: readonly Pair[] = [
  {
    title: "StringEquals becomes StringEqualsIfExists",
    before: trusts({ StringEquals: { [sub]: "a" } }),
    after: trusts({ StringEqualsIfExists: { [sub]: "a" } }),
    verdict: "widened",
    why: "A request without the key gets in.",
  },
  {
    title: "IfExists on a negated operator",
    before: trusts({ StringNotEquals: { [sub]: "a" } }),
    after: trusts({ StringNotEqualsIfExists: { [sub]: "a" } }),
    verdict: "equivalent",
    why: "A negated operator is met by a missing key anyhow.",
  },
  {
    title: "IfExists, and the key must be there",
    before: trusts({ StringEquals: { [sub]: "a" } }),
    after: trusts({ StringEqualsIfExists: { [sub]: "a" }, Null: { [sub]: "false" } }),
    verdict: "equivalent",
    why: "Null false takes back what IfExists gave.",
  },
  {
    title: "IfExists as two statements",
    before: trusts({ StringLikeIfExists: { [sub]: "a*" } }),
    after: policy(allow({ StringLike: { [sub]: "a*" } }), allow({ Null: { [sub]: true } })),
    verdict: "equivalent",
    why: "The key matches, or it is missing.",
  },
  {
    title: "a star that need not exist",
    before: trusts(),
    after: trusts({ StringLikeIfExists: { [sub]: "*" } }),
    verdict: "equivalent",
    why: "A missing key passes, a present one matches.",
  },
  {
    title: "a Deny with IfExists",
    before: policy(allow(), { ...allow({ StringEquals: { [sub]: "a" } }), Effect: "Deny" }),
    after: policy(allow(), { ...allow({ StringEqualsIfExists: { [sub]: "a" } }), Effect: "Deny" }),
    verdict: "narrowed",
    why: "The Deny now applies to requests without the key too.",
  },
];

export const nulls: readonly Pair[] = [
  {
    title: "Null false beside a positive operator",
    before: trusts({ StringEquals: { [sub]: "a" } }),
    after: trusts({ StringEquals: { [sub]: "a" }, Null: { [sub]: "false" } }),
    verdict: "equivalent",
    why: "The positive operator wants the key anyhow.",
  },
  {
    title: "Null of both values",
    before: trusts(),
    after: trusts({ Null: { [sub]: ["true", "false"] } }),
    verdict: "equivalent",
    why: "Values are ORed: present or absent is always so.",
  },
  {
    title: "Null as a boolean",
    before: trusts({ Null: { [sub]: "true" } }),
    after: trusts({ Null: { [sub]: true } }),
    verdict: "equivalent",
    why: "A JSON boolean stands for its text.",
  },
  {
    title: "Null true becomes Null false",
    before: trusts({ Null: { [sub]: "true" } }),
    after: trusts({ Null: { [sub]: "false" } }),
    verdict: "changed",
    why: "From those without the key to those with it.",
  },
  {
    title: "those with the key are denied",
    before: policy(allow(), { ...allow({ Null: { [sub]: "false" } }), Effect: "Deny" }),
    after: trusts({ Null: { [sub]: "true" } }),
    verdict: "equivalent",
    why: "What a Deny of presence leaves is absence.",
  },
];
