import { randomUUID } from "node:crypto";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { Context } from "aws-lambda";
import { makeClients } from "../shared/edge/clients.ts";
import { type DiagnosisReport, diagnose } from "../shared/runs/diagnose.ts";
import { settingsOf } from "../shared/settings.ts";
import { logger } from "./logger.ts";

/** Why a job was refused: a CloudTrail event or a role with a token's claims in, the report out. */
async function handle(event: unknown, context: Context): Promise<DiagnosisReport> {
  const settings = settingsOf(process.env);
  const report = await diagnose({
    clients: makeClients(settings.region),
    input: event,
    functionArn: context.invokedFunctionArn ?? null,
    runId: randomUUID(),
    clock: () => new Date(),
  });
  // The event is not logged: it may hold a token.
  logger.info("diagnosis", { report });
  return report;
}

export const handler = middy(handle).use(injectLambdaContext(logger));
