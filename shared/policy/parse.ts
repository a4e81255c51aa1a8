import type { PermissionPolicy, PolicyDocument, PolicyVersion, TrustPolicy } from "./document.ts";
import { type JsonValue, readJson } from "./json.ts";
import { elementPath, memberPath, type Problem, pathUnder } from "./problem.ts";
import { Refusal } from "./refusal.ts";
import { readPermissionStatement, readTrustStatement, statementElementsOf } from "./statement.ts";

export type Parsed<Policy> =
  | { readonly kind: "parsed"; readonly policy: Policy }
  | { readonly kind: "refused"; readonly problem: Problem };

/**
 * Reads the raw text of a role's trust policy. Total: every text ends as a policy or as the first
 * problem that makes IAM refuse it.
 *
 * @param root what the paths of places begin with, such as the side of a comparison
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function parseTrustPolicy(text: string, root = ""): Parsed<TrustPolicy> {
  return parse(text, root, (value, version, where) =>
    readTrustStatement(statementElementsOf(value, where), version, where),
  );
}

/** Reads the raw text of an identity policy, managed or inline. Total, like parseTrustPolicy. */
export function parsePermissionPolicy(text: string, root = ""): Parsed<PermissionPolicy> {
  return parse(text, root, (value, version, where) =>
    readPermissionStatement(statementElementsOf(value, where), version, where),
  );
}

type ReadStatement<Statement> = (
  value: JsonValue,
  version: PolicyVersion,
  where: string,
) => Statement;

function parse<Statement extends { readonly sid: string | null; readonly where: string }>(
  text: string,
  root: string,
  readStatement: ReadStatement<Statement>,
): Parsed<PolicyDocument<Statement>> {
  try {
    return { kind: "parsed", policy: readDocument(text, root, readStatement) };
  } catch (error) {
    if (error instanceof Refusal) return { kind: "refused", problem: error.problem };
    throw error;
  }
}

/** What IAM's API takes as a document: tab, `\n`, `\r` and printable Latin-1. */
const foreignCharacter = /[^\t\n\r\u0020-\u00ff]/;

function readDocument<Statement extends { readonly sid: string | null; readonly where: string }>(
  text: string,
  root: string,
  readStatement: ReadStatement<Statement>,
): PolicyDocument<Statement> {
  const read = readJson(text);
  if (read.kind === "refused")
    throw new Refusal(read.problem.code, read.problem.message, pathUnder(root, read.problem.where));
  const foreign = foreignCharacter.exec(text);
  if (foreign !== null) {
    const code = `U+${(foreign[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
    const message = `The character ${code} is not allowed: IAM takes tab, line breaks and U+0020 to U+00FF.`;
    throw new Refusal("forbidden-character", message, root);
  }
  const { twice } = read;
  if (twice !== null) throw new Refusal(twice.code, twice.message, pathUnder(root, twice.where));
  if (read.value.kind !== "object") {
    throw new Refusal("not-a-policy", "A policy document is a JSON object.", root);
  }
  return readPolicy(read.value, root, readStatement);
}

function readPolicy<Statement extends { readonly sid: string | null; readonly where: string }>(
  document: JsonValue & { readonly kind: "object" },
  root: string,
  readStatement: ReadStatement<Statement>,
): PolicyDocument<Statement> {
  let version: PolicyVersion = "2008-10-17";
  let statement: JsonValue | undefined;
  for (const { name, value } of document.members) {
    switch (name) {
      case "Version":
        version = readVersion(value, memberPath(root, name));
        break;
      case "Id":
        if (value.kind !== "string")
          throw new Refusal("malformed-id", "Id must be a string.", memberPath(root, name));
        break;
      case "Statement":
        statement = value;
        break;
      default:
        throw new Refusal(
          "unknown-element",
          `A policy has no element ${JSON.stringify(name)}.`,
          memberPath(root, name),
        );
    }
  }
  if (statement === undefined)
    throw new Refusal("missing-statement", "The policy has no Statement.", root);
  const path = memberPath(root, "Statement");
  const isList = statement.kind === "array";
  const values = statement.kind === "array" ? statement.elements : [statement];
  if (values.length === 0) {
    throw new Refusal("missing-statement", "A policy needs at least one statement.", path);
  }
  const statements = values.map((value, index) =>
    readStatement(value, version, isList ? elementPath(path, index) : path),
  );
  refuseEqualSids(statements);
  return { version, statements };
}

function readVersion(value: JsonValue, where: string): PolicyVersion {
  if (value.kind === "string" && (value.text === "2012-10-17" || value.text === "2008-10-17"))
    return value.text;
  throw new Refusal("unknown-version", "Version must be 2012-10-17 or 2008-10-17.", where);
}

function refuseEqualSids(
  statements: readonly { readonly sid: string | null; readonly where: string }[],
): void {
  const seen = new Set<string>();
  for (const { sid, where } of statements) {
    if (sid === null || sid === "") continue;
    if (seen.has(sid)) {
      const message = `Statement IDs (SID) in a single policy must be unique: ${JSON.stringify(sid)} is there twice.`;
      throw new Refusal("duplicate-sid", message, memberPath(where, "Sid"));
    }
    seen.add(sid);
  }
}
