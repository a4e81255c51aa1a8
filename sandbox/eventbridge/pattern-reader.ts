import { isIPv4, isIPv6 } from "node:net";
import { isRecord } from "../input/members.ts";

/** A valid event pattern. */
export type Pattern = {
  readonly fields: ReadonlyMap<string, Field>;
  /** For each `$or`: one of these has to match as well. */
  readonly oneOf: readonly (readonly Pattern[])[];
};

export type Field =
  | { readonly kind: "below"; readonly pattern: Pattern }
  | { readonly kind: "leaf"; readonly tests: readonly Test[] };

export type Test =
  | { readonly kind: "equals"; readonly value: string | number | boolean | null }
  | { readonly kind: "exists"; readonly exists: boolean }
  | { readonly kind: "text"; readonly compare: Compare }
  | { readonly kind: "except"; readonly except: Except }
  | { readonly kind: "numeric"; readonly bounds: readonly Bound[] }
  | { readonly kind: "cidr"; readonly address: string; readonly bits: number };

export type Compare =
  | { readonly kind: "prefix" | "suffix" | "equals-ignore-case"; readonly value: string }
  | { readonly kind: "prefix-ignore-case" | "suffix-ignore-case"; readonly value: string }
  | { readonly kind: "wildcard"; readonly parts: readonly string[] };

export type Except =
  | { readonly kind: "values"; readonly values: readonly (string | number)[] }
  | { readonly kind: "texts"; readonly compares: readonly Compare[] };

type Bound = { readonly comparison: "<" | "<=" | "=" | ">=" | ">"; readonly limit: number };

export type PatternRead =
  | { readonly kind: "pattern"; readonly pattern: Pattern }
  | { readonly kind: "invalid"; readonly reason: string };

class Invalid extends Error {}

/** Reads a pattern from JSON text. If a key occurs twice, the last counts, as in EventBridge. */
export function parsePattern(text: string): PatternRead {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { kind: "invalid", reason: "Event pattern is not valid JSON" };
  }
  return readPattern(parsed);
}

/** Reads a pattern from JSON data, for example from a template. */
export function readPattern(data: unknown): PatternRead {
  try {
    if (!isRecord(data)) throw new Invalid("Filter is not an object");
    if (Object.keys(data).length === 0) throw new Invalid("Empty objects are not allowed");
    return { kind: "pattern", pattern: patternOf(data) };
  } catch (error) {
    if (error instanceof Invalid) return { kind: "invalid", reason: error.message };
    throw error;
  }
}

function patternOf(data: Readonly<Record<string, unknown>>): Pattern {
  const entries = Object.entries(data);
  if (entries.length === 0) throw new Invalid("Empty objects are not allowed");
  const fields = entries.filter(([name]) => name !== "$or");
  return {
    fields: new Map(fields.map(([name, value]) => [name, fieldOf(name, value)])),
    oneOf: entries.filter(([name]) => name === "$or").map(([, value]) => choicesOf(value)),
  };
}

function choicesOf(value: unknown): readonly Pattern[] {
  if (!Array.isArray(value) || value.length < 2) {
    throw new Invalid("$or must be an array of at least two objects");
  }
  return value.map((one: unknown) => {
    if (!isRecord(one)) throw new Invalid("$or must hold objects");
    return patternOf(one);
  });
}

function fieldOf(name: string, value: unknown): Field {
  if (isRecord(value)) return { kind: "below", pattern: patternOf(value) };
  if (!Array.isArray(value)) throw new Invalid(`"${name}" must be an object or an array`);
  if (value.length === 0) throw new Invalid("Empty arrays are not allowed");
  return { kind: "leaf", tests: value.map(testOf) };
}

function testOf(value: unknown): Test {
  if (value === null || typeof value === "boolean" || typeof value === "string") {
    return { kind: "equals", value };
  }
  if (typeof value === "number") return { kind: "equals", value };
  if (!isRecord(value)) {
    throw new Invalid("Match value must be String, number, true, false, or null");
  }
  const [operator, operand] = onlyMember(value, "Only one key allowed in match expression");
  switch (operator) {
    case "exists":
      if (typeof operand !== "boolean") throw new Invalid("exists match pattern must be boolean");
      return { kind: "exists", exists: operand };
    case "anything-but":
      return { kind: "except", except: exceptOf(operand) };
    case "numeric":
      return { kind: "numeric", bounds: boundsOf(operand) };
    case "cidr":
      return blockOf(operand);
    default:
      return { kind: "text", compare: compareOf(operator, operand) };
  }
}

