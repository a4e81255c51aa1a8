import { atomsOf, type Conditions, everyForm, nulls, plainForms, sub } from "../family.ts";
import { contextsOf } from "../universe.ts";

const relations = [
  "Equals",
  "NotEquals",
  "LessThan",
  "LessThanEquals",
  "GreaterThan",
  "GreaterThanEquals",
];
const numeric = relations.map((relation) => `Numeric${relation}`);
const dated = relations.map((relation) => `Date${relation}`);
const arnOperators = ["ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"];

const singles = (values: readonly string[]) => values.map((text) => [text]);

/** Where every value can be read, only ForAnyValue with IfExists is open. */
const readable = {
  questions: ["anyOfNone"],
  undecided: {
    needless: 1,
    because: "the engine takes a reading for each operator, not one for all",
    codes: ["unclear-absence"],
  },
} as const;

const duration = "sts:DurationSeconds";
const numbers: Conditions = {
  name: "numbers",
  atoms: [...atomsOf(duration, numeric, everyForm, [["1"], ["2", "1.0"]]), ...nulls(duration)],
  contexts: contextsOf({ [duration]: singles(["0", "1", "1.5", "2", "3"]) }),
  ...readable,
};

const now = "aws:CurrentTime";
const day = "2026-01-01";
const dates: Conditions = {
  name: "dates",
  atoms: [
    ...atomsOf(now, dated, everyForm, [[day], ["1767312000", "2026-01-01T00:00:00Z"]]),
    ...nulls(now),
  ],
  contexts: contextsOf({
    [now]: singles([
      "2025-12-31T23:59:59Z",
      `${day}T00:00:00Z`,
      `${day}T00:00:01Z`,
      "2026-01-02T00:00:00Z",
      "2026-01-03T00:00:00Z",
    ]),
  }),
  ...readable,
};

const ip = "aws:SourceIp";
const addresses: Conditions = {
  name: "addresses",
  atoms: [
    ...atomsOf(ip, ["IpAddress", "NotIpAddress"], everyForm, [
      ["10.0.0.0/8"],
      ["10.1.2.3"],
      ["10.1.0.0/16", "2001:db8::/32"],
      ["0.0.0.0/0"],
      ["2001:db8::1"],
    ]),
    ...nulls(ip),
  ],
  contexts: contextsOf({
    [ip]: singles([
      "9.9.9.9",
      "10.0.0.0",
      "10.1.0.0",
      "10.1.2.3",
      "2001:db8::",
      "2001:db8::1",
      "2002::",
    ]),
  }),
  ...readable,
};

const arn = "aws:PrincipalArn";
const user1 = "arn:aws:iam::1:user/";
const arns: Conditions = {
  name: "ARNs",
  atoms: [
    ...atomsOf(arn, arnOperators, everyForm, [[`${user1}*`], ["arn:*:iam::1:role/?", `${user1}a`]]),
    ...atomsOf(arn, ["StringLike", "StringNotEquals"], plainForms, [["arn:aws:iam::1:*b"]]),
    ...nulls(arn),
  ],
  contexts: contextsOf({
    [arn]: singles([
      `${user1}a`,
      `${user1}b`,
      `${user1}*`,
      "arn:aws:iam::1:role/a",
      "arn:aws:iam::1:role/b",
      "arn:aws:iam::1:role/bb",
      "arn:aws:sts::1:role/a",
      "arn:aws:sts::1:role/b",
      "arn:aws:sts::1:x",
      "arn:aws:x:y:w:role/b",
      "arn:aws:iam::1:*b",
      "arn:a:iam::1:x:role/b",
      `${user1}a:role/b`,
      `${user1}:role/b`,
    ]),
  }),
  ...readable,
};

const truths: Conditions = {
  name: "booleans and bytes",
  atoms: [
    ...atomsOf("aws:SecureTransport", ["Bool"], everyForm, [
      ["true"],
      ["false"],
      ["true", "false"],
    ]),
    ...atomsOf("aws:Bytes", ["BinaryEquals"], everyForm, [["YQ=="], ["Yg==", "YQ=="]]),
    ...nulls("aws:SecureTransport"),
    ...nulls("aws:Bytes"),
  ],
  contexts: contextsOf({
    "aws:SecureTransport": singles(["true", "false"]),
    "aws:Bytes": singles(["YQ==", "Yg==", "Yw=="]),
  }),
  ...readable,
};

