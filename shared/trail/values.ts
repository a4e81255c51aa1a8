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
export function unpackedText(base64: string, room: UnpackingRoom): string | null {
  if (room.isFull() || !/^H4sI[A-Za-z0-9+/]+=*$/.test(base64)) return null;
  const unpacked = unpack(Buffer.from(base64, "base64"), heldBytesMax);
  room.take(unpacked?.length ?? Math.min(heldBytesMax, base64.length * timesMost));
  return unpacked === null ? null : textOfBytes(unpacked);
}

/**
 * How much may still be unpacked of what is packed within one file or event, together: what is packed in
 * something packed can be a thousand times as long at each step, and a few hundred bytes take days.
 */
export type UnpackingRoom = {
  readonly take: (bytes: number) => void;
  /** So many characters more were read. */
  readonly read: (characters: number) => void;
  readonly isFull: () => boolean;
};

const roomBytes = 64 * 1024 * 1024;
/** Records become shorter by less than that. */
const timesPacked = 16;
/** Gzip makes nothing shorter than that. */
const timesMost = 1032;
/** What it takes to unpack anything. */
const leastBytes = 1024;

export function unpackingRoom(): UnpackingRoom {
  let left = roomBytes;
  return {
    take: (bytes) => {
      left -= Math.max(bytes, leastBytes);
    },
    read: (characters) => {
      left += characters * timesPacked;
    },
    isFull: () => left <= 0,
  };
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
