import type { Fault } from "../aws/reading.ts";
import type { EnvironmentDocument, SpecProblem } from "../document/index.ts";
import type { ResolvedTargets } from "../targets/index.ts";
import type { AppliedRecord, ValidVersion } from "./record.ts";
import type { Status } from "./status.ts";

/** One version of an environment's document, as it was read. */
export type DocumentVersion = {
  readonly version: number;
  /** SHA-256 of the text: a re-created parameter starts at version 1 again. */
  readonly digest: string;
  readonly modifiedAt: string | null;
  readonly text: string;
  readonly parsed:
    | { readonly kind: "valid"; readonly document: EnvironmentDocument }
    | { readonly kind: "invalid"; readonly problems: readonly SpecProblem[] };
};

/** The record of an environment as a run knows it. */
export type KnownRecord =
  /** Not asked for: the status says that all is as it was, and so far nothing speaks against it. */
  | { readonly kind: "unread" }
  | { readonly kind: "absent" }
  /** It is there and cannot be believed; `parameterVersion` is what the next write follows. */
  | {
      readonly kind: "misfit";
      readonly why: string;
      readonly parameterVersion: number;
      /** A record with a lower serial is older than what was written last; left out where the status says which is. */
      readonly serialMin?: number;
      /** What was written last, as far as the history shows it; else what was put back. */
      readonly once?: AppliedRecord;
    }
  | {
      readonly kind: "found";
      readonly record: AppliedRecord;
      /** The parameter's version: the fence of every write that follows. */
      readonly parameterVersion: number;
    }
  | { readonly kind: "unreadable"; readonly fault: Fault };

/** Everything the control surface holds of one environment. */
export type ControlEntry = {
  readonly name: string;
  readonly parameter: string;
  /** `null`: the parameter is gone, only a status or a record is left. */
  readonly newest: DocumentVersion | null;
  readonly status: Status | null;
  /** SHA-256 of the status parameter's text, so that the same text is never written twice. */
  readonly statusDigest: string | null;
  readonly record: KnownRecord;
  /** The version that was applied last as the parameter's history still shows it, if it was read. */
  readonly older: DocumentVersion | null;
  /**
   * The version that carries the label `approved`; `null` where none does, or nobody asked. What cannot be read
   * releases nothing, and no label is taken off for it.
   */
  readonly approvedVersion: number | "unreadable" | null;
};

/** Does the status say that the newest version is the one in force, and that nothing waits? */
export function isQuiet(entry: Pick<ControlEntry, "newest" | "status">): boolean {
  const { newest, status } = entry;
  if (newest === null || status === null || status.seen === null || saysGone(status)) return false;
  return (
    newest.parsed.kind === "valid" &&
    status.appliedVersion === newest.version &&
    status.appliedDigest === newest.digest &&
    status.heldVersion === null &&
    !status.seen.labelled
  );
}

/** Did the last run find no document? */
export function saysGone(status: Status | null): boolean {
  return status?.conditions.SpecValid?.reason === "ParameterGone";
}

/**
 * What is known of what was in force, from record, status and history. The record decides; a status
 * alone is a hint that something was applied.
 */
export type Evidence =
  | { readonly kind: "record"; readonly record: AppliedRecord }
  /** The record was not read, and the status says that the newest version is applied. */
  | { readonly kind: "status" }
  /** The status of the release before this one, and the text that it names. */
  | { readonly kind: "former"; readonly at: ValidVersion; readonly status: Status }
  /** Something was applied and what it was cannot be shown. */
  | {
      readonly kind: "missing";
      readonly why: string;
      /** What was in force once. It serves as neither baseline nor consent; what it names is still looked at. */
      readonly once?: AppliedRecord;
    }
  /** Neither record nor status: nothing was ever applied, unless tags say otherwise. */
  | { readonly kind: "none" };

/**
 * What a run may believe of what was in force, out of what it has read.
 *
 * Whatever speaks against a record (spoilt, older than the status, not readable, gone) is missing
 * evidence and never `none`: a hold must not become an apply because a fact is lost. One exception:
 * of an environment that is quiet, a record that cannot be read at this moment is as good as one
 * that was not asked for. See docs/decisions/0016-evidence.md.
 */
export function evidenceOf(entry: ControlEntry): Evidence {
  const { record, status } = entry;
  switch (record.kind) {
    case "unread":
      return { kind: "status" };
    case "found":
      return fitsStatus(record.record, status)
        ? { kind: "record", record: record.record }
        : {
            ...missing("the record of what is in force is older than the status"),
            once: record.record,
          };
    case "misfit":
      return {
        ...missing(`the record of what is in force does not fit: ${record.why}`),
        ...(record.once === undefined ? {} : { once: record.once }),
      };
    // A fault of this moment is not evidence of anything: only what closes is written meanwhile.
    case "unreadable":
      return isQuiet(entry)
        ? { kind: "status" }
        : missing("the record of what is in force could not be read");
    case "absent":
      return withoutRecord(entry);
    default:
      return record satisfies never;
  }
}