function onlyMember(
  value: Readonly<Record<string, unknown>>,
  otherwise: string,
): readonly [string, unknown] {
  const [member, ...others] = Object.entries(value);
  if (member === undefined || others.length > 0) throw new Invalid(otherwise);
  return member;
}

function compareOf(operator: string, operand: unknown): Compare {
  switch (operator) {
    case "prefix":
    case "suffix": {
      if (!isRecord(operand)) return { kind: operator, value: textOf(operator, operand) };
      const [inner, value] = onlyMember(operand, `${operator} takes one nested match`);
      if (inner !== "equals-ignore-case") throw new Invalid(`Unrecognized match type ${inner}`);
      return { kind: `${operator}-ignore-case`, value: textOf(inner, value) };
    }
    case "equals-ignore-case":
      return { kind: operator, value: textOf(operator, operand) };
    case "wildcard":
      return { kind: operator, parts: wildcardParts(textOf(operator, operand)) };
    default:
      throw new Invalid(`Unrecognized match type ${operator}`);
  }
}

function textOf(operator: string, operand: unknown): string {
  if (typeof operand !== "string") throw new Invalid(`${operator} match pattern must be a string`);
  return operand;
}

/** Splits at the stars. `\*` and `\\` are the characters themselves; `**` is refused. */
function wildcardParts(text: string): readonly string[] {
  const parts: string[] = [""];
  for (let i = 0; i < text.length; i += 1) {
    const character = text.charAt(i);
    const next = text.charAt(i + 1);
    if (character === "\\") {
      if (next !== "*" && next !== "\\") throw new Invalid("Invalid escape character");
      parts.push(`${parts.pop() ?? ""}${next}`);
      i += 1;
    } else if (character === "*") {
      if (next === "*") throw new Invalid("Consecutive wildcard characters are not allowed");
      parts.push("");
    } else {
      parts.push(`${parts.pop() ?? ""}${character}`);
    }
  }
  return parts;
}

function exceptOf(operand: unknown): Except {
  if (isRecord(operand)) {
    const [operator, value] = onlyMember(operand, "anything-but takes one nested match");
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (values.length === 0) throw new Invalid("Empty arrays are not allowed");
    return { kind: "texts", compares: values.map((one) => compareOf(operator, one)) };
  }
  const values: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  const texts = values.filter((value) => typeof value === "string");
  const numbers = values.filter((value) => typeof value === "number");
  if (values.length === 0) throw new Invalid("Empty arrays are not allowed");
  if (texts.length !== values.length && numbers.length !== values.length) {
    throw new Invalid("Inside anything-but list, either all values are numbers or all are strings");
  }
  return { kind: "values", values: [...texts, ...numbers] };
}

const numberMax = 5_000_000_000;

function boundsOf(operand: unknown): readonly Bound[] {
  if (!Array.isArray(operand) || (operand.length !== 2 && operand.length !== 4)) {
    throw new Invalid("numeric takes one or two pairs of a comparison and a number");
  }
  const items: readonly unknown[] = operand;
  const bounds = [items.slice(0, 2), items.slice(2)]
    .filter(({ length }) => length > 0)
    .map(boundOf);
  const [low, high] = bounds;
  if (low !== undefined && high !== undefined) {
    const isRange = low.comparison.startsWith(">") && high.comparison.startsWith("<");
    if (!isRange) throw new Invalid("A numeric range begins with > or >= and ends with < or <=");
    if (low.limit >= high.limit) throw new Invalid("Bottom must be less than top");
  }
  return bounds;
}

function boundOf([comparison, limit]: readonly unknown[]): Bound {
  if (typeof limit !== "number" || Math.abs(limit) > numberMax) {
    throw new Invalid(`Value of numeric must be a number between -${numberMax} and ${numberMax}`);
  }
  switch (comparison) {
    case "<":
    case "<=":
    case "=":
    case ">=":
    case ">":
      return { comparison, limit };
    default:
      throw new Invalid(`Unrecognized numeric range operator: ${String(comparison)}`);
  }
}

function blockOf(operand: unknown): Test {
  const [address = "", width = "", ...more] = textOf("cidr", operand).split("/");
  const bitsMax = isIPv4(address) ? 32 : isIPv6(address) ? 128 : -1;
  const bits = Number(width);
  if (!/^\d+$/.test(width) || more.length > 0 || bits > bitsMax) {
    throw new Invalid(`Malformed CIDR: ${String(operand)}`);
  }
  return { kind: "cidr", address, bits };
}
