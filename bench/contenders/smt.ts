import { matches } from "../../sandbox/evaluate/glob.ts";
import { secondsOf } from "../../sandbox/evaluate/operators/dates.ts";
import { patternOf, type Version } from "../../sandbox/evaluate/variables.ts";
import type { KeyType } from "../../tests/compare/properties/documents.ts";

/** A question that this translation to SMT-LIB does not cover. */
export class Untranslated extends Error {}

export const and = (terms: readonly string[]) =>
  terms.length === 0 ? "true" : terms.length === 1 ? String(terms[0]) : `(and ${terms.join(" ")})`;
export const or = (terms: readonly string[]) =>
  terms.length === 0 ? "false" : terms.length === 1 ? String(terms[0]) : `(or ${terms.join(" ")})`;
export const not = (term: string) => `(not ${term})`;

function textTerm(text: string): string {
  const characters = [...text].map((character) => {
    if (character === '"') return '""';
    const code = character.codePointAt(0) ?? 0;
    return code < 32 || code > 126 || character === "\\" ? `\\u{${code.toString(16)}}` : character;
  });
  return `"${characters.join("")}"`;
}

const inRe = (variable: string, expression: string) => `(str.in_re ${variable} ${expression})`;
const concat = (parts: readonly string[]) =>
  parts.length === 0
    ? '(str.to_re "")'
    : parts.length === 1
      ? String(parts[0])
      : `(re.++ ${parts.join(" ")})`;

type Pattern = NonNullable<ReturnType<typeof patternOf>>;

/** Texts are joined as far as they go: of one in parts, the solver makes nothing in seconds. */
function regex(pattern: Pattern, oneAt = (_place: number): string => "re.allchar"): string {
  const parts: string[] = [];
  let run = "";
  const flush = () => {
    if (run !== "") parts.push(`(str.to_re ${textTerm(run)})`);
    run = "";
  };
  for (const [place, piece] of pattern.entries()) {
    if (piece.kind === "character") run += piece.character;
    else {
      flush();
      parts.push(piece.kind === "any-run" ? `(re.* ${oneAt(place)})` : oneAt(place));
    }
  }
  flush();
  return concat(parts);
}

const notColon = '(re.diff re.allchar (str.to_re ":"))';

/** A text of six fields, as an ARN has. */
export const arnShape = (variable: string) =>
  inRe(
    variable,
    concat([
      '(str.to_re "arn:")',
      ...Array.from({ length: 4 }, () => `(re.* ${notColon}) (str.to_re ":")`),
      "re.all",
    ]),
  );

/** A wildcard in one of the first five fields does not cross a colon. */
function arnRegex(pattern: Pattern): string {
  const colons = [...pattern.entries()].flatMap(([place, piece]) =>
    piece.kind === "character" && piece.character === ":" ? [place] : [],
  );
  const last = colons[4];
  if (last === undefined) return "re.none";
  return regex(pattern, (place) => (place < last ? notColon : "re.allchar"));
}

const anyCase = (text: string) =>
  concat(
    [...text].map((character) => {
      const [lower, upper] = [character.toLowerCase(), character.toUpperCase()];
      return lower === upper
        ? `(str.to_re ${textTerm(character)})`
        : `(re.union (str.to_re ${textTerm(lower)}) (str.to_re ${textTerm(upper)}))`;
    }),
  );

