import { describe, expect, test } from "vitest";
import { notApplied } from "../../shared/plan/applied.ts";
import type { Change, ChangeResult } from "../../shared/plan/change.ts";
import type { VersionChoice } from "../../shared/plan/choice.ts";
import type { Evidence } from "../../shared/plan/control.ts";
import { correctionOf } from "../../shared/plan/correction.ts";
import type { EnvironmentPlan } from "../../shared/plan/environment.ts";
import { noOrphans } from "../../shared/plan/orphans.ts";
import { hoursUntilOver, isPaused, quarrelWindowMs } from "../../shared/plan/quarrel.ts";
import type { Quarrel } from "../../shared/plan/record.ts";
import { fenceBefore } from "../../shared/plan/record-after.ts";
import { quarrelsAfter } from "../../shared/report/quarrels.ts";
import { none } from "../targets/none.ts";
import {
  account,
  entryWith,
  installation,
  read,
  recordWith,
  versionWith,
  wider,
} from "./entries.ts";
import { desired, roleWith } from "./subjects.ts";

const first = versionWith(1);
const minute = 60_000;
const day = 24 * 60;
const start = Date.UTC(2026, 0, 1);
const at = (minutes: number) => new Date(start + minutes * minute);
const bob = "arn:aws:iam::123456789012:user/bob";
const terraform = "arn:aws:sts::123456789012:assumed-role/terraform";
const eve = "arn:aws:iam::123456789012:user/eve";

/** A plan of which only the choice, the evidence and the widenings matter here. */
const planned = {
  kind: "planned",
  desired,
  resolution: { targets: none, missing: [], newGrants: [] },
  policy: null,
  roleHolds: true,
  policyDue: false,
  isTrustSeen: true,
  harmlessVersions: [],
  changes: [],
  kept: [],
  blocked: [],
  adopted: [],
  shutAgain: [],
  excess: [],
  foreignTags: [],
  unmarked: [],
  settings: [],
  faults: [],
  problems: [],
} as const;

/** What a run finds in a trust policy, corrects, and who had written it. */
type Found = { readonly minutes: number; readonly found: string; readonly actor?: string | null };

function correction(found: unknown, outcome: ChangeResult["outcome"] = "applied"): ChangeResult {
  const role = roleWith();
  const change: Change = {
    action: "update",
    resource: "trust-policy",
    id: role.arn,
    reason: "drift",
    before: found,
    after: {},
    effect: "closes",
    step: { do: "update-trust-policy", name: role.name, trustPolicy: "{}" },
  };
  switch (outcome) {
    case "applied":
      return { change, outcome, policyVersion: null };
    case "failed":
      return { change, outcome, fault: { code: "Failed", message: "refused", kind: "refused" } };
    default:
      return { change, outcome };
  }
}

const settled: VersionChoice = {
  kind: "newest",
  at: first,
  previous: first,
  letThrough: null,
  label: null,
};

function runAt(
  { minutes, found, actor = bob }: Found,
  quarrels: readonly Quarrel[],
  given: {
    readonly choice?: VersionChoice;
    readonly periodMinutes?: number;
    readonly result?: ChangeResult;
  } = {},
) {
  const { choice = settled, periodMinutes = 15, result = correction(found) } = given;
  const record = recordWith({ applied: first, quarrels });
  const evidence: Evidence = { kind: "record", record };
  const widening = {
    resource: "trust-policy",
    admitted: null,
    undecided: [],
    isImpossible: false,
    traces: [{ kind: "trust-policy", role: desired.role.name, document: "" }],
  } as const;
  const plan: EnvironmentPlan = { ...planned, choice, evidence, widenings: [widening] };
  const entry = entryWith({ newest: read(first) });
  const planning = { entry, plan, orphans: noOrphans, ownsProvider: true };
  return quarrelsAfter({
    ...notApplied(planning, "allowed", fenceBefore(entry, evidence)),
    results: [result],
    attribute: () => ({ actor, openedAt: null }),
    ownSession: null,
    shut: [],
    account,
    installation: { ...installation, periodMinutes },
    now: at(minutes),
  });
}

/** In which of the runs a quarrel is seen. */
function contendedIn(...runs: readonly Found[]): readonly boolean[] {
  let quarrels: readonly Quarrel[] = [];
  return runs.map((run) => {
    const after = runAt(run, quarrels);
    quarrels = after.quarrels;
    return after.contended.length > 0;
  });
}

