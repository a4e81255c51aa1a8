import type { Fault } from "../aws/reading.ts";
import type { PermissionWitness, Witness } from "../compare/index.ts";
import type { EnvironmentDocument, SpecProblem } from "../document/index.ts";
import {
  type Account,
  type ParameterPlace,
  type PolicyProblem,
  writeTrustPolicy,
} from "../trust/index.ts";
import { canonical } from "./canonical.ts";
import { type ClaimConflict, describeConflict } from "./claims.ts";
import {
  type ControlEntry,
  type Evidence,
  hasName,
  knownVersions,
  newestValid,
  type ValidVersion,
  writtenNames,
} from "./control.ts";
import {
  type Gain,
  gainsFromNothing,
  gainsOf,
  gainsOverUnknown,
  pinGains,
  type RoleBaseline,
} from "./guard.ts";
import type { ObservedTargets } from "./observed.ts";
import type { ProviderProblem } from "./provider-room.ts";
import { recordBytesMax, serializeRecord } from "./record.ts";
import { recordBefore, recordBegun } from "./record-after.ts";
import type { Blocked } from "./resource-claims.ts";

/** Why the newest version is not the one in force. */
export type Refusal =
  | { readonly kind: "invalid"; readonly problems: readonly SpecProblem[] }
  | {
      readonly kind: "conflict";
      readonly conflicts: readonly ClaimConflict[];
      /** Somebody else's role, policy or provider that the version claims. */
      readonly claims: readonly Blocked[];
    }
  | { readonly kind: "held"; readonly hold: Hold }
  /** What is in force could not be read: nothing is decided, announced or released meanwhile. */
  | { readonly kind: "unknown"; readonly fault: Fault };

export type Hold = {
  readonly version: number;
  readonly digest: string;
  readonly because: "gains" | "first-document" | "missing-evidence" | "tags";
  /** What it would let happen, as far as that is known; at least one of them is not let through. */
  readonly gains: readonly Gain[];
  /** Why evidence is missing; empty otherwise. */
  readonly why: string;
};

/** What comes into force although it widens: because it was approved, or its guard lets it through. */
export type LetThrough = {
  /** `released`: by an earlier run, which did not come to the end of it. */
  readonly by: "approval" | "onWiden" | "first-document" | "released";
  readonly gains: readonly Gain[];
};

/** A label `approved` that is on the parameter and releases nothing (any more). */
export type IdleLabel = {
  readonly version: number;
  readonly because: "used" | "other-version" | "not-announced" | "other-content";
};

/**
 * Which version of an environment's document is in force, decided from the newest version, what is
 * known to be applied, and the approval label.
 */
export type Choice =
  | {
      readonly kind: "newest";
      readonly at: ValidVersion;
      /** The version in force before; `null` where none is known. */
      readonly previous: ValidVersion | null;
      readonly letThrough: LetThrough | null;
      readonly label: IdleLabel | null;
    }
  | {
      readonly kind: "applied";
      readonly at: ValidVersion;
      readonly refusal: Refusal;
      readonly label: IdleLabel | null;
    }
  | { readonly kind: "nothing"; readonly refusal: Refusal; readonly label: IdleLabel | null }
  | { readonly kind: "orphaned" };

/** A choice by which some version is in force. */
export type VersionChoice = Extract<Choice, { readonly at: ValidVersion }>;

/** The version in force; `null` where there is none. */
export function versionOf(choice: Choice): ValidVersion | null {
  return "at" in choice ? choice.at : null;
}

/** Why the newest version is not in force; `null` where it is, or where there is none. */
export function refusalOf(choice: Choice): Refusal | null {
  return "refusal" in choice ? choice.refusal : null;
}

/** The hold that keeps the newest version from being in force, if that is why. */
export function holdOf(choice: Choice): Hold | null {
  const refusal = refusalOf(choice);
  return refusal?.kind === "held" ? refusal.hold : null;
}

/** What comes into force with the newest version although it widens. */
export function letThroughOf(choice: Choice): LetThrough | null {
  return choice.kind === "newest" ? choice.letThrough : null;
}

/** A label on the parameter that releases nothing. */
export function labelOf(choice: Choice): IdleLabel | null {
  return choice.kind === "orphaned" ? null : choice.label;
}

