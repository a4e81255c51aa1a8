import { setTimeout as sleep } from "node:timers/promises";

/** A way to wait that ends with the account: true once the time is over, false where it closed. */
export function pauseUntilClosed(closing: AbortSignal): (milliseconds: number) => Promise<boolean> {
  return (milliseconds) =>
    sleep(milliseconds, true, { signal: closing }).catch((error: unknown) => {
      if (closing.aborted) return false;
      throw error;
    });
}
