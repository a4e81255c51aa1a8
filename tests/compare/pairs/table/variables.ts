import { allow, bareVersion, oldPolicy, type Pair, policy, sub, trusts } from "../vocabulary.ts";

const equals = (text: string) => ({ StringEquals: { [sub]: text } });
const like = (text: string) => ({ StringLike: { [sub]: text } });

/** Callers of one tag, by the ARN with what is between its colons. */
const arnLike = (regionAndAccount: string) => ({
  ArnLike: {
    "aws:PrincipalArn": `arn:aws:iam:${regionAndAccount}:user/${"${aws:PrincipalTag/name}"}`,
  },
});
const tagged = "${aws:PrincipalTag/region}";

export const variables: readonly Pair[] = [
  {
    title: "a variable in an ARN's field, where any text of one field was let in",
    before: trusts(arnLike("*:123456789012")),
    after: trusts(arnLike(`${tagged}:123456789012`)),
    verdict: "undecided",
    why: "Where a colon in the tag begins another field, region x:y lets in an ARN of account y.",
  },
  ...["${username}", "${aws:${x}}", "${aws:username", "${}"].map(
    (text): Pair => ({
      title: `${text} names no key`,
      before: trusts(equals("a")),
      after: trusts(equals(text)),
      verdict: "undecided",
      why: "What IAM makes of such a variable is not documented.",
    }),
  ),
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
  {
    title: "a variable in the place of a text",
    before: trusts(equals("a")),
    after: trusts(equals("${aws:PrincipalTag/team}")),
    verdict: "changed",
    why: "x of team x gets in; a without a team is dropped.",
  },
  {
    title: "a variable is one more value",
    before: trusts(equals("a")),
    after: trusts({ StringEquals: { [sub]: ["a", "${aws:PrincipalTag/team}"] } }),
    verdict: "widened",
    why: "x of team x gets in.",
  },
  {
    title: "a variable with a default",
    before: trusts(equals("a")),
    after: trusts(equals("${aws:username, 'a'}")),
    verdict: "changed",
    why: "x of user x gets in, a of user x no longer; without a user it is a on both sides.",
  },
  {
    title: "two variables, and one of them alone",
    before: trusts(like("${aws:PrincipalTag/team}/${aws:username}/*")),
    after: trusts(like("${aws:PrincipalTag/team}/*")),
    verdict: "widened",
    why: "Whatever the team and the user are, team/user/anything begins with team/.",
  },
  {
    title: "a variable beside text, against the text alone",
    before: trusts(like("team-*")),
    after: trusts(like("team-${aws:PrincipalTag/team}-*")),
    verdict: "narrowed",
    why: "Whatever the team is, the text begins with team-; team-x of nobody's team is dropped.",
  },
  {
    title: "a variable beside text, against another text",
    before: policy(allow(like("ops-*")), allow(like("team-${aws:PrincipalTag/team}-*"))),
    after: trusts(like("team-${aws:PrincipalTag/team}-*")),
    verdict: "narrowed",
    why: "No team makes team-… begin with ops-.",
  },
  {
    title: "a longer text around a variable",
    before: trusts(like("team-${aws:PrincipalTag/team}-*")),
    after: trusts(like("team-${aws:PrincipalTag/team}-ci-*")),
    verdict: "narrowed",
    why: "For each team there is less.",
  },
  {
    title: "a variable takes the place of a wildcard",
    before: trusts(like("a/*/b")),
    after: trusts(like("a/${aws:PrincipalTag/team}/b")),
    verdict: "narrowed",
    why: "A team is one of the texts that the wildcard stands for.",
  },
  {
    title: "one variable, and another one",
    before: trusts(like("${aws:PrincipalTag/team}/*")),
    after: trusts(like("${aws:PrincipalTag/unit}/*")),
    verdict: "changed",
    why: "Nothing ties the one tag to the other.",
  },
  {
    title: "a Deny of a variable that is narrower than the Allow of it",
    before: trusts(like("${aws:username}/*")),
    after: policy(allow(like("${aws:username}/*")), {
      ...allow(like("${aws:username}/secret/*")),
      Effect: "Deny",
    }),
    verdict: "narrowed",
    why: "For any user, what is denied was allowed.",
  },
  {
    title: "one more variable's Deny for what is not allowed",
    before: trusts(like("${aws:username}/*")),
    after: policy(allow(like("${aws:username}/*")), {
      ...allow(equals("${aws:PrincipalTag/team}/")),
      Effect: "Deny",
    }),
    verdict: "narrowed",
    why: "Where team and user are one, the text with an empty rest is denied.",
  },
  {
    title: "a variable whose value is pinned beside it",
    before: trusts({ StringEquals: { [sub]: "${aws:username}", "aws:username": "a" } }),
    after: trusts({ StringEquals: { [sub]: "a", "aws:username": "a" } }),
    verdict: "equivalent",
    why: "The one value that it can have is a.",
  },
  {
    title: "what a variable stands for is left out by a Deny",
    before: policy(allow(like("*"))),
    after: policy(allow(like("*")), {
      ...allow({ StringNotLike: { [sub]: "ci/${aws:username}/*" } }),
      Effect: "Deny",
    }),
    verdict: "narrowed",
    why: "x is denied to everybody.",
  },
  {
    title: "a variable is held against several values",
    before: trusts({ "ForAllValues:StringEquals": { "aws:TagKeys": ["a", "${aws:username}"] } }),
    after: trusts({ "ForAllValues:StringEquals": { "aws:TagKeys": "a" } }),
    verdict: "narrowed",
    why: "A request of user x with x among its tags is no longer taken.",
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
