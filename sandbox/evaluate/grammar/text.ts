import { malformed, type PolicyProblem, syntaxErrors } from "./problem.ts";

/** The most characters that IAM's API accepts in a document, before any quota. */
const charactersMax = 131_072;

/** What IAM counts against its quotas: every character except white space. */
export function countedCharacters(text: string): number {
  return text.replace(/\s/g, "").length;
}

export type ReadText =
  | { readonly kind: "read"; readonly document: unknown }
  | { readonly kind: "refused"; readonly problem: PolicyProblem };

/** Reads a document's text as IAM does: its characters, its JSON, no member twice in one object. */
export function readText(text: string): ReadText {
  const problem = problemOfCharacters(text);
  if (problem !== null) return { kind: "refused", problem };
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return { kind: "refused", problem: malformed("This policy contains invalid Json") };
  }
  if (hasMemberTwice(text)) return { kind: "refused", problem: syntaxErrors };
  return { kind: "read", document };
}

function problemOfCharacters(text: string): PolicyProblem | null {
  if (text.length === 0 || text.length > charactersMax) {
    const bound =
      text.length === 0 ? "greater than or equal to 1" : `less than or equal to ${charactersMax}`;
    return {
      code: "ValidationError",
      message: `1 validation error detected: Value at 'policyDocument' failed to satisfy constraint: Member must have length ${bound}`,
    };
  }
  if (!/^[\t\n\r\u0020-\u00ff]+$/.test(text)) {
    return {
      code: "ValidationError",
      message:
        "The specified value for policyDocument is invalid. It must contain only printable ASCII characters.",
    };
  }
  return null;
}

/** Whether an object in valid JSON has a name twice; `JSON.parse` would keep the last. */
function hasMemberTwice(text: string): boolean {
  const open: (Set<string> | null)[] = [];
  const tokens = /"(?:[^"\\]|\\.)*"|[{}[\]]/gs;
  for (const token of text.matchAll(tokens)) {
    const [lexeme] = token;
    if (lexeme === "{") open.push(new Set());
    else if (lexeme === "[") open.push(null);
    else if (lexeme === "}" || lexeme === "]") open.pop();
    else if (
      /^\s*:/.test(text.slice(token.index + lexeme.length, token.index + lexeme.length + 64))
    ) {
      const name = String(JSON.parse(lexeme));
      const names = open.at(-1);
      if (names?.has(name)) return true;
      names?.add(name);
    }
  }
  return false;
}
