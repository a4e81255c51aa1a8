import { createHash } from "node:crypto";
import type { EnvironmentDocument, SpecProblem } from "../spec/index.ts";
import type { Status } from "./status.ts";

/** One version of an environment's document, as it was read. */
export type DocumentVersion = {
  readonly version: number;
  /** SHA-256 of the text: a parameter made anew starts at version 1 again. */
  readonly digest: string;
  readonly parsed:
    | { readonly kind: "valid"; readonly document: EnvironmentDocument }
    | { readonly kind: "invalid"; readonly problems: readonly SpecProblem[] };
};

export type ValidVersion = {
  readonly version: number;
  readonly digest: string;
  readonly document: EnvironmentDocument;
};

/** Why no applied version can be named, or the applied version itself. */
export type AppliedVersion =
  | { readonly kind: "applied"; readonly at: ValidVersion }
  /** Nothing was ever applied, the status is gone, or it is another parameter's. */
  | { readonly kind: "none" }
  /** It was applied, and Parameter Store no longer has it or it no longer parses. */
  | { readonly kind: "unreadable"; readonly version: number; readonly why: string };

/** Everything the control surface holds of one environment. */
export type ControlEntry = {
  readonly name: string;
  readonly parameter: string;
  /** `null`: the parameter is gone, only a status is left. */
  readonly newest: DocumentVersion | null;
  readonly status: Status | null;
  /** The status parameter as it stands, so that the same text is never written twice. */
  readonly statusText: string | null;
  readonly applied: AppliedVersion;
  /** The version that carries the label `approved`; `null` where none does. */
  readonly approvedVersion: number | null;
};

export function digestOf(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

/**
 * Which further versions of a parameter must be read before anything can be decided.
 *
 * @param touched somebody has just edited or labelled a parameter: a label on what is applied
 *   already has nothing to release, and goes
 */
export function versionsNeeded(
  newest: DocumentVersion | null,
  status: Status | null,
  touched: boolean,
): { readonly applied: number | null; readonly approved: boolean } {
  if (newest === null) return { applied: null, approved: false };
  if (isApplied(newest, status)) {
    return { applied: null, approved: touched || status?.applied?.labelled === true };
  }
  const applied = status?.appliedVersion ?? null;
  // A higher or equal number with other content is a parameter deleted and made anew.
  const older = applied !== null && applied < newest.version ? applied : null;
  return { applied: older, approved: newest.parsed.kind === "valid" };
}

export function isApplied(newest: DocumentVersion, status: Status | null): boolean {
  return (
    status !== null &&
    status.appliedVersion === newest.version &&
    status.appliedDigest === newest.digest
  );
}

/**
 * Which version is applied, from the status and what was read for it.
 *
 * @param older the version that `versionsNeeded` asked for; `null` where Parameter Store has it no
 *   more
 */
export function appliedOf(
  newest: DocumentVersion | null,
  status: Status | null,
  older: DocumentVersion | null,
): AppliedVersion {
  if (newest === null || status === null || status.appliedVersion === null) return { kind: "none" };
  const version = status.appliedVersion;
  if (version > newest.version) return { kind: "none" };
  if (version === newest.version && !isApplied(newest, status)) return { kind: "none" };
  const found = version === newest.version ? newest : older;
  if (found === null) {
    return { kind: "unreadable", version, why: "Parameter Store keeps the newest 100 versions" };
  }
  if (found.digest !== status.appliedDigest) return { kind: "none" };
  if (found.parsed.kind === "invalid") {
    return { kind: "unreadable", version, why: "this release does not accept it any more" };
  }
  const { digest, parsed } = found;
  return { kind: "applied", at: { version, digest, document: parsed.document } };
}
