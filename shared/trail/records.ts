/**
 * CloudTrail's records out of what people have: files, answers of the CLI, messages of queues.
 * `values.ts` reads JSON values out of bytes or text, and this file finds the records in them.
 */

import { isRecord, type JsonObject } from "../json.ts";
import { type UnpackingRoom, unpackedText, unpackingRoom, valuesInText } from "./values.ts";

/** A record of CloudTrail, in its own shape. Every member may be missing: it is read, not trusted. */
export type CallRecord = JsonObject;

/** Deeper than any wrapping that hands records over. */
const depthMax = 12;

/**
 * Finds CloudTrail's records in whatever carries them: alone, in an EventBridge event, in the answer
 * of LookupEvents, in a log file's `Records`, in lists, in the messages of a queue, a topic or a log
 * group, as objects or as JSON in a string. A record that is there twice (by its `eventID`) counts
 * once. They keep their order. What is packed and longer than there is room for has none.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Event.html
 */
export function recordsIn(
  value: unknown,
  room: UnpackingRoom = unpackingRoom(),
): readonly CallRecord[] {
  const records = new Map<unknown, CallRecord>();
  collect(value, 0, { records, room });
  return [...records.values()];
}

type Collection = {
  readonly records: Map<unknown, CallRecord>;
  readonly room: UnpackingRoom;
};

function collect(value: unknown, depth: number, into: Collection): void {
  if (depth > depthMax) return;
  if (typeof value === "string") {
    for (const held of valuesHeldIn(value, into.room)) collect(held, depth + 1, into);
  } else if (Array.isArray(value)) {
    for (const element of value) collect(element, depth + 1, into);
  } else if (isRecord(value)) {
    if (isCallRecord(value)) {
      const id = value["eventID"];
      into.records.set(typeof id === "string" ? id : value, value);
    } else {
      for (const member of Object.values(value)) collect(member, depth + 1, into);
    }
  }
}

/** The values of a text that is JSON itself, packed or not; a plain text has none. */
function valuesHeldIn(text: string, room: UnpackingRoom): readonly unknown[] {
  const json = /^\s*(?:[[{]|"\s*[[{"\\])/.test(text) ? text : unpackedText(text, room);
  if (json === null) return [];
  const read = valuesInText(json);
  return read.kind === "values" ? read.values : [];
}

function isCallRecord(value: JsonObject): boolean {
  return (
    typeof value["eventName"] === "string" &&
    ["eventSource", "eventVersion", "userIdentity", "requestParameters"].some(
      (name) => name in value,
    )
  );
}
