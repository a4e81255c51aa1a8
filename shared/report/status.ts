import type { Status } from "../plan/status.ts";

/** A standard parameter holds 4 KB (Parameter Store quotas). */
export const statusBytesMax = 4096;

/** The status as the text of its parameter: never over 4 KB, least needed parts going first. */
export function serializeStatus(status: Status): string {
  for (const candidate of [status, withShortMessages(status), withoutTargets(status)]) {
    const text = JSON.stringify(candidate);
    if (Buffer.byteLength(text) <= statusBytesMax) return text;
  }
  return JSON.stringify({ ...withoutTargets(withShortMessages(status)), outputs: {} });
}

function withShortMessages(status: Status): Status {
  const conditions = Object.fromEntries(
    Object.entries(status.conditions).map(([name, condition]) => [
      name,
      { ...condition, message: condition.message.slice(0, 160) },
    ]),
  );
  return { ...status, conditions };
}

function withoutTargets(status: Status): Status {
  const applied = status.applied === null ? null : { ...status.applied, targets: null };
  return { ...withShortMessages(status), applied };
}
