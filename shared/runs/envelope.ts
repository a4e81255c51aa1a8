/**
 * The runs: each joins deciding code and the edge. `reconcile`, `audit`, `diagnose` and `refusals` answer
 * with a report, and `envelope` writes what all reports share; `doctor`, `replay` and `takeover` answer a
 * person's question. The entry points in `functions/` and `cli/` call these.
 */

import { accountIdAnyhow } from "../edge/caller.ts";
import type { Clients } from "../edge/clients.ts";
import { faultOf } from "../edge/faults.ts";
import { safeText } from "../language/visible.ts";
import { type Report, reportedError } from "../report/report.ts";

/** What every run gets from its entry point. */
export type Invocation = {
  readonly clients: Clients;
  /** The function's own ARN, which names the account; `null` from a shell. */
  readonly functionArn: string | null;
  readonly runId: string;
  readonly clock: () => Date;
};

/** What a task adds to the envelope of its report. What it leaves out stays empty. */
export type TaskResult = Pick<Report, "account"> &
  Partial<Pick<Report, "environments" | "alerts" | "errors" | "ignored">>;

type Task<Own> = Pick<Report, "trigger" | "dryRun"> & {
  /** As the message of a failure names it, such as "the audit". */
  readonly name: string;
  readonly run: (started: Date) => Promise<TaskResult & Own>;
  /** The result of a task that failed. The error that ended it is added. */
  readonly failed: Own & Pick<Report, "errors">;
};

/** Every report has these, in this order, whatever its task fills in. */
const empty = {
  account: null,
  startedAt: "",
  durationMs: 0,
  environments: [],
  alerts: [],
  errors: [],
};

/**
 * Runs a task and puts what it found into the envelope that all reports share. It never throws for
 * what AWS says: an error that ends the task is an error of the report.
 */
export async function envelope<Own>(
  { clients, functionArn, runId, clock }: Invocation,
  { name, run, failed, trigger, dryRun }: Task<Own>,
): Promise<Report & Own> {
  const started = clock();
  const found = await run(started).catch(async (thrown: unknown): Promise<TaskResult & Own> => {
    const account = await accountIdAnyhow(clients, [functionArn]);
    return { ...failed, account, errors: [...failed.errors, reportedError(faultOf(name, thrown))] };
  });
  return {
    runId,
    trigger,
    dryRun,
    ...empty,
    startedAt: started.toISOString(),
    durationMs: clock().getTime() - started.getTime(),
    ...found,
    errors: (found.errors ?? []).map(reportedError),
    ...(found.ignored === undefined ? {} : { ignored: safeText(found.ignored) }),
    calls: Object.fromEntries([...clients.count].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}
