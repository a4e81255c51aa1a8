import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { settingsOf } from "../functions/environment.ts";
import { makeClients } from "../shared/edge/clients.ts";
import { diagnose } from "../shared/loop/diagnose.ts";
import type { Io } from "./io.ts";

export const diagnoseUsage = `usage: oidc-reconciler diagnose FILE [--json]
FILE holds {"role": "NAME or ARN", "token": "the JWT"}, {"role": …, "claims": {…}}, or the
CloudTrail event of a refused AssumeRoleWithWebIdentity.

Exit codes: 0 diagnosed, 1 the account could not be read, 2 wrong usage or input.
`;

/**
 * `diagnose FILE`: which condition refused a job's token, and the likely cause.
 *
 * @returns 0 diagnosed, 1 the account could not be read, 2 wrong usage
 */
export async function diagnoseCommand(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { json: { type: "boolean", default: false } },
  });
  const [file, ...rest] = positionals;
  if (file === undefined || rest.length > 0) {
    io.stderr.write(diagnoseUsage);
    return 2;
  }
  const input = readJson(await io.readFile(file));
  if (input === undefined) {
    io.stderr.write(`${file} holds no JSON.\n${diagnoseUsage}`);
    return 2;
  }
  const settings = settingsOf(io.environment);
  const report = await diagnose({
    clients: makeClients(settings.region),
    input,
    functionArn: null,
    runId: randomUUID(),
    clock: () => new Date(),
  });
  for (const { message } of report.errors) io.stderr.write(`${message}\n`);
  if (values.json) io.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else if (report.diagnosis !== null) {
    const { cause, message, next } = report.diagnosis;
    io.stdout.write(`${cause}: ${message}.\n${next}\n`);
  }
  if (report.errors.some(({ code }) => code === "NoQuestion")) return 2;
  return report.diagnosis === null ? 1 : 0;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
