import { describe, expect, test } from "vitest";
import {
  type AppliedPlan,
  appliedBy,
  isComplete,
  isPolicyAsResolved,
  notApplied,
  tooLongFaults,
  type Writes,
} from "../../shared/plan/applied.ts";
import { type ChangeResult, type Step, stopsOpening } from "../../shared/plan/change.ts";
import type { Refusal, VersionChoice } from "../../shared/plan/choice.ts";
import { noOrphans } from "../../shared/plan/orphans.ts";
import { fenceBefore } from "../../shared/plan/record-after.ts";
import { entryWith, read, recordWith, versionWith } from "./entries.ts";
import { changeOf, newest, planWith } from "./plans.ts";

const first = versionWith(1);
const evidence = { kind: "record", record: recordWith({ applied: null }) } as const;
const plan = planWith(newest(first), { evidence });
const entry = entryWith({ newest: read(first) });
const fault = { code: "AccessDenied", message: "no", kind: "denied" } as const;

function run(given: Partial<AppliedPlan> = {}, writes: Writes = "allowed"): AppliedPlan {
  const planned = { entry, plan, orphans: noOrphans, ownsProvider: true };
  return { ...notApplied(planned, writes, fenceBefore(entry, evidence)), ...given };
}

function failed(step: Step): ChangeResult {
  const change = changeOf(step);
  return { change, outcome: "failed", fault };
}

const [name, arn, document, tags] = ["r", "a", "{}", {}];
/** Each step, whether its version counts as applied without it, and the policy as resolved. */
const steps: readonly (readonly [Step, boolean, boolean])[] = [
  [{ do: "create-provider", arn, url: "", audiences: [], thumbprints: [], tags }, true, true],
  [{ do: "add-audience", arn, audience: "x" }, true, true],
  [{ do: "remove-audience", arn, audience: "x" }, false, true],
  [{ do: "set-thumbprints", arn, thumbprints: [] }, false, true],
  [{ do: "tag-provider", arn, tags }, true, true],
  [{ do: "delete-provider", arn }, false, true],
  [
    {
      do: "create-role",
      name,
      path: "/",
      trustPolicy: document,
      description: "",
      maxSessionSeconds: 3600,
      permissionsBoundary: null,
      tags,
    },
    false,
    true,
  ],
  [{ do: "update-role", name, description: "", maxSessionSeconds: 3600 }, false, true],
  [{ do: "put-boundary", name, boundary: arn }, false, true],
  [{ do: "delete-boundary", name }, true, true],
  [{ do: "update-trust-policy", name, trustPolicy: document }, false, true],
  [{ do: "tag-role", name, tags }, true, true],
  [{ do: "untag-role", name, keys: [] }, true, true],
  [{ do: "delete-role", name }, false, true],
  [{ do: "create-policy", name, arn, document, tags }, true, false],
  [{ do: "create-policy-version", arn, document }, false, false],
  [{ do: "delete-policy-version", arn, version: "v1" }, false, true],
  [{ do: "tag-policy", arn, tags }, true, true],
  [{ do: "delete-policy", arn }, false, true],
  [{ do: "attach", name, arn }, true, true],
  [{ do: "detach", name, arn }, false, true],
  [{ do: "delete-inline-policy", name, policy: "x" }, false, true],
];

describe("a version counts as applied once everything is written that it closes, so without", () => {
  test.each(steps.map(([step, counts, resolved]) => [step.do, counts, resolved, step] as const))(
    "%s: %s",
    (_what, counts, resolved, step) => {
      const left = run({ results: [failed(step)] });
      expect(appliedBy(left)).toBe(counts ? first : null);
      expect(isPolicyAsResolved(left)).toBe(resolved);
      expect(isComplete(left)).toBe(false);
    },
  );
});

