import type { Fault } from "../aws/reading.ts";
import type { SpecProblem } from "../document/index.ts";
import {
  type ControlEntry,
  type Evidence,
  hasName,
  isParted,
  knownVersions,
  maybeInForce,
  newestValid,
} from "./control.ts";
import type { Gain } from "./guard.ts";
import { describeConflict, type NameConflict } from "./name-conflicts.ts";
import type { ValidVersion } from "./record.ts";
import type { Blocked } from "./resource-claims.ts";

/** Why the newest version is not the one in force. */
export type Refusal =
  | { readonly kind: "invalid"; readonly problems: readonly SpecProblem[] }
  | {
      readonly kind: "conflict";
      readonly conflicts: readonly NameConflict[];
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
      /** What it gives more than the one applied last, as long as it has only begun. */
      readonly letThrough: LetThrough | null;
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

/** What comes into force although it widens: with the newest version, or with one that had begun before it. */
export function letThroughOf(choice: Choice): LetThrough | null {
  return "letThrough" in choice ? choice.letThrough : null;
}

/** Names of the version in force that another environment has in force too: for them nothing is written. */
export function heldTwice(choice: VersionChoice): readonly NameConflict[] {
  const refusal = refusalOf(choice);
  const conflicts = refusal?.kind === "conflict" ? refusal.conflicts : [];
  return conflicts.filter(({ resource, name }) =>
    hasName([name], choice.at.document[resource].name),
  );
}

/**
 * The version that comes into force, or is in force as the newest: the newest one, or, while that is refused, one
 * that had begun before it and is not applied yet.
 */
export function comingOf(choice: Choice, evidence: Evidence): ValidVersion | null {
  if (choice.kind === "newest") return choice.at;
  const hasBegun = evidence.kind === "record" && evidence.record.begun !== null;
  if (choice.kind !== "applied" || !hasBegun) return null;
  // Not all of it is planned then.
  return heldTwice(choice).length > 0 || isParted(evidence, choice.at) ? null : choice.at;
}

/** A label on the parameter that releases nothing. */
export function labelOf(choice: Choice): IdleLabel | null {
  return choice.kind === "orphaned" ? null : choice.label;
}

/** The documents whose resources must be observed before the choice can be made. */
export function candidatesOf(entry: ControlEntry, evidence: Evidence): readonly ValidVersion[] {
  if (evidence.kind === "missing") return maybeInForce(entry);
  const newest = newestValid(entry);
  return [...(newest === null ? [] : [newest]), ...knownVersions(evidence, entry)];
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
      return `version ${version} looks like a first document, but a role or policy already has this environment's tags, so something was in force before`;
    default:
      return because satisfies never;
  }
}

/** The gain to show first: one that a request proves, trust before permissions; `null` for none. */
export function gainToShow(gains: readonly Gain[]): Gain | null {
  const proved = gains.filter(({ admitted }) => admitted !== null);
  return proved.find(({ resource }) => resource === "trust-policy") ?? proved[0] ?? null;
}
