import type { EnvironmentDocument, Mode } from "../document/index.ts";
import type { ResolvedTargets } from "../targets/index.ts";
import { canonical } from "./canonical.ts";
import {
  type ControlEntry,
  type Evidence,
  hasName,
  isInForce,
  newestValid,
  recordIn,
  serialSeen,
  unique,
  watchedNames,
} from "./control.ts";
import {
  type AppliedRecord,
  type LastWrites,
  type Quarrel,
  type Replaced,
  serializeRecord,
  type ValidVersion,
  type WrittenHalf,
  type WrittenHalves,
  type WrittenNames,
} from "./record.ts";
import { countMax } from "./status.ts";

/** The record of one environment while a run writes: what it says, and what comes before a write. */
export type RecordFence = {
  readonly record: AppliedRecord;
  /** The parameter's version as this run knows it; 0 where there is none. */
  readonly parameterVersion: number;
};

/** The record at the start of a run, as it was read. */
export function fenceBefore(entry: ControlEntry, evidence: Evidence): RecordFence {
  const { record } = entry;
  const parameterVersion =
    record.kind === "found" || record.kind === "misfit" ? record.parameterVersion : 0;
  return { record: recordBefore(entry, evidence), parameterVersion };
}

/** The record before anything of this run, or an empty one where there is none. */
export function recordBefore(entry: ControlEntry, evidence: Evidence): AppliedRecord {
  if (evidence.kind === "record") return evidence.record;
  const once = recordIn(evidence);
  const former = evidence.kind === "former" ? evidence.at : null;
  const memory = evidence.kind === "former" ? evidence.status.applied : null;
  return {
    environment: entry.name,
    serial: serialBefore(entry),
    applied: former,
    begun: null,
    names: watchedNames(evidence, entry),
    former: formerIn(once, entry),
    mode: memory?.mode ?? null,
    targets: memory?.targets ?? null,
    replaced: { trust: null, policy: null },
    denies: {},
    quarrels: [],
    last: null,
    released: once?.released ?? [],
  };
}

/** Documents that were in force once, of roles that the newest version does not name. */
function formerIn(once: AppliedRecord | null, entry: ControlEntry): readonly EnvironmentDocument[] {
  if (once === null) return [];
  const versions = [once.begun, once.applied].flatMap((version) => version?.document ?? []);
  const newest = newestValid(entry)?.document.role.name ?? "";
  return distinct([...once.former, ...versions]).filter(
    ({ role }) => !hasName([newest], role.name),
  );
}

/** What the next status knows: no record with less is believed. */
function serialBefore({ record, status }: ControlEntry): number {
  const min = record.kind === "misfit" ? (record.serialMin ?? 0) : 0;
  return Math.max(serialSeen(status), min);
}

/**
 * The serial of a record's next write: whatever was written before, it is higher. Where somebody wrote the
 * highest that is read, it stays, and the versions of the parameter alone say what came after what.
 */
export function serialAfter({ record, parameterVersion }: RecordFence): number {
  return Math.min(Math.max(record.serial, parameterVersion) + 1, countMax);
}

/**
 * The record with a version whose writes are about to begin. One that was begun before it and never
 * applied may be written in part, or have made a role under another name: its document says who that
 * one may let in, as far as the record has room for it.
 */
export function recordBegun(
  record: AppliedRecord,
  at: ValidVersion,
  ownsProvider: boolean,
): AppliedRecord {
  const { mode } = at.document;
  const before = record.modeBefore ?? record.mode;
  const { written, ...rest } = record;
  const applied = inForceIn(record);
  const begun = {
    ...rest,
    applied,
    begun: at,
    names: namesWith(record.names, at.document, ownsProvider),
    mode: before === null ? null : mode,
    ...(before === null || before === mode ? {} : { modeBefore: before }),
    ...(record.parted === undefined ? {} : { back: true as const }),
  };
  // What is in force no more, its role has still.
  const left = [record.begun, applied === null ? record.applied : null]
    .flatMap((version) => version?.document ?? [])
    .filter(({ role }) => hasName(record.names.roles, role.name));
  if (left.length === 0) return begun;
  const whole = {
    ...begun,
    former: distinct([...record.former, ...left]),
    ...(written === undefined ? {} : { written: overtakenHalves(written) }),
  };
  const isLeft = left.some(({ role }) => !hasName([role.name], at.document.role.name));
  return isLeft || serializeRecord(whole) !== null ? whole : begun;
}

