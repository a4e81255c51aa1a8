/** An object as JSON has it: every member may be missing or of another type than expected. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Is it an object, and not a list or null? */
export function isRecord(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value of a JSON text; undefined, which no JSON text holds, where the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A value of JSON in a longer text, or what is between two of them and is not JSON. */
export type JsonPiece = {
  readonly kind: "object" | "list" | "string" | "other";
  readonly text: string;
};

/**
 * Cuts a text into the values of JSON that follow each other in it. Blanks and commas between them
 * do not count. A piece is cut by its brackets and quotes alone, so it may still not be JSON.
 *
 * A string that nothing closes ends with its line: to look again behind each of its quotes would
 * take minutes.
 *
 * @param lists whether a bracket begins a list; in prose it rarely does
 */
export function jsonPieces(text: string, lists: boolean): readonly JsonPiece[] {
  const signs = lists ? /"(?:[^"\\\n]|\\.)*"?|[{}[\]]/g : /"(?:[^"\\\n]|\\.)*"?|[{}]/g;
  const pieces: JsonPiece[] = [];
  let depth = 0;
  let start = 0;
  let end = 0;
  const begin = (at: number) => {
    const between = text.slice(end, at);
    if (/[^\s,\ufeff]/.test(between)) pieces.push({ kind: "other", text: between });
    start = at;
  };
  const finish = (kind: JsonPiece["kind"], at: number) => {
    pieces.push({ kind, text: text.slice(start, at) });
    end = at;
  };
  for (const { 0: sign, index } of text.matchAll(signs)) {
    if (sign === "{" || sign === "[") {
      if (depth === 0) begin(index);
      depth += 1;
    } else if (sign === "}" || sign === "]") {
      if (depth === 1) finish(sign === "}" ? "object" : "list", index + 1);
      depth = Math.max(0, depth - 1);
    } else if (depth === 0) {
      begin(index);
      finish("string", index + sign.length);
    }
  }
  begin(text.length);
  return pieces;
}
