import type { AppliedPlan } from "../plan/applied.ts";
import type { ChangeResult } from "../plan/change.ts";
import { holdOf, labelOf, versionOf } from "../plan/choice.ts";
import { hasName, writtenNames } from "../plan/control.ts";
import { desiredIn, policyVersionOf } from "../plan/environment.ts";
import { areOfPolicy, foundByOf } from "../plan/known-versions.ts";
import type { ObservedPolicyVersion } from "../plan/observed.ts";
import { serialAfter } from "../plan/record-after.ts";
import type { Conditions, Seen, Status } from "../plan/status.ts";
import type { FoundDrift } from "./found-drift.ts";
import type { NextRecord } from "./next-record.ts";
import { outputsOf } from "./outputs.ts";
import type { ReportInput } from "./report-input.ts";
import { type ReportedKey, reportedBefore, textOfKey } from "./reported-key.ts";
import { keysAfter } from "./reported-keys.ts";

/** What the status parameter should hold after a run. */
export function statusAfter(
  input: ReportInput,
  conditions: Conditions,
  next: NextRecord | null,
): Status {
  const { entry, plan, account } = input;
  const { status } = entry;
  const announced = announcedAfter(input, next);
  const outputs = outputsOf(plan, account);
  const known = Object.keys(outputs).length > 0;
  const applied = next === null ? null : next.record.applied;
  const kept = next === null || (applied === null && plan.evidence.kind === "missing");
  return {
    appliedVersion: kept ? (status?.appliedVersion ?? null) : (applied?.version ?? null),
    appliedDigest: kept ? (status?.appliedDigest ?? null) : (applied?.digest ?? null),
    heldVersion: announced?.version ?? null,
    heldDigest: announced?.digest ?? null,
    conditions,
    outputs: known ? outputs : (status?.outputs ?? {}),
    applied: null,
    seen: seenAfter(input, next),
  };
}

/** The status with what is reported as open, denied, left or fought over now. */
export function withKeys(
  status: Status,
  applied: AppliedPlan,
  drift: readonly FoundDrift[],
  further: readonly ReportedKey[],
): Status {
  const { seen } = status;
  if (seen === null) return status;
  const open = drift.flatMap(({ found, reported }) =>
    reported.disposition === "reverted" ? [] : [found],
  );
  const keys = keysAfter(applied, open, further, reportedBefore(applied));
  return { ...status, seen: { ...seen, told: keys.map(textOfKey).toSorted() } };
}

/**
 * The version that was announced as held. One that was approved since stays so until the record
 * has it: a run that ends in between must not take the approval for one that nobody asked for.
 */
function announcedAfter(
  { plan: { choice }, entry: { newest, status } }: AppliedPlan,
  next: NextRecord | null,
): { readonly version: number; readonly digest: string } | null {
  if (choice.kind === "orphaned") return null;
  if (choice.kind !== "newest") {
    const hold = holdOf(choice);
    if (hold !== null) return hold;
    // What was announced stays announced while something else keeps it from being decided.
    const same =
      newest !== null &&
      status?.heldVersion === newest.version &&
      status.heldDigest === newest.digest;
    return same ? { version: newest.version, digest: newest.digest } : null;
  }
  if (choice.letThrough?.by !== "approval") return null;
  const { version, digest } = choice.at;
  const recorded = [next?.record.applied, next?.record.begun].some(
    (known) => known?.version === version && known.digest === digest,
  );
  return recorded ? null : { version, digest };
}

function seenAfter(applied: AppliedPlan, next: NextRecord | null): Seen {
  const { entry, plan } = applied;
  const before = entry.status?.seen ?? null;
  const hint = plan.evidence.kind === "missing" ? before : null;
  const names = hint ?? next?.record.names ?? writtenNames(plan.evidence, entry);
  const document = versionOf(plan.choice)?.document;
  const others = (all: readonly string[], own: string | undefined) =>
    all.filter((name) => own === undefined || !hasName([own], name)).toSorted();
  return {
    record: next === null ? (before?.record ?? 0) : serialOf(next, applied),
    ...policyAfter(applied, before),
    roles: others(names.roles, document?.role.name),
    policies: others(names.policies, document?.policy.name),
    organizations: others(names.organizations, document?.circleci.organizationId),
    labelled:
      labelOf(plan.choice) !== null ||
      (entry.approvedVersion === "unreadable" && before?.labelled === true),
    announced: Math.max(before?.announced ?? 0, holdOf(plan.choice)?.version ?? 0),
    outputs: before?.outputs ?? null,
    told: [],
  };
}

/** As it will be written: after a write of somebody else's it counts on from the parameter's version. */
function serialOf({ record, changed }: NextRecord, { fence }: AppliedPlan): number {
  return changed ? serialAfter({ ...fence, record }) : record.serial;
}

/**
 * A version that this run replaced, and had no reason to delete, is harmless from now on. One that it has written and
 * replaced itself is left out: nobody has seen yet when it was made.
 */
function harmlessAfter({
  plan,
  results,
}: Pick<AppliedPlan, "plan" | "results">): readonly ObservedPolicyVersion[] {
  if (plan.kind !== "planned") return [];
  const { policy } = plan;
  const replaced = versionsWritten(results).length === 0 ? [] : [policy?.defaultVersion];
  const wide = plan.changes.flatMap(({ step }) =>
    step.do === "delete-policy-version" ? [step.version] : [],
  );
  return (policy?.versions ?? []).filter(
    ({ id }) => [...plan.harmlessVersions, ...replaced].includes(id) && !wide.includes(id),
  );
}

/** What the next run need not ask first: the default version as it is now, and those that are harmless beside it. */
function policyAfter(
  applied: AppliedPlan,
  before: Seen | null,
): Pick<Seen, "foundBy" | "policyVersion" | "harmlessVersions"> {
  const { plan, results, entry } = applied;
  const desired = desiredIn(plan)?.policy;
  const { foundBy = null, policyVersion = null } = before ?? {};
  if (desired === undefined) return { foundBy, policyVersion, harmlessVersions: [] };
  const last = areOfPolicy(entry.status, desired.arn) ? policyVersion : null;
  const harmless = harmlessAfter(applied);
  return {
    foundBy: foundByOf(desired, harmless),
    policyVersion: versionsWritten(results).at(-1) ?? policyVersionOf(plan) ?? last,
    harmlessVersions: harmless.map(({ id }) => id).toSorted(),
  };
}

/** Ids of the policy versions that were written, in their order. */
function versionsWritten(results: readonly ChangeResult[]): readonly string[] {
  return results.flatMap((result) =>
    result.outcome === "applied" ? (result.policyVersion ?? []) : [],
  );
}