function patternIn(listed: string, version: Version, wildcards: "live" | "characters"): Pattern {
  if (version === "2012-10-17" && /\$\{[^*?$]/.test(listed)) throw new Untranslated("a variable");
  return patternOf(listed, version, wildcards, new Map()) ?? [];
}

const order: Readonly<Record<string, string>> = {
  Equals: "=",
  NotEquals: "=",
  LessThan: "<",
  LessThanEquals: "<=",
  GreaterThan: ">",
  GreaterThanEquals: ">=",
};

function numberTerm(text: string): string {
  const value = Number(text);
  const digits = Math.abs(value).toString();
  const term = digits.includes(".") ? digits : `${digits}.0`;
  return value < 0 ? `(- ${term})` : term;
}

/** Whether a value, held by a variable of the key's type, fits one listed value of an operator. */
export function fitsTerm(
  variable: string,
  type: KeyType,
  test: { readonly operator: string; readonly listed: string; readonly version: Version },
): string {
  const { operator, listed, version } = test;
  switch (type) {
    case "number":
      if (!operator.startsWith("Numeric")) throw new Untranslated("a text test of a number");
      return `(${order[operator.slice(7)]} ${variable} ${numberTerm(listed)})`;
    case "date": {
      if (!operator.startsWith("Date")) throw new Untranslated("a text test of a date");
      const seconds = secondsOf(listed);
      return seconds === null ? "false" : `(${order[operator.slice(4)]} ${variable} ${seconds})`;
    }
    case "bool":
      return boolTerm(variable, operator, listed, version);
    case "address":
      if (!operator.endsWith("IpAddress")) throw new Untranslated("a text test of an address");
      return addressTerm(variable, listed);
    case "text":
    case "arn":
      return inRe(variable, textRegex(operator, listed, version));
    default:
      throw new Error(`no such type: ${type satisfies never}`);
  }
}

function textRegex(operator: string, listed: string, version: Version): string {
  if (operator.startsWith("Arn")) return arnRegex(patternIn(listed, version, "live"));
  if (operator.endsWith("IgnoreCase")) {
    const pattern = patternIn(listed, version, "characters");
    return anyCase(pattern.map((p) => (p.kind === "character" ? p.character : "")).join(""));
  }
  return regex(patternIn(listed, version, operator.endsWith("Like") ? "live" : "characters"));
}

function boolTerm(variable: string, operator: string, listed: string, version: Version): string {
  const wildcards = operator.endsWith("Like") ? "live" : "characters";
  const pattern = patternIn(listed.toLowerCase(), version, wildcards);
  return or([
    ...(matches(pattern, "true") ? [variable] : []),
    ...(matches(pattern, "false") ? [not(variable)] : []),
  ]);
}

/** Addresses are whole numbers: IPv4 from 0 on, IPv6 from 2^32 on. */
function addressTerm(variable: string, listed: string): string {
  const [base = "", prefix] = listed.split("/");
  const v6 = base.includes(":");
  const width = v6 ? 128n : 32n;
  const size = 2n ** (width - BigInt(prefix ?? width));
  const bits = v6
    ? v6Bits(base)
    : base.split(".").reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  const first = (bits / size) * size + (v6 ? 2n ** 32n : 0n);
  return `(and (>= ${variable} ${first}) (< ${variable} ${first + size}))`;
}

function v6Bits(text: string): bigint {
  const [front = "", back] = text.split("::");
  const groups = (half: string) => (half === "" ? [] : half.split(":"));
  const left = groups(front);
  const right = groups(back ?? "");
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0");
  const all = back === undefined ? left : [...left, ...zeros, ...right];
  return all.reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n);
}

/** The sort of a key's variable, and what holds of every value of its type. */
export function declaration(variable: string, type: KeyType): { sort: string; holds: string } {
  switch (type) {
    case "text":
      return { sort: "String", holds: not(`(= ${variable} "")`) };
    case "arn":
      return { sort: "String", holds: arnShape(variable) };
    case "number":
      return { sort: "Real", holds: "true" };
    case "date":
      return { sort: "Int", holds: "true" };
    case "bool":
      return { sort: "Bool", holds: "true" };
    case "address":
      return {
        sort: "Int",
        holds: `(and (>= ${variable} 0) (< ${variable} ${2n ** 128n + 2n ** 32n}))`,
      };
    default:
      throw new Error(`no such type: ${type satisfies never}`);
  }
}
