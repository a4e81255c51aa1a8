import { allow, deny, type Pair, policy, trusts } from "../vocabulary.ts";

const duration = "sts:DurationSeconds";
const time = "aws:CurrentTime";
const address = "aws:SourceIp";
const arn = "aws:PrincipalArn";
const secure = "aws:SecureTransport";

const at = (operator: string, value: unknown) => trusts({ [operator]: { [time]: value } });
const from = (operator: string, value: unknown) => trusts({ [operator]: { [address]: value } });
const of = (operator: string, value: unknown) => trusts({ [operator]: { [duration]: value } });
const as = (operator: string, value: unknown) => trusts({ [operator]: { [arn]: value } });

export const numbers: readonly Pair[] = [
  {
    title: "less than becomes at most",
    before: of("NumericLessThan", "3600"),
    after: of("NumericLessThanEquals", "3600"),
    verdict: "widened",
    why: "3600 itself gets in.",
  },
  {
    title: "one number in three spellings",
    before: of("NumericEquals", "3600"),
    after: of("NumericEquals", [3600, "3600.0"]),
    verdict: "equivalent",
    why: "Numbers are compared by value.",
  },
  {
    title: "two numbers become all between them",
    before: of("NumericEquals", ["1", "2"]),
    after: trusts({
      NumericGreaterThanEquals: { [duration]: "1" },
      NumericLessThanEquals: { [duration]: "2" },
    }),
    verdict: "widened",
    why: "Numbers may be decimals: 1.5 gets in.",
  },
  {
    title: "less than the one or the other",
    before: of("NumericLessThan", ["5", "10"]),
    after: of("NumericLessThan", "10"),
    verdict: "equivalent",
    why: "Values are ORed: the larger limit decides.",
  },
  {
    title: "another than five, as smaller or greater",
    before: of("NumericNotEquals", "5"),
    after: policy(
      allow({ NumericLessThan: { [duration]: "5" } }),
      allow({ NumericGreaterThan: { [duration]: "5" } }),
    ),
    verdict: "narrowed",
    why: "A missing key passes NumericNotEquals alone.",
  },
  {
    title: "another than five, as smaller, greater or missing",
    before: of("NumericNotEquals", "5"),
    after: policy(
      allow({ NumericLessThanIfExists: { [duration]: "5" } }),
      allow({ NumericGreaterThan: { [duration]: "5" } }),
    ),
    verdict: "equivalent",
    why: "A number is smaller, equal or greater.",
  },
];

export const dates: readonly Pair[] = [
  {
    title: "the end is put off",
    before: at("DateLessThan", "2026-12-31T00:00:00Z"),
    after: at("DateLessThan", "2027-12-31T00:00:00Z"),
    verdict: "widened",
    why: "A year more.",
  },
  {
    title: "a day is its midnight in UTC",
    before: at("DateLessThan", "2026-12-31"),
    after: at("DateLessThan", "2026-12-31T00:00:00Z"),
    verdict: "equivalent",
    why: "A date without a time is its first second.",
  },
  {
    title: "an instant in another zone, and as an epoch number",
    before: at("DateGreaterThan", "2026-01-01T00:00:00Z"),
    after: at("DateGreaterThan", ["2026-01-01T02:00:00+02:00", "1767225600"]),
    verdict: "equivalent",
    why: "All three are one instant.",
  },
  {
    title: "before midnight, or up to the second before",
    before: at("DateLessThan", "2026-01-01T00:00:00Z"),
    after: at("DateLessThanEquals", "2025-12-31T23:59:59Z"),
    verdict: "equivalent",
    why: "Instants are whole seconds.",
  },
  {
    title: "nothing lies between a second and the next",
    before: at("DateLessThan", "2026-01-01"),
    after: policy(
      allow({ DateLessThan: { [time]: "2026-01-01" } }),
      allow({
        DateGreaterThan: { [time]: "2027-01-01T00:00:00Z" },
        DateLessThan: { [time]: "2027-01-01T00:00:01Z" },
      }),
    ),
    verdict: "equivalent",
    why: "The added statement wants an instant between two neighbours.",
  },
  {
    title: "a window opens earlier and closes earlier",
    before: trusts({
      DateGreaterThan: { [time]: "2026-02-01" },
      DateLessThan: { [time]: "2026-04-01" },
    }),
    after: trusts({
      DateGreaterThan: { [time]: "2026-01-01" },
      DateLessThan: { [time]: "2026-03-01" },
    }),
    verdict: "changed",
    why: "January is admitted, March dropped.",
  },
];

