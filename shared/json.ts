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
