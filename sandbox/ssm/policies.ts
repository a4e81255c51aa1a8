import { isRecord } from "../input/members.ts";
import { refused } from "../input/refusal.ts";
import {
  newestOf,
  type Parameter,
  type ParameterPolicy,
  type Parameters,
  type PolicyType,
  type Version,
} from "./parameter.ts";

const policiesMax = 10;

const types: readonly PolicyType[] = [
  "Expiration",
  "ExpirationNotification",
  "NoChangeNotification",
];

/**
 * The `Policies` of a PutParameter: a JSON array of `{Type, Version, Attributes}`. Without it
 * (null) the parameter keeps its policies; an empty policy removes them all. Source: Systems
 * Manager User Guide, "Assigning parameter policies in Parameter Store".
 */
export function requestedPolicies(
  text: string | null,
  now: Date,
): readonly ParameterPolicy[] | null {
  if (text === null) return null;
  if (["", "[]", "{}", "[{}]"].includes(text.replaceAll(/\s/g, ""))) return [];
  const read = parsed(text);
  if (!Array.isArray(read)) throw badPolicy("The policies are not a JSON array.");
  if (read.length > policiesMax) {
    const message = `You specified more than the maximum number of allowed policies for the parameter. The maximum is ${policiesMax}.`;
    throw refused("PoliciesLimitExceededException", message);
  }
  return read.map((one: unknown) => policyOf(one, now));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badPolicy("The policies are not a JSON array.");
  }
}

function policyOf(one: unknown, now: Date): ParameterPolicy {
  const member = isRecord(one) ? one : {};
  const type = types.find((known) => known === member["Type"]);
  if (type === undefined) {
    const message = `The policy type is not one of ${types.join(", ")}.`;
    throw refused("InvalidPolicyTypeException", message);
  }
  const expiresAt = type === "Expiration" ? timestampOf(member["Attributes"], now) : null;
  return { type, text: JSON.stringify(one), expiresAt };
}

function timestampOf(attributes: unknown, now: Date): Date {
  const text = isRecord(attributes) ? attributes["Timestamp"] : undefined;
  // An offset may have seconds, as in AWS's example: +10:30:00.
  const iso = typeof text === "string" ? text.replace(/([+-]\d\d:\d\d):\d\d$/, "$1") : "";
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) throw badPolicy("An expiration needs a Timestamp in ISO 8601.");
  if (at.getTime() <= now.getTime()) throw badPolicy("The Timestamp of an expiration is over.");
  return at;
}

function badPolicy(message: string): Error {
  return refused("InvalidPolicyAttributeException", message);
}

/** The policies of a version as DescribeParameters and GetParameterHistory show them. */
export function shownPolicies(version: Version): readonly object[] {
  return version.policies.map(({ type, text }) => ({
    PolicyText: text,
    PolicyType: type,
    PolicyStatus: "Pending",
  }));
}

/** The parameters that have expired. */
export function expiredBy(parameters: Parameters, now: Date): readonly Parameter[] {
  return [...parameters.values()].filter((parameter) =>
    newestOf(parameter).policies.some(
      ({ expiresAt }) => expiresAt !== null && expiresAt.getTime() <= now.getTime(),
    ),
  );
}
