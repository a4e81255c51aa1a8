import type { Fault } from "../aws/reading.ts";
import { isRecord } from "../json.ts";
import { safeText } from "../language/visible.ts";

/** Names without the suffix `Exception`, in which the SDK's and the wire's names differ. */
const bareName = (name: string): string => name.replace(/Exception$/, "");

/** The account changed between our read and our write: look again instead of giving up. */
const stale = new Set([
  "EntityAlreadyExists",
  "NoSuchEntity",
  "DeleteConflict",
  "ConcurrentModification",
  "EntityTemporarilyUnmodifiable",
  "LimitExceeded",
  "TooManyUpdates",
]);

const denied = new Set([
  "AccessDenied",
  "AuthorizationError",
  "Unauthorized",
  "UnrecognizedClient",
  "InvalidClientTokenId",
  "ExpiredToken",
  "CredentialsProviderError",
]);

/** What the SDK calls an error without a name of its own: a redirect, a page that is not there. */
export const namelessErrors: readonly string[] = ["Unknown", "UnknownError"];

const longestMessage = 400;

/**
 * Sorts what an AWS client threw, in one place for all callers. The message names the call; the code
 * is beside it, and in it only if AWS said nothing else.
 */
export function faultOf(call: string, thrown: unknown): Fault {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (isUnreadable(error) || isNameless(error)) return unreadable(call);
  const code = error.name === "Error" ? "NetworkError" : error.name;
  const said = error.message.replaceAll(/\s+/g, " ").slice(0, longestMessage);
  const message = safeText(`${call} failed: ${said === "" ? code : said}`);
  return { code, message, kind: kindOf(code, statusOf(thrown)) };
}

/**
 * Is it about an answer in another form than AWS describes? The SDK then throws what JavaScript or its
 * own reader of XML threw, with the answer behind it, and where it does not look, the first to use the
 * answer does. An error of AWS has a name.
 */
export function isUnreadable(error: { readonly name: string }): boolean {
  const isOfLanguage = ["TypeError", "RangeError", "SyntaxError"].includes(error.name);
  const hasName = "$metadata" in error && error.name !== "Error";
  return isOfLanguage || ("$response" in error && !hasName);
}

/**
 * What the SDK calls an error in which it finds neither a name nor words: a page of a proxy that happens
 * to be well-formed XML.
 */
function isNameless({ name, message }: Error): boolean {
  return namelessErrors.includes(name) && ["", ...namelessErrors].includes(message);
}

/** What was not understood says nothing to a person, and anybody may have written it. */
function unreadable(call: string): Fault {
  const message = `${safeText(call)} failed: the answer does not have the form that AWS describes`;
  return { code: "AnswerUnreadable", message, kind: "transient" };
}

/** The fault of one part of a request, where the answer to the whole says that this part failed. */
export function faultOfPart(call: string, code: string, said: string): Fault {
  const kind = /thrott|internal/i.test(code) ? "transient" : "refused";
  return { code, message: safeText(`${call} failed: ${said.slice(0, longestMessage)}`), kind };
}

function kindOf(code: string, status: number | null): Fault["kind"] {
  if (stale.has(bareName(code))) return "stale";
  if (denied.has(bareName(code))) return "denied";
  if (status === null || status >= 500 || status === 429) return "transient";
  return /thrott|rate|timeout|temporar/i.test(code) ? "transient" : "refused";
}

function statusOf(thrown: unknown): number | null {
  const metadata = isRecord(thrown) ? thrown["$metadata"] : null;
  const status = isRecord(metadata) ? metadata["httpStatusCode"] : null;
  return typeof status === "number" ? status : null;
}

/** Did AWS answer with the error of that name? Its code in a fault is as the SDK spells it. */
export function hasCode(fault: Fault, name: string): boolean {
  return bareName(fault.code) === name;
}

/**
 * The policy for which IAM has no room; null for any other error. LimitExceeded stands for a dozen
 * quotas, and only its message names the one.
 */
export function fullQuotaOf(thrown: unknown): "trust-policy" | "policy" | null {
  if (!(thrown instanceof Error) || !isNamed(thrown, "LimitExceeded")) return null;
  if (thrown.message.includes("ACLSizePerRole")) return "trust-policy";
  return thrown.message.includes("PolicySize") ? "policy" : null;
}

/** Is this one of these errors? */
export function isNamed(thrown: unknown, ...names: readonly string[]): boolean {
  return thrown instanceof Error && names.map(bareName).includes(bareName(thrown.name));
}
