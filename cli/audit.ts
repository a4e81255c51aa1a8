import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { makeClients } from "../shared/edge/clients.ts";
import { visible } from "../shared/language/visible.ts";
import { audit } from "../shared/runs/audit.ts";
import { settingsOf } from "../shared/settings.ts";
import type { Io } from "./io.ts";
import { jsonText } from "./json-output.ts";

export const auditUsage = `usage: oidc-reconciler audit [--json]
Looks at the whole account: who else trusts CircleCI, loose patterns, unused roles and permissions,
old access keys. Alerts nobody and remembers nothing.

Exit codes: 0 nothing found, 3 findings, 1 the account could not be read, 2 wrong usage.
`;

/**
 * `audit`: the function's weekly look at the account, by hand; neither alerts nor remembers.
 *
 * @returns 0 nothing found, 3 findings, 1 the account could not be read
 */
export async function auditCommand(args: readonly string[], io: Io): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { json: { type: "boolean", default: false } },
  });
  const settings = settingsOf(io.environment);
  const { report } = await audit({
    clients: makeClients(settings.region),
    installation: settings.installation,
    channels: settings.channels,
    trigger: "manual",
    ignored: null,
    functionArn: null,
    dryRun: true,
    runId: randomUUID(),
    clock: () => new Date(),
  });
  if (values.json) io.stdout.write(jsonText(report, "indented"));
  else {
    for (const { severity, subject, message, next } of report.findings) {
      const lines = [
        `${severity.padEnd(8)} ${subject}`,
        `         ${message}.`,
        `         ${next}`,
      ];
      io.stdout.write(`${lines.map(visible).join("\n")}\n`);
    }
    const count = report.findings.length;
    const counted = count === 1 ? "1 finding" : `${count} findings`;
    io.stdout.write(count === 0 ? "Nothing is loose.\n" : `${counted}.\n`);
  }
  for (const { message } of report.errors) io.stderr.write(`${visible(message)}\n`);
  if (report.errors.length > 0) return 1;
  return report.findings.length > 0 ? 3 : 0;
}
