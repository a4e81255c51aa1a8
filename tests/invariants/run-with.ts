import { makeClients } from "../../shared/edge/clients.ts";
import type { Limits } from "../../shared/edge/limits.ts";
import { realTime, type Time } from "../../shared/edge/time.ts";
import type { Memory } from "../../shared/loop/memory.ts";
import type { Change } from "../../shared/plan/change.ts";
import type { Report } from "../../shared/report/report.ts";
import { reconcile } from "../../shared/runs/reconcile.ts";
import { settingsOf } from "../../shared/settings.ts";
import { wakeOf } from "../../shared/wake/index.ts";
import { type Scenario, schedule } from "../scenarios/harness.ts";

/** What the deployed handler does not let anybody choose. */
export type Given = {
  readonly limits?: Partial<Limits>;
  readonly time?: Time;
  readonly remainingMs?: () => number;
  readonly targetsGraceMs?: number;
  /** What the process remembers from the run before; left out for a new one. */
  readonly memory?: Memory;
  readonly logRemoval?: (environment: string, change: Change) => void;
};

/** A run over all environments, as the function makes it, with another clock or other limits. */
export function runWith(account: Scenario, given: Given): Promise<Report> {
  return account.beside(async () => {
    const { installation, channels, prefix, region } = settingsOf(process.env);
    const wake = wakeOf(schedule, prefix, installation);
    if (wake.kind === "refused") throw new Error(wake.error.message);
    const { report } = await reconcile({
      clients: makeClients(region, given.limits, given.time ?? realTime),
      wake,
      installation,
      channels,
      runId: crypto.randomUUID(),
      clock: () => new Date(),
      functionArn: "arn:aws:lambda:us-east-1:123456789012:function:reconcile",
      remainingMs: given.remainingMs ?? (() => 600_000),
      alive: new Set(),
      logRemoval: given.logRemoval ?? (() => undefined),
      ...(given.memory === undefined ? {} : { memory: given.memory }),
      ...(given.targetsGraceMs === undefined ? {} : { targetsGraceMs: given.targetsGraceMs }),
    });
    return report;
  });
}

/**
 * A clock for which a wait for a turn to write passes at once and counts all the same; anyone who
 * waits for an answer, and may be woken, waits really, at most so long as is said.
 */
export function swiftTime(waitMs = 3_000): Time & { asleepMs(): number } {
  let asleep = 0;
  return {
    asleepMs: () => asleep,
    now: () => Date.now() + asleep,
    sleep: async (ms, signal) => {
      if (signal === undefined) asleep += ms;
      else await realTime.sleep(ms > 3_000 ? ms : Math.min(ms, waitMs), signal);
    },
  };
}
