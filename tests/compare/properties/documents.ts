import { isIP } from "node:net";
import { secondsOf } from "../../../sandbox/evaluate/operators/dates.ts";

/** A look at parsed policy documents from outside, sharing nothing with the engine's own parser. */

/** One operator on one key, with the version of its document. */
export type Atom = {
  readonly version: string | undefined;
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
};

export type ReadStatement = {
  readonly principals: readonly { readonly type: string; readonly id: string }[];
  readonly actions: readonly string[];
  readonly atoms: readonly Atom[];
};

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** Statements of documents that are known to be well formed. */
export function statementsOf(documents: readonly unknown[]): readonly ReadStatement[] {
  return documents.filter(isObject).flatMap((document) => {
    const version = document["Version"] === undefined ? undefined : String(document["Version"]);
    return listOf(document["Statement"])
      .filter(isObject)
      .map((statement) => ({
        principals: [
          ...principalsOf(statement["Principal"]),
          ...principalsOf(statement["NotPrincipal"]),
        ],
        actions: [...listOf(statement["Action"]), ...listOf(statement["NotAction"])].map(String),
        atoms: atomsOf(statement["Condition"], version),
      }));
  });
}

function principalsOf(value: unknown): readonly { type: string; id: string }[] {
  if (value === "*") return [{ type: "AWS", id: "*" }];
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([type, ids]) =>
    listOf(ids).map((id) => ({ type, id: String(id) })),
  );
}

function atomsOf(value: unknown, version: string | undefined): readonly Atom[] {
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([operator, keys]) =>
    isObject(keys)
      ? Object.entries(keys).map(([key, values]) => ({
          version,
          operator,
          key,
          values: listOf(values).map(String),
        }))
      : [],
  );
}

/** An operator without its set prefix and IfExists. */
export function bareOperator(operator: string): string {
  return operator.replace(/^For(AllValues|AnyValue):/, "").replace(/IfExists$/, "");
}

const documentedMulti =
  /^(aws:tagkeys|sts:transitivetagkeys|aws:calledvia|aws:principalorgpaths|sts:requestcontextproviders|sts:identitytokenaudience|.*:amr)$/;
const documentedSingle = /^(aws:.*|sts:.*|.*:(aud|sub|project-id))$/;

/** Whether a key may hold several values: the documented lists, or unlisted and under set operators only. */
export function isMultiValued(key: string, atoms: readonly Atom[]): boolean {
  const name = key.toLowerCase();
  if (documentedMulti.test(name)) return true;
  if (documentedSingle.test(name)) return false;
  const own = atoms.filter((atom) => atom.key.toLowerCase() === name && atom.operator !== "Null");
  return own.length > 0 && own.every((atom) => atom.operator.startsWith("For"));
}

export type KeyType = "text" | "bool" | "number" | "date" | "address" | "arn";

/** The types that the operators on a key give it; more than one where they disagree. */
export function typesOf(key: string, atoms: readonly Atom[]): ReadonlySet<KeyType> {
  const types = new Set<KeyType>();
  for (const atom of atoms) {
    if (atom.key.toLowerCase() !== key.toLowerCase()) continue;
    const operator = bareOperator(atom.operator);
    if (operator === "Bool") types.add("bool");
    if (operator.startsWith("Numeric")) types.add("number");
    if (operator.startsWith("Date")) types.add("date");
    if (operator.endsWith("IpAddress")) types.add("address");
    if (operator.startsWith("Arn")) types.add("arn");
  }
  return types.size === 0 ? new Set<KeyType>(["text"]) : types;
}

/** Whether a value is one of a type, as the request space has it. */
export function fits(value: string, type: KeyType): boolean {
  switch (type) {
    case "text":
      return true;
    case "bool":
      return value === "true" || value === "false";
    case "number":
      return /^-?\d+(\.\d+)?$/.test(value);
    case "date":
      return Number.isInteger(secondsOf(value));
    case "address":
      return isIP(value) !== 0;
    case "arn":
      return value.startsWith("arn:") && value.split(":").length >= 6;
    default:
      throw new Error(`no such type: ${type satisfies never}`);
  }
}
