import { isRecord } from "../json.ts";
import type { Change } from "./change.ts";
import { digestOf } from "./digest.ts";
import type { EnvironmentPlan } from "./environment.ts";
import type { Quarrel } from "./record.ts";
import { onlyDenies } from "./statements.ts";

/** Are the changes of a plan corrections? Only restoring the same version is one; an edit is not. */
export function isCorrection({ choice, evidence, changes }: EnvironmentPlan): boolean {
  if (choice.kind === "applied") return true;
  if (choice.kind === "nothing") return changes.length > 0;
  if (choice.kind !== "newest") return false;
  const { previous } = choice;
  const settled =
    evidence.kind === "former" ||
    // The status says that the newest version is applied; the record could not be read just now.
    evidence.kind === "status" ||
    (evidence.kind === "record" && evidence.record.begun === null);
  return settled && previous?.version === choice.at.version && previous.digest === choice.at.digest;
}

/**
 * What a correction is known again by, beside its actor: where it was made, and what was found. A policy
 * version that is only kept opens nothing: once it is in force, something else is found. Dates do not count in
 * what opens nothing, tags and policies that only deny: a bot that revokes sessions, or says in a tag when it
 * came, writes another one each time. Everywhere else a date may be all that keeps a door shut.
 */
export function correctionOf(change: Change): Pick<Quarrel, "resource" | "found"> {
  return opensNothing(change) ? correctionBy(change, undated) : correctionBy(change);
}

/** The same by the very dates as well. */
export function exactCorrectionOf(change: Change): Pick<Quarrel, "resource" | "found"> {
  return correctionBy(change);
}

/** Is what was found something that gives nobody access, whatever dates it names? */
function opensNothing({ step, effect, before }: Change): boolean {
  switch (step.do) {
    case "tag-role":
    case "untag-role":
    case "tag-policy":
    case "tag-provider":
      return effect === "neutral";
    case "delete-inline-policy":
      return isRecord(before) && onlyDenies(JSON.stringify(before["document"]));
    default:
      return false;
  }
}

type Replacer = (key: string, value: unknown) => unknown;

function correctionBy(change: Change, replacer?: Replacer): Pick<Quarrel, "resource" | "found"> {
  const content = contentOf(change.before);
  const found = change.step.do === "delete-policy-version" ? { kept: content } : content;
  return {
    resource: `${change.resource} ${change.id.replace(/:v\d+$/, "")}`,
    found: digestOf(JSON.stringify(found, replacer)).slice(0, 16),
  };
}

/** As programs write a day or an instant: ISO 8601 and what is near it, seconds or milliseconds since 1970. */
const instants = [
  /^\d{4}-\d\d-\d\d([T ][\d:.]+ ?(Z|UTC|[+-]\d\d:?\d\d)?)?$/,
  /^\d{8}T\d{6}Z$/,
  /^[12]\d{9}(\.\d+|\d{3})?$/,
];

/** Seconds since 1970 look like any number: they are a date where a key of the time is compared with them. */
const undated: Replacer = (key, value) => {
  const isInstant = typeof value === "string" && instants.some((form) => form.test(value));
  return isInstant || /^aws:(CurrentTime|TokenIssueTime|EpochTime)$/i.test(key) ? "" : value;
};

/** What was found, without the number of a policy's version, which is new each time. */
function contentOf(before: unknown): unknown {
  if (typeof before !== "object" || before === null) return before;
  return "version" in before && "document" in before ? before.document : before;
}

/** The version that was written, of which others that go beside it are only a part; or else the change. */
export function correctedBy(change: Change, made: readonly Change[]): Change {
  const { step } = change;
  if (step.do !== "delete-policy-version") return change;
  const isWrite = (other: Change) =>
    other.step.do === "create-policy-version" && other.step.arn === step.arn;
  return made.find(isWrite) ?? change;
}