export const addresses: readonly Pair[] = [
  {
    title: "a smaller block",
    before: from("IpAddress", "10.0.0.0/8"),
    after: from("IpAddress", "10.0.0.0/16"),
    verdict: "narrowed",
    why: "10.1.0.0 is no longer in it.",
  },
  {
    title: "a block as its two halves",
    before: from("IpAddress", "10.0.0.0/24"),
    after: from("IpAddress", ["10.0.0.128/25", "10.0.0.0/25"]),
    verdict: "equivalent",
    why: "The halves make the whole.",
  },
  {
    title: "a block by another of its addresses",
    before: from("IpAddress", "10.0.0.0/8"),
    after: from("IpAddress", "10.20.30.40/8"),
    verdict: "equivalent",
    why: "Only the first eight bits count.",
  },
  {
    title: "an address without a prefix length",
    before: from("IpAddress", "10.0.0.1"),
    after: from("IpAddress", "10.0.0.1/32"),
    verdict: "equivalent",
    why: "No prefix length means the single address.",
  },
  {
    title: "every IPv4 address becomes no condition",
    before: from("IpAddress", "0.0.0.0/0"),
    after: trusts(),
    verdict: "widened",
    why: "IPv6 addresses and a missing key get in.",
  },
  {
    title: "every address of both families",
    before: from("IpAddress", ["0.0.0.0/0", "::/0"]),
    after: trusts({ Null: { [address]: "false" } }),
    verdict: "equivalent",
    why: "An address belongs to one of the two families.",
  },
  {
    title: "IPv6 is added",
    before: from("IpAddress", "0.0.0.0/0"),
    after: from("IpAddress", ["0.0.0.0/0", "2001:db8::/32"]),
    verdict: "widened",
    why: "0.0.0.0/0 holds no IPv6 address.",
  },
  {
    title: "an IPv6 block in another spelling",
    before: from("IpAddress", "2001:db8::/32"),
    after: from("IpAddress", "2001:0DB8:0:0:0:0:0:0/32"),
    verdict: "equivalent",
    why: "Zeros may be left out and letters are of either case.",
  },
  {
    title: "more blocks are shut out",
    before: from("NotIpAddress", "10.0.0.0/8"),
    after: from("NotIpAddress", ["10.0.0.0/8", "192.168.0.0/16"]),
    verdict: "narrowed",
    why: "A NOR with one more exclusion.",
  },
  {
    title: "a hole in a block",
    before: from("IpAddress", ["10.0.0.0/25", "10.0.0.192/26"]),
    after: trusts({
      IpAddress: { [address]: "10.0.0.0/24" },
      NotIpAddress: { [address]: "10.0.0.128/26" },
    }),
    verdict: "equivalent",
    why: "Out of 256 addresses 64 are taken, from 128 on.",
  },
];

export const arns: readonly Pair[] = [
  {
    title: "ArnEquals and ArnLike",
    before: as("ArnEquals", "arn:aws:iam::123456789012:role/ci-*"),
    after: as("ArnLike", "arn:aws:iam::123456789012:role/ci-*"),
    verdict: "equivalent",
    why: "The two behave identically, wildcards included.",
  },
  {
    title: "a star that may cross a colon",
    before: as("ArnLike", "arn:aws:iam::*:role/x"),
    after: as("StringLike", "arn:aws:iam::*:role/x"),
    verdict: "widened",
    why: "StringLike's star runs into the sixth field: arn:aws:iam::1:a:role/x.",
  },
  {
    title: "every account",
    before: as("ArnLike", "arn:aws:iam::123456789012:role/x"),
    after: as("ArnLike", "arn:aws:iam::*:role/x"),
    verdict: "widened",
    why: "The role x of any account gets in.",
  },
  {
    title: "a star under StringEquals is a character",
    before: as("ArnEquals", "arn:aws:iam::123456789012:role/*"),
    after: as("StringEquals", "arn:aws:iam::123456789012:role/*"),
    verdict: "narrowed",
    why: "Of all roles the one called * is left.",
  },
  {
    title: "a role's name in another case",
    before: as("ArnLike", "arn:aws:iam::123456789012:role/a"),
    after: as("ArnLike", "arn:aws:iam::123456789012:role/A"),
    verdict: "changed",
    why: "Every field keeps its case.",
  },
  {
    title: "the sixth field keeps its colons",
    before: as("ArnLike", "arn:aws:logs:us-east-1:123456789012:log-group:*"),
    after: as("ArnLike", [
      "arn:aws:logs:us-east-1:123456789012:log-group:*",
      "arn:aws:logs:us-east-1:123456789012:log-group:a:log-stream:*",
    ]),
    verdict: "equivalent",
    why: "After the fifth colon a star runs across further ones.",
  },
  {
    title: "all but one ARN is denied",
    before: as("ArnLike", "arn:aws:iam::123456789012:role/x"),
    after: policy(allow(), deny({ ArnNotLike: { [arn]: "arn:aws:iam::123456789012:role/x" } })),
    verdict: "equivalent",
    why: "The Deny applies to every other ARN and to a missing key.",
  },
];

export const booleans: readonly Pair[] = [
  {
    title: "true becomes false",
    before: trusts({ Bool: { [secure]: "true" } }),
    after: trusts({ Bool: { [secure]: "false" } }),
    verdict: "changed",
    why: "The one is dropped, the other admitted.",
  },
  {
    title: "true or false, or the key's presence",
    before: trusts({ Bool: { [secure]: ["true", "false"] } }),
    after: trusts({ Null: { [secure]: "false" } }),
    verdict: "equivalent",
    why: "A key used with Bool holds one of the two.",
  },
  {
    title: "true, false and missing in three statements",
    before: trusts(),
    after: policy(
      allow({ Bool: { [secure]: true } }),
      allow({ Bool: { [secure]: "false" } }),
      allow({ Null: { [secure]: "true" } }),
    ),
    verdict: "equivalent",
    why: "There is no fourth case.",
  },
  {
    title: "BoolIfExists becomes Bool",
    before: trusts({ BoolIfExists: { "sts:RoleAuthorizedByIdp": "true" } }),
    after: trusts({ Bool: { "sts:RoleAuthorizedByIdp": "true" } }),
    verdict: "narrowed",
    why: "A request without the key is no longer taken.",
  },
  {
    title: "insecure transport is denied",
    before: trusts({ BoolIfExists: { [secure]: "true" } }),
    after: policy(allow(), deny({ Bool: { [secure]: "false" } })),
    verdict: "equivalent",
    why: "True or missing is what is left.",
  },
];
