import { Logger } from "@aws-lambda-powertools/logger";
import type { Change } from "../shared/plan/change.ts";
import type { Report } from "../shared/report/report.ts";

// The service name comes from POWERTOOLS_SERVICE_NAME, which the alarms of the stack name too.
export const logger = new Logger();

/** Above this many characters a log line would be cut: the report then goes in parts. */
const lineLengthMax = 200_000;

/** One structured line for the run and one for each environment that is not simply in sync. */
export function logReport(report: Report): void {
  const { environments, alerts, calls, ...run } = report;
  logger.info("run", { ...run, alerts, calls, environments: environments.length });
  for (const environment of environments) {
    if (environment.outcome === "in-sync") continue;
    const size = JSON.stringify(environment).length;
    if (size <= lineLengthMax) logger.info("environment", { environment });
    else {
      const { changes, ...rest } = environment;
      logger.info("environment", { environment: rest });
      for (const change of changes) logger.info("change", { environment: rest.name, change });
    }
  }
  for (const error of report.errors) logger.error(error.message, { code: error.code });
}

/** Logs in full what a write is about to remove, so that a run that stops here loses nothing. */
export function logRemoval(environment: string, change: Change): void {
  const { action, resource, id, before } = change;
  if (before === null) return;
  logger.info("removal", { environment, action, resource, id, before });
}
