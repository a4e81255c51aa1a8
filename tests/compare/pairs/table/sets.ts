import { allow, deny, issuer, type Pair, policy, provider, sub, trusts } from "../vocabulary.ts";

const tags = "aws:TagKeys";
const groups = `${issuer}:groups`;

export const setOperators: readonly Pair[] = [
  {
    title: "ForAnyValue on a key of one value",
    before: trusts({ StringLike: { [sub]: "a*" } }),
    after: trusts({ "ForAnyValue:StringLike": { [sub]: "a*" } }),
    verdict: "equivalent",
    why: "Any of one value is that value.",
  },
  {
    title: "ForAllValues on a key of one value",
    before: trusts({ StringLikeIfExists: { [sub]: "a*" } }),
    after: trusts({ "ForAllValues:StringLike": { [sub]: "a*" } }),
    verdict: "equivalent",
    why: "All values match where there is none: the key may be missing.",
  },
  {
    title: "StringEquals becomes ForAllValues:StringEquals",
    before: trusts({ StringEquals: { [sub]: "a" } }),
    after: trusts({ "ForAllValues:StringEquals": { [sub]: "a" } }),
    verdict: "widened",
    why: "A request without the key gets in.",
  },
  {
    title: "fewer values are allowed to all",
    before: trusts({ "ForAllValues:StringEquals": { [tags]: ["a", "b"] } }),
    after: trusts({ "ForAllValues:StringEquals": { [tags]: "a" } }),
    verdict: "narrowed",
    why: "A request with b is no longer taken.",
  },
  {
    title: "for all becomes for any",
    before: trusts({ "ForAllValues:StringEquals": { [tags]: "a" } }),
    after: trusts({ "ForAnyValue:StringEquals": { [tags]: "a" } }),
    verdict: "changed",
    why: "A missing key is dropped; a together with anything else is admitted.",
  },
  {
    title: "for all and at least one",
    before: trusts({
      "ForAllValues:StringEquals": { [tags]: "a" },
      "ForAnyValue:StringEquals": { [tags]: "a" },
    }),
    after: trusts({
      "ForAllValues:StringEquals": { [tags]: "a" },
      Null: { [tags]: "false" },
    }),
    verdict: "equivalent",
    why: "If all are a and there is one, then one is a.",
  },
  {
    title: "a ForAllValues list split over statements",
    before: trusts({ "ForAllValues:StringEquals": { [tags]: ["a", "b"] } }),
    after: policy(
      allow({ "ForAllValues:StringEquals": { [tags]: "a" } }),
      allow({ "ForAllValues:StringEquals": { [tags]: "b" } }),
    ),
    verdict: "narrowed",
    why: "A request with a and b passes the list and neither statement.",
  },
  {
    title: "a ForAnyValue list split over statements",
    before: trusts({ "ForAnyValue:StringEquals": { [tags]: ["a", "b"] } }),
    after: policy(
      allow({ "ForAnyValue:StringEquals": { [tags]: "a" } }),
      allow({ "ForAnyValue:StringEquals": { [tags]: "b" } }),
    ),
    verdict: "equivalent",
    why: "One value in the list is one value equal to a or one equal to b.",
  },
  {
    title: "a ForAllValues list split on a key of one value",
    before: trusts({ "ForAllValues:StringEquals": { [sub]: ["a", "b"] } }),
    after: policy(
      allow({ "ForAllValues:StringEquals": { [sub]: "a" } }),
      allow({ "ForAllValues:StringEquals": { [sub]: "b" } }),
    ),
    verdict: "equivalent",
    why: "sub has one value, so nothing can be a and b at once.",
  },
  {
    title: "a key that nobody lists has several values under set operators",
    before: trusts({ "ForAllValues:StringEquals": { [groups]: ["a", "b"] } }),
    after: policy(
      allow({ "ForAllValues:StringEquals": { [groups]: "a" } }),
      allow({ "ForAllValues:StringEquals": { [groups]: "b" } }),
    ),
    verdict: "narrowed",
    why: "Used only under set operators, it may hold a and b at once.",
  },
  {
    title: "two values are demanded of a key of several",
    before: trusts({ "ForAnyValue:StringEquals": { [tags]: "a" } }),
    after: trusts({
      "ForAnyValue:StringEquals": { [tags]: "a" },
      "ForAnyValue:StringLike": { [tags]: "b" },
    }),
    verdict: "narrowed",
    why: "A request with a alone lacks b; one with both still gets in.",
  },
  {
    title: "two values are demanded of a key of one",
    before: trusts({ StringEquals: { [sub]: "c" } }),
    after: policy(
      allow({ StringEquals: { [sub]: "c" } }),
      allow({
        "ForAnyValue:StringEquals": { [sub]: "a" },
        "ForAnyValue:StringLike": { [sub]: "b" },
      }),
    ),
    verdict: "equivalent",
    why: "One value cannot be a and b: the added statement applies to nothing.",
  },
  {
    title: "no value of a list, said as an Allow and as a Deny",
    before: trusts({ "ForAllValues:StringNotEquals": { [tags]: "a" } }),
    after: policy(allow(), deny({ "ForAnyValue:StringEquals": { [tags]: "a" } })),
    verdict: "equivalent",
    why: "That no value is a, and that not any value is a, is the same, the missing key included.",
  },
  {
    title: "no value is a, or some value is not a",
    before: trusts({ "ForAllValues:StringNotEquals": { [tags]: "a" } }),
    after: trusts({ "ForAnyValue:StringNotEquals": { [tags]: "a" } }),
    verdict: "changed",
    why: "A missing key is dropped; a together with b is admitted.",
  },
  {
    title: "IfExists on ForAllValues",
    before: trusts({ "ForAllValues:StringEquals": { [tags]: "a" } }),
    after: trusts({ "ForAllValues:StringEqualsIfExists": { [tags]: "a" } }),
    verdict: "equivalent",
    why: "ForAllValues is met by a missing key anyhow.",
  },
  {
    title: "all values like one pattern or all like the other",
    before: policy(
      allow({ "ForAllValues:StringLike": { [tags]: "a*" } }),
      allow({ "ForAllValues:StringLike": { [tags]: "ab*" } }),
    ),
    after: trusts({ "ForAllValues:StringLike": { [tags]: ["a*", "ab*"] } }),
    verdict: "equivalent",
    why: "ab* lies within a*, so either way all values begin with a.",
  },
  {
    title: "for all of nothing that can be",
    before: trusts({ Null: { [tags]: "true" } }),
    after: trusts({
      "ForAllValues:StringLike": { [tags]: "a" },
      "ForAllValues:StringNotEquals": { [tags]: "a" },
    }),
    verdict: "equivalent",
    why: "No value can match both, so there must be none.",
  },
  {
    title: "each provider of a context, and then one of them",
    before: trusts({
      "ForAllValues:ArnEquals": { "sts:RequestContextProviders": provider },
      Null: { "sts:RequestContextProviders": "false" },
    }),
    after: trusts({ "ForAnyValue:ArnEquals": { "sts:RequestContextProviders": provider } }),
    verdict: "widened",
    why: "AWS documents the key as a list: that provider beside another gets in.",
  },
];
