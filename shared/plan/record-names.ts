import { isRecord } from "../json.ts";
import type { WrittenNames } from "./record.ts";
import { unpackedRecord } from "./record-packing.ts";

/**
 * The names that an environment's record says were written, for a reader that needs no document.
 *
 * @returns `null` for a text that is not the record of this environment
 */
export function namesInRecord(text: string, environment: string): WrittenNames | null {
  const record = unpackedRecord(text);
  if (!isRecord(record) || record["environment"] !== environment) return null;
  const { names } = record;
  if (!isRecord(names)) return null;
  return {
    roles: textsIn(names["roles"]),
    policies: textsIn(names["policies"]),
    organizations: textsIn(names["organizations"]),
  };
}

function textsIn(value: unknown): readonly string[] {
  const listed: readonly unknown[] = Array.isArray(value) ? value : [];
  return listed.filter((one) => typeof one === "string");
}
