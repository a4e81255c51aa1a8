import { mistakeIn } from "../schema/text-rule.ts";
import { policyArnRule, uuidRule } from "./text-rules.ts";

/** The organisations that a document of this installation may name. */
type Organizations =
  | { readonly kind: "any" }
  | { readonly kind: "listed"; readonly ids: readonly string[] }
  /** Somebody meant a list and wrote none: nothing may be opened by it. */
  | { readonly kind: "malformed"; readonly text: string };

/** What the person who deployed the reconciler settled for every document, as plain data. */
export type Installation = {
  readonly prefix: string;
  /** The Region that the reconciler lives in. */
  readonly home: string;
  /** Whether a document that nothing was applied before waits for approval. */
  readonly firstDocument: "hold" | "apply";
  readonly organizations: Organizations;
  /** The ARN of the policy that bounds every role; null where none is asked for. */
  readonly permissionsBoundary: string | null;
  /** Glob of the path and name of every role that may be written; null for any. */
  readonly roleNames: string | null;
  /** Glob of the path and name of every policy that may be written; null for any. */
  readonly policyNames: string | null;
  /** Minutes between two runs of the schedule. */
  readonly periodMinutes: number;
};

/** Which resources of an account can be the installation's at all. */
export type OwnNames = Pick<Installation, "roleNames" | "policyNames" | "organizations">;

/** The names of an installation that restricts nothing. */
export const anyNames: OwnNames = {
  roleNames: null,
  policyNames: null,
  organizations: { kind: "any" },
};

/**
 * Reads a list of organisation ids with commas between and, where wanted, blanks around them.
 *
 * @returns the ids in lower case and each once, as CircleCI writes them; any for an empty text;
 *   malformed for the whole list if one item is not a UUID, since nobody knows what was meant
 */
export function organizationsOf(text: string): Organizations {
  if (text.trim() === "") return { kind: "any" };
  const ids = text.split(",").map((item) => item.trim().toLowerCase());
  if (ids.some((id) => mistakeIn(uuidRule, id) !== null)) return { kind: "malformed", text };
  return { kind: "listed", ids: [...new Set(ids)] };
}

/** What is wrong with the ARN of a boundary, as the end of a sentence; null where nothing is. */
export function boundaryMistake(arn: string): string | null {
  const mistake = mistakeIn(policyArnRule, arn);
  return mistake === null ? null : `${mistake}; allowed: ${policyArnRule.allowed}`;
}

/**
 * What is wrong with a glob of role or policy names, as the end of a sentence; null where nothing
 * is. The glob is the end of an ARN, behind `role/` or `policy/`: with a slash at its beginning, or
 * as a whole ARN, it would match nothing, and every event would be ignored.
 *
 * Source: IAM API reference, the patterns of path and names; IAM user guide, "IAM identifiers".
 */
export function namesFault(glob: string): string | null {
  if (glob.startsWith("arn:")) return "is a whole ARN; write its end, such as ci/CircleCI-*";
  if (/^\/|\/$/.test(glob))
    return "begins or ends with a slash; write path and name, ci/CircleCI-*";
  return /^[!-~]{1,640}$/.test(glob)
    ? null
    : "is not a path and name such as CircleCI-* or ci/CircleCI-*";
}
