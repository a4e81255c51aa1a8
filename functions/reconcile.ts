import { randomUUID } from "node:crypto";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { Context } from "aws-lambda";
import { makeClients } from "../shared/edge/clients.ts";
import type { Report } from "../shared/report/report.ts";
import { run } from "../shared/run.ts";
import { wakeOf } from "../shared/wake/index.ts";
import { settingsOf } from "./environment.ts";
import { countReport, logger, logReport } from "./log.ts";

/**
 * The loop as a Lambda function: any event or a manual payload in, the report out.
 *
 * @throws an error whose message is one sentence where the payload is not allowed, or where no
 *   channel took an alert after the work was done
 */
async function reconcile(event: unknown, _context: Context): Promise<Report> {
  const settings = settingsOf(process.env);
  const wake = wakeOf(event, settings.prefix);
  if (wake.kind === "refused") throw new Error(`${wake.error.code}: ${wake.error.message}`);
  const { report, undelivered } = await run({
    clients: makeClients(settings.region),
    wake,
    prefix: settings.prefix,
    channels: settings.channels,
    runId: randomUUID(),
    clock: () => new Date(),
  });
  logReport(report);
  countReport(report);
  if (undelivered.length > 0) {
    const titles = undelivered.map(({ title }) => title).join("; ");
    throw new Error(`AlertUndelivered: no channel took: ${titles}. The work itself is done`);
  }
  return report;
}

export const handler = middy(reconcile).use(injectLambdaContext(logger));
