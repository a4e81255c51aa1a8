import { randomUUID } from "node:crypto";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import middy from "@middy/core";
import type { Context } from "aws-lambda";
import { makeClients } from "../shared/edge/clients.ts";
import { safeText } from "../shared/language/visible.ts";
import { type AuditReport, audit, type Publish } from "../shared/runs/audit.ts";
import { settingsOf } from "../shared/settings.ts";
import { wakeOf } from "../shared/wake/index.ts";
import { withoutTokensIn } from "./answer.ts";
import { logAudit, logger } from "./logger.ts";
import type * as WeeklyPage from "./weekly-page.ts";

/** As serverless.yml sets it. */
const timeoutMs = 600_000;

/**
 * The weekly audit as a Lambda function: a schedule or `{"dryRun": true}` in, the report out.
 *
 * @throws an error of one sentence where the payload is not allowed or no channel took the alert
 */
async function handle(event: unknown, context: Context): Promise<AuditReport> {
  const settings = settingsOf(process.env);
  const wake = wakeOf(event, settings.prefix, settings.installation);
  if (wake.kind === "refused")
    throw new Error(safeText(`${wake.error.code}: ${wake.error.message}`));
  const remainingMs = remainingOf(context);
  const clients = makeClients(settings.region);
  const { report, undelivered } = await audit({
    clients,
    installation: settings.installation,
    channels: settings.channels,
    trigger: wake.trigger === "schedule" ? "schedule" : "manual",
    ignored: wake.ignored,
    functionArn: context.invokedFunctionArn ?? null,
    dryRun: wake.dryRun,
    publish: publishOf(process.env["OIDC_REPORT_BUCKET"] || null, {
      ...{ count: clients.count, installation: settings.installation, remainingMs },
    }),
    runId: randomUUID(),
    clock: () => new Date(),
  });
  logAudit(report);
  countErrors(report);
  if (undelivered.length > 0) {
    const titles = undelivered.map(({ title }) => title).join("; ");
    throw new Error(`AlertUndelivered: no channel took: ${titles}. The report is in the log`);
  }
  return withoutTokensIn(report);
}

/** An audit that could not be made ends the function well: an alarm of `stack/alarms.yml` watches this. */
function countErrors({ errors }: AuditReport): void {
  const metrics = new Metrics({ namespace: "OidcReconciler" });
  metrics.addMetric("RunErrors", MetricUnit.Count, errors.length);
  metrics.publishStoredMetrics();
}

/** Makes a page only where a bucket is given: no other audit loads what that takes. */
function publishOf(
  bucket: string | null,
  given: Pick<
    Parameters<typeof WeeklyPage.putWeeklyPage>[0],
    "count" | "installation" | "remainingMs"
  >,
): Publish | null {
  if (bucket === null) return null;
  return async (audited) => {
    const { putWeeklyPage } = await import("./weekly-page.ts");
    return putWeeklyPage({ ...given, ...audited, bucket });
  };
}

/** Lambda's own clock; without one, the time-out counted from now. */
function remainingOf(context: Partial<Context>): () => number {
  const end = Date.now() + timeoutMs;
  return () => context.getRemainingTimeInMillis?.() ?? end - Date.now();
}

export const handler = middy(handle).use(injectLambdaContext(logger));
