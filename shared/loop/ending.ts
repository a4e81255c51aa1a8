import type { Fault } from "../aws/reading.ts";
import type { RunContext } from "./run-context.ts";

/** Did the person who runs it press Ctrl-C? What is begun is finished, and nothing new is begun. */
export function isInterrupted({ interrupted }: RunContext): boolean {
  return interrupted?.() === true;
}

/** Why nothing is begun any more for an environment; `null` while there is time. */
export function whyNotBegun(run: RunContext, name: string): Fault | null {
  if (isInterrupted(run)) return interruption(name);
  if (run.remainingMs() >= run.reserveMs) return null;
  const message = `the function's time is nearly over: nothing was begun for ${name}, the next run goes on`;
  return { code: "TimeUp", message, kind: "transient" };
}

/** What a run says of an environment that it left as it was because of Ctrl-C. */
export function interruption(name: string): Fault {
  const message = `the run was interrupted: nothing more was begun for ${name}, the next run goes on`;
  return { code: "Interrupted", message, kind: "transient" };
}

/** Is there time to wait so long, and to go on after it? A person who only asks does not wait. */
export function mayWait(run: RunContext, ms: number): boolean {
  return !run.wake.dryRun && !isInterrupted(run) && run.remainingMs() - ms > run.reserveMs;
}
