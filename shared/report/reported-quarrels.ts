import type { AppliedPlan } from "../plan/applied.ts";
import { hoursUntilOver, sideOf } from "../plan/quarrel.ts";
import type { Quarrel } from "../plan/record.ts";
import {
  minuteMs,
  minuteOf,
  type QuarrelKey,
  reportedBefore,
  shortDigest,
} from "./reported-key.ts";

type Of = Pick<AppliedPlan, "entry">;

/** A correction that is fought over: by the resource, what was found there, and which side did it. */
function digestOf({ resource, found, actor }: Pick<Quarrel, "resource" | "found" | "actor">) {
  return shortDigest([resource, found, sideOf(actor)]);
}

/** By its name now, and as it was before anybody was named. */
function digestsOf(quarrel: Quarrel): readonly string[] {
  return [digestOf(quarrel), digestOf({ ...quarrel, actor: null })];
}

function quarrelsBefore(of: Of): readonly QuarrelKey[] {
  return reportedBefore(of).filter((key) => key.kind === "quarrel");
}

/** Was it reported, by this name or before anybody was named? */
export function wasContended(of: Of, quarrel: Quarrel): boolean {
  const digests = digestsOf(quarrel);
  return quarrelsBefore(of).some(({ digest }) => digests.includes(digest));
}

/**
 * Quarrels stay reported until they are over, also in runs that find nothing to correct. So each is kept with
 * the minute of its last round, and after how many hours it is over.
 */
export function contendedKeys(
  of: Of,
  contended: readonly Quarrel[],
  now: Date,
): readonly QuarrelKey[] {
  const again = contended.map((quarrel): QuarrelKey => {
    const [digest, minute, hours] = [digestOf(quarrel), minuteOf(now), hoursUntilOver(quarrel)];
    return { kind: "quarrel", digest, minute, hours };
  });
  const others = othersThan(contended, of);
  return [...again, ...others.filter((quarrel) => !isOver(quarrel, others, now))];
}

/** When the last round was of each reported quarrel that is over now. */
export function quarrelsOver(of: Of, contended: readonly Quarrel[], now: Date): readonly Date[] {
  const others = othersThan(contended, of);
  return others
    .filter((quarrel) => isOver(quarrel, others, now))
    .map(({ minute }) => new Date(minute * minuteMs));
}

/** The reported quarrels beside those of this run. */
function othersThan(contended: readonly Quarrel[], of: Of): readonly QuarrelKey[] {
  const named = contended.flatMap(digestsOf);
  return quarrelsBefore(of).filter(({ digest }) => !named.includes(digest));
}

/** Quarrels with their last round in the same run are over together: by then one side may have had both. */
function isOver({ minute }: QuarrelKey, others: readonly QuarrelKey[], now: Date): boolean {
  const together = others.filter((other) => other.minute === minute);
  const hours = Math.max(...together.map((other) => other.hours));
  return now.getTime() - minute * minuteMs > hours * 60 * minuteMs;
}
