import { randomUUID } from "node:crypto";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { Context } from "aws-lambda";
import { makeClients } from "../shared/edge/clients.ts";
import { safeText } from "../shared/language/visible.ts";
import { emptyMemory } from "../shared/loop/memory.ts";
import { functionTimeoutMs } from "../shared/loop/run-context.ts";
import type { Report } from "../shared/report/report.ts";
import { reconcile } from "../shared/runs/reconcile.ts";
import { settingsOf } from "../shared/settings.ts";
import { wakeOf } from "../shared/wake/index.ts";
import { type Answer, answerOf } from "./answer.ts";
import { logger, logRemoval, logReport } from "./logger.ts";
import { countReport } from "./metrics.ts";

/** Runs at work in this process; Lambda gives a process one at a time, and a test may give more. */
const alive = new Set<string>();
const memory = emptyMemory();

/**
 * The loop as a Lambda function: a batch from the queue, a bare event, or a payload by hand in, the
 * report out. Once a run has begun it never throws: what went wrong is in the report, and alerts
 * that nobody took stay in the journal.
 *
 * @throws an error whose message is one sentence where a payload by hand is not allowed
 */
async function handle(event: unknown, context: Context): Promise<Answer | Report> {
  const settings = settingsOf(process.env);
  const wake = wakeOf(event, settings.prefix, settings.installation);
  if (wake.kind === "refused")
    throw new Error(safeText(`${wake.error.code}: ${wake.error.message}`));
  const runId = randomUUID();
  alive.add(runId);
  try {
    const { report, undelivered, heartbeat } = await reconcile({
      clients: makeClients(settings.region),
      wake,
      installation: settings.installation,
      channels: settings.channels,
      runId,
      clock: () => new Date(),
      functionArn: context.invokedFunctionArn ?? null,
      remainingMs: remainingOf(context),
      alive,
      memory,
      logRemoval,
    });
    logReport(report);
    countReport(report, { heartbeat, undelivered: undelivered.length });
    return answerOf(report, wake.source);
  } finally {
    alive.delete(runId);
  }
}

/** Lambda's own clock; without one, the time-out counted from now. */
function remainingOf(context: Partial<Context>): () => number {
  const end = Date.now() + functionTimeoutMs;
  return () => context.getRemainingTimeInMillis?.() ?? end - Date.now();
}

export const handler = middy(handle).use(injectLambdaContext(logger));
