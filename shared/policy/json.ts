import { elementPath, memberPath, type PolicyProblem } from "./problem.ts";

/**
 * JSON as IAM reads it, not as JavaScript does: every member of an object is kept in order, also
 * one given twice, a number keeps its spelling, and each value knows its place in the text.
 */
export type JsonValue =
  | {
      readonly kind: "object";
      readonly members: readonly JsonMember[];
      readonly start: number;
      readonly end: number;
    }
  | {
      readonly kind: "array";
      readonly elements: readonly JsonValue[];
      readonly start: number;
      readonly end: number;
    }
  | { readonly kind: "string"; readonly text: string; readonly start: number; readonly end: number }
  | { readonly kind: "number"; readonly text: string; readonly start: number; readonly end: number }
  | {
      readonly kind: "boolean";
      readonly value: boolean;
      readonly start: number;
      readonly end: number;
    }
  | { readonly kind: "null"; readonly start: number; readonly end: number };

type JsonMember = { readonly name: string; readonly value: JsonValue };

type JsonReading =
  /** `twice` is about the first member of an object that is given twice, null where there is none. */
  | { readonly kind: "read"; readonly value: JsonValue; readonly twice: PolicyProblem | null }
  | { readonly kind: "refused"; readonly problem: PolicyProblem };

/** Policies nest seven deep; a document of brackets alone must not overflow the stack. */
const depthMax = 64;

/** Reads one JSON value (RFC 8259) that fills the whole text. Never throws. */
export function readJson(text: string): JsonReading {
  if (text.charCodeAt(0) === 0xfeff) {
    return refused("byte-order-mark", "The text begins with a byte order mark. Remove it.");
  }
  if (text.trim() === "") return refused("not-json", "The text is empty.");
  const reader: Reader = { text, at: 0, path: [], problem: null, twice: null };
  const value = readValue(reader);
  if (reader.problem !== null) return { kind: "refused", problem: reader.problem };
  if (value === null) return refused("not-json", "The text is not JSON.");
  skipSpace(reader);
  if (reader.at < text.length) {
    return refused(
      "not-json",
      `Text follows the JSON value at ${place(text, reader.at)}${oddAt(reader)}.`,
    );
  }
  return { kind: "read", value, twice: reader.twice };
}

function refused(code: PolicyProblem["code"], message: string): JsonReading {
  return { kind: "refused", problem: { code, message, where: "" } };
}

type Reader = {
  readonly text: string;
  at: number;
  /** Names and indexes from the document down to the value that is being read. */
  readonly path: (string | number)[];
  problem: PolicyProblem | null;
  twice: PolicyProblem | null;
};

function pathOf(reader: Reader): string {
  let path = "";
  for (const step of reader.path) {
    path = typeof step === "number" ? elementPath(path, step) : memberPath(path, step);
  }
  return path;
}

function fail(reader: Reader, what: string): null {
  const message = `The text is not JSON: ${what} at ${place(reader.text, reader.at)}${oddAt(reader)}.`;
  reader.problem ??= { code: "not-json", message, where: pathOf(reader) };
  return null;
}

/** A character that no keyboard writes is shown: a typographic quotation mark, say. */
function oddAt({ text, at }: Pick<Reader, "text" | "at">): string {
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0x20);
  return /^[ -~\t\n\r]$/.test(character) ? "" : `: ${JSON.stringify(character)}`;
}

function place(text: string, at: number): string {
  const before = text.slice(0, at).split("\n");
  return `line ${before.length}, column ${(before[before.length - 1] ?? "").length + 1}`;
}

function skipSpace(reader: Reader): void {
  for (; reader.at < reader.text.length; reader.at += 1) {
    const character = reader.text.charCodeAt(reader.at);
    if (character !== 32 && character !== 10 && character !== 13 && character !== 9) return;
  }
}

