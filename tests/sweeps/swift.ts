import { setImmediate as turn } from "node:timers/promises";
import { vi } from "vitest";
import type { SweptAccount } from "./account.ts";

/** Turns of the event loop in which no call comes: anyone who waits then waits for time to pass. */
const idleTurns = 20;

/**
 * Plays a task in which calls are never answered: where nothing moves any more, time goes on to the next
 * timer, and the account's clock with it.
 */
export async function inVirtualTime<Result>(
  account: Pick<SweptAccount, "sandbox">,
  task: () => Promise<Result>,
): Promise<Result> {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  const state = { isDone: false };
  try {
    const running = task().finally(() => {
      state.isDone = true;
    });
    while (!state.isDone) {
      await idle(account, state);
      if (state.isDone || vi.getTimerCount() === 0) continue;
      const before = Date.now();
      await vi.advanceTimersToNextTimerAsync();
      account.sandbox.clock.advance(Date.now() - before);
    }
    return await running;
  } finally {
    vi.useRealTimers();
  }
}

async function idle(
  { sandbox }: Pick<SweptAccount, "sandbox">,
  state: { readonly isDone: boolean },
): Promise<void> {
  let seen = sandbox.calls.length;
  for (let still = 0; still < idleTurns && !state.isDone; still += 1) {
    await turn();
    if (sandbox.calls.length !== seen) {
      seen = sandbox.calls.length;
      still = 0;
    }
  }
}
