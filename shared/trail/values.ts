import { gunzipSync } from "node:zlib";
import { type JsonPiece, jsonPieces, parseJson } from "../json.ts";
import { textOfBytes } from "../language/file-text.ts";
import { withoutSurroundings } from "../language/surroundings.ts";

/** What a file holds: JSON values, or why none can be read. */
export type ReadValues =
  | { readonly kind: "values"; readonly values: readonly unknown[] }
  | { readonly kind: "unreadable"; readonly why: string };

/** People set YAML, tables or text as the AWS CLI's way to answer, and the console saves CSV. */
export const noJson = "it holds no JSON; the AWS CLI writes it with --output json";

/** No batch of a log group comes near it: what is larger was made to fill the memory. */
const heldBytesMax = 8 * 1024 * 1024;

/**
 * Reads the JSON values of a text as people have them: one value, one on each line, several behind
 * each other or with tabs between (`--output text`), whatever a shell or an editor put around it.
 */
export function valuesInText(text: string): ReadValues {
  const bare = withoutSurroundings(text);
  const whole = parsed(bare);
  if (whole !== undefined) return { kind: "values", values: [whole] };
  const pieces = jsonPieces(bare, true);
  if (pieces.length === 0 || !pieces.every(mayHoldRecords)) {
    return { kind: "unreadable", why: noJson };
  }
  const values = pieces.map((piece) => parsed(piece.text));
  return values.includes(undefined)
    ? { kind: "unreadable", why: noJson }
    : { kind: "values", values };
}

/**
 * `jq` without `-r` writes a record that was text as a string on each line. A string counts only if
 * it holds an object or a list, because CSV has strings too.
 */
export function mayHoldRecords({ kind, text }: JsonPiece): boolean {
  return kind === "string" ? /^"\s*[{[]/.test(text) : kind !== "other";
}

/** A text that is gzip in base64, as CloudWatch Logs hands records over; null for any other. */
export function unpackedText(base64: string): string | null {
  if (!/^H4sI[A-Za-z0-9+/]+=*$/.test(base64)) return null;
  const unpacked = unpack(Buffer.from(base64, "base64"), heldBytesMax);
  return unpacked === null ? null : textOfBytes(unpacked);
}

/** What is packed by gzip; null where it is not whole, or longer than that. */
export function unpack(bytes: Uint8Array, maxOutputLength: number): Uint8Array | null {
  try {
    return gunzipSync(bytes, { maxOutputLength });
  } catch {
    return null;
  }
}

function parsed(text: string): unknown {
  return parseJson(text.replace(/^\ufeff/, ""));
}