export type ChoiceInput = {
  readonly entry: ControlEntry;
  readonly evidence: Evidence;
  readonly conflicts: readonly ClaimConflict[];
  /** Claims by which the newest version's role, policy or provider are somebody else's. */
  readonly claims: readonly Blocked[];
  /**
   * Why nobody can say whether another role needs what would be taken off the provider; `null`
   * where nothing would be, or that is known.
   */
  readonly unreadUsers: Fault | null;
  /** The role that the newest version names, as it is; `null` where there is none. */
  readonly role: RoleBaseline | null;
  /** Of the provider that the newest version names; `null` where there is none. */
  readonly thumbprints: readonly string[] | null;
  /** Does that role or that policy, or any role of the account, carry this environment's tags? */
  readonly tagged: boolean;
  /** Does another environment share the provider and guard its trust? Then no one re-pins it alone. */
  readonly providerGuarded: boolean;
  /** Why its deploy policy, or what its jobs read, is longer than AWS takes; `null` where it is not. */
  readonly policyProblem: Pick<PolicyProblem, "path" | "message"> | null;
  /** Why the shared provider has no room for what the newest version asks for; `null` where it has. */
  readonly providerProblem: ProviderProblem | null;
  /** The account's quota of trust policies; `null` where nobody knows it. */
  readonly trustLengthMax: number | null;
  readonly firstDocument: "hold" | "apply";
  /** Do what `enforce` would, once; it releases no hold. */
  readonly force: boolean;
  readonly targets: (region: string) => ObservedTargets;
  readonly boundaries: ReadonlyMap<string, string>;
  readonly account: Account;
  readonly place: ParameterPlace;
  readonly now: Date;
};

/** The documents whose resources must be observed before the choice can be made. */
export function candidatesOf(entry: ControlEntry, evidence: Evidence): readonly ValidVersion[] {
  const newest = newestValid(entry);
  return [...(newest === null ? [] : [newest]), ...knownVersions(evidence, entry)];
}

/** The version that is enforced while the newest is refused; `null` where none is known. */
function inForceOf(evidence: Evidence, entry: ControlEntry): ValidVersion | null {
  return knownVersions(evidence, entry)[0] ?? null;
}

export function chooseVersion(input: ChoiceInput): Choice {
  const { entry, evidence, conflicts, claims } = input;
  if (entry.newest === null) return { kind: "orphaned" };
  const fallback = inForceOf(evidence, entry);
  const label = idleLabel(input);
  const refuse = (refusal: Refusal): Choice =>
    fallback === null
      ? { kind: "nothing", refusal, label }
      : { kind: "applied", at: fallback, refusal, label };
  if (entry.record.kind === "unreadable" && evidence.kind === "missing") {
    const { fault } = entry.record;
    return { kind: "nothing", refusal: { kind: "unknown", fault }, label: null };
  }
  const newest = newestValid(entry);
  if (newest === null) {
    const { parsed } = entry.newest;
    const problems = parsed.kind === "invalid" ? parsed.problems : [];
    return refuse({ kind: "invalid", problems });
  }
  // The one applied before is no longer what is in force once another has begun.
  const known = fallback !== null && isSameVersion(fallback, newest);
  if (conflicts.length > 0 || (!known && claims.length > 0)) {
    // Another environment's tags on a name that is claimed twice say the same once more.
    const others = claims.filter(({ resource }) =>
      conflicts.every((conflict) => conflict.resource !== resource),
    );
    return refuse({ kind: "conflict", conflicts, claims: known ? [] : others });
  }
  if (!known && input.unreadUsers !== null) {
    return refuse({ kind: "unknown", fault: input.unreadUsers });
  }
  const unwritable = problemOf(newest, input, known);
  if (unwritable !== null) return refuse({ kind: "invalid", problems: [unwritable] });
  if (known) return take(newest, fallback, begunWith(newest, input), label);
  return guarded(newest, fallback, input, refuse);
}

/** A version that was released and is not applied yet still comes into force, and is told then. */
function begunWith(newest: ValidVersion, input: ChoiceInput): LetThrough | null {
  const { evidence } = input;
  if (evidence.kind !== "record" || evidence.record.begun === null) return null;
  const { applied } = evidence.record;
  const next = newest.document;
  const gains =
    applied === null
      ? gainsFromNothing({ ...input, next })
      : gainsOf({ ...input, next, known: [applied.document], role: null });
  return gains.length === 0 ? null : { by: "released", gains };
}

/** The same content, understood the same way: a number alone says nothing. */
function isSameVersion(one: ValidVersion, other: ValidVersion): boolean {
  return (
    one.version === other.version &&
    one.digest === other.digest &&
    canonical(one.document) === canonical(other.document)
  );
}

