import { elementPath, memberPath, type Problem } from "./problem.ts";

/**
 * JSON as IAM reads it, not as JavaScript does: every member of an object is kept in order, also
 * one given twice, a number keeps its spelling, and each value knows where it stands in the text.
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

export type JsonMember = { readonly name: string; readonly value: JsonValue };

export type JsonReading =
  | { readonly kind: "read"; readonly value: JsonValue }
  | { readonly kind: "refused"; readonly problem: Problem };

/** Policies nest seven deep; a document of brackets alone must not overflow the stack. */
const depthMax = 64;

/** Reads one JSON value (RFC 8259) that fills the whole text. Never throws. */
export function readJson(text: string): JsonReading {
  if (text.charCodeAt(0) === 0xfeff) {
    return refused("byte-order-mark", "The text begins with a byte order mark. Remove it.", "");
  }
  const reader: Reader = { text, at: 0, problem: null };
  const value = readValue(reader, "", 0);
  if (reader.problem !== null) return { kind: "refused", problem: reader.problem };
  if (value === null) return refused("not-json", "The text is not JSON.", "");
  skipSpace(reader);
  if (reader.at < text.length) {
    return refused("not-json", `Text follows the JSON value at ${place(text, reader.at)}.`, "");
  }
  return { kind: "read", value };
}

function refused(code: string, message: string, where: string): JsonReading {
  return { kind: "refused", problem: { code, message, where } };
}

/** The first object member that is given twice, as a problem; null where there is none. */
export function memberGivenTwice(value: JsonValue, path: string): Problem | null {
  if (value.kind === "array") {
    for (const [index, element] of value.elements.entries()) {
      const problem = memberGivenTwice(element, elementPath(path, index));
      if (problem !== null) return problem;
    }
  }
  if (value.kind === "object") {
    const names = new Set<string>();
    for (const { name, value: inner } of value.members) {
      const where = memberPath(path, name);
      if (names.has(name)) {
        const message = `The member ${JSON.stringify(name)} is given twice. Keep one of the two.`;
        return { code: "duplicate-member", message, where };
      }
      names.add(name);
      const problem = memberGivenTwice(inner, where);
      if (problem !== null) return problem;
    }
  }
  return null;
}

type Reader = { readonly text: string; at: number; problem: Problem | null };

function fail(reader: Reader, what: string, path: string): null {
  const message = `The text is not JSON: ${what} at ${place(reader.text, reader.at)}.`;
  reader.problem ??= { code: "not-json", message, where: path };
  return null;
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

function readValue(reader: Reader, path: string, depth: number): JsonValue | null {
  skipSpace(reader);
  const start = reader.at;
  const first = reader.text[start];
  if (first === undefined) return fail(reader, "a value is missing", path);
  if (first === "{" || first === "[") {
    if (depth >= depthMax) return fail(reader, `more than ${depthMax} levels`, path);
    return first === "{" ? readObject(reader, path, depth) : readArray(reader, path, depth);
  }
  if (first === '"') {
    const text = readString(reader, path);
    return text === null ? null : { kind: "string", text, start, end: reader.at };
  }
  return readWord(reader, path);
}

const wordGrammar = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;

function readWord(reader: Reader, path: string): JsonValue | null {
  const start = reader.at;
  wordGrammar.lastIndex = start;
  const text = wordGrammar.exec(reader.text)?.[0];
  if (text === undefined) return fail(reader, "a value is malformed", path);
  reader.at += text.length;
  const end = reader.at;
  if (text === "null") return { kind: "null", start, end };
  if (text === "true" || text === "false")
    return { kind: "boolean", value: text === "true", start, end };
  return { kind: "number", text, start, end };
}

function readArray(reader: Reader, path: string, depth: number): JsonValue | null {
  const start = reader.at;
  const elements: JsonValue[] = [];
  reader.at += 1;
  skipSpace(reader);
  if (reader.text[reader.at] !== "]") {
    for (;;) {
      const element = readValue(reader, elementPath(path, elements.length), depth + 1);
      if (element === null) return null;
      elements.push(element);
      skipSpace(reader);
      if (reader.text[reader.at] !== ",") break;
      reader.at += 1;
    }
  }
  if (reader.text[reader.at] !== "]") return fail(reader, "a comma or ] is missing", path);
  reader.at += 1;
  return { kind: "array", elements, start, end: reader.at };
}

function readObject(reader: Reader, path: string, depth: number): JsonValue | null {
  const start = reader.at;
  const members: JsonMember[] = [];
  reader.at += 1;
  skipSpace(reader);
  if (reader.text[reader.at] !== "}") {
    for (;;) {
      skipSpace(reader);
      if (reader.text[reader.at] !== '"') return fail(reader, "a member's name is missing", path);
      const name = readString(reader, path);
      if (name === null) return null;
      skipSpace(reader);
      if (reader.text[reader.at] !== ":") return fail(reader, "a colon is missing", path);
      reader.at += 1;
      const value = readValue(reader, memberPath(path, name), depth + 1);
      if (value === null) return null;
      members.push({ name, value });
      skipSpace(reader);
      if (reader.text[reader.at] !== ",") break;
      reader.at += 1;
    }
  }
  if (reader.text[reader.at] !== "}") return fail(reader, "a comma or } is missing", path);
  reader.at += 1;
  return { kind: "object", members, start, end: reader.at };
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

function readString(reader: Reader, path: string): string | null {
  reader.at += 1;
  let text = "";
  for (;;) {
    plainGrammar.lastIndex = reader.at;
    const plain = plainGrammar.exec(reader.text)?.[0] ?? "";
    text += plain;
    reader.at += plain.length;
    const next = reader.text[reader.at];
    if (next === '"') {
      reader.at += 1;
      return text;
    }
    if (next !== "\\")
      return fail(reader, "a string is not closed or holds a control character", path);
    const sign = reader.text[reader.at + 1] ?? "";
    const hex = reader.text.slice(reader.at + 2, reader.at + 6);
    if (sign === "u" && /^[0-9A-Fa-f]{4}$/.test(hex)) {
      text += String.fromCharCode(Number.parseInt(hex, 16));
      reader.at += 6;
      continue;
    }
    const escaped = escapes.get(sign);
    if (escaped === undefined) return fail(reader, "an escape is unknown", path);
    text += escaped;
    reader.at += 2;
  }
}
