import type { Change } from "./change.ts";
import { correctedBy, correctionOf } from "./correction.ts";
import type { Quarrel } from "./record.ts";

/** This often within the window, the same correction is a quarrel. */
const quarrelAt = 3;

/** The longer of one hour and four periods of the schedule, in milliseconds. */
export function quarrelWindowMs(periodMinutes: number): number {
  return Math.max(60, 4 * periodMinutes) * 60_000;
}

/** A slower quarrel is one as well: so often within a week, the same correction. */
const slowQuarrelAt = 5;

const dayMs = 24 * 3_600_000;

/** Rounds over a policy that only denies are half a day apart: so long it stays each time. */
const silenceMs = 3 * dayMs;

/** The rounds of a quarrel that still count: none once nobody has undone anything for three days. */
export function roundsIn({ at }: Pick<Quarrel, "at">, now: Date): readonly string[] {
  const isSilent = roundsWithin(at, now, silenceMs).length === 0;
  return isSilent ? [] : roundsWithin(at, now, 7 * dayMs);
}

function roundsWithin(at: readonly string[], now: Date, ms: number): readonly string[] {
  return at.filter((instant) => now.getTime() - Date.parse(instant) <= ms);
}

/**
 * After how many hours without a round a quarrel is over: a day, or twice as long as the longest pause so
 * far, for a rival may come each night.
 */
export function hoursUntilOver({ at }: Pick<Quarrel, "at">): number {
  const hours = at.map((instant) => Date.parse(instant) / 3_600_000);
  const pauses = hours.slice(1).map((hour, nth) => hour - (hours[nth] ?? hour));
  return Math.min(72, Math.max(24, Math.ceil(2 * Math.max(0, ...pauses))));
}

/**
 * Was the same correction made too often?
 *
 * @param denies does it take off a policy that only denies?
 */
export function isQuarrel(
  { at }: Quarrel,
  given: { readonly now: Date; readonly periodMinutes: number; readonly denies: boolean },
): boolean {
  const { now, periodMinutes, denies } = given;
  return (
    roundsWithin(at, now, quarrelWindowMs(periodMinutes)).length >= quarrelAt ||
    at.length >= slowQuarrelAt ||
    (denies && roundsWithin(at, now, silenceMs).length >= quarrelAt)
  );
}

/** Was this correction made before, within the days in which a round counts? */
export function isQuarrelled(change: Change, quarrels: readonly Quarrel[], now: Date): boolean {
  const { resource, found } = correctionOf(change);
  return quarrels.some(
    (quarrel) =>
      quarrel.resource === resource && quarrel.found === found && roundsIn(quarrel, now).length > 0,
  );
}

/**
 * Which side an actor is: a role's sessions are one side, however they are called. Who runs Terraform
 * in a pipeline has another session each time.
 */
export function sideOf(actor: string | null): string | null {
  return actor?.replace(/(:assumed-role\/[^/]+)\/.*$/, "$1") ?? null;
}

/**
 * Should a change wait, because somebody undoes it again and again? Only what takes tags off and
 * changes nobody's access ever waits: what closes is never paused. The pause is one period and
 * doubles with each further round, up to a day.
 */
export function isPaused(
  change: Change,
  given: {
    readonly quarrels: readonly Quarrel[];
    readonly periodMinutes: number;
    readonly now: Date;
  },
): boolean {
  if (change.step.do !== "untag-role" || change.effect !== "neutral") return false;
  const { resource, found } = correctionOf(change);
  return given.quarrels.some((quarrel) => {
    if (quarrel.resource !== resource || quarrel.found !== found) return false;
    if (quarrel.at.length < quarrelAt) return false;
    const last = Date.parse(quarrel.at.at(-1) ?? "");
    const pause = given.periodMinutes * 60_000 * 2 ** (quarrel.at.length - quarrelAt);
    const longest = Math.max(dayMs, quarrelWindowMs(given.periodMinutes));
    return given.now.getTime() - last < Math.min(longest, pause);
  });
}

/** Where CloudTrail names nobody yet, it may be anyone's round. */
export function isSameQuarrel(one: Omit<Quarrel, "at">, other: Omit<Quarrel, "at">): boolean {
  const sides = [sideOf(one.actor), sideOf(other.actor)];
  return (
    one.resource === other.resource &&
    one.found === other.found &&
    (sides.includes(null) || sides[0] === sides[1])
  );
}

/**
 * Is this correction one of a quarrel that is reported as one, and not once more each time?
 *
 * @param made what the run has corrected beside it
 */
export function isFoughtOver(
  contended: readonly Quarrel[],
  change: Change,
  made: readonly Change[] = [],
): boolean {
  const { resource, found } = correctionOf(correctedBy(change, made));
  return contended.some((quarrel) => quarrel.resource === resource && quarrel.found === found);
}
