import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import type { Diagnosis } from "../shared/diagnose/cause.ts";
import { makeClients } from "../shared/edge/clients.ts";
import { visible } from "../shared/language/visible.ts";
import { type DiagnosisReport, diagnose } from "../shared/runs/diagnose.ts";
import { settingsOf } from "../shared/settings.ts";
import { valuesInBytes } from "../shared/trail/values.ts";
import type { Io } from "./io.ts";
import { errorJson, jsonText } from "./json-output.ts";

export const diagnoseUsage = `usage: oidc-reconciler diagnose FILE|- [--json]
FILE (or - for standard input) holds what was refused, in one of these forms:
  {"role": "NAME or ARN", "token": "the JWT"}, or with "claims": {…} in place of the token; beside
  them roleSessionName, durationSeconds, errorCode and errorMessage, where they are known
  CloudTrail's record of an AssumeRoleWithWebIdentity, or the EventBridge event that carries it
  the output of aws cloudtrail lookup-events, a log file of a trail, a list, or a record on each line;
  packed by gzip or not
Of several records those that were refused are diagnosed, the newest first, alike ones once; --json
has the newest under "diagnosis" and the others under "others".

Exit codes: 0 not refused, or admitted as things are now; 3 refused; 1 it could not be decided, or the
account could not be read; 2 wrong usage or input.
`;

/**
 * `diagnose FILE`: why a job's token was refused, and what to do.
 *
 * @returns 0 not refused, 3 refused, 1 nothing could be decided, 2 wrong usage or input
 */
export async function diagnoseCommand(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { json: { type: "boolean", default: false } },
  });
  const [file, ...rest] = positionals;
  if (file === undefined || rest.length > 0) {
    if (values.json)
      io.stdout.write(errorJson("WrongUsage", "Name one file, or - for standard input."));
    io.stderr.write(diagnoseUsage);
    return 2;
  }
  const read = valuesInBytes(await bytesOf(file, io));
  if (read.kind === "unreadable") {
    const message = `${file === "-" ? "standard input" : file}: ${read.why}`;
    io.stderr.write(`${visible(message)}.\n${diagnoseUsage}`);
    if (values.json) io.stdout.write(errorJson("NoQuestion", message, file));
    return 2;
  }
  const [only, ...more] = read.values;
  const settings = settingsOf(io.environment);
  const report = await diagnose({
    clients: makeClients(settings.region),
    input: more.length === 0 ? only : read.values,
    functionArn: null,
    runId: randomUUID(),
    clock: () => new Date(),
  });
  for (const { message } of report.errors) io.stderr.write(`${visible(message)}\n`);
  if (values.json) io.stdout.write(jsonText(report, "indented"));
  else io.stdout.write(textOf(report));
  return exitCode(report);
}

async function bytesOf(file: string, io: Io): Promise<Uint8Array> {
  if (file !== "-") return (await io.readBytes?.(file)) ?? Buffer.from(await io.readFile(file));
  const chunks: Uint8Array[] = [];
  for await (const chunk of io.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function textOf(report: DiagnosisReport): string {
  const diagnoses = [report.diagnosis, ...(report.others ?? [])].flatMap((one) => one ?? []);
  const found = report.found === undefined ? [] : [`${report.found}.\n`];
  return [...found, ...diagnoses.map(paragraphOf)].join("\n");
}

/** `code: why.`, what to do, and of a record which call it was. */
function paragraphOf({ cause, at, role, subject, message, next }: Diagnosis): string {
  const call =
    at === null ? "" : `${at}, role ${role ?? "not known"}, ${subject ?? "no subject"}\n`;
  const why = cause === null ? message : `${cause.code}: ${cause.message}`;
  return `${call}${why}.\n${next}\n`;
}

function exitCode({ errors, diagnosis }: DiagnosisReport): number {
  if (errors.some(({ code }) => code === "NoQuestion")) return 2;
  if (diagnosis === null) return 1;
  if (diagnosis.cause !== null) return 3;
  return diagnosis.admitted === null ? 1 : 0;
}
