import type { Time } from "./time.ts";

type Pacer = {
  /** Resolves when the next one may go, in the order of the calls. */
  take(): Promise<void>;
};

/**
 * Lets `burst` pass at once and then `perSecond` each second. What is not used is saved, up to
 * `burst`. Each caller books its own moment when it asks, so that no two share one, however many ask
 * at once.
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
  };
}
