import type { Change } from "./change.ts";
import { exactCorrectionOf } from "./correction.ts";
import { digestOf } from "./digest.ts";
import type { LastWrites } from "./record.ts";

/**
 * A read of IAM may show what was there so long before, in milliseconds. AWS gives no limit; people measure
 * seconds, rarely a minute.
 *
 * @see docs/decisions/0019-late.md
 */
export const lateMs = 60_000;

/**
 * What may be late is only looked at again, which costs little: so a write is doubted for twice as long. A change
 * is passed over in silence only where CloudTrail shows our own write, and that one is younger than `lateMs`.
 */
const doubtedMs = 2 * lateMs;

/** What a write is known again by: what it does, where, and what it found there. */
export function writeKey(change: Change): string {
  const { resource, found } = exactCorrectionOf(change);
  return digestOf(`${change.step.do} ${resource} ${found}`).slice(0, 8);
}

/** The writes that count as the last ones after a run that made these. */
export function lastWrites(
  made: readonly Change[],
  before: LastWrites | null,
  now: Date,
): LastWrites | null {
  if (made.length === 0) return before;
  const recent = before !== null && isRecent(before, now) ? before.made : [];
  return {
    at: now.toISOString(),
    made: [...new Set([...recent, ...made.map(writeKey)])].slice(-20),
  };
}

/** Is it a write that was made a moment ago already? Then what was read may be older than that one. */
export function isMadeAgain(change: Change, last: LastWrites | null, now: Date): boolean {
  return last !== null && isRecent(last, now) && last.made.includes(writeKey(change));
}

/** May a read of now be older than these writes? */
export function isRecent({ at }: LastWrites, now: Date): boolean {
  return now.getTime() - Date.parse(at) < doubtedMs;
}
