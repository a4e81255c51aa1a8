import { setTimeout as sleep } from "node:timers/promises";

/** Waits for a time, or until the account closes: true after the time, false if it closed. */
export function pauseUntilClosed(closing: AbortSignal): (milliseconds: number) => Promise<boolean> {
  return (milliseconds) =>
    sleep(milliseconds, true, { signal: closing }).catch((error: unknown) => {
      if (closing.aborted) return false;
      throw error;
    });
}
