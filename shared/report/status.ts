import { visibleJson } from "../language/visible.ts";
import { parseStatus, type Status } from "../plan/status.ts";
import { keyInText } from "./reported-key.ts";

/** A standard parameter holds 4 KB (Parameter Store quotas). */
const statusBytesMax = 4096;

const shortMessage = 160;

/** The status as the text of its parameter: never over 4 KB, least needed parts going first. */
export function serializeStatus(status: Status): string {
  const whole = textOf(status);
  if (Buffer.byteLength(whole) <= statusBytesMax) return whole;
  const short = withMessages(status, shortMessage);
  const candidates = [
    short,
    { ...short, outputs: firstOutputs(short.outputs, 12) },
    { ...short, outputs: firstOutputs(short.outputs, 3), seen: withKeys(short, 40) },
    { ...withMessages(status, 60), outputs: {}, seen: withKeys(short, 40) },
    { ...withMessages(status, 60), outputs: {}, seen: withKeys(short, 12) },
  ];
  for (const candidate of candidates) {
    const text = textOf(candidate);
    if (Buffer.byteLength(text) <= statusBytesMax) return text;
  }
  return textOf({ ...withMessages(status, 0), outputs: {}, seen: null });
}

/** Parameter Store takes no `{{`; within JSON it can only be in a string. */
function textOf(status: Status): string {
  return visibleJson(JSON.stringify(status)).replaceAll("{{", "{\\u007b");
}

/** The status as it will be read again: what is compared with the last one must be what was saved. */
export function savedStatus(status: Status): Status {
  const saved = savedOf.get(status) ?? parseStatus(serializeStatus(status)) ?? status;
  savedOf.set(status, saved);
  return saved;
}

/** Each of its conditions asks for it. */
const savedOf = new WeakMap<Status, Status>();

function withMessages(status: Status, length: number): Status {
  const conditions = Object.fromEntries(
    Object.entries(status.conditions).map(([name, condition]) => [
      name,
      { ...condition, message: condition.message.slice(0, length) },
    ]),
  );
  return { ...status, conditions };
}

function firstOutputs(outputs: Status["outputs"], count: number): Status["outputs"] {
  return Object.fromEntries(Object.entries(outputs).slice(0, count));
}

/**
 * The outputs of a status with those that it had no room for.
 *
 * @param whole all outputs of what is in force, in their order, as far as they are known
 */
export function restoredOutputs(
  kept: Status["outputs"],
  whole: Status["outputs"],
): Status["outputs"] {
  const first = Object.entries(whole).slice(0, Object.keys(kept).length);
  const isShortened = first.every(([name, value]) => kept[name] === value);
  return isShortened && first.length === Object.keys(kept).length ? whole : kept;
}

/**
 * With so many keys at most, and without what only saves reads. The doors that are kept for their events alone go
 * first: what stays open would be alerted again with each run.
 */
function withKeys({ seen }: Status, count: number): Status["seen"] {
  if (seen === null) return null;
  const isDoor = (key: string) => keyInText(key)?.kind === "shut";
  const others = seen.told.filter((key) => !isDoor(key));
  const kept = [...others, ...seen.told.filter(isDoor)].slice(0, count);
  return { ...seen, harmlessVersions: [], told: kept };
}
