import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { makeClients } from "../shared/edge/clients.ts";
import { withoutTokens } from "../shared/issuers/token.ts";
import { visible } from "../shared/language/visible.ts";
import { renderReport } from "../shared/report/render.ts";
import type { Outcome, Report } from "../shared/report/report.ts";
import { reconcile } from "../shared/runs/reconcile.ts";
import { assumptionsOf, settingsOf } from "../shared/settings.ts";
import { wakeOf } from "../shared/wake/index.ts";
import type { Io } from "./io.ts";
import { errorJson, jsonText } from "./json-output.ts";

/** All is as the documents say, or the documents say that it is not to be touched. */
const settled: readonly Outcome[] = ["in-sync", "reconciled", "suspended"];

const exitCodeText = `Exit codes: 0 all in order, 3 something differs or waits for a person, 1 nothing could be decided or
no channel took an alert, 2 wrong usage.
`;

export const planUsage = `usage: oidc-reconciler plan [NAME…] [--json]
What a run over these environments (all, where none is named) would do. Writes nothing at all.

${exitCodeText}`;

export const reconcileUsage = `usage: oidc-reconciler reconcile [NAME…] [--dry-run] [--force] [--json]
The function's run, from here, over these environments (all, where none is named).

  --dry-run   the same as plan
  --force     also corrects what mode observe would only report, once
  --json      the report as one JSON value

${exitCodeText}`;

/**
 * `reconcile` and `plan`: the same run as the function's, by hand.
 *
 * @returns 0 all in order, 3 something differs or waits for a person, 1 nothing could be decided
 *   or no channel took an alert, 2 wrong usage
 */
export async function reconcileCommand(
  command: "reconcile" | "plan",
  args: readonly string[],
  io: Io,
): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      "dry-run": { type: "boolean", default: false },
      force: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  const settings = settingsOf(io.environment);
  const payload = {
    dryRun: values["dry-run"] || command === "plan",
    force: values.force,
    ...(positionals.length === 0 ? {} : { environments: positionals }),
  };
  const wake = wakeOf(payload, settings.prefix, settings.installation);
  if (wake.kind === "refused") {
    const { code } = wake.error;
    const message = withoutTokens(wake.error.message);
    if (values.json) io.stdout.write(errorJson(code, message));
    io.stderr.write(`${visible(message)}\n`);
    return 2;
  }
  const assumed = assumptionsOf(io.environment);
  if (assumed !== null) io.stderr.write(`${assumed}\n`);
  const { report, undelivered } = await reconcile({
    clients: makeClients(settings.region),
    wake,
    installation: settings.installation,
    channels: settings.channels,
    runId: randomUUID(),
    clock: () => new Date(),
    functionArn: null,
    remainingMs: () => Number.POSITIVE_INFINITY,
    alive: new Set(),
    // A person sees the whole report.
    logRemoval: () => undefined,
  });
  io.stdout.write(values.json ? jsonText(report, "indented") : renderReport(report, io.layout));
  for (const alert of undelivered) io.stderr.write(`no channel took this alert: ${alert.title}\n`);
  return undelivered.length > 0 ? 1 : exitCode(report);
}

function exitCode(report: Report): number {
  if (report.errors.length > 0 && report.environments.length === 0) return 1;
  if (report.environments.some(({ outcome }) => outcome === "failed")) return 1;
  const quiet = report.environments.every(({ outcome }) => settled.includes(outcome));
  return quiet && report.errors.length === 0 ? 0 : 3;
}
