import type { Fault } from "../aws/reading.ts";

/** The account changed between our read and our write: look again rather than give up. */
const moved = new Set([
  "EntityAlreadyExistsException",
  "EntityAlreadyExists",
  "NoSuchEntityException",
  "NoSuchEntity",
  "DeleteConflictException",
  "DeleteConflict",
  "ConcurrentModificationException",
  "ConcurrentModification",
  "EntityTemporarilyUnmodifiableException",
  "LimitExceededException",
  "LimitExceeded",
  "TooManyUpdates",
]);

const denied = new Set([
  "AccessDenied",
  "AccessDeniedException",
  "AuthorizationError",
  "AuthorizationErrorException",
  "UnauthorizedException",
  "UnrecognizedClientException",
  "InvalidClientTokenId",
  "ExpiredToken",
  "ExpiredTokenException",
  "CredentialsProviderError",
]);

const longestMessage = 400;

/** Sorts what an AWS client threw, once and for all callers. The sentence names the call. */
export function faultOf(call: string, thrown: unknown): Fault {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = error.name === "Error" ? "NetworkError" : error.name;
  const said = error.message.replaceAll(/\s+/g, " ").slice(0, longestMessage);
  const message = `${call} failed: ${code}${said === "" ? "" : `: ${said}`}`;
  return { code, message, kind: kindOf(code, statusOf(thrown)) };
}

/** The fault of one part of a request, where the answer to the whole says that this part failed. */
export function faultOfPart(call: string, code: string, said: string): Fault {
  const kind = /thrott|internal/i.test(code) ? "transient" : "refused";
  return { code, message: `${call} failed: ${code}: ${said}`, kind };
}

function kindOf(code: string, status: number | null): Fault["kind"] {
  if (moved.has(code)) return "moved";
  if (denied.has(code)) return "denied";
  if (status === null || status >= 500 || status === 429) return "transient";
  return /thrott|rate|timeout|temporar/i.test(code) ? "transient" : "refused";
}

function statusOf(thrown: unknown): number | null {
  if (typeof thrown !== "object" || thrown === null || !("$metadata" in thrown)) return null;
  const metadata = thrown.$metadata;
  if (typeof metadata !== "object" || metadata === null) return null;
  if (!("httpStatusCode" in metadata)) return null;
  return typeof metadata.httpStatusCode === "number" ? metadata.httpStatusCode : null;
}

/** Did AWS answer with the error of that name? Its code in a fault is as the SDK spells it. */
export function hasCode(fault: Fault | null, name: string): boolean {
  return fault?.code === name || fault?.code === `${name}Exception`;
}

/**
 * Which policy IAM has no room for; null for any other error. LimitExceeded stands for a dozen
 * quotas, and only its message names the one.
 */
export function fullQuotaOf(thrown: unknown): "trust-policy" | "policy" | null {
  if (!(thrown instanceof Error) || !isNamed(thrown, "LimitExceeded")) return null;
  if (thrown.message.includes("ACLSizePerRole")) return "trust-policy";
  return thrown.message.includes("PolicySize") ? "policy" : null;
}

/** Is this the error by that name? SDK and wire names differ by the suffix `Exception`. */
export function isNamed(thrown: unknown, ...names: readonly string[]): boolean {
  return (
    thrown instanceof Error &&
    names.some((name) => thrown.name === name || thrown.name === `${name}Exception`)
  );
}
