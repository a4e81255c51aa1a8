import { inRange, parseAddress } from "../language/address.ts";
import { compareDecimals, type Decimal, parseDecimal } from "../language/decimal.ts";
import { parseInstant } from "../language/instant.ts";
import { matches, type Pattern } from "../language/pattern.ts";
import type { ConditionTest, Relation } from "./document.ts";

/**
 * Does one value fit one of a test's operands? Negation, absence and set operators are the
 * caller's; so are values that are unclear. A value that is not of the operator's type fits nothing.
 */
export function fits(test: ConditionTest, value: string): boolean {
  switch (test.kind) {
    case "string":
    case "binary":
    case "arn":
      return test.patterns.some((pattern) => matches(pattern, value));
    case "bool":
      return test.operands.some((operand) => String(operand) === value);
    case "number":
      return relatesToOne(test, decimalIn(value, "number"));
    case "date":
      return relatesToOne(test, decimalIn(value, "date"));
    case "address": {
      const address = parseAddress(value);
      return address !== null && test.operands.some((range) => inRange(range, address));
    }
    case "null":
    case "unclear":
      return false;
    default:
      return test satisfies never;
  }
}

/**
 * Is a value of the type that a test asks for? Any other fits nothing, and what a negation makes of it is not
 * documented.
 */
export function isOfType(test: ConditionTest, value: string): boolean {
  switch (test.kind) {
    case "arn":
      return /^arn:([^:]*:){4}/.test(value);
    case "number":
    case "date":
      return decimalIn(value, test.kind) !== null;
    case "address":
      return parseAddress(value) !== null;
    default:
      return true;
  }
}

const parsers = { number: parseDecimal, date: parseInstant };
/** What the last texts came to: each value of a key is held against each of its conditions. */
const parsed = {
  number: new Map<string, Decimal | null>(),
  date: new Map<string, Decimal | null>(),
};
const parsedMax = 4_096;

function decimalIn(text: string, kind: keyof typeof parsers): Decimal | null {
  const texts = parsed[kind];
  const known = texts.get(text);
  if (known !== undefined) return known;
  if (texts.size >= parsedMax) texts.clear();
  const decimal = parsers[kind](text);
  texts.set(text, decimal);
  return decimal;
}

type Ordered = { readonly relation: Relation; readonly operands: readonly Decimal[] };

/** The operands of long lists by name, for those that ask for one of them. */
const named = new WeakMap<readonly Decimal[], ReadonlySet<string>>();

/** In a list of so many, a number is looked up by its name. */
const longList = 16;

function relatesToOne({ relation, operands }: Ordered, value: Decimal | null): boolean {
  if (value === null) return false;
  if (relation !== "equal" || operands.length < longList)
    return operands.some((operand) => relates(relation, value, operand));
  const names = named.get(operands) ?? new Set(operands.map(nameOfDecimal));
  named.set(operands, names);
  return names.has(nameOfDecimal(value));
}

/** Equal numbers have one name, for they have one scale. */
function nameOfDecimal({ mantissa, scale }: Decimal): string {
  return `${mantissa}e-${scale}`;
}

function relates(relation: Relation, value: Decimal, operand: Decimal): boolean {
  const order = compareDecimals(value, operand);
  switch (relation) {
    case "equal":
      return order === 0;
    case "less":
      return order < 0;
    case "less-or-equal":
      return order <= 0;
    case "greater":
      return order > 0;
    case "greater-or-equal":
      return order >= 0;
    default:
      return relation satisfies never;
  }
}

/** One name for what a test lets through: equal identities fit the same values. */
export function identityOfTest(test: ConditionTest): string {
  switch (test.kind) {
    case "string":
      return `text|${identityOfPatterns(test.patterns)}`;
    // A text that is not an ARN may have six fields: a string operator fits it, an ARN operator is not known to.
    case "arn":
      return `arn|${identityOfPatterns(test.patterns)}`;
    // Of bytes that are written in base64, and not of that text.
    case "binary":
      return `bytes|${identityOfPatterns(test.patterns)}`;
    case "bool":
    case "null":
      return `${test.kind}|${[...new Set(test.operands)].sort().join()}`;
    case "number":
    case "date":
      return `${test.kind}|${test.relation}|${inOrder(test.operands.map(nameOfDecimal)).join()}`;
    case "address":
      return `address|${test.operands
        .map((range) => `${range.family}:${range.first}-${range.last}`)
        .sort()
        .join()}`;
    case "unclear":
      return JSON.stringify([...new Set(test.operands)].sort());
    default:
      return test satisfies never;
  }
}

/**
 * One name for a union of patterns, whatever their order and however often one is given. It begins with their
 * number, since a text may be written as the list of several is: `["a","b"]`.
 */
export function identityOfPatterns(patterns: readonly Pattern[]): string {
  if (patterns.length === 1) return `1 ${patterns[0]?.identity}`;
  const distinct = inOrder(patterns.map(({ identity }) => identity));
  if (distinct.length === 1) return `1 ${distinct[0]}`;
  // As JSON, since a text may hold whatever would be put between two of them.
  return `${distinct.length} ${JSON.stringify(distinct)}`;
}

/**
 * Texts, each once, in an order that depends on nothing else. Hundreds are ordered by a number made of each, for to
 * compare texts takes longest of all where they begin alike.
 */
function inOrder(texts: readonly string[]): readonly string[] {
  if (texts.length < longList) return [...new Set(texts)].sort();
  const keys = Float64Array.from(texts, (text, at) => numberOf(text) * placesMax + at).sort();
  let before = -1;
  const ordered: string[] = [];
  for (const key of keys) {
    const number = Math.floor(key / placesMax);
    const text = texts[key % placesMax] ?? "";
    if (number !== before) ordered.push(text);
    else if (text !== ordered.at(-1)) return [...new Set(texts)].sort();
    before = number;
  }
  // As a short list is ordered, where most were given more than once.
  return ordered.length < longList ? ordered.sort() : ordered;
}

/** More texts than any document has; times a number of 32 bits it is a number without a fraction. */
const placesMax = 2 ** 20;

/** A number of 32 bits, nearly always another one for another text (FNV-1a). */
function numberOf(text: string): number {
  let number = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1)
    number = Math.imul(number ^ text.charCodeAt(at), 0x01000193);
  return number >>> 0;
}
