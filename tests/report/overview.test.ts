import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { conditionNames } from "../../shared/plan/status.ts";
import { blockLines } from "../../shared/report/blocks.ts";
import { layOut } from "../../shared/report/layout.ts";
import { isSettled, isStale, overviewOf } from "../../shared/report/overview.ts";
import { durationText, overviewBlocks } from "../../shared/report/overview-lines.ts";

const prefix = "/oidc-reconciler";
const now = new Date("2026-11-26T10:00:00Z");

const condition = (status: boolean, message: string) => ({
  status,
  reason: status ? "Valid" : "Held",
  message,
  since: "2026-11-26T09:00:00Z",
});

const allTrue = Object.fromEntries(conditionNames.map((name) => [name, condition(true, "fine")]));

type Given = {
  readonly version?: number | null;
  readonly status?: object | string | null;
  readonly heartbeat?: object | string | null;
};

const ready = {
  appliedVersion: 4,
  appliedDigest: "d",
  heldVersion: null,
  heldDigest: null,
  conditions: allTrue,
  outputs: { AWS_REGION: "us-east-1" },
};

const beat = (ageSeconds: number) => ({
  at: new Date(now.getTime() - ageSeconds * 1000).toISOString(),
  runId: "r",
  trigger: "schedule",
  environments: 1,
  outcomes: { "in-sync": 1 },
});

const textOf = (value: object | string) =>
  typeof value === "string" ? value : JSON.stringify(value);

function look({ version = 4, status = ready, heartbeat = beat(60) }: Given) {
  const parameter = (name: string, value: string, of = 1) => ({ name, value, version: of });
  return overviewOf({
    prefix,
    documents:
      version === null ? [] : [parameter(`${prefix}/environments/production`, "", version)],
    statuses: status === null ? [] : [parameter(`${prefix}/status/production`, textOf(status))],
    heartbeat: heartbeat === null ? null : textOf(heartbeat),
    now,
  });
}

const shown = (given: Given) =>
  layOut(blockLines(overviewBlocks(look(given), { prefix, periodMinutes: 15 })));

function only(given: Given) {
  const [environment] = look(given).overview.environments;
  if (environment === undefined) throw new Error("there is no environment");
  return environment;
}

describe("an environment", () => {
  test("that is ready is shown by its versions, conditions and outputs", () => {
    expect(shown({})).toMatchInlineSnapshot(`
      "✓ heartbeat 1 min ago: schedule run over 1 environment, 1 in-sync

      production: ready (version 4, applied)
        ✓ SpecValid, ResourcesResolved, InSync, TrustAsIntended, Ready
        AWS_REGION=us-east-1"
    `);
  });

  test("shows what is wrong first, then what is held and how to approve it", () => {
    const conditions = { ...allTrue, TrustAsIntended: condition(false, "it admits more") };
    expect(
      shown({ version: 5, status: { ...ready, heldVersion: 5, conditions } }),
    ).toMatchInlineSnapshot(`
        "✓ heartbeat 1 min ago: schedule run over 1 environment, 1 in-sync

        production: ready (version 5 is held; version 4 applied)
          ✗ TrustAsIntended: it admits more (Held, since 2026-11-26T09:00:00Z)
          ✓ SpecValid, ResourcesResolved, InSync, Ready
          ! version 5 is held; look at it and approve it: oidc-reconciler approve production
          AWS_REGION=us-east-1"
      `);
  });

  test.each<[string, Given, string]>([
    ["was never looked at", { status: null }, "production: no run has looked at version 4 yet"],
    [
      "was edited and not looked at",
      { version: 5 },
      "production: ready (version 5 is not applied; version 4 applied)",
    ],
    [
      "is gone",
      { version: null },
      "production: orphaned (its parameter is gone; version 4 applied)",
    ],
    ["has a status of somebody else", { status: "x{" }, "production: unknown (version 4)"],
  ])("that %s says so, and is not settled", (_, given, head) => {
    expect(shown(given)).toContain(head);
    expect(isSettled(only(given))).toBe(false);
  });

  test.each(conditionNames)("with a false %s is not settled", (name) => {
    expect(isSettled(only({}))).toBe(true);
    const conditions = { ...allTrue, [name]: condition(false, "no") };
    expect(isSettled(only({ status: { ...ready, conditions } }))).toBe(false);
  });

  test("with a held version is not settled, whatever its conditions say", () => {
    expect(isSettled(only({ status: { ...ready, heldVersion: 4 } }))).toBe(false);
  });

  test("has empty members where its status is missing or spoilt, which is named", () => {
    const empty = {
      name: "production",
      version: 4,
      appliedVersion: null,
      heldVersion: null,
      conditions: {},
      outputs: {},
    };
    expect(look({ status: null })).toMatchObject({
      overview: { environments: [empty] },
      spoilt: [],
    });
    expect(look({ status: { appliedVersion: "4" } })).toMatchObject({
      overview: { environments: [empty] },
      spoilt: [`${prefix}/status/production`],
    });
  });

  test("is read without an exception, whatever somebody has written", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.json()),
        fc.oneof(fc.string(), fc.json()),
        (status, heartbeat) => {
          expect(() => shown({ status, heartbeat })).not.toThrow();
        },
      ),
    );
  });
});

