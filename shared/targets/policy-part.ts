import type { PolicyStatement } from "../aws/policy-document.ts";

/** What takes room in a deploy policy, for the sentence on one that is too long. */
export type PolicyPart = {
  /** Follows `deploy.FIELD` in a sentence: ` (3 entries)`. */
  readonly says: string;
  /** What several parts of one field are called. */
  readonly plural: string;
  /** Finishes "Shorten it by …". */
  readonly remedy: string;
  /** In characters. */
  readonly length: number;
};

/** All targets of a kind as one part of the policy. */
export function onePart(
  names: number,
  statements: readonly PolicyStatement[],
): readonly PolicyPart[] {
  const says = ` (${names} ${names === 1 ? "entry" : "entries"})`;
  const length = lengthOf(statements);
  return [{ says, plural: "entries", remedy: "naming fewer of them", length }];
}

/** Characters of statements within a policy. */
export function lengthOf(statements: readonly PolicyStatement[]): number {
  return JSON.stringify(statements).length - 2;
}
