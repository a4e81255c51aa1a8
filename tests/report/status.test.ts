import { describe, expect, test } from "vitest";
import { type Conditions, parseStatus, type Status } from "../../shared/plan/status.ts";
import { savedStatus, serializeStatus } from "../../shared/report/status.ts";
import { statusWith } from "../plan/entries.ts";

const condition = (message: string) => ({
  status: false,
  reason: "Failed",
  message,
  since: "2026-02-01T12:00:00.000Z",
});
const conditions = (message: string): Conditions => ({
  SpecValid: condition(message),
  ResourcesResolved: condition(message),
  InSync: condition(message),
  TrustAsIntended: condition(message),
  Ready: condition(message),
});
const outputs = (count: number, length = 60) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`AWS_${at}`, "o".repeat(length)]));
const reported = (count: number, content = "") =>
  Array.from({ length: count }, (_, at) => `trust-policy:${at}${content}`);
const seenWith = (given: Partial<NonNullable<Status["seen"]>>): Status["seen"] => {
  const { seen } = statusWith();
  return seen === null ? null : { ...seen, ...given };
};

/** What is left of a status: message length, outputs, hints. */
function left(status: Status): string {
  const saved = savedStatus(status);
  const message = saved.conditions.InSync?.message.length ?? 0;
  return `${message} characters, ${Object.keys(saved.outputs).length} outputs, ${saved.seen === null ? "no" : saved.seen.told.length} keys`;
}

describe("a status over 4 KB loses what people need least:", () => {
  test.each<readonly [string, Status, string]>([
    [
      "nothing where it fits",
      statusWith({
        conditions: conditions("m".repeat(200)),
        outputs: outputs(3),
        seen: seenWith({ told: reported(5) }),
      }),
      "200 characters, 3 outputs, 5 keys",
    ],
    [
      "the ends of messages first",
      statusWith({
        conditions: conditions("m".repeat(600)),
        outputs: outputs(10),
        seen: seenWith({ told: reported(5) }),
      }),
      "160 characters, 10 outputs, 5 keys",
    ],
    [
      "then all but twelve outputs",
      statusWith({
        conditions: conditions("m".repeat(600)),
        outputs: outputs(40),
        seen: seenWith({ told: reported(5) }),
      }),
      "160 characters, 12 outputs, 5 keys",
    ],
    [
      "then all but three outputs and forty keys",
      statusWith({
        conditions: conditions("m".repeat(600)),
        outputs: outputs(40, 200),
        seen: seenWith({ told: reported(60) }),
      }),
      "160 characters, 3 outputs, 40 keys",
    ],
    [
      "then outputs altogether",
      statusWith({
        conditions: conditions("m".repeat(600)),
        outputs: outputs(40, 900),
        seen: seenWith({ told: reported(60) }),
      }),
      "60 characters, 0 outputs, 40 keys",
    ],
    [
      "then all but twelve keys",
      statusWith({
        conditions: conditions("m".repeat(600)),
        outputs: outputs(40, 900),
        seen: seenWith({ told: reported(60, `.${"0".repeat(60)}`) }),
      }),
      "60 characters, 0 outputs, 12 keys",
    ],
    [
      "then messages and hints",
      statusWith({
        conditions: conditions("m".repeat(600)),
        outputs: outputs(40, 900),
        seen: seenWith({ roles: ["r".repeat(4_000)] }),
      }),
      "0 characters, 0 outputs, no keys",
    ],
  ])("%s", (_what, status, expected) => {
    expect(left(status)).toBe(expected);
    expect(Buffer.byteLength(serializeStatus(status))).toBeLessThanOrEqual(4096);
  });
});

test("a status over 4 KB loses doors that were shut before what is still open", () => {
  const shut = Array.from({ length: 30 }, (_, at) => `shut:${at}@htq7o`);
  const status = statusWith({
    conditions: conditions("m".repeat(600)),
    outputs: outputs(40, 200),
    seen: seenWith({ told: [...shut, ...reported(30)] }),
  });
  const kept = savedStatus(status).seen?.told ?? [];
  expect(kept.filter((key) => key.startsWith("trust-policy:")).length).toBe(30);
  expect(kept.length).toBe(40);
});

describe("a status that is read again", () => {
  const whole = statusWith({
    appliedVersion: 3,
    appliedDigest: "d",
    heldVersion: 4,
    heldDigest: "h",
    conditions: conditions("no {{ssm:reference}}"),
    outputs: outputs(2),
    seen: seenWith({ record: 7, told: reported(2), labelled: true, announced: 4 }),
  });

  test("is what was written", () => {
    expect(parseStatus(serializeStatus(whole))).toEqual(whole);
  });

  test("has no two braces, which Parameter Store refuses", () => {
    expect(serializeStatus(whole)).not.toContain("{{");
  });

  test("of the release before has no digest of what is held and no hints", () => {
    const former = JSON.stringify({
      appliedVersion: 1,
      appliedDigest: null,
      heldVersion: null,
      conditions: {},
      outputs: {},
    });
    expect(parseStatus(former)).toMatchObject({ heldDigest: null, seen: null, applied: null });
  });

  test.each(["", "{", "null", "[]", '{"appliedVersion":"1"}', "{}"])(
    "and was spoilt counts as gone: %s",
    (text) => {
      expect(parseStatus(text)).toBeNull();
    },
  );
});
