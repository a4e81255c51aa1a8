import { jsonPieces, parseJson } from "../shared/json.ts";
import { readJson } from "../shared/policy/json.ts";

/** Nobody writes more by hand, and what a program writes is whole or cut off. */
const lengthMax = 1024 * 1024;

/**
 * Where a text that should be JSON values, one after the other, is broken: a clause with line and
 * column of the text as it was given. `null` where the text does not even begin like an object or a
 * list, or where none of its values is broken.
 */
export function brokenJson(text: string): string | null {
  if (text.length > lengthMax) return null;
  let end = 0;
  for (const { kind, text: piece } of jsonPieces(text, true)) {
    if (kind !== "object" && kind !== "list") return null;
    const start = text.indexOf(piece, end);
    end = start + piece.length;
    if (parseJson(piece) !== undefined) continue;
    // What is in front is blanked, so that lines and columns are those of the whole text.
    const read = readJson(`${text.slice(0, start).replaceAll(/[^\n]/g, " ")}${piece}`);
    return read.kind === "read" ? null : read.problem.message.replace(/\.$/, "");
  }
  return null;
}
