import { matches, type Pattern } from "../glob.ts";
import { patternOf } from "../variables.ts";
import type { Test } from "./test.ts";

/** The six fields of an ARN pattern. The sixth keeps all other colons. */
function fieldsOf(pattern: Pattern): readonly Pattern[] {
  const fields: Pattern[number][][] = [[]];
  for (const piece of pattern) {
    const colon = piece.kind === "character" && piece.character === ":";
    if (colon && fields.length < 6) fields.push([]);
    else fields.at(-1)?.push(piece);
  }
  return fields;
}

/** ArnEquals and ArnLike are the same: field by field, so `*` does not match across a colon. */
export const arnLike: Test = (listed, value, { version, context }) => {
  const pattern = patternOf(listed, version, "live", context);
  if (pattern === null) return false;
  const wanted = fieldsOf(pattern);
  const [first, second, third, fourth, fifth, ...rest] = value.split(":");
  if (wanted.length !== 6 || rest.length === 0) return false;
  const actual = [first, second, third, fourth, fifth, rest.join(":")];
  return wanted.every((field, index) => matches(field, actual[index] ?? ""));
};
