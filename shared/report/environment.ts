import type { ControlEntry } from "../plan/control.ts";
import type { AppliedMemory, Conditions, Status } from "../plan/status.ts";
import type { DriftWidening } from "../plan/widening.ts";
import type { Account } from "../trust/index.ts";
import { conditionsOf } from "./conditions.ts";
import { type Carriage, isComplete, outcomeOf } from "./outcome.ts";
import { outputsOf } from "./outputs.ts";
import type { EnvironmentReport, ReportedError, ReportedWidening } from "./report.ts";

/** Who opened a door and when, as CloudTrail tells it; null where it does not. */
export type Attribution = { readonly actor: string | null; readonly openedAt: string | null };

export type EnvironmentResult = {
  readonly entry: ControlEntry;
  readonly carriage: Carriage;
  readonly report: EnvironmentReport;
  /** What the status parameter should hold; equal to what it holds where nothing changed. */
  readonly status: Status;
};

/** Puts what a run did for one environment into a report and the next status. */
export function reportEnvironment(input: {
  readonly entry: ControlEntry;
  readonly carriage: Carriage;
  readonly audienceWidenings: readonly DriftWidening[];
  readonly attribute: (widening: DriftWidening) => Attribution;
  readonly account: Account;
  readonly now: Date;
}): EnvironmentResult {
  const { entry, carriage, account, now } = input;
  const { plan } = carriage;
  const before = entry.status;
  const conditions = conditionsOf(carriage, before?.conditions ?? {}, now);
  const applied = appliedAfter(input);
  const status = statusAfter(input, conditions, applied);
  const report: EnvironmentReport = {
    name: entry.name,
    version: entry.newest?.version ?? null,
    appliedVersion: applied?.version ?? null,
    outcome: outcomeOf(carriage),
    changes: carriage.carried.map(({ change, outcome }) => ({
      action: change.action,
      resource: change.resource,
      id: change.id,
      reason: change.reason,
      before: change.before,
      after: change.after,
      applied: outcome === "applied",
    })),
    widenings: [...desiredWidenings(carriage, now), ...driftOf(input)],
    conditions,
    outputs: plan.desired === null ? (before?.outputs ?? {}) : outputsOf(plan, account),
    errors: errorsOf(entry, carriage),
  };
  return { entry, carriage, report, status };
}

/**
 * The version that counts as applied from now on: the newest, once everything of it is done, or at
 * once where the mode says that nothing is to be done.
 */
function appliedAfter(input: {
  readonly entry: ControlEntry;
  readonly carriage: Carriage;
}): { readonly version: number; readonly digest: string } | null {
  const { entry, carriage } = input;
  const { choice } = carriage.plan;
  const passive = carriage.writes === "observe" || carriage.writes === "suspend";
  const counts = carriage.writes === "dry-run" ? false : passive || isComplete(carriage);
  if (choice.kind === "newest" && counts) return choice.at;
  if (entry.applied.kind === "applied") return entry.applied.at;
  const { status } = entry;
  const remembered = choice.kind === "orphaned" || entry.applied.kind === "unreadable";
  if (!remembered || status === null || status.appliedVersion === null) return null;
  return { version: status.appliedVersion, digest: status.appliedDigest ?? "" };
}

function statusAfter(
  input: Parameters<typeof reportEnvironment>[0],
  conditions: Conditions,
  applied: { readonly version: number; readonly digest: string } | null,
): Status {
  const { entry, carriage, account } = input;
  const { plan } = carriage;
  const refusal =
    plan.choice.kind === "applied" || plan.choice.kind === "nothing" ? plan.choice.refusal : null;
  const outputs = outputsOf(plan, account);
  const known = Object.keys(outputs).length > 0;
  return {
    appliedVersion: applied?.version ?? null,
    appliedDigest: applied?.digest ?? null,
    heldVersion: refusal?.kind === "held" ? refusal.version : null,
    conditions,
    outputs: known ? outputs : (entry.status?.outputs ?? {}),
    applied: memoryAfter(carriage, entry, applied),
  };
}

function memoryAfter(
  carriage: Carriage,
  entry: ControlEntry,
  applied: { readonly version: number; readonly digest: string } | null,
): AppliedMemory | null {
  const { inForce, desired, resolution, policyVersion } = carriage.plan;
  const before = entry.status?.applied ?? null;
  if (applied === null) return null;
  if (inForce === null || desired === null || inForce.version !== applied.version) return before;
  const { document } = inForce;
  const label = entry.approvedVersion;
  return {
    organizationId: document.circleci.organizationId,
    role: document.role.name,
    path: document.role.path,
    policy: document.policy.name,
    policyVersion: policyVersionAfter(carriage, policyVersion),
    onRemove: document.onRemove,
    mode: document.mode,
    // A label on what is applied, or on something older, has done its work.
    labelled: label !== null && label <= applied.version,
    targets: resolution?.targets ?? before?.targets ?? null,
  };
}

