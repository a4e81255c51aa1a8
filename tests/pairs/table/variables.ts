import { allow, bareVersion, oldPolicy, type Pair, policy, sub, trusts } from "../vocabulary.ts";

const equals = (text: string) => ({ StringEquals: { [sub]: text } });
const like = (text: string) => ({ StringLike: { [sub]: text } });

export const variables: readonly Pair[] = [
  {
    title: "an escaped star is a character",
    before: trusts(like("a${*}")),
    after: trusts(equals("a*")),
    verdict: "equivalent",
    why: "${*} stands for the star itself in version 2012-10-17.",
  },
  {
    title: "an escaped star becomes a live one",
    before: trusts(like("a${*}")),
    after: trusts(like("a*")),
    verdict: "widened",
    why: "One text becomes every text that begins with a.",
  },
  {
    title: "escapes under StringEquals",
    before: trusts(equals("a${*}b${?}c${$}d")),
    after: trusts(equals("a*b?c$d")),
    verdict: "equivalent",
    why: "The escapes are the characters there too.",
  },
  {
    title: "an escaped question mark",
    before: trusts(like("a?")),
    after: trusts(like("a${?}")),
    verdict: "narrowed",
    why: "Any one character becomes the question mark itself.",
  },
  {
    title: "a variable's text, escaped in one version and plain in the other",
    before: policy(allow(equals("${$}{aws:username}"))),
    after: oldPolicy(allow(equals("${aws:username}"))),
    verdict: "equivalent",
    why: "Both are the sixteen characters ${aws:username}.",
  },
  {
    title: "the same variable, otherwise the same",
    before: trusts(like("${aws:PrincipalTag/team}/*")),
    after: trusts(like("${aws:PrincipalTag/team}/*")),
    verdict: "equivalent",
    why: "Whatever its value is, a document admits what it admits.",
  },
];

export const versions: readonly Pair[] = [
  {
    title: "the older version, no variable anywhere",
    before: policy(allow(like("a*"))),
    after: oldPolicy(allow(like("a*"))),
    verdict: "equivalent",
    why: "The versions differ in ${…} alone.",
  },
  {
    title: "no version is the older version",
    before: oldPolicy(allow(like("${*}"))),
    after: bareVersion(allow(like("${*}"))),
    verdict: "equivalent",
    why: "A missing Version means 2008-10-17.",
  },
  {
    title: "an escape in the older version",
    before: policy(allow(like("${*}"))),
    after: oldPolicy(allow(like("${*}"))),
    verdict: "changed",
    why: "The star character is dropped; ${ then anything then } is admitted, the star alive.",
  },
  {
    title: "an escape under StringEquals in the older version",
    before: policy(allow(equals("${*}"))),
    after: bareVersion(allow(equals("${*}"))),
    verdict: "changed",
    why: "One is the star, the other the four characters ${*}.",
  },
  {
    title: "a variable's text in the older version, by either operator",
    before: oldPolicy(allow(equals("${aws:username}"))),
    after: oldPolicy(allow(like("${aws:username}"))),
    verdict: "equivalent",
    why: "It is plain text, and without a wildcard.",
  },
  {
    title: "a question mark inside an escape of the older version",
    before: oldPolicy(allow(equals("${?}"))),
    after: oldPolicy(allow(like("${?}"))),
    verdict: "widened",
    why: "The question mark is alive under StringLike: ${x} matches too.",
  },
  {
    title: "a Deny loses its grip with the version",
    before: bareVersion(allow(), { ...allow(like("${*}x")), Effect: "Deny" }),
    after: policy(allow(), { ...allow(like("${*}x")), Effect: "Deny" }),
    verdict: "changed",
    why: "${a}x is denied before, *x after; what a Deny lets go is admitted.",
  },
];
