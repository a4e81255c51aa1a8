import { describe, expect, test } from "vitest";
import { comparePermissions, compareTrust } from "../../shared/compare/index.ts";
import { type Block, key, policy } from "./documents.ts";

const service = {
  Effect: "Allow",
  Principal: { Service: "ec2.amazonaws.com" },
  Action: "sts:AssumeRole",
};

/** A policy that admits everybody on each of these conditions. */
function admitting(conditions: readonly Block[]): string {
  const everybody = conditions.map((Condition) => ({ ...service, Principal: "*", Condition }));
  return policy(...everybody, service);
}

function widening(before: readonly Block[], after: readonly Block[]) {
  const comparison = compareTrust({ before: [admitting(before)], after: [admitting(after)] });
  if (comparison.kind === "refused") throw new Error(comparison.error.message);
  return comparison.widening;
}

const [x, sub, epoch] = ["aws:x", key("sub"), "aws:EpochTime"];
const there = { Null: { [sub]: "false" } };
const newYear = "2026-01-01T00:00:00Z";

describe("a key of text may hold what no operator on it asks for, beside", () => {
  test.each<readonly [string, readonly Block[]]>([
    ["every ARN", [{ ArnLike: { [sub]: "arn:*:*:*:*:*" } }]],
    [
      "every number",
      [{ NumericLessThanEquals: { [sub]: "5" } }, { NumericGreaterThan: { [sub]: "5" } }],
    ],
    ["both truth values", [{ Bool: { [sub]: ["true", "false"] } }]],
    ["every address", [{ IpAddress: { [sub]: ["0.0.0.0/0", "::/0"] } }]],
    [
      "every date",
      [{ DateLessThanEquals: { [sub]: newYear } }, { DateGreaterThan: { [sub]: newYear } }],
    ],
  ])("%s", (_, before) => {
    expect(widening(before, [there]).kind).toBe("proved");
    expect(widening([there], before).kind).toBe("disproved");
  });
});

describe("one value has many spellings, and the one is found that is", () => {
  const one = { NumericEquals: { [x]: "1" } };
  const day = { DateEquals: { [x]: newYear } };
  const likes = (given: Block, pattern: string): Block => ({
    ...given,
    StringLike: { [x]: pattern },
  });
  const is = (given: Block, text: string): Block => ({ ...given, StringEquals: { [x]: text } });
  test.each<readonly [string, Block, string]>([
    ["a number in full", is(one, "01"), "01"],
    ["a number that begins with a zero", likes(one, "0*"), "01"],
    ["a number with a sign", likes(one, "+*"), "+1"],
    ["a number with a point", likes(one, "1.*"), "1.0"],
    ["a fraction that ends in a zero", likes({ NumericEquals: { [x]: "1.5" } }, "*0"), "1.50"],
    ["a date in seconds", likes(day, "17*"), "1767225600"],
    ["a date with an offset", likes(day, "*+00:00"), "2026-01-01T00:00:00+00:00"],
    ["a date in another zone", is(day, "2026-01-01T01:00:00+01:00"), "2026-01-01T01:00:00+01:00"],
  ])("%s", (_, after, value) => {
    expect(widening([], [after])).toMatchObject({
      kind: "proved",
      witness: { context: { [x]: [value] } },
    });
  });

  test.each<readonly [string, readonly Block[], Block, string]>([
    ["no text of another number", [], is(one, "2"), "disproved"],
    ["no text of another date", [], is(day, "2026-01-02T00:00:00Z"), "disproved"],
    ["a number beside one spelling of it", [is({}, "1")], one, "proved"],
    [
      "perhaps an address, of which not all spellings are tried",
      [],
      likes({ IpAddress: { [x]: "10.0.0.0/8" } }, "10.*.7"),
      "open",
    ],
  ])("%s", (_, before, after, kind) => {
    expect(widening(before, [after]).kind).toBe(kind);
  });
});

