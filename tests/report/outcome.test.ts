import { describe, expect, test } from "vitest";
import type { AppliedPlan, Writes } from "../../shared/plan/applied.ts";
import type { Change, ChangeResult } from "../../shared/plan/change.ts";
import type { Refusal } from "../../shared/plan/choice.ts";
import type { EnvironmentPlan } from "../../shared/plan/environment.ts";
import { tooLongCode } from "../../shared/plan/observed.ts";
import { outcomeOf } from "../../shared/report/outcome.ts";
import type { Outcome } from "../../shared/report/report.ts";
import { first, roleOf, runOf } from "./runs.ts";

type Planned = AppliedPlan & {
  readonly plan: Extract<EnvironmentPlan, { readonly kind: "planned" }>;
};

/** A settled environment: nothing to do, nothing in the way. */
const settled = planned(runOf());
const changed = runOf({ role: roleOf(first, { description: "by hand" }) });
const [change] = changed.results.map((result) => result.change);

function planned(applied: AppliedPlan): Planned {
  const { plan } = applied;
  if (plan.kind !== "planned") throw new Error(plan.kind);
  return { ...applied, plan };
}

const fault = { code: "AccessDenied", message: "no", kind: "denied" } as const;
const refusing =
  (refusal: Refusal) =>
  (run: Planned): Planned => {
    const choice = { kind: "applied", at: first, refusal, letThrough: null, label: null } as const;
    return { ...run, plan: { ...run.plan, choice } };
  };
const withPlan =
  (given: Partial<Planned["plan"]>) =>
  (run: Planned): Planned => {
    return { ...run, plan: { ...run.plan, ...given } };
  };
const ending =
  (end: (change: Change) => ChangeResult) =>
  (run: Planned): Planned => {
    return { ...run, results: [...run.results, ...(change === undefined ? [] : [end(change)])] };
  };
const writing =
  (writes: Writes) =>
  (run: Planned): Planned => ({ ...run, writes });
const leavingOpen = (run: Planned): Planned => {
  return { ...run, orphans: { ...run.orphans, widenings: [onOldRole] } };
};
const onOldRole = {
  resource: "permissions",
  admitted: null,
  undecided: [],
  isImpossible: false,
  traces: [],
  former: "arn:aws:iam::123456789012:role/Old",
} as const;
const hold = { version: 2, digest: "", because: "gains", gains: [], why: "" } as const;
const setting = { name: "ContextProvider", content: "x" };
const missing = { kind: "ecr", name: "x", why: "absent", kept: true, message: "" } as const;
const blocked = [{ code: "ForeignOwner", resource: "role", message: "" }] as const;
const deny = { kind: "inline", id: "x", document: "", issuedBefore: null, until: "" } as const;

/** In the order in which they decide: whatever else is so, the first one that is so names the outcome. */
const order: readonly (readonly [string, Outcome, (run: Planned) => Planned])[] = [
  [
    "another environment claims its name",
    "conflict",
    refusing({ kind: "conflict", conflicts: [], claims: [] }),
  ],
  ["the newest version is invalid", "invalid", refusing({ kind: "invalid", problems: [] })],
  ["what is in force cannot be read", "failed", refusing({ kind: "unknown", fault })],
  ["the role cannot be read", "failed", withPlan({ faults: [fault], isTrustSeen: false })],
  ["a resource belongs to someone else", "conflict", withPlan({ blocked })],
  [
    "IAM says that a policy is too long",
    "invalid",
    ending((each) => ({ change: each, outcome: "failed", fault: { ...fault, code: tooLongCode } })),
  ],
  ["the newest version is held", "held", refusing({ kind: "held", hold })],
  ["the mode is suspend", "suspended", writing("suspend")],
  [
    "the mode leaves a change",
    "drifted",
    (run) => writing("observe")(ending((each) => ({ change: each, outcome: "left" }))(run)),
  ],
  [
    "the mode leaves what is set on the provider",
    "drifted",
    (run) => writing("observe")(withPlan({ settings: [setting] })(run)),
  ],
  [
    "the mode leaves what is open on an old role",
    "drifted",
    (run) => writing("observe")(leavingOpen(run)),
  ],
  [
    "a deploy target is missing",
    "degraded",
    withPlan({ resolution: { ...settled.plan.resolution, missing: [missing] } }),
  ],
  ["revoked sessions are respected", "degraded", withPlan({ kept: [deny] })],
  ["AWS tagged the role for another owner", "degraded", withPlan({ foreignTags: ["x"] })],
  ["something is set on the provider", "degraded", withPlan({ settings: [setting] })],
  ["an old role is open", "degraded", leavingOpen],
  ["a part of the role cannot be read", "degraded", withPlan({ faults: [fault] })],
  ["a boundary does not exist", "degraded", withPlan({ problems: [fault] })],
  ["something else went wrong", "degraded", (run) => ({ ...run, faults: [fault] })],
  ["a change failed", "degraded", ending((each) => ({ change: each, outcome: "failed", fault }))],
  ["a change waits", "degraded", ending((each) => ({ change: each, outcome: "skipped" }))],
  [
    "every change was made",
    "reconciled",
    ending((each) => ({ change: each, outcome: "applied", policyVersion: null })),
  ],
  ["there was nothing to do", "in-sync", (run) => run],
];

describe("the outcome of an environment, the first that applies:", () => {
  test.each(order)("%s: %s", (_what, outcome, happens) => {
    expect(outcomeOf(happens(settled))).toBe(outcome);
  });

  const pairs = order.flatMap(([what, outcome, happens], index) =>
    order
      .slice(index + 1)
      .map(([later, , also]) => [what, later, outcome, happens(also(settled))] as const),
  );
  test("no later one changes an earlier one", () => {
    const wrong = pairs.flatMap(([what, later, outcome, run]) =>
      outcomeOf(run) === outcome ? [] : [`${what}, and ${later}: ${outcomeOf(run)}`],
    );
    expect(wrong).toEqual([]);
    expect(pairs).toHaveLength(253);
  });

  test("a document that is gone goes before all of them", () => {
    const gone = (run: Planned): AppliedPlan => {
      const choice = { kind: "orphaned" } as const;
      return { ...run, plan: { ...run.plan, kind: "nothing", choice } };
    };
    expect(new Set(order.map(([, , happens]) => outcomeOf(gone(happens(settled)))))).toEqual(
      new Set(["orphaned"]),
    );
  });

  test("a version that IAM has no room for is invalid, whatever the mode", () => {
    const { resolution, choice } = settled.plan;
    const unwritable: AppliedPlan = {
      ...settled,
      writes: "suspend",
      plan: { ...settled.plan, kind: "unwritable", choice, resolution },
    };
    expect(outcomeOf(unwritable)).toBe("invalid");
  });
});
