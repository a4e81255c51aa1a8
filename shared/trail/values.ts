import { gunzipSync } from "node:zlib";
import { type JsonPiece, jsonPieces, parseJson } from "../json.ts";
import { textOfBytes } from "../language/file-text.ts";
import { withoutSurroundings } from "../language/surroundings.ts";

/** What a file holds: JSON values, or why none can be read. */
type ReadValues =
  | { readonly kind: "values"; readonly values: readonly unknown[] }
  | { readonly kind: "unreadable"; readonly why: string };

/** People set YAML, tables or text as the AWS CLI's way to answer, and the console saves CSV. */
export const noJson = "it holds no JSON; the AWS CLI writes it with --output json";

/** No log file of CloudTrail comes near it: what is larger was made to fill the memory. */
const unpackedBytesMax = 256 * 1024 * 1024;

/**
 * Reads the JSON values of a file as people have them: one value, one on each line, several behind
 * each other or with tabs between (`--output text`); packed by gzip or not, whatever the file's name
 * says; with a byte order mark or without, in UTF-16 too, which PowerShell writes.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
 */
export function valuesInBytes(bytes: Uint8Array): ReadValues {
  if (!isPacked(bytes)) return valuesInText(textOfBytes(bytes));
  const unpacked = unpack(bytes);
  if (unpacked === null) {
    return { kind: "unreadable", why: "it begins like gzip and cannot be unpacked" };
  }
  return valuesInText(textOfBytes(unpacked));
}

/** The same of a text that is read already, whatever a shell or an editor put around it. */
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
  const unpacked = unpack(Buffer.from(base64, "base64"));
  return unpacked === null ? null : textOfBytes(unpacked);
}

/** Does it begin like gzip? */
function isPacked(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function unpack(bytes: Uint8Array): Uint8Array | null {
  try {
    return gunzipSync(bytes, { maxOutputLength: unpackedBytesMax });
  } catch {
    return null;
  }
}

function parsed(text: string): unknown {
  return parseJson(text.replace(/^\ufeff/, ""));
}
