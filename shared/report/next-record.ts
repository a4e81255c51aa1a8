import { appliedBy, changesMade, halvesWritten, isPolicyAsResolved } from "../plan/applied.ts";
import { denyName, firstSeenOf, type KeptDeny } from "../plan/denies.ts";
import { lastWrites } from "../plan/last-writes.ts";
import { providersDeleted } from "../plan/orphan-fate.ts";
import type { AppliedRecord, Quarrel } from "../plan/record.ts";
import { recordAfter, sameRecord } from "../plan/record-after.ts";
import type { ReportInput } from "./report-input.ts";

export type NextRecord = { readonly record: AppliedRecord; readonly changed: boolean };

/** The record as it should be; unchanged where nothing was ever written for the environment. */
export function nextRecord(input: ReportInput, quarrels: readonly Quarrel[]): NextRecord {
  const { plan, orphans, writes, fence } = input;
  const { record } = fence;
  const { choice } = plan;
  const unchanged = { record, changed: false };
  if (writes === "dry-run" || input.forgotten) return unchanged;
  const applied = appliedBy(input);
  const nothing = record.applied === null && record.begun === null;
  // What was never applied and is only watched keeps no record.
  if (nothing && applied === null) return unchanged;
  const after = recordAfter(record, {
    applied,
    written: halvesWritten(input),
    ownsProvider: input.ownsProvider,
    mode: choice.kind === "newest" ? choice.at.document.mode : null,
    targets: targetsGiven(input),
    replaced: replacedBy(input),
    denies: plan.kind === "planned" ? deniesSeen(plan.kept, record.denies) : null,
    quarrels,
    last: lastWrites(changesMade(input.results), record.last, input.now),
    // What it had at a provider is known until it is off.
    removed: input.unreleased ? { ...orphans.gone, organizations: [] } : orphans.gone,
    parted: [
      ...(input.unreleased ? [] : [...(input.parted ?? []), ...providersDeleted(input.results)]),
      ...orphans.emptied,
    ],
    released: orphans.released,
  });
  const taken = plan.evidence.kind === "record" || record.serial > 0;
  const changed = !taken || !sameRecord(after, record) || isAnyDropped(input);
  return { record: after, changed };
}

/** Does the record still name a provider that another reconciler keeps, or what was gone before this run? */
function isAnyDropped({ entry, fence }: ReportInput): boolean {
  if (entry.record.kind !== "found") return false;
  const { names, parted, gone } = entry.record.record;
  const { record } = fence;
  return (
    parted?.length !== record.parted?.length ||
    gone !== record.gone ||
    (["roles", "policies", "organizations"] as const).some((kind) =>
      names[kind].some((name) => !record.names[kind].includes(name)),
    )
  );
}

/** What the policy does not give yet is not remembered: it is reported once it does. */
function targetsGiven(input: ReportInput): AppliedRecord["targets"] {
  const { plan, writes } = input;
  const given = plan.kind === "planned" && writes === "allowed" && isPolicyAsResolved(input);
  return given ? plan.resolution.targets : null;
}

/** When each policy that only denies was first seen. */
function deniesSeen(
  kept: readonly KeptDeny[],
  before: AppliedRecord["denies"],
): AppliedRecord["denies"] {
  const known = new Map(Object.entries(before));
  return Object.fromEntries(
    kept.map((deny) => [denyName(deny), firstSeenOf(deny, known) ?? firstSeen(deny.until)]),
  );
}

/** A policy that only denies stays for 12 hours after it was first seen. */
function firstSeen(until: string): string {
  return new Date(Date.parse(until) - 12 * 3_600_000).toISOString();
}

/** What this run's own writes replaced. */
function replacedBy({ results, now }: ReportInput): AppliedRecord["replaced"] {
  const at = now.toISOString();
  const made = changesMade(results);
  const trust = made.findLast(({ step }) => step.do === "update-trust-policy");
  const policy = made.findLast(({ step }) => step.do === "create-policy-version");
  const text = (before: unknown) =>
    typeof before === "string" ? before : JSON.stringify(before ?? null);
  return {
    trust: trust === undefined ? null : { document: text(trust.before), at },
    policy: policy === undefined ? null : { document: text(documentIn(policy.before)), at },
  };
}

/** The document of a policy's version, without its number. */
function documentIn(before: unknown): unknown {
  return typeof before === "object" && before !== null && "document" in before
    ? before.document
    : before;
}