/** What was applied last; `null` where it is in force no more: it is the baseline of no other version. */
function inForceIn(record: AppliedRecord): ValidVersion | null {
  const { applied } = record;
  return applied !== null && isInForce({ kind: "record", record }, applied) ? applied : null;
}

function overtakenHalves({ trust, permissions }: WrittenHalves): WrittenHalves {
  return {
    ...(trust === undefined ? {} : { trust: "earlier" }),
    ...(permissions === undefined ? {} : { permissions: "earlier" }),
  };
}

function distinct(documents: readonly EnvironmentDocument[]): readonly EnvironmentDocument[] {
  return [...new Map(documents.map((each) => [canonical(each), each])).values()];
}

/**
 * The record with the names of the version in force, where one of them was gone and is about to be
 * made again: what somebody then does to it is done to what is ours. Itself where it has them.
 */
export function recordNaming(
  record: AppliedRecord,
  { document }: ValidVersion,
  ownsProvider: boolean,
): AppliedRecord {
  const { role, policy } = document;
  const { roles, policies } = record.names;
  const has = hasName(roles, role.name) && hasName(policies, policy.name);
  return has ? record : { ...record, names: namesWith(record.names, document, ownsProvider) };
}

function namesWith(
  names: WrittenNames,
  document: EnvironmentDocument,
  ownsProvider: boolean,
): WrittenNames {
  const add = (known: readonly string[], name: string) =>
    hasName(known, name) ? known : [...known, name];
  return {
    roles: add(names.roles, document.role.name),
    policies: add(names.policies, document.policy.name),
    organizations: ownsProvider
      ? unique([...names.organizations, document.circleci.organizationId])
      : names.organizations,
  };
}

/** What a run has found out and done, as far as the next one must know it. */
export type RecordChanges = {
  /** The version that counts as applied now; `null`: as before. */
  readonly applied: ValidVersion | null;
  /** Halves that are written whole of the version that has begun. */
  readonly written: readonly WrittenHalf[];
  /** Another home's provider is used as it is, and never becomes ours. */
  readonly ownsProvider: boolean;
  /** The mode of the version chosen; `null`: as before. */
  readonly mode: Mode | null;
  /** `null`: as before. */
  readonly targets: ResolvedTargets | null;
  readonly replaced: { readonly trust: Replaced | null; readonly policy: Replaced | null };
  /** The policies that only deny and are there now, with when each was first seen. */
  readonly denies: Readonly<Record<string, string>> | null;
  readonly quarrels: readonly Quarrel[];
  readonly last: LastWrites | null;
  /** Names of what is not there any more. */
  readonly removed: WrittenNames;
  /** What of all that a removed environment asked of its provider is not there any more. */
  readonly parted: readonly string[];
  /** ARNs of what was found to be a person's now. */
  readonly released: readonly string[];
};