function take(
  at: ValidVersion,
  previous: ValidVersion | null,
  letThrough: LetThrough | null,
  label: IdleLabel | null,
): Choice {
  return { kind: "newest", at, previous, letThrough, label };
}

function guarded(
  newest: ValidVersion,
  previous: ValidVersion | null,
  input: ChoiceInput,
  refuse: (refusal: Refusal) => Choice,
): Choice {
  const { entry, evidence } = input;
  const hold = (because: Hold["because"], gains: readonly Gain[], why = ""): Choice => {
    const { version, digest } = newest;
    return refuse({ kind: "held", hold: { version, digest, because, gains, why } });
  };
  if (evidence.kind === "none") return firstDocument(newest, input, hold);
  const approved = isApproved(newest, input);
  const label = approved ? null : idleLabel(input);
  const through = (by: LetThrough["by"], gains: readonly Gain[]): Choice =>
    take(newest, previous, { by, gains }, label);
  if (evidence.kind === "missing") {
    const gains = gainsOverRole(newest, input);
    if (approved) return through("approval", gains);
    const closes = namesRole(entry, newest.document, input.account) && input.role !== null;
    return closes && gains.length === 0
      ? take(newest, null, null, label)
      : hold("missing-evidence", gains, evidence.why);
  }
  const known = knownVersions(evidence, entry).map(({ document }) => document);
  const { roles } = writtenNames(evidence, entry);
  const role = hasName(roles, newest.document.role.name) ? null : input.role;
  const gains = gainsOf({ ...input, next: newest.document, known, role });
  if (gains.length === 0) return take(newest, previous, null, label);
  const held = gains.some(
    ({ guarded: half, because }) =>
      known.some(({ onWiden }) => onWiden[half] === "hold") ||
      (because === "thumbprints" && input.providerGuarded),
  );
  if (!held) return through("onWiden", gains);
  return approved ? through("approval", gains) : hold("gains", gains);
}

/** All by which a version gives more than the role does as it is, where no record says what was meant. */
function gainsOverRole(newest: ValidVersion, input: ChoiceInput): readonly Gain[] {
  const { role, thumbprints } = input;
  const given = { ...input, next: newest.document };
  if (role === null) return gainsFromNothing(given);
  const compared = { ...given, known: [] };
  return [...gainsOf(compared), ...gainsOverUnknown(thumbprints, newest.document)];
}

/** Does the status name the very role that the document does? Then that role is this environment's. */
function namesRole(entry: ControlEntry, document: EnvironmentDocument, account: Account): boolean {
  const arn = entry.status?.outputs["AWS_ROLE_ARN"] ?? "";
  const expected = `:iam::${account.id}:role${document.role.path}${document.role.name}`;
  return arn.toLowerCase().endsWith(expected.toLowerCase());
}

/**
 * A first document: nobody could do this before. In a mode that writes nothing it is not held,
 * since it gives nobody anything; the edit to `enforce` is then the first document.
 */
function firstDocument(
  newest: ValidVersion,
  input: ChoiceInput,
  hold: (because: Hold["because"], gains: readonly Gain[], why?: string) => Choice,
): Choice {
  const { tagged, role, thumbprints, firstDocument: setting } = input;
  const next = newest.document;
  // A provider that is there is trusted by other roles too: it is not this document's to re-pin.
  const pinned = thumbprints === null ? [] : pinGains(thumbprints, next);
  const own =
    role === null
      ? gainsFromNothing({ ...input, next })
      : gainsOf({ ...input, next, known: [], role });
  const gains = [...own, ...pinned];
  const approved = isApproved(newest, input);
  const label = approved ? null : idleLabel(input);
  if (approved) return take(newest, null, { by: "approval", gains }, label);
  if (tagged) return hold("tags", gains);
  if (next.mode !== "enforce" && !input.force)
    return take(newest, null, { by: "first-document", gains }, label);
  if (setting === "hold" || (role !== null && gains.length > 0) || pinned.length > 0) {
    return hold("first-document", gains);
  }
  return take(newest, null, { by: "first-document", gains }, label);
}

/**
 * Is the label on this very content? It must have been held and announced under this digest; a
 * version that nobody announced counts only where its number was never announced for another
 * content, and the history still shows the applied version beside it, so that the parameter is the
 * one that the approver knows.
 */