/** One key of each type, and how conditions on different keys play together. */
const together: Conditions = {
  name: "several keys",
  atoms: [
    ...atomsOf(sub, ["StringLike", "StringNotLike"], plainForms, [["a*"], ["ab"]]),
    ...atomsOf(now, ["DateLessThan", "DateGreaterThanEquals"], plainForms, [[day]]),
    ...atomsOf(duration, ["NumericLessThanEquals", "NumericNotEquals"], plainForms, [["1"]]),
    ...atomsOf(ip, ["IpAddress", "NotIpAddress"], plainForms, [["10.0.0.0/8"]]),
    ...atomsOf(arn, ["ArnLike", "ArnNotLike"], plainForms, [[`${user1}*`]]),
    ...atomsOf("aws:SecureTransport", ["Bool"], plainForms, [["true"]]),
    ...nulls(sub),
    ...nulls(now),
  ],
  contexts: contextsOf({
    [sub]: singles(["a", "ab", "x"]),
    [now]: singles(["2025-12-31T23:59:59Z", `${day}T00:00:00Z`]),
    [duration]: singles(["1", "0", "2"]),
    [ip]: singles(["10.0.0.1", "9.9.9.9"]),
    [arn]: singles([`${user1}a`, "arn:aws:iam::1:role/a"]),
    "aws:SecureTransport": singles(["true", "false"]),
  }),
  questions: [],
  undecided: { needless: 0, because: "all of it is decidable", codes: [] },
};

/** What each type makes of a policy value that it cannot read. */
const unreadable: Conditions = {
  name: "values that no operator reads",
  atoms: [
    ...atomsOf(duration, ["NumericLessThan", "NumericNotEquals"], everyForm, [
      ["abc"],
      ["abc", "2"],
    ]),
    ...atomsOf(duration, ["NumericEquals", "NumericGreaterThanEquals"], plainForms, [
      ["1"],
      ["abc", "2"],
    ]),
    ...atomsOf(arn, ["ArnLike", "ArnNotEquals"], everyForm, [["user/*"], ["user/*", `${user1}*`]]),
    ...atomsOf("aws:SecureTransport", ["Bool"], plainForms, [["True"], ["yes", "true"]]),
    ...nulls(duration),
  ],
  contexts: contextsOf({
    [duration]: singles(["0", "1", "1.5", "2", "3"]),
    [arn]: singles([`${user1}a`, `${user1}b`, "arn:aws:iam::1:role/a", "arn:aws:iam::1:role/b"]),
    "aws:SecureTransport": singles(["true", "false"]),
  }),
  questions: ["anyOfNone", "unreadable"],
  undecided: {
    needless: 12,
    because: "the engine lets a value that no parser reads fit anything, by each relation",
    codes: ["unclear-value", "unclear-absence"],
  },
};

/** Typed operators on a key whose values are text. */
const foreign: Conditions = {
  name: "typed operators on a key of text",
  atoms: [
    ...atomsOf(sub, ["NumericLessThan", "NumericEquals"], plainForms, [["2"]]),
    ...atomsOf(sub, ["NumericNotEquals"], plainForms, [["1"]]),
    ...atomsOf(sub, ["StringEquals", "StringLike", "StringNotLike"], plainForms, [["1"], ["a*"]]),
    ...nulls(sub),
  ],
  contexts: contextsOf({
    [sub]: singles(["1", "1.0", "01", "+1", "2", "2.0", "0", "3", "a", "a*", "1*", "x"]),
  }),
  questions: ["foreignUnderNot"],
  undecided: {
    needless: 9,
    because: "a number has spellings without end, and not all are tried",
    codes: ["mixed-types"],
  },
};

/** Typed operators on a key whose values are documented as of another type. */
const misplaced: Conditions = {
  name: "typed operators on a key of another type",
  atoms: [
    ...atomsOf(now, ["NumericLessThan", "NumericGreaterThanEquals"], everyForm, [
      ["0"],
      ["5", "1"],
    ]),
    ...nulls(now),
  ],
  contexts: contextsOf({ [now]: singles([`${day}T00:00:00Z`, "-1", "0", "1", "3", "5", "6"]) }),
  ...readable,
};

/** Typed operators and their negations with one value, on a key whose values are text. */
const opposites: Conditions = {
  name: "typed operators and their negations on a key of text",
  atoms: [
    ...atomsOf(sub, ["NumericEquals", "NumericNotEquals"], plainForms, [["1"]]),
    ...atomsOf(sub, ["ArnLike", "ArnNotLike"], plainForms, [["arn:aws:s3:::a"]]),
    ...atomsOf(sub, ["IpAddress", "NotIpAddress"], plainForms, [["10.0.0.0/8"]]),
    ...atomsOf(sub, ["StringLike", "StringNotLike"], plainForms, [["a*"]]),
    ...nulls(sub),
  ],
  contexts: contextsOf({
    [sub]: singles([
      "1",
      "1.0",
      "2",
      "a",
      "x",
      "arn:aws:s3:::a",
      "arn:aws:s3:::b",
      "10.0.0.1",
      "11.0.0.1",
    ]),
  }),
  questions: ["foreignUnderNot"],
  undecided: {
    needless: 27,
    because:
      "what one type's operator makes of another's value is open, and each is looked at by itself",
    codes: ["mixed-types"],
  },
};

export const ordered: readonly Conditions[] = [numbers, dates, addresses];

export const mixed: readonly Conditions[] = [
  arns,
  truths,
  together,
  unreadable,
  foreign,
  misplaced,
  opposites,
];
