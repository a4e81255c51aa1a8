import { describeConflict } from "../plan/claims.ts";
import {
  type ControlEntry,
  hasName,
  newestValid,
  unique,
  type ValidVersion,
  writtenNames,
} from "../plan/control.ts";
import { describeSetting } from "../plan/provider-settings.ts";
import type { AppliedRecord, Quarrel } from "../plan/record.ts";
import { recordAfter, sameRecord } from "../plan/record-after.ts";
import type { Left } from "../plan/removal.ts";
import type { Conditions, Seen, Status } from "../plan/status.ts";
import { roleArn } from "../trust/index.ts";
import { type Attribution, unknownAttribution } from "./attribution.ts";
import { conditionsOf } from "./conditions.ts";
import { appliedBy, type Carriage, isPolicyAsResolved, outcomeOf } from "./outcome.ts";
import { outputsOf } from "./outputs.ts";
import { quarrelsAfter } from "./quarrels.ts";
import { type EnvironmentReport, type ReportedError, reportedError } from "./report.ts";
import { type ReportInput, recordOf } from "./report-input.ts";
import { denyWidening, desiredWidenings, driftOf, type FoundDrift } from "./report-widenings.ts";
import { quarrelKey, toldAfter } from "./told.ts";
import { toldWidenings } from "./widening-due.ts";

export type EnvironmentResult = {
  readonly entry: ControlEntry;
  readonly carriage: Carriage;
  readonly report: EnvironmentReport;
  /** What the status parameter should hold; equal to what it holds where nothing changed. */
  readonly status: Status;
  /** What the record should say; `null` where it need not be written. */
  readonly record: AppliedRecord | null;
  /** The version that counts as applied after this run; `null` where none is known to. */
  readonly applied: Applied | null;
  /** Corrections of this run that somebody undoes again and again. */
  readonly contended: readonly Quarrel[];
  /** What was found open in the account, beside what is reported of it. */
  readonly drift: readonly FoundDrift[];
  /** Who put a policy on the role that only denies. */
  readonly revokedBy: Attribution;
  readonly ownSession: string | null;
};

/** A version that is in force, as far as what is made from it asks. */
export type Applied = Pick<ValidVersion, "version" | "digest" | "document">;

/** Puts what a run did for one environment into a report, the next record and the next status. */
export function reportEnvironment(input: ReportInput): EnvironmentResult {
  const { entry, carriage, account, now } = input;
  const { plan } = carriage;
  const before = entry.status;
  const conditions = conditionsOf(carriage, before?.conditions ?? {}, now);
  const { quarrels, contended } = quarrelsAfter(input);
  const known = plan.evidence.kind !== "status" || carriage.carried.length > 0;
  const after = known ? nextRecord(input, quarrels) : null;
  const status = statusAfter(input, conditions, after);
  const drift = driftOf({ ...input, role: roleOf(input) });
  const desired = desiredWidenings(carriage, roleOf(input), now);
  const record = after?.changed === true ? after.record : null;
  const report: EnvironmentReport = {
    name: entry.name,
    version: entry.newest?.version ?? null,
    appliedVersion: status.appliedVersion,
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
    widenings: [...desired, ...drift.map(({ reported }) => reported)],
    conditions,
    outputs: plan.desired === null ? (before?.outputs ?? {}) : outputsOf(plan, account),
    errors: errorsOf(carriage),
  };
  return {
    entry,
    carriage,
    report,
    status: {
      ...status,
      seen: withTold(status.seen, entry.status?.seen ?? null, carriage, drift, [
        ...contended.map(quarrelKey),
        ...toldWidenings({ entry, carriage, record }, desired),
      ]),
    },
    record,
    applied: after === null ? newestValid(entry) : after.record.applied,
    contended,
    drift,
    revokedBy: revokedBy(input),
    ownSession: input.ownSession,
  };
}

/** The ARN of the role at hand: desired, else the newest document's. */
function roleOf({ carriage: { plan }, entry, account }: ReportInput): string {
  const document = newestValid(entry)?.document;
  if (plan.desired !== null) return plan.desired.role.arn;
  return document === undefined ? "" : roleArn(account, document.role.path, document.role.name);
}

