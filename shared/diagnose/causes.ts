import { safeText } from "../language/visible.ts";

/**
 * Why STS refuses a token, in the order in which it is checked. Programs branch on these words: they
 * are an interface, the sentences beside them are not.
 */
export const causeCodes = [
  "token-unreadable",
  "token-expired",
  "token-not-yet-valid",
  "issuer-unknown",
  "issuer-root",
  "issuer-other-organisation",
  "signature-invalid",
  "role-missing",
  "provider-missing",
  "trust-other-provider",
  "action-refused",
  "audience-not-at-provider",
  "audience-refused",
  "project-refused",
  /** A fork, or another repository. */
  "origin-refused",
  "ref-refused",
  /** A short subject where a repository or ref is asked for, or the other way round. */
  "token-version",
  "user-refused",
  "entry-ended",
  "denied",
  "condition-refused",
  "session-too-long",
  "session-name-invalid",
  // What else STS refuses the call for. Only STS or the call itself shows it.
  "session-too-short",
  "session-policy-invalid",
  "session-policy-too-large",
  "parameter-invalid",
  "token-rejected",
  "thumbprint-mismatch",
  "issuer-unreachable",
  "region-disabled",
  "sts-unavailable",
] as const;

export type CauseCode = (typeof causeCodes)[number];

/** Why a call was, or would be, refused. */
export type Cause = { readonly code: CauseCode; readonly message: string };

/** What is checked, each on its own, in the order of the causes. */
export const checkNames = [
  "token",
  "time",
  "issuer",
  "signature",
  "role",
  "provider",
  "principal",
  "action",
  "provider-audience",
  "audience",
  "subject",
  "until",
  "deny",
  "conditions",
  "session-length",
  "session-name",
  "session-policy",
] as const;

export type CheckName = (typeof checkNames)[number];

/** One check and its outcome: `null` where it cannot be decided, or was not reached. */
export type Check = {
  readonly check: CheckName;
  readonly ok: boolean | null;
  readonly detail: string;
};

/** A check with what follows from it: a failed one has its cause and what to do next. */
export type CheckResult =
  | { readonly check: CheckName; readonly ok: true; readonly detail: string }
  | {
      readonly check: CheckName;
      readonly ok: null;
      readonly detail: string;
      /** There where nothing is decided while this is open. */
      readonly next?: string;
    }
  | {
      readonly check: CheckName;
      readonly ok: false;
      readonly detail: string;
      readonly code: CauseCode;
      readonly next: string;
    };

/** A finding that failed. */
export type FailedCheck = Extract<CheckResult, { readonly ok: false }>;

export function isFailure(finding: CheckResult): finding is FailedCheck {
  return finding.ok === false;
}

/** The cause that comes first is the first of the list. */
export function byOrder(one: Pick<Cause, "code">, other: Pick<Cause, "code">): number {
  return causeCodes.indexOf(one.code) - causeCodes.indexOf(other.code);
}

/**
 * A text out of a token, a record or a policy, safe to show: what a terminal would obey or hide is
 * written as an escape, what is endless is cut, and nothing that looks like a token is repeated.
 */
export function shown(text: string): string {
  const readable = safeText(text);
  return readable.length > textMax ? `${readable.slice(0, textMax)}…` : readable;
}

const textMax = 400;

/** `a`, `a or b`, `a, b or c`, and with more than five the first of them and how many there are. */
export function anyOf(texts: readonly string[]): string {
  return listed(texts, "or");
}

/** The same with "and". */
export function allOf(texts: readonly string[]): string {
  return listed(texts, "and");
}

function listed(texts: readonly string[], word: "and" | "or"): string {
  const distinct = [...new Set(texts)].map(shown);
  if (distinct.length > 5) {
    const some = `${distinct.length}, such as ${distinct.slice(0, 3).join(", ")}`;
    return word === "or" ? `one of ${some}` : some;
  }
  const last = distinct.pop();
  if (last === undefined) return "nothing";
  return distinct.length === 0 ? last : `${distinct.join(", ")} ${word} ${last}`;
}
