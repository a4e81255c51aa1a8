import { allow, aud, deny, type Pair, policy, sub, trusts } from "../vocabulary.ts";

const other = "idp.example.com:sub";
const present = { Null: { [sub]: "false" } };
const absent = { Null: { [sub]: "true" } };
const variable = "${aws:username}";

/** An Allow of everything beside a Deny that applies only where sub is there. */
const denied = (operator: string, value: string) =>
  policy(allow(), deny({ [operator]: { [sub]: value }, ...present }));

const conflict =
  "Where the key is missing, IfExists says that the condition holds and ForAnyValue that it does not.";
const unreadable =
  "What IAM does with a value that is not valid for the operator is not documented.";

/** Conditions whose meaning for a missing key is documented in two ways. */
export const readings: readonly Pair[] = [
  {
    title: "a Deny with a variable is taken off, ForAnyValue and IfExists",
    before: denied("ForAnyValue:StringLikeIfExists", variable),
    after: policy(allow()),
    verdict: "widened",
    why: "A request with sub = username is newly admitted.",
  },
  {
    title: "a Deny with a variable is taken off, negated for all",
    before: denied("ForAllValues:StringNotLike", variable),
    after: policy(allow()),
    verdict: "widened",
    why: "A request with a sub that is not the username is newly admitted, without one too.",
  },
  {
    title: "a Deny of what is not an ARN is removed",
    before: denied("ForAnyValue:ArnLikeIfExists", "user/*"),
    after: policy(allow()),
    verdict: "undecided",
    why: unreadable,
  },
  {
    title: "a Deny of what is not a number is removed",
    before: denied("ForAnyValue:NumericLessThanIfExists", "abc"),
    after: policy(allow()),
    verdict: "undecided",
    why: unreadable,
  },
  {
    title: "an Allow of what is not a number becomes one of everybody with the key",
    before: trusts({ "ForAnyValue:NumericLessThanIfExists": { [sub]: "abc" }, ...present }),
    after: trusts(present),
    verdict: "undecided",
    why: unreadable,
  },
  {
    title: "what is not a number in a Deny, and another one",
    before: denied("ForAnyValue:NumericLessThanIfExists", "abc"),
    after: denied("ForAnyValue:NumericLessThanIfExists", "abd"),
    verdict: "undecided",
    why: unreadable,
  },
  {
    title: "ForAnyValue with IfExists in an Allow, and the missing key said beside it",
    before: trusts({ "ForAnyValue:StringEquals": { [sub]: "a" } }),
    after: trusts({ "ForAnyValue:StringEqualsIfExists": { [sub]: "a" } }),
    verdict: "undecided",
    why: conflict,
  },
  {
    title: "ForAnyValue with IfExists in an Allow, and IfExists alone",
    before: trusts({ StringEqualsIfExists: { [sub]: "a" } }),
    after: trusts({ "ForAnyValue:StringEqualsIfExists": { [sub]: "a" } }),
    verdict: "undecided",
    why: conflict,
  },
  {
    title: "ForAnyValue with IfExists in a Deny",
    before: policy(allow(), deny({ "ForAnyValue:StringEquals": { [sub]: "a" } })),
    after: policy(allow(), deny({ "ForAnyValue:StringEqualsIfExists": { [sub]: "a" } })),
    verdict: "undecided",
    why: conflict,
  },
  {
    title: "ForAnyValue with IfExists where the key must be there",
    before: trusts({ "ForAnyValue:StringEquals": { [sub]: "a" } }),
    after: trusts({ "ForAnyValue:StringEqualsIfExists": { [sub]: "a" }, ...present }),
    verdict: "equivalent",
    why: "Nothing hangs on the missing key.",
  },
  {
    title: "ForAnyValue with IfExists of more values",
    before: trusts({ "ForAnyValue:StringEqualsIfExists": { [sub]: "a" } }),
    after: trusts({ "ForAnyValue:StringEqualsIfExists": { [sub]: ["a", "b"] } }),
    verdict: "widened",
    why: "b is let in, and either reading is one reading: it holds on both sides.",
  },
  {
    title: "ForAnyValue with IfExists where the missing key gets in anyhow",
    before: policy(allow(absent), allow({ "ForAnyValue:StringEquals": { [sub]: "a" } })),
    after: policy(allow(absent), allow({ "ForAnyValue:StringEqualsIfExists": { [sub]: "a" } })),
    verdict: "equivalent",
    why: "Either reading admits the missing key by the other statement.",
  },
  {
    title: "ForAnyValue with IfExists, and another key is let go",
    before: trusts({
      "ForAnyValue:StringEqualsIfExists": { [sub]: "a" },
      StringEquals: { [aud]: "x" },
    }),
    after: trusts({ "ForAnyValue:StringEqualsIfExists": { [sub]: "a" } }),
    verdict: "widened",
    why: "a with another audience is let in under either reading.",
  },
  {
    title: "ForAllValues:StringNotLike in an Allow",
    before: trusts({ "ForAllValues:StringNotEquals": { [other]: "a" } }),
    after: trusts({ "ForAllValues:StringNotLike": { [other]: "a" } }),
    verdict: "undecided",
    why: "One table shows no match for a missing key where the text says match.",
  },
  {
    title: "ForAllValues:StringNotLike in a Deny",
    before: policy(allow(), deny({ "ForAllValues:StringNotEquals": { [other]: "a" } })),
    after: policy(allow(), deny({ "ForAllValues:StringNotLike": { [other]: "a" } })),
    verdict: "undecided",
    why: "One table shows no match for a missing key where the text says match.",
  },
  {
    title: "bytes and the text that writes them",
    before: trusts({ BinaryEquals: { [sub]: "YWJj" } }),
    after: trusts({ StringEquals: { [sub]: "YWJj" } }),
    verdict: "undecided",
    why: "The bytes are those of abc; which bytes a subject has is not documented.",
  },
];
