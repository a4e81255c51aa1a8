import type { Fault } from "../aws/reading.ts";
import type { RunContext } from "./run-context.ts";

/** Did the person who runs it press Ctrl-C? What is begun is finished, and nothing new is begun. */
export function isInterrupted({ interrupted }: RunContext): boolean {
  return interrupted?.() === true;
}

const timeUp = "TimeUp";

/**
 * Why nothing is begun any more for an environment; `null` while there is time.
 *
 * @param neededMs how much time there has to be
 */
export function whyNotBegun(run: RunContext, name: string, neededMs: number): Fault | null {
  if (isInterrupted(run)) return interruption(name);
  if (run.remainingMs() >= neededMs) return null;
  const message = `the function's time is nearly over: nothing was begun for ${name}, the next run goes on`;
  return { code: timeUp, message, kind: "transient" };
}

/** Is it so late that what was begun opens nothing more, and remembers no more? */
export function isLate(run: RunContext): boolean {
  return run.remainingMs() < run.reserveMs / 2;
}

/** Is it so late that nothing is written any more, not even what closes? Who is stopped reports nothing. */
export function isOver(run: RunContext): boolean {
  return run.remainingMs() < run.reserveMs / 4;
}

/** Record and status of an environment are two writes, at two a second. */
const eachMs = 1_000;
/** So many environments are remembered at once. */
const atOnce = 5;

/** How long it takes to remember so many environments. */
export function rememberingMs(environments: number): number {
  return Math.max(0, environments - atOnce) * eachMs;
}

/** Why an environment was not finished. */
export function whyNotFinished(name: string): Fault {
  const message = `the function's time is nearly over: ${name} is not done yet, the next run goes on`;
  return { code: timeUp, message, kind: "transient" };
}

/** What the time was not enough for, as the run reports it: the first few by name. */
export function unreachedFault(what: string, names: readonly string[]): Fault {
  const shown = names.slice(0, namesShown).join(", ");
  const more = names.length > namesShown ? `, … (${names.length - namesShown} more)` : "";
  const message = `the function's time is nearly over: ${what} of ${names.length} environments for the next run, which goes on there: ${shown}${more}`;
  return { code: timeUp, message, kind: "transient" };
}

const namesShown = 10;

/** Was an environment left for want of time? */
export function isUnreached({ faults }: { readonly faults: readonly Fault[] }): boolean {
  return faults.some(({ code }) => code === timeUp);
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
