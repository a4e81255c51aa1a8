import type { Change, Effect, Step } from "../../shared/plan/change.ts";
import type { Choice, VersionChoice } from "../../shared/plan/choice.ts";
import type { Evidence } from "../../shared/plan/control.ts";
import type { EnvironmentPlan, PlanBase } from "../../shared/plan/environment.ts";
import type { ValidVersion } from "../../shared/plan/record.ts";
import { none } from "../targets/none.ts";
import { recordWith } from "./entries.ts";
import { desired, policyWith } from "./subjects.ts";

/** What was found right, but for what is given. */
const found: PlanBase = {
  evidence: { kind: "record", record: recordWith() },
  changes: [],
  kept: [],
  blocked: [],
  adopted: [],
  widenings: [],
  shutAgain: [],
  excess: [],
  foreignTags: [],
  unmarked: [],
  settings: [],
  faults: [],
  problems: [],
};

/** The plan of an environment of which no version is in force. */
export function planOfNothing(
  choice: Exclude<Choice, VersionChoice>,
  given: Partial<PlanBase> = {},
): EnvironmentPlan {
  return { ...found, ...given, kind: "nothing", choice };
}

export function newest(at: ValidVersion): VersionChoice {
  return { kind: "newest", at, previous: null, letThrough: null, label: null };
}

/** The plan by which a version comes into force, or stays so. */
export function planWith(
  choice: VersionChoice,
  given: Partial<PlanBase> = {},
): Extract<EnvironmentPlan, { readonly kind: "planned" }> {
  return {
    ...found,
    ...given,
    kind: "planned",
    choice,
    resolution: { targets: none, missing: [], newGrants: [] },
    desired,
    policy: policyWith(),
    roleHolds: true,
    policyDue: false,
    isTrustSeen: true,
    harmlessVersions: [],
  };
}

export const evidenceOf = (given: Parameters<typeof recordWith>[0]): Evidence => {
  return { kind: "record", record: recordWith(given) };
};

/** One change, of which only the step and what it does to access matter. */
export function changeOf(step: Step, effect: Effect = "neutral", before: unknown = {}): Change {
  const id = "arn" in step ? step.arn : step.name;
  const change = { action: "update", resource: "role", id, reason: "drift", after: {} } as const;
  return { ...change, before, effect, step };
}
