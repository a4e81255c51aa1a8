import {
  anyOne,
  anyOneInField,
  anyRun,
  anyRunInField,
  globPattern,
  literalPattern,
  type Pattern,
  patternOf,
} from "../language/pattern.ts";
import type { PolicyVersion } from "./document.ts";

/** How a value's text is read: are `*` and `?` alive, do letters match in both cases. */
export type Reading = {
  readonly version: PolicyVersion;
  readonly wildcards: boolean;
  readonly anyCase: boolean;
};

export type ReadText =
  | { readonly kind: "glyphs"; readonly glyphs: readonly number[] }
  | { readonly kind: "variable"; readonly names: readonly string[] };

const asterisk = 42;
const questionMark = 63;

/**
 * Reads the text of a condition value or a resource into glyphs.
 *
 * In Version 2012-10-17 `${*}`, `${?}` and `${$}` are those characters, and any other `${…}` is a
 * variable, whose value we do not know. In 2008-10-17 all of that is text, the wildcards in it alive.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
export function readText(
  text: string,
  reading: { readonly version: PolicyVersion; readonly wildcards: boolean },
): ReadText {
  const glyphs: number[] = [];
  const names: string[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (reading.version === "2012-10-17" && text.startsWith("${", at)) {
      const end = text.indexOf("}", at);
      if (end >= 0) {
        const inside = text.slice(at + 2, end);
        if (inside === "*" || inside === "?" || inside === "$") glyphs.push(inside.charCodeAt(0));
        else names.push(variableName(inside));
        at = end;
        continue;
      }
    }
    if (reading.wildcards && character === asterisk) glyphs.push(anyRun);
    else if (reading.wildcards && character === questionMark) glyphs.push(anyOne);
    else glyphs.push(character);
  }
  return names.length > 0 ? { kind: "variable", names } : { kind: "glyphs", glyphs };
}

/** `aws:username, 'nobody'` has a default; such a variable always has a value, hence no name here. */
function variableName(inside: string): string {
  return inside.includes(",") ? "" : inside.trim().toLowerCase();
}

export type ReadPattern =
  | { readonly kind: "pattern"; readonly pattern: Pattern }
  | { readonly kind: "variable"; readonly names: readonly string[] }
  | { readonly kind: "not-an-arn" };

export function readPattern(text: string, reading: Reading): ReadPattern {
  const { anyCase, wildcards } = reading;
  if (!text.includes("${")) {
    const pattern = wildcards ? globPattern(text, { anyCase }) : literalPattern(text, { anyCase });
    return { kind: "pattern", pattern };
  }
  const read = readText(text, reading);
  return read.kind === "variable"
    ? read
    : { kind: "pattern", pattern: patternOf(read.glyphs, { anyCase }) };
}

/**
 * Reads an ARN pattern: six fields between colons, in the first five of which a wildcard does not
 * cross a colon.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
 */
export function readArnPattern(text: string, version: PolicyVersion): ReadPattern {
  const read = readText(text, { version, wildcards: true });
  if (read.kind === "variable") return read;
  let colons = 0;
  const glyphs = read.glyphs.map((glyph) => {
    if (glyph === 58) colons += 1;
    if (colons >= 5) return glyph;
    return glyph === anyRun ? anyRunInField : glyph === anyOne ? anyOneInField : glyph;
  });
  if (colons < 5) return { kind: "not-an-arn" };
  return { kind: "pattern", pattern: patternOf(glyphs, { anyCase: false }) };
}