function revokedBy({ carriage: { plan }, attribute }: ReportInput): Attribution {
  const role = plan.desired?.role.name ?? "";
  const [first] = plan.kept;
  return first === undefined ? unknownAttribution : attribute(denyWidening(first, role));
}

function withTold(
  seen: Seen | null,
  before: Seen | null,
  carriage: Carriage,
  drift: readonly FoundDrift[],
  further: readonly string[],
): Seen | null {
  if (seen === null) return null;
  const open = drift.flatMap(({ found, reported }) =>
    reported.disposition === "reverted" ? [] : [found],
  );
  return { ...seen, told: toldAfter(carriage, open, further, before?.told ?? []) };
}

type NextRecord = { readonly record: AppliedRecord; readonly changed: boolean };

/** The record as it should be; unchanged where nothing was ever written for the environment. */
function nextRecord(input: ReportInput, quarrels: readonly Quarrel[]): NextRecord {
  const { carriage, now } = input;
  const record = recordOf(input);
  const { plan, orphans, writes } = carriage;
  const { choice } = plan;
  const unchanged = { record, changed: false };
  if (writes === "dry-run" || carriage.forgotten) return unchanged;
  const applied = appliedBy(carriage);
  const nothing = record.applied === null && record.begun === null;
  // What was never applied and is only watched keeps no record.
  if (nothing && applied === null) return unchanged;
  const resolved = plan.resolution?.targets ?? null;
  const after = recordAfter(record, {
    applied,
    ownsProvider: input.ownsProvider,
    mode: choice.kind === "newest" ? choice.at.document.mode : null,
    // What the policy does not give yet is not remembered: it is told once it does.
    targets: writes === "allowed" && isPolicyAsResolved(carriage) ? resolved : null,
    replaced: replacedBy(carriage, now),
    denies:
      plan.desired === null
        ? null
        : Object.fromEntries(
            plan.kept.map(({ id, until }) => [id, record.denies[id] ?? firstSeen(until)]),
          ),
    quarrels,
    removed: orphans.gone,
  });
  const taken = plan.evidence.kind === "record" || record.serial > 0;
  return { record: after, changed: !taken || !sameRecord(after, record) };
}

/** A policy that only denies stays for 12 hours after it was first seen. */
function firstSeen(until: string): string {
  return new Date(Date.parse(until) - 12 * 3_600_000).toISOString();
}

/** What this run's own writes replaced. */
function replacedBy(carriage: Carriage, now: Date): AppliedRecord["replaced"] {
  const at = now.toISOString();
  const done = carriage.carried.filter(({ outcome }) => outcome === "applied");
  const trust = done.findLast(({ change }) => change.step.do === "update-trust-policy");
  const policy = done.findLast(({ change }) => change.step.do === "create-policy-version");
  const text = (before: unknown) =>
    typeof before === "string" ? before : JSON.stringify(before ?? null);
  return {
    trust: trust === undefined ? null : { document: text(trust.change.before), at },
    policy: policy === undefined ? null : { document: text(documentIn(policy.change.before)), at },
  };
}

/** The document of a policy's version, without its number. */
function documentIn(before: unknown): unknown {
  return typeof before === "object" && before !== null && "document" in before
    ? before.document
    : before;
}

