import { describe, expect, test } from "vitest";
import { type AppliedPlan, notApplied, type Writes } from "../../shared/plan/applied.ts";
import type { Change, ChangeResult } from "../../shared/plan/change.ts";
import type { Evidence } from "../../shared/plan/control.ts";
import type { EnvironmentPlan } from "../../shared/plan/environment.ts";
import { orphanFate, withNothingLeft } from "../../shared/plan/orphan-fate.ts";
import { noOrphans } from "../../shared/plan/orphans.ts";
import { fenceBefore } from "../../shared/plan/record-after.ts";
import { entryWith, read, recordWith, versionWith } from "./entries.ts";
import { roleWith } from "./subjects.ts";

const retain = versionWith(1, { onRemove: "retain" });
const remove = versionWith(1, { onRemove: "delete" });
const fault = { code: "AccessDenied", message: "denied", kind: "denied" } as const;
const leave: Change = {
  action: "update",
  resource: "role",
  id: "role",
  reason: "drift",
  before: {},
  after: {},
  effect: "neutral",
  step: { do: "update-role", name: "role", description: "", maxSessionSeconds: 3600 },
};

type Case = {
  readonly gone?: boolean;
  readonly recorded?: typeof retain;
  readonly evidence?: Evidence;
  readonly writes?: Writes;
  readonly results?: readonly ChangeResult[];
  readonly left?: boolean;
  readonly unreadable?: boolean;
};

function appliedWith(given: Case): AppliedPlan {
  const { gone = true, recorded = remove, writes = "allowed", left = true } = given;
  const record = recordWith({ applied: recorded });
  const entry = entryWith({ newest: gone ? null : read(recorded) });
  const plan: EnvironmentPlan = {
    kind: "nothing",
    choice: gone
      ? { kind: "orphaned" }
      : { kind: "nothing", refusal: { kind: "unknown", fault }, label: null },
    evidence: given.evidence ?? { kind: "record", record },
    changes: [],
    kept: [],
    blocked: [],
    adopted: [],
    widenings: [],
    shutAgain: [],
    excess: [],
    foreignTags: [],
    settings: [],
    faults: [],
    problems: [],
  };
  const orphans = {
    ...noOrphans,
    roles: left ? [roleWith()] : [],
    faults: given.unreadable === true ? [fault] : [],
  };
  const planned = { entry, plan, orphans, ownsProvider: true };
  const start = notApplied(planned, writes, fenceBefore(entry, plan.evidence));
  return { ...start, results: given.results ?? [] };
}

describe("what a removed environment leaves", () => {
  test.each<readonly [string, Case, ReturnType<typeof orphanFate>]>([
    ["goes where onRemove is delete", {}, "removed"],
    ["stays where onRemove is retain", { recorded: retain }, "kept"],
    ["stays where the mode writes nothing", { writes: "observe" }, "kept"],
    ["stays in a dry run", { writes: "dry-run" }, "kept"],
    ["is gone once nothing is left", { left: false }, "gone"],
    ["waits where it could not be read", { unreadable: true }, "unreadable"],
    ["stays where evidence is missing", { evidence: { kind: "missing", why: "lost" } }, "kept"],
    ["stays for another run while a version is refused", { gone: false }, "later"],
  ])("%s", (_, given, fate) => {
    expect(orphanFate(appliedWith(given))).toBe(fate);
  });
});

describe("a removed environment is forgotten", () => {
  test.each<readonly [string, Case, boolean]>([
    ["once nothing is left", { left: false }, true],
    [
      "not while one of its changes has failed",
      { left: false, results: [{ change: leave, outcome: "failed", fault }] },
      false,
    ],
    [
      "not while one of its changes is left",
      { left: false, results: [{ change: leave, outcome: "left" }] },
      false,
    ],
  ])("%s", (_, given, forgotten) => {
    expect(withNothingLeft(appliedWith(given)).forgotten).toBe(forgotten);
  });
});