describe("a version counts as applied", () => {
  const withPlan = (given: Partial<typeof plan>) => ({ plan: { ...plan, ...given } });
  const held = { version: 2, digest: "", because: "gains", gains: [], why: "" } as const;
  const begun = {
    kind: "record",
    record: recordWith({ applied: versionWith(0), begun: first }),
  } as const;
  const beside = (refusal: Refusal): VersionChoice => {
    return { kind: "applied", at: first, refusal, letThrough: null, label: null };
  };
  const conflictOver = (of: string): Refusal => {
    const conflicts = [{ resource: "role", name: of, others: ["staging"] }] as const;
    return { kind: "conflict", conflicts, claims: [] };
  };
  test.each<readonly [string, Partial<AppliedPlan>, Writes, boolean]>([
    ["if nothing is left to do", {}, "allowed", true],
    ["not in observe", {}, "observe", false],
    ["not in suspend", {}, "suspend", false],
    ["not in a dry run", {}, "dry-run", false],
    ["not if something was overtaken", { faults: [{ ...fault, kind: "stale" }] }, "allowed", false],
    ["also if something beside it failed", { faults: [fault] }, "allowed", true],
    ["not if an audience may be left of it", { unreleased: true }, "allowed", false],
    ["not if something could not be read", withPlan({ faults: [fault] }), "allowed", false],
    ["not if a part of it cannot be written", withPlan({ problems: [fault] }), "allowed", false],
    [
      "not if a resource is someone else's",
      withPlan({ blocked: [{ code: "ForeignOwner", resource: "role", message: "" }] }),
      "allowed",
      false,
    ],
    [
      "not if it is the one in force beside a held one: it does already",
      withPlan({ choice: beside({ kind: "held", hold: held }) }),
      "allowed",
      false,
    ],
    [
      "if it has begun and the newest is held",
      withPlan({ choice: beside({ kind: "held", hold: held }), evidence: begun }),
      "allowed",
      true,
    ],
    [
      "if it has begun and the newest claims what is somebody else's",
      withPlan({ choice: beside(conflictOver("CircleCI-Another-Role")), evidence: begun }),
      "allowed",
      true,
    ],
    [
      "not if another environment has what it names: not all of it is planned",
      withPlan({ choice: beside(conflictOver(first.document.role.name)), evidence: begun }),
      "allowed",
      false,
    ],
    [
      "not if it has begun and is only watched",
      withPlan({ choice: beside({ kind: "held", hold: held }), evidence: begun }),
      "observe",
      false,
    ],
  ])("%s", (_what, given, writes, counts) => {
    expect(appliedBy(run(given, writes))).toBe(counts ? first : null);
  });
});

describe("a run has done all that it meant to", () => {
  const done: ChangeResult = {
    change: changeOf({ do: "delete-role", name }),
    outcome: "applied",
    policyVersion: null,
  };
  const claim = { code: "ForeignOwner", resource: "role", message: "" } as const;
  const planned = (given: Partial<typeof plan>) => run({ plan: { ...plan, ...given } });
  test.each<readonly [string, AppliedPlan, boolean]>([
    ["where each change is made", run({ results: [done] }), true],
    ["not where something else went wrong", run({ faults: [fault] }), false],
    ["not where something was not read", planned({ faults: [fault] }), false],
    ["not where a part cannot be written", planned({ problems: [fault] }), false],
    ["not where a resource is someone else's", planned({ blocked: [claim] }), false],
    ["not where one lies beside the other", planned({ faults: [fault], blocked: [claim] }), false],
  ])("%s", (_, applied, answer) => {
    expect(isComplete(applied)).toBe(answer);
  });
});

test("of what failed, IAM refuses one for its length", () => {
  const long = { code: "PolicyTooLong", message: "too long", kind: "refused" } as const;
  const step: Step = { do: "create-policy", name, arn, document, tags };
  const results = [failed(step), { ...failed(step), fault: long } as const];
  expect(tooLongFaults(results)).toEqual([long]);
});

test("a change stops what opens, unless it only remarks and changes nobody's access", () => {
  const remarks = ["tag-role", "untag-role", "tag-policy", "tag-provider", "update-role"];
  const doing = (effect: "closes" | "opens" | "neutral") =>
    steps.flatMap(([step]) => (stopsOpening(changeOf(step, effect)) ? [] : [step.do]));
  expect(new Set(doing("neutral"))).toEqual(new Set(remarks));
  expect([...doing("opens"), ...doing("closes")]).toEqual([]);
});
