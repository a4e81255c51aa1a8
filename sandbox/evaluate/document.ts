import type { PolicyCondition } from "./conditions.ts";
import { operatorOf } from "./operators/index.ts";
import { everybody, type Principal } from "./principals.ts";
import type { Version } from "./variables.ts";

/** A list that a request must be in, or (`not`) must not be in. */
export type Listed<T> = { readonly not: boolean; readonly items: readonly T[] };

export type Statement = {
  readonly index: number;
  readonly effect: "Allow" | "Deny";
  readonly principals: Listed<Principal> | null;
  readonly actions: Listed<string>;
  readonly resources: Listed<string> | null;
  readonly conditions: readonly PolicyCondition[];
};

export type Policy = { readonly version: Version; readonly statements: readonly Statement[] };

/** A policy that cannot be evaluated. The check of the grammar refuses it before IAM keeps it. */
export class UnreadablePolicy extends Error {
  override readonly name = "UnreadablePolicy";
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** One element or an array of them: IAM accepts either. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

/**
 * The statements of a parsed document, in a shape that is easy to evaluate.
 * Throws UnreadablePolicy if the grammar is wrong. Call `problemOfTrustPolicy` or
 * `problemOfPermissionPolicy` before to get IAM's own error instead.
 */
export function readPolicy(document: unknown): Policy {
  if (!isObject(document)) throw new UnreadablePolicy("the document is not an object");
  const known = read.get(document);
  if (known !== undefined) return known;
  const policy = policyIn(document);
  read.set(document, policy);
  return policy;
}

/** A parsed document is never changed in place, so that it is read once. */
const read = new WeakMap<object, Policy>();

function policyIn(document: Readonly<Record<string, unknown>>): Policy {
  const version = member(document, "Version") === "2012-10-17" ? "2012-10-17" : "2008-10-17";
  const statements = listOf(member(document, "Statement")).map(readStatement);
  return { version, statements };
}

function member(object: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function readStatement(value: unknown, index: number): Statement {
  if (!isObject(value)) throw new UnreadablePolicy(`statement ${index} is not an object`);
  const effect = member(value, "Effect");
  if (effect !== "Allow" && effect !== "Deny") {
    throw new UnreadablePolicy(`statement ${index} has no effect`);
  }
  const actions = readListed(value, "Action", "NotAction", readTexts);
  if (actions === null) throw new UnreadablePolicy(`statement ${index} has no action`);
  return {
    index,
    effect,
    principals: readListed(value, "Principal", "NotPrincipal", readPrincipals),
    actions,
    resources: readListed(value, "Resource", "NotResource", readTexts),
    conditions: readConditions(member(value, "Condition")),
  };
}

function readListed<T>(
  statement: Readonly<Record<string, unknown>>,
  positive: string,
  negative: string,
  read: (value: unknown) => readonly T[],
): Listed<T> | null {
  const listed = member(statement, positive);
  if (listed !== undefined) return { not: false, items: read(listed) };
  const unlisted = member(statement, negative);
  return unlisted === undefined ? null : { not: true, items: read(unlisted) };
}

function readTexts(value: unknown): readonly string[] {
  return listOf(value).map(String);
}

function readPrincipals(value: unknown): readonly Principal[] {
  if (value === "*") return [everybody];
  if (!isObject(value)) throw new UnreadablePolicy("a principal is neither * nor an object");
  return Object.entries(value).flatMap(([type, ids]) => readTexts(ids).map((id) => ({ type, id })));
}

function readConditions(value: unknown): readonly PolicyCondition[] {
  if (value === undefined) return [];
  if (!isObject(value)) throw new UnreadablePolicy("a condition block is not an object");
  return Object.entries(value).flatMap(([name, keys]) => {
    const operator = operatorOf(name);
    if (operator === null) throw new UnreadablePolicy(`no condition operator ${name}`);
    if (!isObject(keys)) throw new UnreadablePolicy(`${name} holds no object`);
    return Object.entries(keys).map(([key, listed]) => ({
      operator,
      key,
      listed: readTexts(listed),
    }));
  });
}