function isApproved(newest: ValidVersion, input: ChoiceInput): boolean {
  const { entry, evidence } = input;
  const { status, older } = entry;
  if (entry.approvedVersion !== newest.version) return false;
  if (status !== null && status.heldVersion === newest.version) {
    return status.heldDigest === newest.digest;
  }
  if (evidence.kind !== "record" || older === null) return false;
  // A number that was announced before is another content's now: the parameter was made anew.
  if (newest.version <= (status?.seen?.announced ?? Number.POSITIVE_INFINITY)) return false;
  const { applied } = evidence.record;
  return (
    applied !== null &&
    older.version === applied.version &&
    older.digest === applied.digest &&
    older.modifiedAt === applied.modifiedAt
  );
}

/** A label that has nothing to release: used, on another version, or on what nobody announced. */
function idleLabel(input: ChoiceInput): IdleLabel | null {
  const { entry, evidence } = input;
  const version = entry.approvedVersion;
  const { newest, status } = entry;
  if (version === null || newest === null) return null;
  if (version !== newest.version) return { version, because: "other-version" };
  const valid = newestValid(entry);
  if (valid === null) return null;
  const inForce = inForceOf(evidence, entry);
  if (inForce !== null && isSameVersion(inForce, valid)) {
    const begun = evidence.kind === "record" && evidence.record.begun !== null;
    return begun ? null : { version, because: "used" };
  }
  if (isApproved(valid, input)) return null;
  // The release before kept no digest, so nobody knows which content it had announced.
  const announced = status !== null && status.heldVersion === version && status.heldDigest !== null;
  return { version, because: announced ? "other-content" : "not-announced" };
}

/**
 * A document that IAM or the record has no room for is as invalid as one that does not parse.
 *
 * @param known it is in force already, so that what it asks of the shared provider is there
 */
function problemOf(newest: ValidVersion, input: ChoiceInput, known: boolean): SpecProblem | null {
  const { entry, evidence, account, now, trustLengthMax } = input;
  const { version, document } = newest;
  const tooLong = ({ path, message: says }: ProviderProblem): SpecProblem => {
    const where = path === "" ? "" : `, at ${path}`;
    const message = `${entry.parameter}, version ${version}${where}: ${says}`;
    return { code: "too-long", message, parameter: entry.parameter, version, path, allowed: "" };
  };
  const lengthMax = trustLengthMax === null ? {} : { lengthMax: trustLengthMax };
  const trust = writeTrustPolicy({ document, account, now, ...lengthMax });
  if (trust.kind === "refused") return tooLong(trust.problem);
  if (input.policyProblem !== null) return tooLong(input.policyProblem);
  if (!known && input.providerProblem !== null) return tooLong(input.providerProblem);
  const record = recordBegun(recordBefore(entry, evidence), newest, true);
  if (serializeRecord(record) !== null) return null;
  return tooLong({
    path: "",
    message: `the document is too long for the record that is kept of it (${recordBytesMax} bytes, packed, beside the version applied before): name fewer projects, refs or targets, or split the environment`,
  });
}

/** One sentence on why the newest version is not in force. */
export function describeRefusal(refusal: Refusal): string {
  switch (refusal.kind) {
    case "invalid":
      return refusal.problems.map((problem) => problem.message).join("; ");
    case "conflict":
      return [
        ...refusal.conflicts.map(describeConflict),
        ...refusal.claims.map(({ message }) => message),
      ].join("; ");
    case "held":
      return describeHold(refusal.hold);
    case "unknown":
      return refusal.fault.message;
    default:
      return refusal satisfies never;
  }
}

function describeHold(hold: Hold): string {
  const { version, because } = hold;
  const gains = hold.gains.map(({ reason, undecided }) =>
    undecided.length === 0 ? reason : `${reason} (${undecided.join("; ")})`,
  );
  switch (because) {
    case "gains":
      return `version ${version} ${gains.join(", and ")}`;
    case "first-document":
      return [`version ${version} is the first document of this environment`, ...gains].join(
        ", and ",
      );
    case "missing-evidence":
      return `version ${version} cannot be compared with what was in force: ${hold.why}`;
    case "tags":
      return `version ${version} looks like a first document, and a role or policy with this environment's tags is there already`;
    default:
      return because satisfies never;
  }
}

/** The gain to show first: one that a request proves, trust before permissions. */
export function proofOf(gains: readonly Gain[]): Witness | PermissionWitness | null {
  const proved = gains.filter(({ admitted }) => admitted !== null);
  const trust = proved.find(({ guarded: half }) => half === "trust");
  return (trust ?? proved[0])?.admitted ?? null;
}