function missing(why: string): Extract<Evidence, { readonly kind: "missing" }> {
  return { kind: "missing", why };
}

/** A record is written before its status, so a status never knows a later one. */
function fitsStatus(record: AppliedRecord, status: Status | null): boolean {
  return record.serial >= serialSeen(status);
}

/**
 * Does no status say how new a record is, and may another have been in its place? Then its parameter's history does.
 * One that follows another, in a parameter that was just made, was copied there.
 */
export function isOfUnknownAge({
  record,
  status,
}: Pick<ControlEntry, "record" | "status">): boolean {
  return serialSeen(status) === 0 && mayBeAnother(record);
}

/**
 * Is the history asked whether a record is what was written last? Also where a status knows a serial and no version
 * that was applied: it was written while that was not known.
 */
export function asksHistory({ record, status }: Pick<ControlEntry, "record" | "status">): boolean {
  const isSure = serialSeen(status) > 0 && status?.appliedVersion !== null;
  return !isSure && mayBeAnother(record);
}

function mayBeAnother(record: KnownRecord): boolean {
  if (!("parameterVersion" in record)) return false;
  if (record.kind === "misfit" || record.parameterVersion > 1) return true;
  const { serial, after = serial - 1 } = record.record;
  return after > 0;
}

/** The serial of the record that the status knows; 0 where there is no status, or it knows of none. */
export function serialSeen(status: Status | null): number {
  return status?.seen?.record ?? 0;
}

function withoutRecord({ status, older, newest }: ControlEntry): Evidence {
  if (status === null || status.appliedVersion === null) {
    return (status?.seen?.record ?? 0) > 0
      ? missing("a record of what is in force was written and is gone")
      : { kind: "none" };
  }
  if (status.seen !== null) return missing("the record of what is in force is gone");
  const at = appliedByStatus({ status, older, newest });
  return at === null
    ? missing("the version that the status names as applied is not in the history any more")
    : { kind: "former", at, status };
}

/** The version that the status names as applied, as the history still has it, with the same text. */
function appliedByStatus({
  status,
  older,
  newest,
}: Pick<ControlEntry, "status" | "older" | "newest">): ValidVersion | null {
  const named = [newest, older].find(
    (version) =>
      version?.version === status?.appliedVersion && version?.digest === status?.appliedDigest,
  );
  return validOf(named ?? null);
}

/**
 * Versions that may be in force where nothing is known to be: the newest one, and the one that the status names.
 * Nothing is written by that; it is what an open door is measured by. What a status of the release before names is
 * known, or not so.
 */
export function maybeInForce(entry: ControlEntry): readonly ValidVersion[] {
  const newest = newestValid(entry);
  const isSaid = entry.record.kind === "unreadable" || entry.status?.seen !== null;
  const applied = isSaid ? appliedByStatus(entry) : null;
  const isSame = applied?.version === newest?.version && applied?.digest === newest?.digest;
  return [newest, isSame ? null : applied].filter((version) => version !== null);
}

/** The newest version as one that can be in force; `null` where it is gone or not valid. */
export function newestValid({ newest }: Pick<ControlEntry, "newest">): ValidVersion | null {
  return validOf(newest);
}

function validOf(read: DocumentVersion | null): ValidVersion | null {
  if (read?.parsed.kind !== "valid") return null;
  const { version, digest, modifiedAt, text, parsed } = read;
  return { version, digest, modifiedAt, text, document: parsed.document };
}

/** The known versions that are in force. */
export function versionsInForce(evidence: Evidence, entry: ControlEntry): readonly ValidVersion[] {
  const known = knownVersions(evidence, entry);
  return evidence.kind === "record" ? known.filter((at) => isInForce(evidence, at)) : known;
}

/** In a record: the removal of the role has begun, or its policy is gone. No audience is so. */
export const emptied = "*";

/**
 * One whose role or policy is gone since its document was removed, or whose removal has begun, is in force no more, though
 * its record is kept for what is left of it.
 */
export function isInForce(
  evidence: Extract<Evidence, { readonly kind: "record" }>,
  at: ValidVersion,
): boolean {
  const { roles } = evidence.record.names;
  return hasName(roles, at.document.role.name) && !partedFrom(evidence, at).includes(emptied);
}

/** Is a policy that a known version names not there any more? A released one is in the record's names no more. */
export function isPolicyGone(
  evidence: Evidence,
  read: (name: string) => { readonly kind: string },
): boolean {
  if (evidence.kind !== "record") return false;
  const { applied, begun } = evidence.record;
  return [applied, begun].some(
    (at) => at !== null && read(at.document.policy.name).kind === "absent",
  );
}

