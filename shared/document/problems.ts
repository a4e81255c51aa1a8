import type { DocumentCode } from "../codes.ts";
import { withoutTokens } from "../language/without-tokens.ts";

/**
 * One thing that is wrong with a document.
 * `message` is a whole sentence that an alert can show alone; the other members are its parts.
 */
export type SpecProblem = {
  readonly code: DocumentCode;
  readonly message: string;
  readonly parameter: string;
  readonly version: number;
  /** Where in the document: `trust.projects[0].refs[1]`, `line 3` if it is not YAML, or "" for the whole. */
  readonly path: string;
  readonly allowed: string;
};

/** A problem before it is known in which parameter it was found. */
export type DocumentFinding = {
  readonly code: DocumentCode;
  readonly path: string;
  /** Finishes the sentence "At PATH, …": "the value is a number, not text". */
  readonly says: string;
  readonly allowed: string;
};

/** A thousand mistakes need fewer sentences. */
const problemsMax = 20;

/** At most so much of a value or of a key is repeated in a message. */
const echoMax = 36;

/** A user with a password before a host. */
const user = /\/\/[^/\s@]*@/g;

/**
 * Input made fit to print: on one line, in quotes, cut off, and without secrets, control characters or
 * anything that could turn the direction of the text around it. Two opening braces in a row are
 * broken up: a message goes into the status, and Parameter Store refuses a value with a template.
 */
export function quote(text: string): string {
  return `"${printable(text)}"`;
}

function printable(text: string): string {
  const withoutSecrets = withoutTokens(text).replaceAll(user, "//(a user)@");
  const characters = Array.from(withoutSecrets.slice(0, 4 * echoMax));
  const cut = characters.length > echoMax || withoutSecrets.length > 4 * echoMax;
  const shown = characters
    .slice(0, echoMax)
    .map((character) => (/[\p{C}\p{Zl}\p{Zp}"]/u.test(character) ? "?" : character))
    .join("")
    .replaceAll("{{", "{?");
  return cut ? `${shown}…` : shown;
}

/** `["trust", "projects", 0]` as people write it: `trust.projects[0]`. Keys are input: cut and printable. */
export function pathText(path: readonly PropertyKey[]): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (/^[A-Za-z][A-Za-z0-9]{0,35}$/.test(String(step)))
      text += `${text === "" ? "" : "."}${String(step)}`;
    else text += `[${quote(String(step))}]`;
  }
  return text;
}

/** Turns findings into problems of one version of one parameter; the first problemsMax of them. */
export function problemsOf(
  source: { readonly parameter: string; readonly version: number },
  findings: readonly [DocumentFinding, ...DocumentFinding[]],
): [SpecProblem, ...SpecProblem[]] {
  const [first, ...others] = findings;
  const kept = others.slice(0, problemsMax - 1);
  const left = others.length - kept.length;
  const last = kept.at(-1);
  if (left > 0 && last !== undefined) {
    kept[kept.length - 1] = { ...last, says: `${last.says} (and ${left} more problems follow)` };
  }
  return [problemOf(source, first), ...kept.map((finding) => problemOf(source, finding))];
}

function problemOf(
  { parameter, version }: { readonly parameter: string; readonly version: number },
  { code, path, says, allowed }: DocumentFinding,
): SpecProblem {
  const where = path === "" ? "" : `, at ${path}`;
  // A file has no version: Parameter Store counts from 1.
  const source = version === 0 ? parameter : `${parameter}, version ${version}`;
  const message = `${source}${where}: ${says}; allowed: ${allowed}.`;
  return { code, message, parameter, version, path, allowed };
}
