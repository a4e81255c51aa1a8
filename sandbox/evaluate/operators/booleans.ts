import { patternOf } from "../variables.ts";
import type { Test } from "./test.ts";

/** "true" against "true", "false" against "false", in any case. */
export const bool: Test = (listed, value, { version, context }) => {
  const pattern = patternOf(listed, version, "characters", context);
  if (pattern === null) return false;
  const text = pattern.map((piece) => (piece.kind === "character" ? piece.character : "")).join("");
  const wanted = text.toLowerCase();
  return (wanted === "true" || wanted === "false") && wanted === value.toLowerCase();
};