describe("seconds since 1970 are a number and a date:", () => {
  const until = (text: string) => ({ DateLessThan: { [epoch]: text } });
  const below = (text: string) => ({ NumericLessThan: { [epoch]: text } });
  test.each<readonly [string, Block, Block, string]>([
    ["one second more", below("1767225600"), until("2026-01-01T00:00:01Z"), "proved"],
    ["a year more", below("1767225600"), until("2027-01-01T00:00:00Z"), "proved"],
    ["the same instant", below("1767225600"), until(newYear), "disproved"],
    ["a second less", until("2026-01-01T00:00:01Z"), below("1767225600"), "disproved"],
    ["half a second more", below("1767225600"), below("1767225600.5"), "proved"],
    ["half a second less", below("1767225600"), below("1767225599.5"), "disproved"],
    ["half of one second", below("1767225600.4"), below("1767225600.6"), "disproved"],
    ["nothing before 1970", below("-2"), below("0"), "disproved"],
    ["the first second", below("0"), below("1"), "proved"],
  ])("%s", (_, before, after, kind) => {
    expect(widening([before], [after]).kind).toBe(kind);
  });

  test.each<readonly [string, Block]>([
    ["a number below one with a fraction", below("1767225600.1")],
    ["a number above one with a fraction", { NumericGreaterThan: { [epoch]: "1767225600.1" } }],
    ["another number", { NumericNotEquals: { [epoch]: "0" } }],
    ["a date", until(newYear)],
  ])("an example has whole seconds: %s", (_, after) => {
    const value = expect.stringMatching(/^\d+$/);
    expect(widening([], [after])).toMatchObject({ witness: { context: { [epoch]: [value] } } });
  });
});

test.each(["00:00:00.5Z", "00:00:00.000000001Z"])(
  "whether a moment has fractions of a second is not documented: %s",
  (time) => {
    const before = { DateLessThanEquals: { "aws:CurrentTime": newYear } };
    const after = { DateLessThan: { "aws:CurrentTime": `2026-01-01T${time}` } };
    expect(widening([before], [after]).kind).toBe("open");
    expect(widening([after], [before]).kind).toBe("open");
    const whole = { DateLessThanEquals: { "aws:CurrentTime": "2026-01-01T00:00:00.000Z" } };
    expect(widening([before], [whole]).kind).toBe("disproved");
  },
);

describe("a list with a variable in it, of a key with several values: the list without it admits", () => {
  const tags = (operator: string, ...values: readonly string[]) => ({
    [operator]: { "aws:TagKeys": values },
  });
  test.each([
    ["ForAnyValue:StringEquals", "disproved", "proved"],
    ["ForAnyValue:StringNotEquals", "proved", "disproved"],
    ["ForAllValues:StringEquals", "disproved", "proved"],
    ["ForAllValues:StringNotEquals", "proved", "disproved"],
  ])("by %s more: %s, less: %s", (operator, more, less) => {
    const [full, without] = [tags(operator, "a", "${aws:username}"), tags(operator, "a")];
    expect(widening([full], [without]).kind).toBe(more);
    expect(widening([without], [full]).kind).toBe(less);
  });
});

describe("an ARN that a variable has to complete is undecided, and the same on both sides is not", () => {
  const [short, whole] = ["arn:${aws:username}", "arn:aws:sns:us:1:${aws:username}"];
  const source = (arn: string) => ({ ArnLike: { "aws:SourceArn": arn } });
  test.each([
    [short, short, "disproved"],
    [whole, whole, "disproved"],
    [short, whole, "open"],
    [whole, short, "open"],
  ])("%s, and %s: %s", (before, after, kind) => {
    expect(widening([source(before)], [source(after), { ...source(after), ...there }]).kind).toBe(
      kind,
    );
  });
});

test("a value that Null does not know is a question of its key, however the two are spelt", () => {
  const [one, other] = [{ Null: { "aws:a": "b|text c" } }, { Null: { "aws:a|text b": "c" } }];
  expect(widening([one], [one]).kind).toBe("disproved");
  expect(widening([one], [other]).kind).toBe("open");
});

test.each(["\n", "\t", "\u0080"])("an ARN may hold %j, as a policy may", (sign) => {
  const of = (arn: string): Block => ({ ArnLike: { [x]: arn } });
  const plain = of("arn:aws:s3:::a");
  expect(widening([plain], [plain, of(`arn:aws:s3:::a${sign}`)]).kind).toBe("proved");
});