function readValue(reader: Reader): JsonValue | null {
  skipSpace(reader);
  const start = reader.at;
  const first = reader.text[start];
  if (first === undefined) return fail(reader, "a value is missing");
  if (first === "{" || first === "[") {
    if (reader.path.length >= depthMax) return fail(reader, `more than ${depthMax} levels`);
    return first === "{" ? readObject(reader) : readArray(reader);
  }
  if (first === '"') {
    const text = readString(reader);
    return text === null ? null : { kind: "string", text, start, end: reader.at };
  }
  return readWord(reader);
}

const wordGrammar = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;

function readWord(reader: Reader): JsonValue | null {
  const start = reader.at;
  wordGrammar.lastIndex = start;
  const text = wordGrammar.exec(reader.text)?.[0];
  if (text === undefined) return fail(reader, "a value is malformed");
  reader.at += text.length;
  const end = reader.at;
  if (text === "null") return { kind: "null", start, end };
  if (text === "true" || text === "false")
    return { kind: "boolean", value: text === "true", start, end };
  return { kind: "number", text, start, end };
}

function readArray(reader: Reader): JsonValue | null {
  const start = reader.at;
  const elements: JsonValue[] = [];
  reader.at += 1;
  skipSpace(reader);
  if (reader.text[reader.at] !== "]") {
    for (;;) {
      reader.path.push(elements.length);
      const element = readValue(reader);
      if (element === null) return null;
      reader.path.pop();
      elements.push(element);
      skipSpace(reader);
      if (reader.text[reader.at] !== ",") break;
      reader.at += 1;
    }
  }
  if (reader.text[reader.at] !== "]") return fail(reader, "a comma or ] is missing");
  reader.at += 1;
  return { kind: "array", elements, start, end: reader.at };
}

function readObject(reader: Reader): JsonValue | null {
  const start = reader.at;
  const members: JsonMember[] = [];
  const names = new Set<string>();
  reader.at += 1;
  skipSpace(reader);
  if (reader.text[reader.at] !== "}") {
    for (;;) {
      skipSpace(reader);
      if (reader.text[reader.at] !== '"') return fail(reader, "a member's name is missing");
      const name = readString(reader);
      if (name === null) return null;
      skipSpace(reader);
      if (reader.text[reader.at] !== ":") return fail(reader, "a colon is missing");
      reader.at += 1;
      reader.path.push(name);
      if (names.has(name)) noteTwice(reader, name);
      names.add(name);
      const value = readValue(reader);
      if (value === null) return null;
      reader.path.pop();
      members.push({ name, value });
      skipSpace(reader);
      if (reader.text[reader.at] !== ",") break;
      reader.at += 1;
    }
  }
  if (reader.text[reader.at] !== "}") return fail(reader, "a comma or } is missing");
  reader.at += 1;
  return { kind: "object", members, start, end: reader.at };
}

function noteTwice(reader: Reader, name: string): void {
  const message = `The member ${JSON.stringify(name)} is given twice. Keep one of the two.`;
  reader.twice ??= { code: "duplicate-member", message, where: pathOf(reader) };
}

/** Everything but the quote, the backslash and control characters. */
const plainGrammar = /[ !#-[\]-\uffff]*/y;
const escapes = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

function readString(reader: Reader): string | null {
  reader.at += 1;
  let text = "";
  for (;;) {
    plainGrammar.lastIndex = reader.at;
    plainGrammar.test(reader.text);
    const plain = reader.text.slice(reader.at, plainGrammar.lastIndex);
    text += plain;
    reader.at = plainGrammar.lastIndex;
    const next = reader.text[reader.at];
    if (next === '"') {
      reader.at += 1;
      return text;
    }
    if (next !== "\\") return fail(reader, "a string is not closed or holds a control character");
    const sign = reader.text[reader.at + 1] ?? "";
    const hex = reader.text.slice(reader.at + 2, reader.at + 6);
    if (sign === "u" && /^[0-9A-Fa-f]{4}$/.test(hex)) {
      text += String.fromCharCode(Number.parseInt(hex, 16));
      reader.at += 6;
      continue;
    }
    const escaped = escapes.get(sign);
    if (escaped === undefined) return fail(reader, "an escape is unknown");
    text += escaped;
    reader.at += 2;
  }
}
