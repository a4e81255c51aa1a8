import { isRecord, parseJson } from "../json.ts";
import { safeJson } from "../language/visible.ts";
import type { Refusal } from "./refusals.ts";

/** A job that was refused for a cause, and what was reported of it. */
type Remembered = {
  readonly who: string;
  readonly what: string;
  /** Seconds since 1970 when its alert was about to be sent. */
  readonly alertAt: number;
  /** Was the alert taken? Else the run that claimed it may have been stopped. */
  readonly isSent: boolean;
  /** How often it was refused since `since`, as CloudTrail writes instants. */
  readonly times: number;
  readonly since: string;
};

/** The JSON of `PREFIX/refusals`: what was reported within a day, the newest first. */
export type RefusalMemory = readonly Remembered[];

/** A refusal to report, with how often it was refused since when. */
export type NewRefusal = Refusal & { readonly total: number; readonly since: string };

/** The same job and cause is reported again after this long. */
const quietSeconds = 86_400;
/** A run that claimed an alert and did not send it within this time was stopped. */
const claimSeconds = 180;
/** Two machines' clocks differ by far less. */
const skewSeconds = 300;
/** At most 84 bytes each: they fit a standard parameter of 4 KB. */
const rememberedMax = 45;

/** Reads a memory; what is missing or spoilt is empty, and then everything is reported once more. */
export function parseMemory(text: string): RefusalMemory {
  const value = parseJson(text);
  const listed = isRecord(value) ? value["refusals"] : null;
  const entries: readonly unknown[] = Array.isArray(listed) ? listed : [];
  return entries.flatMap((entry: unknown): readonly Remembered[] => {
    if (!Array.isArray(entry)) return [];
    const [who, what, alertAt, sent, times, since]: readonly unknown[] = entry;
    if (typeof who !== "string" || typeof what !== "string" || typeof since !== "string") return [];
    if (typeof alertAt !== "number" || typeof times !== "number") return [];
    return [{ who, what, alertAt, isSent: sent === 1, times, since }];
  });
}

/** The memory as the text of its parameter. */
export function memoryText(memory: RefusalMemory): string {
  const refusals = memory
    .slice(0, rememberedMax)
    .map(({ who, what, alertAt, isSent, times, since }) => [
      who,
      what,
      alertAt,
      isSent ? 1 : 0,
      times,
      since,
    ]);
  return safeJson(JSON.stringify({ refusals }));
}

/**
 * Which refusals are new, and the memory that claims them. The same job refused for the same cause
 * is reported once a day, until it is let in again.
 *
 * @param isLast false where the same calls come again: only what comes for the last time counts
 */
export function claimed(
  memory: RefusalMemory,
  refused: readonly Refusal[],
  now: Date,
  isLast = true,
): { readonly fresh: readonly NewRefusal[]; readonly memory: RefusalMemory } {
  const seconds = Math.floor(now.getTime() / 1000);
  const mended = new Set(refused.filter(isMended).flatMap(({ anyWho }) => anyWho));
  const open = new Map(
    memory
      // An alert that is still to come was put there by somebody who wants silence.
      .filter(({ alertAt }) => alertAt <= seconds + skewSeconds)
      .filter(({ who, what }) => what === "admitted" || !mended.has(who))
      .map((entry) => [keyOf(entry), entry]),
  );
  const fresh: NewRefusal[] = [];
  for (const refusal of refused) {
    const { who, what, times, firstAt } = refusal;
    const known = open.get(keyOf(refusal));
    const total = (known?.times ?? 0) + times;
    const since = known?.since ?? firstAt;
    const counted = isLast ? total : total - times;
    if (known !== undefined && isQuiet(known, refusal, seconds)) {
      open.set(keyOf(refusal), { ...known, times: counted });
      continue;
    }
    const entry = { who, what, alertAt: seconds, isSent: false, times: counted, since };
    open.set(keyOf(refusal), entry);
    // Whose job would get in now is only watched at first.
    if (known !== undefined || !isMended(refusal)) fresh.push({ ...refusal, total, since });
  }
  // What was not reported for two days begins again.
  const young = [...open.values()].filter(({ alertAt }) => alertAt > seconds - 2 * quietSeconds);
  return { fresh, memory: young.toSorted((one, other) => other.alertAt - one.alertAt) };
}

/** The trust policy as it is now admits this job: somebody has mended it since it was refused. */
function isMended({ what }: Pick<Refusal, "what">): boolean {
  return what === "admitted";
}

/** A change of IAM has spread long before (IAM User Guide, eventual consistency: seconds). */
const spreadSeconds = 900;

function isQuiet(known: Remembered, refusal: Refusal, seconds: number): boolean {
  if (known.isSent) return known.alertAt > seconds - quietSeconds;
  if (!isMended(refusal)) return known.alertAt > seconds - claimSeconds;
  // Refused long after the trust policy admitted it: something else refuses it.
  return Date.parse(refusal.firstAt) / 1000 <= known.alertAt + spreadSeconds;
}

/** The memory after the alerts: sent where a channel took them, else as if never claimed. */
export function afterAlerts(
  memory: RefusalMemory,
  sent: { readonly taken: readonly NewRefusal[]; readonly notTaken: readonly NewRefusal[] },
): RefusalMemory {
  const keys = (refusals: readonly NewRefusal[]) => new Set(refusals.map(keyOf));
  const [taken, notTaken] = [keys(sent.taken), keys(sent.notTaken)];
  return memory
    .filter((entry) => !notTaken.has(keyOf(entry)))
    .map((entry) => (taken.has(keyOf(entry)) ? { ...entry, isSent: true } : entry));
}

function keyOf({ who, what }: Pick<Remembered, "who" | "what">): string {
  return `${who} ${what}`;
}