/** The record after a run. Equal in content to the one before where nothing changed. */
export function recordAfter(record: AppliedRecord, changes: RecordChanges): AppliedRecord {
  const { applied, removed } = changes;
  const names = without(
    applied === null
      ? record.names
      : namesWith(record.names, applied.document, changes.ownsProvider),
    removed,
  );
  const { modeBefore: _, written: __, parted: ___, back: ____, gone: _____, ...rest } = record;
  return {
    ...rest,
    applied: applied ?? record.applied,
    begun: applied === null ? record.begun : null,
    ...writtenAfter(record, changes),
    ...partedAfter(record, changes),
    names,
    former: formerAfter(record, applied, names),
    mode: changes.mode ?? record.mode,
    targets: changes.targets ?? record.targets,
    replaced: {
      trust: changes.replaced.trust ?? record.replaced.trust,
      policy: changes.replaced.policy ?? record.replaced.policy,
    },
    denies: changes.denies ?? record.denies,
    quarrels: changes.quarrels,
    last: changes.last,
    released: releasedAfter([...record.released, ...changes.released], {
      names,
      inForce: applied ?? record.applied,
    }),
  };
}

/** A version that renames leaves to the old names what they had. */
function writtenAfter(
  { applied: last, begun, written }: AppliedRecord,
  changes: Pick<RecordChanges, "applied" | "written">,
): Pick<AppliedRecord, "written"> {
  if (changes.applied !== null || last === null || begun === null) return {};
  const isRenamed = (["role", "policy"] as const).some(
    (each) => !hasName([last.document[each].name], begun.document[each].name),
  );
  const now = isRenamed ? [] : changes.written.map((half) => [half, "begun"] as const);
  const all = { ...written, ...Object.fromEntries(now) };
  return Object.keys(all).length === 0 ? {} : { written: all };
}

/** A version that is applied asks for all that it names. */
function partedAfter(
  { parted = [], back, gone }: AppliedRecord,
  changes: Pick<RecordChanges, "applied" | "parted">,
): Pick<AppliedRecord, "parted" | "back" | "gone"> {
  if (changes.applied !== null) return {};
  const all = unique([...parted, ...changes.parted]);
  return {
    ...(gone && { gone }),
    ...(all.length > 0 && { parted: all }),
    ...(changes.parted.length === 0 && back && { back }),
  };
}

function without(names: WrittenNames, removed: WrittenNames): WrittenNames {
  const keep = (known: readonly string[], gone: readonly string[]) =>
    known.filter((name) => !hasName(gone, name));
  return {
    roles: keep(names.roles, removed.roles),
    policies: keep(names.policies, removed.policies),
    organizations: keep(names.organizations, removed.organizations),
  };
}

/**
 * What was released is remembered as long as its name is kept, also by a run that cannot read it. What is
 * in force again is ours.
 */
function releasedAfter(
  arns: readonly string[],
  { names, inForce }: { readonly names: WrittenNames; readonly inForce: ValidVersion | null },
): readonly string[] {
  const { role, policy } = inForce?.document ?? {};
  const isLeft = (arn: string, known: readonly string[], desired: string | undefined) => {
    const name = arn.slice(arn.lastIndexOf("/") + 1);
    return hasName(known, name) && !hasName(desired === undefined ? [] : [desired], name);
  };
  return unique(arns).filter((arn) =>
    arn.includes(":role/")
      ? isLeft(arn, names.roles, role?.name)
      : isLeft(arn, names.policies, policy?.name),
  );
}

/**
 * Documents whose role is still there under a name that the one in force does not have. What was
 * overtaken before it was applied is there until another one is applied to its role.
 */
function formerAfter(
  record: AppliedRecord,
  applied: ValidVersion | null,
  names: WrittenNames,
): readonly EnvironmentDocument[] {
  const last = applied === null || record.applied === null ? [] : [record.applied.document];
  const current = applied === null ? [] : [applied.document.role.name];
  // Of one role there are several where one had begun after the other and was never applied.
  return distinct([...record.former, ...last]).filter(
    ({ role }) => !hasName(current, role.name) && hasName(names.roles, role.name),
  );
}

/** Do two records say the same, whatever their serials and what they follow? */
export function sameRecord(one: AppliedRecord, other: AppliedRecord): boolean {
  const content = ({ after: _, ...record }: AppliedRecord) => canonical({ ...record, serial: 0 });
  return content(one) === content(other);
}