describe("a correction is a quarrel", () => {
  test.each<readonly [string, readonly Found[], readonly boolean[]]>([
    [
      "the third time within the window",
      [0, 15, 30, 45].map((minutes) => ({ minutes, found: "x" })),
      [false, false, true, true],
    ],
    [
      "not where another content was found",
      [
        { minutes: 0, found: "x" },
        { minutes: 15, found: "y" },
        { minutes: 30, found: "z" },
      ],
      [false, false, false],
    ],
    [
      "not where somebody else did it: that is new",
      [
        { minutes: 0, found: "x" },
        { minutes: 15, found: "x", actor: eve },
        { minutes: 30, found: "x" },
      ],
      [false, false, false],
    ],
    [
      "not where the first is longer ago than the window",
      [0, 45, 90].map((minutes) => ({ minutes, found: "x" })),
      [false, false, false],
    ],
    [
      "by each side's own count",
      [0, 5, 10, 15, 20].map((minutes, index) => ({
        minutes,
        found: "x",
        actor: index % 2 === 0 ? bob : eve,
      })),
      [false, false, false, false, true],
    ],
    [
      "the fifth time within a day, however slow",
      [0, 60, 120, 180, 240, 300].map((minutes) => ({ minutes, found: "x" })),
      [false, false, false, false, true, true],
    ],
    [
      "the fifth night, one round in each",
      [0, 1, 2, 3, 4, 5].map((nth) => ({ minutes: nth * (day + 7), found: "x" })),
      [false, false, false, false, true, true],
    ],
    [
      "not where five rounds take longer than a week",
      [0, 2, 4, 6, 8].map((nth) => ({ minutes: nth * day, found: "x" })),
      [false, false, false, false, false],
    ],
    [
      "where one role's sessions have other names each time",
      [0, 15, 30].map((minutes) => ({ minutes, found: "x", actor: `${terraform}/run-${minutes}` })),
      [false, false, true],
    ],
    [
      "where CloudTrail does not name anybody each time",
      [
        { minutes: 0, found: "x", actor: null },
        { minutes: 15, found: "x" },
        { minutes: 30, found: "x", actor: null },
      ],
      [false, false, true],
    ],
  ])("%s", (_, runs, expected) => {
    expect(contendedIn(...runs)).toEqual(expected);
  });
});

describe("what is not a correction counts for nothing", () => {
  const twice: readonly Quarrel[] = runAt(
    { minutes: 5, found: "x" },
    runAt({ minutes: 0, found: "x" }, []).quarrels,
  ).quarrels;
  const again = { minutes: 10, found: "x" };
  const second = versionWith(2, wider);

  test("a third time, for comparison", () => {
    expect(runAt(again, twice).contended).toMatchObject([{ actor: bob }]);
  });

  test.each<readonly [string, Parameters<typeof runAt>[2]]>([
    ["an edit", { choice: { ...settled, at: second } }],
    ["a write that failed", { result: correction("x", "failed") }],
    ["what is left", { result: correction("x", "left") }],
    ["something re-created", { result: correction(null) }],
  ])("%s", (_, given) => {
    expect(runAt(again, twice, given).contended).toEqual([]);
  });

  test("but what is in force beside a held edit is corrected like any other", () => {
    const hold = {
      version: 2,
      digest: second.digest,
      because: "gains",
      gains: [],
      why: "",
    } as const;
    const refusal = { kind: "held", hold } as const;
    const choice: VersionChoice = {
      kind: "applied",
      at: first,
      refusal,
      letThrough: null,
      label: null,
    };
    expect(runAt(again, twice, { choice }).contended).toHaveLength(1);
  });
});

test.each([
  [1, 60],
  [15, 60],
  [30, 120],
  [1440, 5760],
])("with a run each %d minutes the window is %d minutes", (period, minutes) => {
  expect(quarrelWindowMs(period)).toBe(minutes * minute);
});

test("what nobody undoes for three days is forgotten", () => {
  const old = runAt({ minutes: 0, found: "x" }, []).quarrels;
  expect(runAt({ minutes: 3 * day, found: "y" }, old).quarrels).toHaveLength(2);
  const { quarrels } = runAt({ minutes: 3 * day + 1, found: "y" }, old);
  expect(quarrels.map(({ at: times }) => times)).toEqual([[at(3 * day + 1).toISOString()]]);
});

test.each([
  ["once each hour", [0, 60, 120], 24],
  ["twice each night", [0, 5, day, day + 5], 48],
  ["seldom", [0, 3 * day], 72],
  ["once", [0], 24],
])("a quarrel of rounds %s is over when it was quiet for long enough", (_, minutes, hours) => {
  const rounds = minutes.map((each) => at(each).toISOString());
  expect(hoursUntilOver({ at: rounds })).toBe(hours);
});

describe("a step that only labels pauses in a quarrel, longer each time", () => {
  const times = (count: number) =>
    Array.from({ length: count }, (_, index) => at(index - count + 1).toISOString());
  const untag: Change = {
    action: "tag",
    resource: "role",
    id: "deploy",
    reason: "a tag that nobody asked for",
    before: { team: "web" },
    after: null,
    effect: "neutral",
    step: { do: "untag-role", name: "deploy", keys: ["team"] },
  };
  const quarrel = (count: number): Quarrel => {
    return { ...correctionOf(untag), actor: bob, at: times(count) };
  };
  const paused = (change: Change, count: number, minutes: number) =>
    isPaused(change, { quarrels: [quarrel(count)], periodMinutes: 15, now: at(minutes) });
  test.each([
    [2, 0, false],
    [3, 14, true],
    [3, 15, false],
    [4, 29, true],
    [4, 30, false],
    [5, 59, true],
    [9, 959, true],
    [9, 960, false],
    [12, 1439, true],
    [12, 1440, false],
  ])("after %d rounds, %d minutes later: %s", (count, minutes, pauses) => {
    expect(paused(untag, count, minutes)).toBe(pauses);
  });

  test("and not in another's quarrel", () => {
    expect(paused({ ...untag, id: "other" }, 3, 1)).toBe(false);
  });

  test("and never where it closes", () => {
    expect(paused({ ...untag, effect: "closes" }, 3, 1)).toBe(false);
  });
});
