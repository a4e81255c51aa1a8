import type { PublishedMessage } from "../../sandbox/index.ts";
import { expectNamed, expectRecovery, expectWithin, type Ready } from "./bench.ts";
import { afterStop, changesIn, expectLogged, expectTold, type Stop, stoppedRun } from "./stops.ts";

/** Stops a run and judges what it left behind. Gives what it published, and what it had changed. */
export async function playStop(
  ready: Ready,
  stop: Stop,
  where: string,
): Promise<{ readonly messages: readonly PublishedMessage[]; readonly changed: string }> {
  const run = await stoppedRun(ready.account, stop, ready.event);
  expectWithin(ready, where);
  expectLogged(run, where);
  return { messages: run.messages, changed: changesIn(run) };
}

/** Lets the next runs make up for it, and judges what all of them reported. */
export async function playRecovery(
  ready: Ready,
  stopped: readonly PublishedMessage[],
  where: string,
): Promise<void> {
  await expectNamed(ready, where);
  const later = await expectRecovery(ready, where);
  expectTold(ready, { stopped, later, further: afterStop }, where);
}

/** Those after which the account differs: what follows depends on what a run had changed, on nothing else. */
export function firstOfEach(): (changed: string) => boolean {
  const seen = new Set<string>();
  return (changed) => {
    if (seen.has(changed)) return false;
    seen.add(changed);
    return true;
  };
}
