/**
 * The versions of a document for people: what became of each, what each changed, and what somebody
 * approves who approves one. From data alone: the parameter's history, the status and the record.
 *
 * Imports `plan` for the guard's own judgement and words, and `report` for how they are shown.
 * Public: `historyOf` here, `heldIn` (`held.ts`), and the texts for a screen.
 */

import { compareTrust, type TrustComparison } from "../compare/index.ts";
import type { EnvironmentDocument } from "../document/index.ts";
import type { DocumentVersion } from "../plan/control.ts";
import { gainsFromNothing, gainsOf } from "../plan/guard.ts";
import { nothingObserved } from "../plan/observed.ts";
import type { Status } from "../plan/status.ts";
import { type Account, type ParameterPlace, writeTrustPolicy } from "../trust/index.ts";

/** `pending`: newer than what is applied, and no run has judged it. */
export type VersionState = "applied" | "held" | "pending" | "older" | "invalid";

/** One version as Parameter Store's history has it. */
export type KeptVersion = {
  readonly read: DocumentVersion;
  /** Who put it; `null` where the history does not say. */
  readonly by: string | null;
  readonly labels: readonly string[];
};

/** What a version changed against another one. */
export type VersionChange = {
  readonly comparison: TrustComparison | null;
  /** What it newly admits and grants, in the document's words. */
  readonly gained: readonly string[];
  /** What it no longer admits and grants. */
  readonly lost: readonly string[];
  /** What it changes that lets nobody do more or less, such as the mode. */
  readonly other: readonly string[];
};

export type JudgedVersion = KeptVersion & {
  readonly state: VersionState;
  /** Against the version before; `null` where either is not valid, or there is none. */
  readonly change: VersionChange | null;
  /** Of a held version: against what is applied. `null` where that cannot be shown. */
  readonly againstApplied: VersionChange | null;
};

export type HistoryInput = {
  /** Newest first. */
  readonly versions: readonly KeptVersion[];
  readonly status: Pick<
    Status,
    "appliedVersion" | "appliedDigest" | "heldVersion" | "heldDigest" | "seen"
  > | null;
  /** What is applied, where the history or the status does not say it; `null` where nobody knows. */
  readonly applied: DocumentVersion | null;
  readonly account: Account;
  readonly place: ParameterPlace;
  readonly now: Date;
};

/** What became of each version, newest first, and what each changed. */
export function historyOf(input: HistoryInput): readonly JudgedVersion[] {
  const { versions } = input;
  const status = input.status ?? statusBy(input.applied);
  const applied = versions.find(({ read }) => isApplied(read, status))?.read ?? input.applied;
  const isNothingApplied = (status?.appliedVersion ?? null) === null;
  return versions.map((kept, index) => {
    const state = stateOf(kept.read, status);
    const before = versions[index + 1]?.read ?? null;
    const known = applied !== null || isNothingApplied;
    return {
      ...kept,
      state,
      change: before === null ? null : changeBetween(before, kept.read, input),
      againstApplied: state === "held" && known ? changeBetween(applied, kept.read, input) : null,
    };
  });
}

/** What a status that is lost or spoilt said of what is applied: the record says it too. */
function statusBy(applied: DocumentVersion | null): HistoryInput["status"] {
  if (applied === null) return null;
  const { version: appliedVersion, digest: appliedDigest } = applied;
  return { appliedVersion, appliedDigest, heldVersion: null, heldDigest: null, seen: null };
}

function stateOf(read: DocumentVersion, status: HistoryInput["status"]): VersionState {
  if (isApplied(read, status)) return "applied";
  if (read.parsed.kind === "invalid") return "invalid";
  if (read.version === status?.heldVersion && read.digest === status.heldDigest) return "held";
  const judged = Math.max(status?.appliedVersion ?? 0, status?.seen?.announced ?? 0);
  return read.version > judged ? "pending" : "older";
}

/** A number alone says nothing: a parameter that was deleted and put again counts from 1. */
function isApplied({ version, digest }: DocumentVersion, status: HistoryInput["status"]): boolean {
  return version === status?.appliedVersion && digest === status.appliedDigest;
}

/**
 * What one version changes against another, judged at the time when it was put: what had ended by
 * then admitted nobody.
 *
 * @param before `null`: nothing at all, as before a first document
 * @returns `null` where one of them is not valid
 */
function changeBetween(
  before: DocumentVersion | null,
  after: DocumentVersion,
  { account, place, now: today }: Pick<HistoryInput, "account" | "place" | "now">,
): VersionChange | null {
  if (after.parsed.kind === "invalid" || before?.parsed.kind === "invalid") return null;
  const old = before?.parsed.document ?? null;
  const next = after.parsed.document;
  const now = after.modifiedAt === null ? today : new Date(after.modifiedAt);
  const compared = { targets: nothingObserved, account, place, now };
  const texts = [old, next].map((document) => {
    if (document === null) return [];
    const written = writeTrustPolicy({ document, account, now });
    return written.kind === "written" ? [JSON.stringify(written.policy)] : null;
  });
  const [was = null, is = null] = texts;
  const boundaries = new Map<string, string>();
  const gains = (known: typeof next, to: typeof next) =>
    gainsOf({ ...compared, boundaries, next: to, known: [known], role: null });
  const gained =
    old === null ? gainsFromNothing({ ...compared, boundaries, next }) : gains(old, next);
  return {
    comparison: was === null || is === null ? null : compareTrust({ before: was, after: is }),
    gained: gained.flatMap(({ words, reason }) => (words.length === 0 ? [reason] : words)),
    // The other way round only what words say: a longer session's reason is not a shorter one's.
    lost: old === null ? [] : gains(next, old).flatMap(({ words }) => words),
    other: old === null ? [] : otherChanges(old, next),
  };
}

/** Fields that open nothing by themselves, and that people look for in a history. */
function otherChanges(before: EnvironmentDocument, after: EnvironmentDocument): readonly string[] {
  const fields = (of: EnvironmentDocument) => ({
    mode: of.mode,
    onRemove: of.onRemove,
    "role.name": of.role.name,
    "role.path": of.role.path,
    "policy.name": of.policy.name,
  });
  const was = new Map(Object.entries(fields(before)));
  return Object.entries(fields(after)).flatMap(([field, value]) =>
    was.get(field) === value ? [] : [`${field}: ${value} instead of ${was.get(field)}`],
  );
}
