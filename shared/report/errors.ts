import type { Fault } from "../aws/reading.ts";
import { type AppliedPlan, faultsOf } from "../plan/applied.ts";
import { refusalOf } from "../plan/choice.ts";
import { claimsIn } from "../plan/environment.ts";
import { describeConflict } from "../plan/name-conflicts.ts";
import { describeSetting } from "../plan/provider-settings.ts";
import type { Left } from "../plan/removal.ts";
import { type ReportedError, reportedError } from "./report.ts";

const leftCodes = {
  "instance-profile": "RoleInInstanceProfile",
  "attached-elsewhere": "PolicyInUse",
  "boundary-elsewhere": "PolicyInUse",
  "trusted-elsewhere": "ProviderInUse",
} as const satisfies Record<Left["because"], string>;

/** Everything that went wrong, was refused or waits for a person, as the report lists it. */
export function errorsOf(applied: AppliedPlan): readonly ReportedError[] {
  const { plan, results, faults } = applied;
  const { choice } = plan;
  const refusal = refusalOf(choice);
  const invalid = refusal?.kind === "invalid" ? refusal.problems : [];
  const conflicts = refusal?.kind === "conflict" ? refusal.conflicts : [];
  const unknown = refusal?.kind === "unknown" ? [refusal.fault] : [];
  return [
    ...invalid,
    ...conflicts.map((conflict) => ({
      code: "NameClaimedTwice",
      message: describeConflict(conflict),
    })),
    ...claimsIn(plan),
    ...[...unknown, ...plan.faults, ...plan.problems, ...faults],
    ...faultsOf(results),
    ...(plan.kind === "nothing" ? [] : plan.resolution.missing).map(({ why, message }) => ({
      code: why === "unreadable" ? "TargetUnreadable" : "TargetMissing",
      message,
    })),
    ...plan.settings.map(({ name, content }) => ({
      code: "ProviderSetting",
      message: `the provider has ${describeSetting(name)}, which no document asks for: ${name} = ${content}`,
    })),
    ...applied.left.map(({ because, message }) => ({ code: leftCodes[because], message })),
    ...missingEvidence(applied),
  ].map(reportedError);
}

function missingEvidence({ entry, plan }: AppliedPlan): readonly (ReportedError | Fault)[] {
  const { choice, evidence } = plan;
  if (evidence.kind !== "missing") return [];
  // It is most likely there. Where it keeps a version from being chosen, that is said already.
  if (entry.record.kind === "unreadable")
    return choice.kind === "orphaned" ? [entry.record.fault] : [];
  return [
    {
      code: "AppliedVersionGone",
      message: `${evidence.why}: the role as it is now is the baseline`,
    },
  ];
}
