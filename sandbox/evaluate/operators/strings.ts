import { matches } from "../glob.ts";
import { patternOf } from "../variables.ts";
import type { Test } from "./test.ts";

/** Exact and case-sensitive; `*` and `?` are characters. */
export const stringEquals: Test = (listed, value, { version, context }) => {
  const pattern = patternOf(listed, version, "characters", context);
  return pattern !== null && matches(pattern, value);
};

/** Exact but for upper and lower case. */
export const stringEqualsIgnoreCase: Test = (listed, value, { version, context }) => {
  const pattern = patternOf(listed, version, "characters", context);
  if (pattern === null) return false;
  const text = pattern.map((piece) => (piece.kind === "character" ? piece.character : "")).join("");
  return text.toLowerCase() === value.toLowerCase();
};

/** Case-sensitive; `*` is any run, across `/` and `:` too, `?` is one character. */
export const stringLike: Test = (listed, value, { version, context }) => {
  const pattern = patternOf(listed, version, "live", context);
  return pattern !== null && matches(pattern, value);
};
