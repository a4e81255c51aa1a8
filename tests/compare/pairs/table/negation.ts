import { allow, deny, type Pair, policy, sub, trusts } from "../vocabulary.ts";

export const negation: readonly Pair[] = [
  {
    title: "a value is added to a negated operator",
    before: trusts({ StringNotEquals: { [sub]: "a" } }),
    after: trusts({ StringNotEquals: { [sub]: ["a", "b"] } }),
    verdict: "narrowed",
    why: "Values of a negated operator are NORed: more are shut out.",
  },
  {
    title: "a negated list split over statements",
    before: trusts({ StringNotEquals: { [sub]: ["a", "b"] } }),
    after: policy(
      allow({ StringNotEquals: { [sub]: "a" } }),
      allow({ StringNotEquals: { [sub]: "b" } }),
    ),
    verdict: "widened",
    why: "Everything is other than a or other than b.",
  },
  {
    title: "a negated list over two operators of one statement",
    before: trusts({ StringNotEquals: { [sub]: ["a", "b"] } }),
    after: trusts({ StringNotEquals: { [sub]: "a" }, StringNotLike: { [sub]: "b" } }),
    verdict: "equivalent",
    why: "Operators are ANDed, and so are the exclusions of a NOR.",
  },
  {
    title: "all but one text is denied",
    before: trusts({ StringEquals: { [sub]: "a" } }),
    after: policy(allow(), deny({ StringNotEquals: { [sub]: "a" } })),
    verdict: "equivalent",
    why: "The Deny is met by a missing key as well, so a alone is left.",
  },
  {
    title: "one text is denied",
    before: trusts({ StringNotEquals: { [sub]: "a" } }),
    after: policy(allow(), deny({ StringEquals: { [sub]: "a" } })),
    verdict: "equivalent",
    why: "All but a, a missing key included.",
  },
  {
    title: "a value is added to a negated Deny",
    before: policy(allow(), deny({ StringNotEquals: { [sub]: "a" } })),
    after: policy(allow(), deny({ StringNotEquals: { [sub]: ["a", "b"] } })),
    verdict: "widened",
    why: "b is no longer denied.",
  },
  {
    title: "all but a pattern is denied",
    before: trusts({ StringLike: { [sub]: "a*" } }),
    after: policy(allow(), deny({ StringNotLike: { [sub]: "a*" } })),
    verdict: "equivalent",
    why: "What is left matches the pattern, and has the key.",
  },
  {
    title: "other than a in any letters",
    before: trusts({ StringNotEquals: { [sub]: "a" } }),
    after: trusts({ StringNotEqualsIgnoreCase: { [sub]: "a" } }),
    verdict: "narrowed",
    why: "A is shut out too.",
  },
  {
    title: "an exclusion of what never was included",
    before: trusts({ StringLike: { [sub]: "a*" } }),
    after: trusts({ StringLike: { [sub]: "a*" }, StringNotLike: { [sub]: "b*" } }),
    verdict: "equivalent",
    why: "Nothing begins with a and with b.",
  },
  {
    title: "a hole in a pattern is filled",
    before: trusts({ StringLike: { [sub]: "a*" }, StringNotEquals: { [sub]: "ab" } }),
    after: trusts({ StringLike: { [sub]: "a*" } }),
    verdict: "widened",
    why: "ab gets in, and nothing else.",
  },
];
