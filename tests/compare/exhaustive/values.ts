import { BlockList, isIPv4, isIPv6 } from "node:net";
import type { By, Context, Version } from "./atom.ts";
import type { Reading } from "./readings.ts";

/** Does a value of a request fit a value of a policy? `foreign`: it is not of the operator's type. */
export type Fit = boolean | "foreign";

type Asked = { readonly base: string; readonly wanted: string; readonly value: string };

/** By one operator, its prefix, its suffix and its negation taken off. */
export function fits(asked: Asked, context: Context, { version, reading }: By): Fit {
  const { base, wanted, value } = asked;
  switch (base) {
    case "StringEquals":
    case "StringLike":
    case "StringEqualsIgnoreCase": {
      const text = expression(wanted, { version, wild: base === "StringLike" }, context);
      return text !== null && compiled(text, base.endsWith("IgnoreCase") ? "si" : "s").test(value);
    }
    case "ArnLike":
    case "ArnEquals":
      return fitsArn(asked, context, { version, reading });
    case "Bool":
      if (wanted !== "true" && wanted !== "false") return unreadable(asked, reading);
      return /^(true|false)$/.test(value) ? wanted === value : "foreign";
    case "BinaryEquals":
      return isBase64(wanted) ? wanted === value : unreadable(asked, reading);
    case "IpAddress": {
      const block = blockOf(wanted);
      if (block === null) return unreadable(asked, reading);
      if (!isIPv4(value) && !isIPv6(value)) return "foreign";
      return block.check(value, isIPv4(value) ? "ipv4" : "ipv6");
    }
    default:
      return fitsOrdered(asked, reading);
  }
}

const compiledBefore = new Map<string, RegExp>();

function compiled(text: string, flags: string): RegExp {
  const name = `${flags} ${text}`;
  const known = compiledBefore.get(name);
  if (known !== undefined) return known;
  const made = new RegExp(`^${text}$`, flags);
  compiledBefore.set(name, made);
  return made;
}

function fitsArn(
  asked: Asked,
  context: Context,
  { version, reading }: Pick<By, "version" | "reading">,
): Fit {
  const wanted = fieldsOf(asked.wanted);
  if (wanted === null) return unreadable(asked, reading);
  const given = fieldsOf(asked.value);
  if (given === null || given[0] !== "arn") return "foreign";
  return wanted.every((field, at) => {
    const text = expression(field, { version, wild: true }, context);
    return text !== null && compiled(text, "s").test(given[at] ?? "");
  });
}

/** Five fields and whatever follows; null for fewer colons. */
function fieldsOf(text: string): readonly string[] | null {
  const fields = text.split(":");
  return fields.length < 6 ? null : [...fields.slice(0, 5), fields.slice(5).join(":")];
}

/** The canonical spelling: what its bytes are written as again. */
function isBase64(text: string): boolean {
  return text !== "" && Buffer.from(text, "base64").toString("base64") === text;
}

const blocks = new Map<string, BlockList | null>();

function blockOf(wanted: string): BlockList | null {
  const known = blocks.get(wanted);
  if (known !== undefined) return known;
  const [address = "", prefix] = wanted.split("/");
  const family = isIPv4(address) ? "ipv4" : isIPv6(address) ? "ipv6" : null;
  const block = family === null ? null : new BlockList();
  if (family !== null && prefix === undefined) block?.addAddress(address, family);
  else if (family !== null) block?.addSubnet(address, Number(prefix), family);
  blocks.set(wanted, block);
  return block;
}

function fitsOrdered(asked: Asked, reading: Reading): Fit {
  const [, type, relation] = /^(Numeric|Date)(\w+)$/.exec(asked.base) ?? [];
  const read = type === "Numeric" ? numberOf : type === "Date" ? secondsOf : null;
  if (read === null || relation === undefined)
    throw new Error(`no such operator here: ${asked.base}`);
  const operand = read(asked.wanted);
  if (operand === null) return unreadable(asked, reading);
  const value = read(asked.value);
  return value === null ? "foreign" : relates(relation, value - operand);
}

function numberOf(text: string): number | null {
  return /^[+-]?\d+(?:\.\d+)?$/.test(text) ? Number(text) : null;
}

/** Seconds since 1970, written as such, as a day or as an instant. */
function secondsOf(text: string): number | null {
  if (/^\d+$/.test(text)) return Number(text);
  return /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d))?$/.test(text)
    ? Date.parse(text) / 1000
    : null;
}

function relates(relation: string, difference: number): boolean {
  switch (relation) {
    case "Equals":
      return difference === 0;
    case "LessThan":
      return difference < 0;
    case "LessThanEquals":
      return difference <= 0;
    case "GreaterThan":
      return difference > 0;
    case "GreaterThanEquals":
      return difference >= 0;
    default:
      throw new Error(`no such relation: ${relation}`);
  }
}

/** What a policy value fits that is not valid for its operator: nobody knows. */
function unreadable({ value }: Asked, reading: Reading): boolean {
  if (reading.unreadable === "first") return value === "1" || value.endsWith("/a");
  return reading.unreadable === "all";
}

type How = { readonly version: Version; readonly wild: boolean };

/** The expressions of values that hold no variable: the same in each context. */
const expressions = new Map<string, string>();

/** A policy value as a regular expression; null where a variable has no value. */
export function expression(wanted: string, how: How, context: Context): string | null {
  const name = `${how.version} ${how.wild} ${wanted}`;
  const known = expressions.get(name);
  if (known !== undefined) return known;
  const written = expressionIn(wanted, how, context);
  if (written !== null && !wanted.includes("${")) expressions.set(name, written);
  return written;
}

function expressionIn(wanted: string, how: How, context: Context): string | null {
  let text = "";
  const pieces = how.version === "2012-10-17" ? /\$\{[^}]*\}|./gs : /./gs;
  for (const piece of wanted.match(pieces) ?? []) {
    if (piece.length > 1 && piece.startsWith("${")) {
      const value = variableOf(piece, context);
      if (value === null) return null;
      text += literal(value);
    } else if (how.wild && piece === "*") text += ".*";
    else if (how.wild && piece === "?") text += ".";
    else text += literal(piece);
  }
  return text;
}

/** What `${…}` stands for: a character, a key's value, or its default. */
function variableOf(piece: string, context: Context): string | null {
  const inside = piece.slice(2, -1);
  if (/^[*?$]$/.test(inside)) return inside;
  const [, key = "", fallback] = /^([^,]*)(?:, '(.*)')?$/.exec(inside) ?? [];
  return context.get(key.toLowerCase())?.[0] ?? fallback ?? null;
}

function literal(text: string): string {
  return text.replace(/[^a-z0-9]/gi, (character) => `\\u${hex(character)}`);
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(4, "0");
}
