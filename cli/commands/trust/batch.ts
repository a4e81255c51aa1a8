import { compareTrust } from "../../../shared/compare/index.ts";
import { visibleJson } from "../../../shared/language/visible.ts";
import { type JsonValue, readJson } from "../../../shared/policy/json.ts";
import { documentIn, type Unwrapped } from "../../../shared/policy/wrapping.ts";
import { comparisonJson } from "../../comparison-json.ts";
import type { Io } from "../../io.ts";
import { jsonText, printText } from "../../output.ts";

/** In MB. No two policies come near it: what is longer would only fill the memory. */
const lineMax = 16;

/**
 * Answers JSON lines `{"id","before","after"}` from standard input one by one, in order, each as soon
 * as it is there, and no faster than they are read. A line that cannot be answered gets an `error`;
 * the lines after it are answered all the same.
 */
export async function answerLines({ stdin, stdout }: Io): Promise<void> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const lines = lineHolder();
  for await (const chunk of stdin) {
    const text = typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
    const [end = "", ...next] = text.split("\n");
    lines.hold(end);
    const answers = next.flatMap((begin) => {
      const line = lines.take();
      lines.hold(begin);
      return answerLine(line);
    });
    if (answers.length > 0 && !(await printText(stdout, answers.join("")))) return;
  }
  lines.hold(decoder.decode());
  const answers = answerLine(lines.take());
  if (answers.length > 0) await printText(stdout, answers.join(""));
}

/** Holds the parts of a line until it is whole; of one that is too long, nothing. */
function lineHolder() {
  let parts: string[] = [];
  let length = 0;
  return {
    hold: (part: string): void => {
      length += part.length;
      if (length > lineMax * 1024 * 1024) parts = [];
      else parts.push(part);
    },
    /** The whole line; null for one that is too long. */
    take: (): string | null => {
      const line = length > lineMax * 1024 * 1024 ? null : parts.join("");
      parts = [];
      length = 0;
      return line;
    },
  };
}

function answerLine(line: string | null): string[] {
  if (line === null) {
    return [answer("null", refusal("bad-line", `The line is longer than ${lineMax} MB.`, ""))];
  }
  if (line.trim() === "") return [];
  const read = readJson(line);
  if (read.kind === "refused") return [answer("null", { error: { ...read.problem, where: "" } })];
  const { value } = read;
  if (value.kind !== "object") {
    return [
      answer(
        "null",
        refusal("bad-line", 'A line must be an object {"id", "before", "after"}.', ""),
      ),
    ];
  }
  const member = (name: string): JsonValue | undefined =>
    value.members.find((candidate) => candidate.name === name)?.value;
  const idValue = member("id");
  const id = idValue === undefined ? "null" : line.slice(idValue.start, idValue.end);
  const names = value.members.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) {
    return [
      answer(id, refusal("bad-line", `The line gives ${JSON.stringify(twice)} twice.`, twice)),
    ];
  }
  const before = documentOf("before", member("before"), line);
  if (before.kind === "refused") return [answer(id, { error: before.problem })];
  const after = documentOf("after", member("after"), line);
  if (after.kind === "refused") return [answer(id, { error: after.problem })];
  return [answer(id, compared(before.text, after.text))];
}

/** One pair must never take the others down: even a bug of ours ends as an answer. */
function compared(before: string, after: string): object {
  try {
    const comparison = compareTrust({ before: [before], after: [after] });
    return comparison.kind === "refused" ? { error: comparison.error } : comparisonJson(comparison);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    return refusal(
      "internal",
      `The comparison failed: ${what}. Treat it as a widening, and report it.`,
      "",
    );
  }
}

function refusal(code: string, message: string, where: string): object {
  return { error: { code, message, where } };
}

/** The answer with the id just as the line has it, but that nothing in it turns a terminal's writing round. */
function answer(id: string, body: object): string {
  return `{"id":${visibleJson(id)},${jsonText(body, "one-line").slice(1)}`;
}

/** An object is taken exactly as it is in the line, so that a member given twice is seen. */
function documentOf(side: string, value: JsonValue | undefined, line: string): Unwrapped {
  if (value?.kind !== "string" && value?.kind !== "object") {
    const message = `The line needs "${side}": a policy document, as an object or as a string with its text.`;
    return { kind: "refused", problem: { code: "bad-line", message, where: side } };
  }
  const text = value.kind === "string" ? value.text : line.slice(value.start, value.end);
  const found = documentIn(text);
  if (found.kind === "document") return found;
  return { kind: "refused", problem: { ...found.problem, where: side } };
}