function statusAfter(input: ReportInput, conditions: Conditions, next: NextRecord | null): Status {
  const { entry, carriage, account } = input;
  const { plan } = carriage;
  const { status } = entry;
  const announced = announcedAfter(carriage, entry, next);
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

/**
 * The version that was announced as held. One that was approved since stays so until the record
 * has it: a run that ends in between must not take the approval for one that nobody asked for.
 */
function announcedAfter(
  { plan: { choice } }: Carriage,
  { newest, status }: ReportInput["entry"],
  next: NextRecord | null,
): { readonly version: number; readonly digest: string } | null {
  if (choice.kind === "orphaned") return null;
  if (choice.kind !== "newest") {
    if (choice.refusal.kind === "held") return choice.refusal.hold;
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

function seenAfter({ entry, carriage }: ReportInput, next: NextRecord | null): Seen {
  const { plan } = carriage;
  const before = entry.status?.seen ?? null;
  const hint = plan.evidence.kind === "missing" ? before : null;
  const names = hint ?? next?.record.names ?? writtenNames(plan.evidence, entry);
  const document = plan.inForce?.document;
  const others = (all: readonly string[], own: string | undefined) =>
    all.filter((name) => own === undefined || !hasName([own], name)).toSorted();
  const serial = next === null ? (before?.record ?? 0) : next.record.serial;
  return {
    record: next?.changed === true ? serial + 1 : serial,
    policyVersion: policyVersionAfter(carriage, before),
    harmlessVersions: harmlessAfter(carriage),
    roles: others(names.roles, document?.role.name),
    policies: others(names.policies, document?.policy.name),
    organizations: others(names.organizations, document?.circleci.organizationId),
    labelled: hasIdleLabel(carriage),
    announced: Math.max(before?.announced ?? 0, heldNow(carriage)),
    outputs: before?.outputs ?? null,
    told: [],
  };
}

function heldNow({ plan: { choice } }: Carriage): number {
  if (choice.kind === "orphaned" || choice.kind === "newest") return 0;
  return choice.refusal.kind === "held" ? choice.refusal.hold.version : 0;
}

function hasIdleLabel({ plan: { choice } }: Carriage): boolean {
  return choice.kind !== "orphaned" && choice.label !== null;
}

/** A version that this run replaced, and had no reason to delete, is harmless from now on. */
function harmlessAfter({ plan, carried }: Carriage): readonly string[] {
  const written = carried.flatMap(({ policyVersion }) => policyVersion ?? []);
  const replaced = [plan.policyVersion ?? [], written].flat().slice(0, -1);
  const wide = plan.changes.flatMap(({ step }) =>
    step.do === "delete-policy-version" ? [step.version] : [],
  );
  const harmless = [...plan.harmlessVersions, ...(written.length === 0 ? [] : replaced)];
  return unique(harmless)
    .filter((id) => !wide.includes(id))
    .toSorted();
}

/** The default version as it is now, so that the next run need not ask for it first. */
function policyVersionAfter(carriage: Carriage, before: Seen | null): string | null {
  const written = carriage.carried.findLast(({ policyVersion }) => policyVersion !== null);
  return written?.policyVersion ?? carriage.plan.policyVersion ?? before?.policyVersion ?? null;
}

const leftCodes = {
  "instance-profile": "RoleInInstanceProfile",
  "attached-elsewhere": "PolicyInUse",
  "boundary-elsewhere": "PolicyInUse",
  "trusted-elsewhere": "ProviderInUse",
} as const satisfies Record<Left["because"], string>;

function errorsOf(carriage: Carriage): readonly ReportedError[] {
  const { plan, carried, faults } = carriage;
  const { choice } = plan;
  const refusal = choice.kind === "applied" || choice.kind === "nothing" ? choice.refusal : null;
  const invalid = refusal?.kind === "invalid" ? refusal.problems : [];
  const conflicts = refusal?.kind === "conflict" ? refusal.conflicts : [];
  const claims = refusal?.kind === "conflict" ? refusal.claims : [];
  const unknown = refusal?.kind === "unknown" ? [refusal.fault] : [];
  return [
    ...invalid.map(reportedError),
    ...conflicts.map((conflict) => ({
      code: "NameClaimedTwice",
      message: describeConflict(conflict),
    })),
    ...[...claims, ...plan.blocked].map(reportedError),
    ...[...unknown, ...plan.faults, ...plan.problems, ...faults].map(reportedError),
    ...carried.flatMap(({ fault }) => fault ?? []).map(reportedError),
    ...(plan.resolution?.missing ?? []).map(({ why, message }) => ({
      code: why === "unreadable" ? "TargetUnreadable" : "TargetMissing",
      message,
    })),
    ...plan.settings.map(({ name, content }) => ({
      code: "ProviderSetting",
      message: `the provider has ${describeSetting(name)}, which nobody asks for: ${name} = ${content}`,
    })),
    ...carriage.left.map(({ because, message }) => ({ code: leftCodes[because], message })),
    ...missingEvidence(carriage),
  ];
}

function missingEvidence({ plan: { evidence } }: Carriage): readonly ReportedError[] {
  if (evidence.kind !== "missing") return [];
  return [
    {
      code: "AppliedVersionGone",
      message: `${evidence.why}: the role as it is is the baseline now`,
    },
  ];
}
