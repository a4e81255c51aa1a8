import { textOfBytes } from "../language/file-text.ts";
import { trailReader } from "./reader.ts";
import type { CallRecord } from "./records.ts";
import { type ReadValues, unpack, valuesInText } from "./values.ts";

/** No log file of CloudTrail comes near it: what is larger was made to fill the memory. */
const unpackedBytesMax = 64 * 1024 * 1024;

/**
 * What is longer is read for its records alone, one after the other: the smallest values of JSON take
 * thirty times their length in memory.
 */
const wholeBytesMax = 1024 * 1024;

const partBytes = 1024 * 1024;

/**
 * Reads the JSON values of a file, as `valuesInText` does; packed by gzip or not, whatever the file's
 * name says; with a byte order mark or without, in UTF-16 too, which PowerShell writes.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
 */
export function valuesInBytes(bytes: Uint8Array): ReadValues {
  const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const plain = isPacked ? unpack(bytes, unpackedBytesMax) : bytes;
  if (plain === null) return unreadable("it begins like gzip and cannot be unpacked");
  if (plain.length <= wholeBytesMax) return valuesInText(textOfBytes(plain));
  const records: CallRecord[] = [];
  const reader = trailReader((record) => void records.push(record));
  for (let at = 0; at < plain.length; at += partBytes) {
    const wrong = reader.push(plain.subarray(at, at + partBytes));
    if (wrong !== null) return unreadable(wrong);
  }
  const wrong = reader.end();
  return wrong === null ? { kind: "values", values: [records] } : unreadable(wrong);
}

function unreadable(why: string): ReadValues {
  return { kind: "unreadable", why };
}