test.each([
  ["another first field", "project_path:g/p:ref_type:branch:ref:main"],
  ["a wildcard there", "*:g/p:ref_type:branch:ref:main"],
])("what an ARN operator makes of six fields with %s is not decided", (_, text) => {
  const like = (...values: string[]): Block => ({ ArnLike: { [sub]: values } });
  const string = { StringEquals: { [sub]: "project_path:g/p:ref_type:branch:ref:main" } };
  const arn = "arn:g/p:ref_type:branch:ref:main";
  expect(widening([like(text)], [string]).kind).toBe("open");
  expect(widening([like(arn)], [like(arn, text)]).kind).toBe("open");
  expect(widening([like(arn, text)], [like(text, arn)]).kind).toBe("disproved");
});

test.each([
  ["NumericEquals", "NumericNotEquals", "abc"],
  ["IpAddress", "NotIpAddress", "10.0.0.0/33"],
  ["ForAnyValue:DateEquals", "ForAnyValue:DateNotEquals", "tomorrow"],
])("%s and %s of what neither can read are not each other's opposite", (one, other, text) => {
  const [plain, negated] = [{ [one]: { [x]: text } }, { [other]: { [x]: text } }];
  expect(widening([plain, negated], [{ Null: { [x]: "false" } }]).kind).toBe("open");
  expect(widening([plain], [plain]).kind).toBe("disproved");
});

test.each(["foo_bar:y", "foo.bar:y"])(
  "the action %s may be one, since a policy may name it",
  (action) => {
    const granting = (...actions: string[]): string =>
      policy({ Effect: "Allow", Action: actions, Resource: "*" });
    const [before, after] = [[granting("ecr:x")], [granting("ecr:x", action)]];
    expect(comparePermissions({ before, after }).widening).toMatchObject({
      kind: "proved",
      witness: { action },
    });
  },
);

test("a key that holds ARNs alone is decided, whatever the first field is", () => {
  const like = (text: string): Block => ({ ArnLike: { "aws:PrincipalArn": text } });
  expect(widening([like("arn:*:*:*:*:*")], [like("*:*:*:*:*:*")]).kind).toBe("disproved");
  expect(widening([like("arn:aws:*:*:*:*")], [like("*:*:*:*:*:*")]).kind).toBe("proved");
});

test("a variable whose default is empty may stand for nothing", () => {
  const [glob, variable] = [
    { StringLike: { [x]: "a?*b" } },
    { StringEquals: { [x]: "a${aws:PrincipalTag/x, ''}b" } },
  ];
  expect(widening([glob], [variable])).toMatchObject({
    kind: "proved",
    witness: { context: { [x]: ["ab"] } },
  });
});

describe("a list of values is not the text that writes it", () => {
  const texts = ["a", "b"];
  test.each(["StringEquals", "StringLike", "StringEqualsIgnoreCase", "ForAnyValue:StringLike"])(
    "%s",
    (operator) => {
      const [list, text] = [{ [operator]: { [x]: texts } }, { [operator]: { [x]: '["a","b"]' } }];
      expect(widening([list], [text]).kind).toBe("proved");
      expect(widening([text], [list]).kind).toBe("proved");
    },
  );

  test("of resources", () => {
    const granting = (resource: unknown): string =>
      policy({ Effect: "Allow", Action: "s3:GetObject", Resource: resource });
    const [list, text] = [granting(["*a", "*b"]), granting('["*a","*b"]')];
    const { widening: more, narrowing } = comparePermissions({ before: [list], after: [text] });
    expect([more.kind, narrowing.kind]).toEqual(["proved", "proved"]);
  });
});

test.each([
  ["an escape", "StringEquals", `${"a".repeat(200_000)}\${$}`],
  ["a variable", "StringLike", `${"a".repeat(200_000)}\${aws:y}`],
  ["letters beyond Latin-1", "StringEqualsIgnoreCase", "\\u0130".repeat(200_000)],
])("a value of hundreds of thousands of letters and %s is read", (_, operator, text) => {
  const policyText = admitting([{ [operator]: { [x]: text } }]).replaceAll("\\\\u", "\\u");
  expect(compareTrust({ before: [], after: [policyText] }).kind).toBe("compared");
});