/** The default version as it is now, so that the next run need not ask for it first. */
function policyVersionAfter(carriage: Carriage, observed: string | null): string | null {
  const written = carriage.carried.findLast(({ policyVersion }) => policyVersion !== null);
  return written?.policyVersion ?? observed;
}

function desiredWidenings(carriage: Carriage, now: Date): readonly ReportedWidening[] {
  const { choice } = carriage.plan;
  const common = { source: "desired", resource: "trust-policy", actor: null } as const;
  if (choice.kind === "newest" && choice.widening !== null) {
    const written = carriage.writes === "allowed" && isTrustWritten(carriage);
    return [
      {
        ...common,
        disposition: written ? "applied" : "observed",
        admitted: choice.widening.admitted,
        undecided: [],
        openedAt: written ? now.toISOString() : null,
        closedAt: null,
      },
    ];
  }
  if (choice.kind === "newest" || choice.kind === "orphaned") return [];
  if (choice.refusal.kind !== "held") return [];
  const { admitted, undecided } = choice.refusal.hold;
  return [{ ...common, disposition: "held", admitted, undecided, openedAt: null, closedAt: null }];
}

/** Is the trust policy as planned, because nothing had to be written or all of it was? */
function isTrustWritten({ carried }: Carriage): boolean {
  return carried
    .filter(({ change }) => change.resource === "trust-policy" || change.step.do === "create-role")
    .every(({ outcome }) => outcome === "applied");
}

/** Which changes, once applied, have closed a widening of this resource. */
const closers: Readonly<Record<DriftWidening["resource"], readonly string[]>> = {
  "trust-policy": ["trust-policy"],
  permissions: ["policy", "attachment", "inline-policy"],
  audience: ["oidc-provider"],
};

function driftOf(input: Parameters<typeof reportEnvironment>[0]): readonly ReportedWidening[] {
  const { carriage, audienceWidenings, attribute, now } = input;
  return [...carriage.plan.widenings, ...audienceWidenings].map((widening): ReportedWidening => {
    const closing = carriage.carried.filter(({ change }) =>
      closers[widening.resource].includes(change.resource),
    );
    const reverted = closing.length > 0 && closing.every(({ outcome }) => outcome === "applied");
    return {
      source: "drift",
      resource: widening.resource,
      disposition: reverted ? "reverted" : "observed",
      admitted: proofOf(widening, carriage.plan.desired?.role.arn ?? ""),
      undecided: widening.undecided,
      ...attribute(widening),
      closedAt: reverted ? now.toISOString() : null,
    };
  });
}

function proofOf({ admitted }: DriftWidening, role: string): ReportedWidening["admitted"] {
  if (admitted === null || !("resource" in admitted)) return admitted;
  return { principal: { type: "AWS", id: role }, ...admitted };
}

function errorsOf(entry: ControlEntry, carriage: Carriage): readonly ReportedError[] {
  const { plan, carried, faults } = carriage;
  const { choice } = plan;
  const refusal = choice.kind === "applied" || choice.kind === "nothing" ? choice.refusal : null;
  const invalid = refusal?.kind === "invalid" ? refusal.problems : [];
  const conflicts = refusal?.kind === "conflict" ? refusal.conflicts : [];
  return [
    ...invalid.map(({ code, message }) => ({ code, message })),
    ...conflicts.map((conflict) => ({
      code: "NameClaimedTwice",
      message: `the ${conflict.resource} name ${conflict.name} is claimed by ${conflict.others.join(", ")} too`,
    })),
    ...plan.blocked.map(({ code, message }) => ({ code, message })),
    ...[...plan.faults, ...faults].map(({ code, message }) => ({ code, message })),
    ...carried.flatMap(({ fault }) =>
      fault === null ? [] : [{ code: fault.code, message: fault.message }],
    ),
    ...(plan.resolution?.missing ?? []).map(({ why, message }) => ({
      code: why === "unreadable" ? "TargetUnreadable" : "TargetMissing",
      message,
    })),
    ...unreadableApplied(entry),
  ];
}

function unreadableApplied(entry: ControlEntry): readonly ReportedError[] {
  if (entry.applied.kind !== "unreadable") return [];
  const { version, why } = entry.applied;
  return [
    {
      code: "AppliedVersionGone",
      message: `version ${version}, which is applied, can not be read any more (${why}): the role's own trust policy is the baseline now`,
    },
  ];
}
