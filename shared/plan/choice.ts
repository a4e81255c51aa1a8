import type { Witness } from "../compare/index.ts";
import type { EnvironmentDocument, SpecProblem } from "../spec/index.ts";
import { type Account, writeTrustPolicy } from "../trust/index.ts";
import { type ClaimConflict, describeConflict } from "./claims.ts";
import type { ControlEntry, ValidVersion } from "./control.ts";
import { type Difference, trustDifference } from "./difference.ts";

/** Why the newest version is not the one in force. */
export type Refusal =
  | { readonly kind: "invalid"; readonly problems: readonly SpecProblem[] }
  | { readonly kind: "conflict"; readonly conflicts: readonly ClaimConflict[] }
  | { readonly kind: "held"; readonly version: number; readonly hold: Hold };

export type Hold = {
  /** `guard`: the edit lowers `onWiden`; `widening`: it admits more; `undecided`: it may. */
  readonly because: "widening" | "undecided" | "guard";
  readonly admitted: Witness | null;
  readonly baseline: "applied-version" | "role";
  readonly undecided: readonly string[];
};

/** A widening that comes into force because it was approved or its guard lets it through. */
export type LetThrough = {
  readonly by: "approval" | "onWiden";
  readonly admitted: Witness | null;
};

/**
 * Which version of an environment's document is in force, decided from the newest version, the
 * applied one and the approval label.
 */
export type Choice =
  | {
      readonly kind: "newest";
      readonly at: ValidVersion;
      /** The version in force before; `null` on a first application. */
      readonly previous: ValidVersion | null;
      readonly widening: LetThrough | null;
    }
  | { readonly kind: "applied"; readonly at: ValidVersion; readonly refusal: Refusal }
  | { readonly kind: "nothing"; readonly refusal: Refusal }
  | { readonly kind: "orphaned" };

/** The documents whose resources must be observed before the choice can be made. */
export function candidatesOf(entry: ControlEntry): readonly EnvironmentDocument[] {
  const documents: EnvironmentDocument[] = [];
  if (entry.newest?.parsed.kind === "valid") documents.push(entry.newest.parsed.document);
  if (entry.applied.kind === "applied") documents.push(entry.applied.at.document);
  return documents;
}

/**
 * @param roleTrust the trust policy of the role that the newest document names, as it is now;
 *   `null` where there is no such role. It is the baseline where no applied version is.
 */
export function chooseVersion(input: {
  readonly entry: ControlEntry;
  readonly conflicts: readonly ClaimConflict[];
  readonly roleTrust: string | null;
  readonly account: Account;
  readonly now: Date;
}): Choice {
  const { entry, conflicts } = input;
  const applied = entry.applied.kind === "applied" ? entry.applied.at : null;
  const otherwise = (refusal: Refusal): Choice =>
    applied === null ? { kind: "nothing", refusal } : { kind: "applied", at: applied, refusal };
  if (entry.newest === null) return { kind: "orphaned" };
  const { parsed, version, digest } = entry.newest;
  if (parsed.kind === "invalid") return otherwise({ kind: "invalid", problems: parsed.problems });
  if (conflicts.length > 0) return otherwise({ kind: "conflict", conflicts });
  const newest = { version, digest, document: parsed.document };
  const unwritable = problemOfTrust(newest, input);
  if (unwritable !== null) {
    return otherwise({
      kind: "invalid",
      problems: [{ ...unwritable, parameter: entry.parameter }],
    });
  }
  if (applied !== null && applied.version === version && applied.digest === digest) {
    return { kind: "newest", at: newest, previous: applied, widening: null };
  }
  return guarded(newest, applied, input, otherwise);
}

function guarded(
  newest: ValidVersion,
  applied: ValidVersion | null,
  input: Parameters<typeof chooseVersion>[0],
  otherwise: (refusal: Refusal) => Choice,
): Choice {
  const { entry } = input;
  const guard = (applied?.document ?? newest.document).onWiden;
  const baseline = applied === null ? "role" : "applied-version";
  const before = applied === null ? input.roleTrust : trustText(applied.document, input);
  const difference =
    before === null && applied === null
      ? null // Nobody had access and nobody guards it: a first document speaks for itself.
      : trustDifference({ before, after: trustText(newest.document, input) ?? "" });
  const lowered = applied !== null && guard === "hold" && newest.document.onWiden === "apply";
  const widens = difference !== null && difference.gains !== false;
  const take = (widening: LetThrough | null): Choice => ({
    kind: "newest",
    at: newest,
    previous: applied,
    widening,
  });
  if (!widens && !lowered) return take(null);
  const admitted = difference?.gained ?? null;
  if (guard === "apply") return take({ by: "onWiden", admitted });
  if (entry.approvedVersion === newest.version) return take({ by: "approval", admitted });
  const hold: Hold = {
    because: becauseOf(difference),
    admitted,
    baseline,
    undecided: difference?.undecided ?? [],
  };
  return otherwise({ kind: "held", version: newest.version, hold });
}

function becauseOf(difference: Difference<Witness> | null): Hold["because"] {
  if (difference?.gains === true) return "widening";
  return difference?.gains === null ? "undecided" : "guard";
}

function trustText(
  document: EnvironmentDocument,
  at: { readonly account: Account; readonly now: Date },
): string | null {
  const written = writeTrustPolicy({ document, account: at.account, now: at.now });
  return written.kind === "written" ? JSON.stringify(written.policy) : null;
}

/** A document whose trust policy IAM cannot hold is as invalid as one that does not parse. */
function problemOfTrust(
  newest: ValidVersion,
  at: { readonly account: Account; readonly now: Date },
): Omit<SpecProblem, "parameter"> | null {
  const written = writeTrustPolicy({ document: newest.document, account: at.account, now: at.now });
  if (written.kind === "written") return null;
  const { message } = written.problem;
  return {
    code: "too-long",
    message,
    version: newest.version,
    path: "trust.projects",
    allowed: "",
  };
}

/** One sentence on why the newest version is not in force. */
export function describeRefusal(refusal: Refusal): string {
  switch (refusal.kind) {
    case "invalid":
      return refusal.problems.map((problem) => problem.message).join("; ");
    case "conflict":
      return refusal.conflicts.map(describeConflict).join("; ");
    case "held":
      return describeHold(refusal.version, refusal.hold);
    default:
      return refusal satisfies never;
  }
}

function describeHold(version: number, hold: Hold): string {
  const against = hold.baseline === "role" ? "the role's own trust policy" : "the applied version";
  switch (hold.because) {
    case "widening":
      return `version ${version} admits requests that ${against} does not`;
    case "undecided":
      return `version ${version} is not provably no wider than ${against}: ${hold.undecided.join("; ")}`;
    case "guard":
      return `version ${version} lowers onWiden from hold to apply`;
    default:
      return hold.because satisfies never;
  }
}
