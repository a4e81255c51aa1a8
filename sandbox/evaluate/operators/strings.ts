import { matches } from "../glob.ts";
import { patternOf } from "../variables.ts";
import type { Test } from "./test.ts";

/** Exact and case-sensitive; `*` and `?` are plain characters. */
export const stringEquals: Test = (listed, value, { version, context }) => {
  const pattern = patternOf(listed, version, "characters", context);
  return pattern !== null && matches(pattern, value);
};

/** Exact, but ignores case. */
export const stringEqualsIgnoreCase: Test = (listed, value, { version, context }) => {
  const pattern = patternOf(listed, version, "characters", context);
  if (pattern === null) return false;
  const text = pattern.map((piece) => (piece.kind === "character" ? piece.character : "")).join("");
  return text.toLowerCase() === value.toLowerCase();
};

/** Case-sensitive; `*` is any number of characters, `/` and `:` too, and `?` is one. */
export const stringLike: Test = (listed, value, { version, context }) => {
  const pattern = patternOf(listed, version, "live", context);
  return pattern !== null && matches(pattern, value);
};
