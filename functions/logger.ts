import { Console } from "node:console";
import { Logger, type LogItem, LogLevelThreshold } from "@aws-lambda-powertools/logger";
import { safeJson } from "../shared/language/visible.ts";
import type { Change } from "../shared/plan/change.ts";
import type { Report } from "../shared/report/report.ts";
import type { AuditReport } from "../shared/runs/audit.ts";

/** As in Powertools: Lambda's own console would put its marks before the JSON. */
const lines =
  process.env["POWERTOOLS_DEV"] === "true"
    ? console
    : new Console({ stdout: process.stdout, stderr: process.stderr });

/**
 * Powertools' logger, whose entries are one line of JSON each, with nothing in it that turns a
 * screen's writing round or that is a token: policies, tags and events of anybody are logged whole.
 */
class SafeLogger extends Logger {
  protected override printLog(level: number, item: LogItem): void {
    item.prepareForPrint();
    const entry = safeJson(JSON.stringify(item.getAttributes(), this.getJsonReplacer()));
    if (level >= LogLevelThreshold.ERROR) lines.error(entry);
    else lines.info(entry);
  }
}

// The service name comes from POWERTOOLS_SERVICE_NAME, which the alarms of the stack name too.
export const logger = new SafeLogger();

/** A log line of more bytes would be cut: what is longer goes in parts. */
const lineBytesMax = 200_000;

/** As it is written: a character that hides is written as its number. */
function fitsOneLine(entry: object): boolean {
  return Buffer.byteLength(safeJson(JSON.stringify(entry))) <= lineBytesMax;
}

/** One structured line for the run and one for each environment that is not simply in sync. */
export function logReport(report: Report): void {
  const { environments, alerts, ...run } = report;
  const line = { ...run, environments: environments.length };
  if (fitsOneLine({ ...line, alerts })) logger.info("run", { ...line, alerts });
  else {
    // Each error has a line of its own below.
    const { errors, ...short } = line;
    logger.info("run", fitsOneLine(line) ? line : short);
    for (const alert of alerts) logger.info("alert", { alert });
  }
  for (const environment of environments) {
    if (environment.outcome === "in-sync") continue;
    if (fitsOneLine(environment)) logger.info("environment", { environment });
    else {
      const { changes, ...rest } = environment;
      logger.info("environment", { environment: rest });
      for (const change of changes) logger.info("change", { environment: rest.name, change });
    }
  }
  for (const error of report.errors) logger.error(error.message, { code: error.code });
}

/** One structured line for an audit, or one for each finding as well. */
export function logAudit(report: AuditReport): void {
  if (fitsOneLine(report)) logger.info("audit", { report });
  else {
    const { findings, ...rest } = report;
    logger.info("audit", { report: rest });
    for (const finding of findings) logger.info("finding", { finding });
  }
  for (const error of report.errors) logger.error(error.message, { code: error.code });
}

/** Logs in full what a write is about to remove, so that a run that stops here loses nothing. */
export function logRemoval(environment: string, change: Change): void {
  const { action, resource, id, before } = change;
  if (before === null) return;
  logger.info("removal", { environment, action, resource, id, before });
}
