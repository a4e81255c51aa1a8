import { type Fields, member } from "../aws/event-fields.ts";
import { environmentNameOf } from "../document/index.ts";
import type { Wake, WakeRefused } from "./wake.ts";

/** More environments than one account can hold roles for (1,000 by IAM's default quota). */
const environmentsMax = 1_000;

const allowedFields: readonly string[] = ["environments", "dryRun", "force"];

const usage =
  'A payload by hand is {} or an object of these members: "environments" (names), "dryRun" and "force" (true or false).';

/**
 * Reads the payload of a run by hand: `{ "environments": ["production"], "dryRun": true,
 * "force": true }`, each member optional, anything else refused. A misspelt `dryRun` must not
 * become a run that writes.
 */
export function wakeOfPayload(payload: Fields): Wake | WakeRefused {
  const unknown = Object.keys(payload).find((name) => !allowedFields.includes(name));
  if (unknown !== undefined) {
    return refused("unknown-field", `The payload has an unknown member ${quoted(unknown)}.`);
  }
  const dryRun = flagAt(payload, "dryRun");
  const force = flagAt(payload, "force");
  if (typeof dryRun !== "boolean") return dryRun;
  if (typeof force !== "boolean") return force;
  const named = member(payload, "environments");
  const environments = named === undefined ? null : environmentsOf(named);
  if (environments !== null && "kind" in environments) return environments;
  return {
    kind: "wake",
    source: "hand",
    trigger: "manual",
    dryRun,
    force,
    scopes: [
      environments === null ? { kind: "every" } : { kind: "named", account: null, environments },
    ],
    calls: [],
    writes: [],
    ignored: null,
    errors: [],
  };
}

/** Whether somebody wrote any member of a payload by hand. */
export function isPayload(event: Fields): boolean {
  return allowedFields.some((name) => Object.hasOwn(event, name));
}

function flagAt(payload: Fields, name: string): boolean | WakeRefused {
  const value = member(payload, name);
  if (value === undefined) return false;
  if (typeof value === "boolean") return value;
  return refused("wrong-type", `"${name}" is ${described(value)}; it must be true or false.`);
}

function environmentsOf(value: unknown): readonly string[] | WakeRefused {
  if (!Array.isArray(value)) {
    return refused(
      "wrong-type",
      `"environments" is ${described(value)}; it must be a list of names.`,
    );
  }
  if (value.length === 0) {
    return refused(
      "no-environment",
      '"environments" is an empty list; leave it out to look at every environment.',
    );
  }
  if (value.length > environmentsMax) {
    return refused(
      "too-many-environments",
      `"environments" has ${value.length} names, at most ${environmentsMax} are taken; leave it out to look at every environment.`,
    );
  }
  const names = new Set<string>();
  for (const [index, name] of value.entries()) {
    if (typeof name !== "string" || environmentNameOf(`/environments/${name}`, "") !== name) {
      return refused(
        "bad-environment-name",
        `"environments[${index}]" is ${described(name)}; a name has 1 to 64 of the characters A-Z a-z 0-9 _ . -`,
      );
    }
    names.add(name);
  }
  return [...names];
}

function refused(code: string, what: string): WakeRefused {
  return { kind: "refused", error: { code, message: `${what} ${usage}` } };
}

/** The refusal of a payload that is not an object, with the form that it needs. */
export function refusedPayload(payload: unknown): WakeRefused {
  return refused("wrong-type", `The payload is ${described(payload)}.`);
}

/** A value in a few words, never more than a line of it. */
function described(value: unknown): string {
  if (typeof value === "string") return `the text ${quoted(value)}`;
  if (Array.isArray(value)) return "a list";
  if (value === null) return "null";
  if (typeof value === "object") return "an object";
  return `the ${typeof value} ${quoted(String(value))}`;
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
