import type { Change } from "./change.ts";
import { digestOf } from "./digest.ts";
import type { Quarrel } from "./record.ts";

/** This often within the window, the same correction is a quarrel. */
const quarrelAt = 3;

/** The longer of one hour and four periods of the schedule, in milliseconds. */
export function quarrelWindowMs(periodMinutes: number): number {
  return Math.max(60, 4 * periodMinutes) * 60_000;
}

/** A slower quarrel is one as well: so often within a day, the same correction. */
const slowQuarrelAt = 5;

/** A correction that nobody undoes for so long is over, and forgotten. */
export const quarrelOverMs = 24 * 3_600_000;

/** Rounds over a policy that only denies are half a day apart: so long it stays each time. */
const denyQuarrelOverMs = 3 * quarrelOverMs;

/** The rounds of a quarrel that still count. */
export function roundsIn({ resource, at }: Quarrel, now: Date): readonly string[] {
  const mayDeny = resource.startsWith("inline-policy ") || resource.startsWith("attachment ");
  return roundsWithin(at, now, mayDeny ? denyQuarrelOverMs : quarrelOverMs);
}

function roundsWithin(at: readonly string[], now: Date, ms: number): readonly string[] {
  return at.filter((instant) => now.getTime() - Date.parse(instant) <= ms);
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
    roundsWithin(at, now, quarrelOverMs).length >= slowQuarrelAt ||
    (denies && at.length >= quarrelAt)
  );
}

/** Was this correction made before, within a day? */
export function isQuarrelled(change: Change, quarrels: readonly Quarrel[]): boolean {
  const { resource, found } = correctionOf(change);
  return quarrels.some((quarrel) => quarrel.resource === resource && quarrel.found === found);
}

/**
 * Which side an actor is: a role's sessions are one side, however they are called. Who runs Terraform
 * in a pipeline has another session each time.
 */
export function sideOf(actor: string | null): string | null {
  return actor?.replace(/(:assumed-role\/[^/]+)\/.*$/, "$1") ?? null;
}

/**
 * What a correction is known again by, beside its actor: where it was made, and what was found. A policy
 * version that is only kept opens nothing: once it is in force, something else is found.
 */
export function correctionOf(change: Change): Pick<Quarrel, "resource" | "found"> {
  const content = contentOf(change.before);
  const found = change.step.do === "delete-policy-version" ? { kept: content } : content;
  return {
    resource: `${change.resource} ${change.id.replace(/:v\d+$/, "")}`,
    found: digestOf(JSON.stringify(found)).slice(0, 16),
  };
}

/** What was found, without the number of a policy's version, which is new each time. */
function contentOf(before: unknown): unknown {
  if (typeof before !== "object" || before === null) return before;
  return "version" in before && "document" in before ? before.document : before;
}

/**
 * Should a change wait, because somebody undoes it again and again? Only what takes tags off and
 * changes nobody's access ever waits: what closes is never paused. The pause is one period and
 * doubles with each further round, up to the window.
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
    const longest = Math.min(quarrelWindowMs(given.periodMinutes), pause);
    return given.now.getTime() - last < longest;
  });
}
