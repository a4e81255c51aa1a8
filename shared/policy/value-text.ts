import {
  anyOne,
  anyRun,
  globPattern,
  literalPattern,
  type Pattern,
  patternOf,
} from "../language/pattern.ts";
import type { PolicyVersion } from "./document.ts";
import { arnIn, inFields, readVariable, type Template, type Variable } from "./template.ts";

/** How a value's text is read: are `*` and `?` alive, do letters match in both cases. */
export type Reading = {
  readonly version: PolicyVersion;
  readonly wildcards: boolean;
  readonly anyCase: boolean;
};

type ReadText =
  | { readonly kind: "glyphs"; readonly glyphs: readonly number[] }
  /** `template` is null where a variable's name is not valid. */
  | {
      readonly kind: "variable";
      readonly names: readonly string[];
      readonly template: Template | null;
    };

const asterisk = 42;
const questionMark = 63;

/**
 * Reads the text of a condition value or a resource into glyphs.
 *
 * In Version 2012-10-17 `${*}`, `${?}` and `${$}` are those characters, and any other `${…}` is a
 * variable, whose value we do not know, also one without an end. In 2008-10-17 all of that is text, the wildcards in it alive.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
function readText(text: string, reading: Reading & { readonly isArn: boolean }): ReadText {
  const glyphs: number[] = [];
  const pieces: (number | Variable)[] = [];
  const variables: (Variable | null)[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (reading.version === "2012-10-17" && text.startsWith("${", at)) {
      const end = text.indexOf("}", at);
      const inside = text.slice(at + 2, end < 0 ? at : end);
      if (inside === "*" || inside === "?" || inside === "$") glyphs.push(inside.charCodeAt(0));
      else {
        const variable = readVariable(inside);
        variables.push(variable);
        for (const glyph of glyphs.splice(0)) pieces.push(glyph);
        if (variable !== null) pieces.push(variable);
      }
      at = end < 0 ? text.length : end;
      continue;
    }
    if (reading.wildcards && character === asterisk) glyphs.push(anyRun);
    else if (reading.wildcards && character === questionMark) glyphs.push(anyOne);
    else glyphs.push(character);
  }
  if (variables.length === 0) return { kind: "glyphs", glyphs };
  const { wildcards, anyCase, isArn } = reading;
  const isComplete = !variables.includes(null);
  return {
    kind: "variable",
    // One with a default always has a value.
    names: variables.flatMap((variable) => (variable?.fallback === null ? [variable.key] : [])),
    template: isComplete ? { pieces: [...pieces, ...glyphs], wildcards, anyCase, isArn } : null,
  };
}

export type ReadPattern =
  | { readonly kind: "pattern"; readonly pattern: Pattern }
  | Extract<ReadText, { readonly kind: "variable" }>
  | { readonly kind: "not-an-arn" };

export function readPattern(text: string, reading: Reading): ReadPattern {
  const { anyCase, wildcards } = reading;
  if (!text.includes("${")) {
    const pattern = wildcards ? globPattern(text, { anyCase }) : literalPattern(text, { anyCase });
    return { kind: "pattern", pattern };
  }
  const read = readText(text, { ...reading, isArn: false });
  return read.kind === "variable"
    ? read
    : { kind: "pattern", pattern: patternOf(read.glyphs, { anyCase }) };
}

/**
 * Reads an ARN pattern: six fields between colons, in the first five of which a wildcard does not
 * cross a colon. The first is `arn` where the key has other values too: what an ARN operator makes of these is not
 * documented.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
 */
export function readArnPattern(
  text: string,
  version: PolicyVersion,
  hasOthers: boolean,
): ReadPattern {
  const read = readText(text, { version, wildcards: true, anyCase: false, isArn: true });
  if (read.kind === "variable") return read;
  const pattern = hasOthers ? arnIn(read.glyphs) : inFields(read.glyphs);
  return pattern === null ? { kind: "not-an-arn" } : { kind: "pattern", pattern };
}
