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

/** Is this the error by that name? SDK and wire names differ by the suffix `Exception`. */
export function isNamed(thrown: unknown, ...names: readonly string[]): boolean {
  return (
    thrown instanceof Error &&
    names.some((name) => thrown.name === name || thrown.name === `${name}Exception`)
  );
}