describe("the heartbeat", () => {
  test.each([
    [0, false],
    [1800, false],
    [1801, true],
  ])("of %i seconds ago, with a period of 15 minutes, is stale: %s", (age, stale) => {
    expect(isStale(look({ heartbeat: beat(age) }).overview.heartbeat, 15)).toBe(stale);
  });

  test("goes by the period of the schedule", () => {
    const { heartbeat } = look({ heartbeat: beat(3601) }).overview;
    expect([isStale(heartbeat, 60), isStale(heartbeat, 30)]).toEqual([false, true]);
  });

  test("that is stale or missing says that nothing is corrected", () => {
    expect(shown({ heartbeat: beat(7200) })).toContain(
      "✗ heartbeat 2 h 0 min ago, and it should be less than 30 minutes (two periods of the schedule): nothing is being corrected",
    );
    expect(shown({ heartbeat: null })).toMatch(/^✗ no heartbeat/);
    expect(isStale(null, 15)).toBe(true);
  });

  test.each(["", "{}", '{"at":"never"}', JSON.stringify({ ...beat(1), at: "never" })])(
    "that is %j counts as missing and is named",
    (heartbeat) => {
      const { overview, spoilt } = look({ heartbeat });
      expect({ beat: overview.heartbeat, spoilt }).toEqual({
        beat: null,
        spoilt: [`${prefix}/heartbeat`],
      });
    },
  );

  test("of a clock that is ahead is not younger than now", () => {
    expect(look({ heartbeat: beat(-30) }).overview.heartbeat?.ageSeconds).toBe(0);
  });

  test.each([
    [59, "59 s"],
    [60, "1 min"],
    [3599, "59 min"],
    [3600, "1 h 0 min"],
    [172_799, "47 h 59 min"],
    [172_800, "2 days"],
  ])("%i seconds are %s", (seconds, text) => {
    expect(durationText(seconds)).toBe(text);
  });
});

test("an account without environments says how to make the first", () => {
  const looked = overviewOf({ prefix, documents: [], statuses: [], heartbeat: null, now });
  expect(layOut(blockLines(overviewBlocks(looked, { prefix, periodMinutes: 15 })))).toContain(
    "oidc-reconciler init NAME",
  );
});

test("what is below a folder and no environment is left out", () => {
  const documents = ["a/b", "a b", "x".repeat(65)].map((name) => ({
    name: `${prefix}/environments/${name}`,
    version: 1,
    value: "",
  }));
  const looked = overviewOf({ prefix, documents, statuses: [], heartbeat: null, now });
  expect(looked.overview.environments).toEqual([]);
});
