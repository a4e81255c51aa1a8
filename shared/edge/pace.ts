import type { Time } from "./time.ts";

/** When calls may go. */
export type Pacer = {
  /** Resolves when the next one may go, in the order of the calls. */
  take(): Promise<void>;
  /** AWS refused a call because it came too fast. */
  refused(): void;
};

/**
 * Lets `burst` pass at once and then `perSecond` each second. What is not used is saved, up to
 * `burst`, until a call is refused. Each caller books its own moment when it asks, so that no two share
 * one, however many ask at once.
 */
export function pacer(input: { readonly burst: number; readonly perSecond: number } & Time): Pacer {
  const { burst, perSecond } = input;
  let left = burst;
  let at = input.now();
  return {
    take: async () => {
      const now = input.now();
      left = Math.min(burst, left + (Math.max(0, now - at) * perSecond) / 1000);
      at = now;
      left -= 1;
      if (left < 0) await input.sleep((-left * 1000) / perSecond);
    },
    refused: () => {
      left = Math.min(left, 0);
    },
  };
}

/** The first pace once a call was refused, and the slowest, in calls a second. */
const yieldedPace = { first: 4, least: 1 } as const;

/** So long all refusals count as one: they are answers to calls that went out together. */
const oneRefusalMs = 1_000;

/**
 * For calls whose rate AWS does not document: lets all pass until one is refused, then some a second,
 * fewer with each further refusal, and slowly more again.
 */
export function yieldingPacer({ now, sleep }: Time): Pacer {
  let perSecond: number | null = null;
  let free = 0;
  let deaf = Number.NEGATIVE_INFINITY;
  return {
    take: async () => {
      if (perSecond === null) return;
      const wait = Math.max(0, free - now());
      free = Math.max(free, now()) + 1000 / perSecond;
      perSecond += 0.05;
      if (wait > 0) await sleep(wait);
    },
    refused: () => {
      if (now() < deaf) return;
      deaf = now() + oneRefusalMs;
      free = Math.max(free, now() + oneRefusalMs);
      perSecond =
        perSecond === null ? yieldedPace.first : Math.max(yieldedPace.least, perSecond / 2);
    },
  };
}