/** What was taken off, of all that a known version asks for, while the document was gone. */
function partedFrom(evidence: Evidence, at: ValidVersion): readonly string[] {
  if (evidence.kind !== "record") return [];
  const { parted = [], back, applied } = evidence.record;
  return back === true && at !== applied ? [] : parted;
}

/** Is the whole provider among that? Nobody has got in since then. */
export function isProviderOff(evidence: Evidence, at: ValidVersion): boolean {
  return partedFrom(evidence, at).includes(at.document.circleci.organizationId);
}

/** A known version as it is in force: its role is as it says, and its provider as far as it was not rid of that. */
export function stillAsked(evidence: Evidence, at: ValidVersion): EnvironmentDocument {
  const parted = partedFrom(evidence, at);
  const { circleci } = at.document;
  const audiences = circleci.audiences.filter((each) => !parted.includes(each));
  const thumbprints = circleci.thumbprints.filter((each) => !parted.includes(each));
  return { ...at.document, circleci: { ...circleci, audiences, thumbprints } };
}

/** Is something that a known version asks of its provider in force no more? */
export function isParted(evidence: Evidence, at: ValidVersion): boolean {
  const { audiences, thumbprints } = stillAsked(evidence, at).circleci;
  const { circleci } = at.document;
  const asked = circleci.audiences.length + circleci.thumbprints.length;
  return isProviderOff(evidence, at) || audiences.length + thumbprints.length < asked;
}

/** The versions that count as known: what is applied, and what has begun to be. */
export function knownVersions(evidence: Evidence, entry: ControlEntry): readonly ValidVersion[] {
  switch (evidence.kind) {
    case "record":
      return [evidence.record.begun, evidence.record.applied].filter((version) => version !== null);
    case "former":
      return [evidence.at];
    case "status": {
      const newest = newestValid(entry);
      return newest === null ? [] : [newest];
    }
    case "missing":
    case "none":
      return [];
    default:
      return evidence satisfies never;
  }
}

/** Every name that was written for the environment, as far as is known. */
export function writtenNames(evidence: Evidence, entry: ControlEntry): AppliedRecord["names"] {
  const { status } = entry;
  const seen = status?.seen ?? null;
  const documents = knownVersions(evidence, entry).map(({ document }) => document);
  const own = {
    roles: documents.map(({ role }) => role.name),
    policies: documents.map(({ policy }) => policy.name),
    organizations: documents.map(({ circleci }) => circleci.organizationId),
  };
  switch (evidence.kind) {
    case "record":
      return evidence.record.names;
    case "former": {
      const { applied } = evidence.status;
      return applied === null
        ? own
        : {
            roles: unique([...own.roles, applied.role]),
            policies: unique([...own.policies, applied.policy]),
            organizations: unique([...own.organizations, applied.organizationId]),
          };
    }
    case "status":
      return {
        roles: unique([...own.roles, ...(seen?.roles ?? [])]),
        policies: unique([...own.policies, ...(seen?.policies ?? [])]),
        organizations: unique([...own.organizations, ...(seen?.organizations ?? [])]),
      };
    // A status alone makes nothing ours; it only says where to look.
    case "missing":
    case "none":
      return { roles: [], policies: [], organizations: [] };
    default:
      return evidence satisfies never;
  }
}

/** The record that says what is in force, or what once was. */
export function recordIn(evidence: Evidence): AppliedRecord | null {
  if (evidence.kind === "record") return evidence.record;
  return evidence.kind === "missing" ? (evidence.once ?? null) : null;
}

/** Every name that was written for the environment or that was once: where to look, and no claim on anything. */
export function watchedNames(evidence: Evidence, entry: ControlEntry): AppliedRecord["names"] {
  return recordIn(evidence)?.names ?? writtenNames(evidence, entry);
}

/** The guard of what was applied, never of the edit that it guards; unknown, the careful one. */
export function onRemoveOf(evidence: Evidence, entry: ControlEntry): "retain" | "delete" {
  switch (evidence.kind) {
    case "record":
      return (evidence.record.applied ?? evidence.record.begun)?.document.onRemove ?? "retain";
    case "former":
      return evidence.status.applied?.onRemove ?? "retain";
    case "status":
      return newestValid(entry)?.document.onRemove ?? "retain";
    case "missing":
    case "none":
      return "retain";
    default:
      return evidence satisfies never;
  }
}

/** What the targets resolved to last, as far as anything remembers it. */
export function rememberedTargets(evidence: Evidence): ResolvedTargets | null {
  switch (evidence.kind) {
    case "record":
      return evidence.record.targets;
    case "former":
      return evidence.status.applied?.targets ?? null;
    case "status":
    case "missing":
    case "none":
      return null;
    default:
      return evidence satisfies never;
  }
}

/** The values without repeats, in the order in which each came first. Case counts. */
export function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}

/** IAM ignores case in the names of roles and policies. */
export function hasName(names: readonly string[], name: string): boolean {
  return names.some((known) => known.toLowerCase() === name.toLowerCase());
}
