import { expect } from "vitest";
import type { PublishedMessage, RecordedCall } from "../../sandbox/index.ts";
import type { Said } from "../cli/shell.ts";
import { isRecord } from "../stack/template.ts";
import { tokensIn, unseenIn } from "./texts.ts";

/** What every object has, as it was when the tests began. */
const names = Reflect.ownKeys(Object.prototype).map(String).toSorted().join(" ");

/** Words of JavaScript's own errors, and of where they were thrown: only a bug shows them. */
const ofBugs =
  /\n\s+at \S.*:\d+:\d+\)?(?:\n|$)|node:internal|\.(?:ts|m?js):\d|Cannot (?:read|set|convert|destructure|mix|access)|is not (?:a function|iterable|defined|a constructor|extensible)|Maximum call stack|Invalid (?:array length|time value|string length|code point|regular expression)|in a way that it should not|\[object Object\]/;

/** Codes that an error has where nobody meant it to be thrown. */
const codesOfBugs = /^(?:Type|Range|Syntax|Reference|URI|Eval|Aggregate|Internal)Error$/;

/** Nothing of a stranger's has become a member of every object. */
export function expectNoPollution(): void {
  expect(Reflect.ownKeys(Object.prototype).map(String).toSorted().join(" ")).toBe(names);
  expect(Reflect.get({}, "polluted")).toBeUndefined();
}

/** A text that people get: nothing hidden, no token, no trace of how the product is built. */
export function expectSafe(where: string, text: string): void {
  expect(unseenIn(text), where).toBeNull();
  expect(tokensIn(text), where).toEqual([]);
  expect(ofBugs.exec(text)?.[0], where).toBeUndefined();
}

/** What a command printed, whatever it was given. */
export function expectSafeSaid(where: string, { code, out, err }: Said): void {
  expect([0, 1, 2, 3], where).toContain(code);
  expectSafe(`${where}: standard output`, out);
  expectSafe(`${where}: standard error`, err);
  expect(out + err, where).not.toBe("");
  expectNoPollution();
}

/** Entries of a log: one line of JSON each, with a level and a time of the logger's own. */
export function expectSafeLog(lines: readonly unknown[]): void {
  for (const line of lines) {
    const text = String(line);
    expect(text).not.toContain("\n");
    expectSafe("log", text);
    const entry: unknown = JSON.parse(text);
    if (!isRecord(entry) || "_aws" in entry) continue;
    expect(["INFO", "WARN", "ERROR"], text).toContain(entry["level"]);
    expect(["run", "environment", "change", "removal", "audit", "diagnosis", "refusals"]).toContain(
      entry["level"] === "INFO" ? entry["message"] : "run",
    );
  }
}

/** Texts of a report that are our words; what was found in the account is beside them, letter by letter. */
const proseNames = new Set([
  "message",
  "title",
  "text",
  "reason",
  "ignored",
  "detail",
  "next",
  "code",
]);

function proseIn(value: unknown, name = ""): readonly string[] {
  if (typeof value === "string") return proseNames.has(name) ? [value] : [];
  if (Array.isArray(value)) return value.flatMap((each) => proseIn(each, name));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, each]) =>
    // What a correction removes is kept letter by letter.
    ["before", "after", "admitted", "outputs"].includes(key) ? [] : proseIn(each, key),
  );
}

/** What a function answers. */
export function expectSafeAnswer(answer: unknown): void {
  expect(tokensIn(JSON.stringify(answer))).toEqual([]);
  for (const text of proseIn(answer)) expectSafe(`report: ${JSON.stringify(text)}`, text);
  const errors = isRecord(answer) && Array.isArray(answer["errors"]) ? answer["errors"] : [];
  for (const error of errors) {
    if (isRecord(error))
      expect(String(error["code"]), String(error["message"])).not.toMatch(codesOfBugs);
  }
  expectNoPollution();
}

/** What a function throws is an error of one sentence, and no bug. */
export function expectOwnError(thrown: unknown): void {
  expect(thrown).toBeInstanceOf(Error);
  if (!(thrown instanceof Error)) return;
  expect(thrown.name, thrown.stack).toBe("Error");
  expect(thrown.message, thrown.stack).not.toBe("");
  expectSafe("thrown", thrown.message);
}

/** A message on the topic: what a mail shows, what a chat shows, what filters read. */
export function expectSafeMessage({ subject, message, attributes }: PublishedMessage): void {
  expect(subject ?? "").toMatch(/^[ -~]{1,99}$/);
  expectSafe("mail", message);
  const { content }: { content: { title: string; description: string } } = JSON.parse(message);
  expectSafe("title", content.title);
  expectSafe("description", content.description);
  for (const { value } of attributes.values()) expectSafe("attribute", value ?? "");
}

/** A parameter without what the loop alone reads of a status. */
function withoutMemory(value: string): string {
  const { seen: _, ...shown }: Readonly<Record<string, unknown>> = JSON.parse(value);
  return JSON.stringify(shown);
}

/** What was written to Parameter Store for people, and what was put on the bus. */
export function expectSafeCalls(calls: readonly RecordedCall[]): void {
  for (const { service, operation, input } of calls) {
    if (service === "ssm" && operation === "PutParameter") {
      const name = String(input["Name"]);
      // The record holds the document letter by letter, and what a status remembers holds names.
      if (!name.includes("/applied/")) expectSafe(name, withoutMemory(String(input["Value"])));
    }
    if (operation !== "PutEvents" || !Array.isArray(input["Entries"])) continue;
    for (const entry of input["Entries"]) {
      if (isRecord(entry)) expectSafe("bus", String(entry["Detail"]));
    }
  }
}
