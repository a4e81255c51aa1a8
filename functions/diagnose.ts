import { randomUUID } from "node:crypto";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { Context } from "aws-lambda";
import { eventBatchOf, type QueueBatch, queueBatchOf } from "../shared/diagnose/queued-calls.ts";
import { makeClients } from "../shared/edge/clients.ts";
import { type DiagnosisReport, diagnose } from "../shared/runs/diagnose.ts";
import type { Invocation } from "../shared/runs/envelope.ts";
import { noRefusals, type RefusalReport, reportRefusals } from "../shared/runs/refusals.ts";
import { type FunctionSettings, settingsOf } from "../shared/settings.ts";
import { withoutTokensIn } from "./answer.ts";
import { logger } from "./logger.ts";
import { countRefusals } from "./refusal-metrics.ts";

/**
 * Why a job was refused: a CloudTrail event or a role with a token's claims in, the report out. What
 * the queue brings is reported too, and so is the rule's event by itself, which is answered as well; any
 * other question is only answered.
 *
 * @throws an error of one sentence where a batch has to come again
 */
async function handle(event: unknown, context: Context): Promise<DiagnosisReport | RefusalReport> {
  const settings = settingsOf(process.env);
  const invocation: Invocation = {
    clients: makeClients(settings.region),
    functionArn: context.invokedFunctionArn ?? null,
    runId: randomUUID(),
    clock: () => new Date(),
  };
  const batch = queueBatchOf(event);
  if (batch !== null) return handleBatch(batch, invocation, settings);
  const answer = await diagnose({ ...invocation, input: event });
  const alone = eventBatchOf(event);
  const report = alone === null ? answer : await reported(answer, alone, invocation, settings);
  // The event is not logged: it may hold a token.
  logger.info("diagnosis", { report });
  return withoutTokensIn(report);
}

/**
 * The answer to one event, with the alert about it. It never throws: a person who handed the
 * event over waits for the answer.
 */
async function reported(
  answer: DiagnosisReport,
  batch: QueueBatch,
  invocation: Invocation,
  { prefix, channels, region }: FunctionSettings,
): Promise<DiagnosisReport> {
  const run = { ...invocation, clients: makeClients(region), batch, prefix, channels };
  const { report, undelivered } = await reportRefusals(run);
  countRefusals(report, undelivered.length);
  const known = new Set(answer.errors.map(({ message }) => message));
  return {
    ...answer,
    dryRun: report.refusals.ownCalls === 0,
    alerts: report.alerts,
    errors: [...answer.errors, ...report.errors.filter(({ message }) => !known.has(message))],
  };
}

async function handleBatch(
  batch: QueueBatch,
  invocation: Invocation,
  { prefix, channels }: FunctionSettings,
): Promise<RefusalReport> {
  const run = { ...invocation, batch, prefix, channels };
  const { report, undelivered, isDone } = await reportRefusals(run);
  logger.info("refusals", { report });
  for (const error of report.errors) logger.error(error.message, { code: error.code });
  // What comes again is counted once it is done.
  const isCounted = isDone && undelivered.length === 0;
  countRefusals(isCounted ? report : { ...report, refusals: noRefusals }, undelivered.length);
  if (!isDone) throw new Error(`${report.errors.map(({ message }) => message).join("; ")}.`);
  if (undelivered.length > 0) {
    const titles = undelivered.map(({ title }) => title).join("; ");
    throw new Error(`AlertUndelivered: no channel took: ${titles}. The messages come again`);
  }
  return withoutTokensIn(report);
}

export const handler = middy(handle).use(injectLambdaContext(logger));
