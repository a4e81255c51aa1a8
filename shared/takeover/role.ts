/**
 * Takes a role over that exists already: `draftOf` puts what it admits and grants into a document, as
 * far as a document can say it, and `takeoverOf` says exactly what the document would admit or grant
 * more or less than the role does now. What no document can say is left out, never rounded up, and
 * reported with one sentence each. The engine decides every step of it, so a pattern that is misread
 * here can leave something out, and never let something in.
 *
 * Imports `compare` for every decision, `document`, `targets` and `trust` for what would be written, and
 * `plan` for the forms of an account. Public: `draft.ts`, `comparison.ts`, and the types here.
 */

import type { ObservedRole } from "../plan/observed.ts";

/** A policy that a role holds. */
export type HeldPolicy = {
  /** An ARN; the name of an inline policy. */
  readonly id: string;
  readonly name: string;
  readonly kind: "managed" | "inline";
  /** Raw JSON text of what is in force; null: not read. */
  readonly document: string | null;
  /** Why no document can take the policy itself over, as the end of a sentence; null: it can. */
  readonly obstacle: string | null;
  /** Who says in a tag that the policy is theirs; null: nobody does. */
  readonly owner: string | null;
};

/** A role with everything that decides who may do what with it. */
export type HeldRole = {
  readonly role: ObservedRole;
  readonly policies: readonly HeldPolicy[];
  /** Raw JSON text of its permissions boundary; null: it has none, or it was not read. */
  readonly boundary: string | null;
};

/** A policy in a sentence. */
export function policySays({ kind, name }: HeldPolicy): string {
  return kind === "inline" ? `inline policy ${name}` : `policy ${name}`;
}

/** A statement in a sentence, by its Sid where it has one. */
export function statementSays(index: number, sid: unknown): string {
  const place = `statement ${index + 1}`;
  return typeof sid === "string" && sid !== "" ? `${place} (${sid})` : place;
}

/** A sentence begins with a capital. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Names in a sentence. */
export function listed(names: readonly string[]): string {
  return names.join(", ");
}
