import { gunzipSync, gzipSync } from "node:zlib";
import { isRecord, parseJson } from "../json.ts";

/** A standard parameter holds 4 KB and an advanced one 8 KB (Parameter Store quotas). */
const plainBytesMax = 4096;
export const recordBytesMax = 8192;
/** What a packed record may unpack to: more is not a record of ours. */
const unpackedBytesMax = 65_536;

const packing = "gzip+base64";

/** A record's JSON as its parameter holds it; `null` where it does not fit into one. */
export function packedRecord(plain: string): string | null {
  if (Buffer.byteLength(plain) <= plainBytesMax) return plain;
  if (Buffer.byteLength(plain) > unpackedBytesMax) return null;
  const data = gzipSync(plain, { level: 9 }).toString("base64");
  const packed = JSON.stringify({ packing, data });
  return packed.length <= recordBytesMax ? packed : null;
}

/** The value of a record's JSON, packed or not; `null` where it is neither. */
export function unpackedRecord(text: string): unknown {
  const value = parseJson(text);
  if (value === undefined) return null;
  if (!isRecord(value) || value["packing"] !== packing) return value;
  const { data } = value;
  if (typeof data !== "string") return value;
  try {
    const bytes = gunzipSync(Buffer.from(data, "base64"), { maxOutputLength: unpackedBytesMax });
    return parseJson(bytes.toString("utf8")) ?? null;
  } catch {
    return null;
  }
}
