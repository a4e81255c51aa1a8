import type { Diagnosis } from "../../shared/diagnose/cause.ts";
import { textOfBytes } from "../../shared/language/file-text.ts";
import { type Line, line } from "../../shared/report/layout.ts";
import type { ReportedError } from "../../shared/report/report.ts";
import { type DiagnosisReport, diagnose as diagnoseCall } from "../../shared/runs/diagnose.ts";
import { valuesInBytes } from "../../shared/trail/file.ts";
import { failureOf, withFailure } from "../aws-failure.ts";
import { brokenJson } from "../broken-json.ts";
import { command } from "../command.ts";
import { CommandError } from "../command-error.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { bytesIn, nameOf } from "../files.ts";
import { ready } from "../settings.ts";

export const diagnose = command({
  name: "diagnose",
  summary: "Say why an AssumeRoleWithWebIdentity was refused, and what to do",
  usage: ["FILE"],
  description: [
    'FILE, or - for standard input, holds what was refused. That is the record of the call in CloudTrail, the EventBridge event that carries it, the output of "aws cloudtrail lookup-events --output json", or a log file of a trail, packed by gzip or not.',
    'Or it is a question: {"role": "NAME or ARN", "token": "the JWT"}, or with "claims": {…} in place of the token. Add roleSessionName, durationSeconds, errorCode and errorMessage where you know them.',
    'Of several records it diagnoses the refused ones, the newest first. With --json, "diagnosis" is the newest and "others" holds the rest.',
  ],
  operands: { name: "FILE", least: 1, most: 1 },
  options: {},
  examples: [
    { line: "oidc-reconciler diagnose events.json", does: "Diagnose the records in a file" },
    {
      line: "aws cloudtrail lookup-events --output json | oidc-reconciler diagnose -",
      does: "Diagnose what CloudTrail recorded last",
    },
  ],
  exits: {
    ok: "Not refused, or admitted as things are now",
    failed: "It could not be decided, or the account could not be read",
    usage: "The command line or the file cannot be used",
    differs: "Refused",
  },
  page: "docs/diagnosis.md",
  run: async ({ operands: [file = ""] }, io) => {
    const bytes = await bytesIn(io, file, "log");
    const read = valuesInBytes(bytes);
    if (read.kind === "unreadable")
      throw noQuestion(file, brokenJson(textOfBytes(bytes)) ?? read.why);
    const [only, ...more] = read.values;
    const { invocation } = await ready(io);
    const report = await diagnoseCall({
      ...invocation,
      input: more.length === 0 ? only : read.values,
    });
    const exit = exitOf(report);
    const failures = report.errors.map((error) => failureIn(file, error));
    const [failure] = exit === exitCodes.ok || exit === exitCodes.differs ? [] : failures;
    return {
      exit,
      json: failure === undefined ? report : withFailure(report, failure),
      view: reportLines(report),
      warnings: failures.map(({ message }) => message),
    };
  },
});

function failureIn(file: string, error: ReportedError): CommandError {
  return error.code === "NoQuestion" ? noQuestion(file, error.message) : failureOf(error);
}

function noQuestion(file: string, why: string): CommandError {
  return new CommandError(`${nameOf(file)}: ${why}.`, { code: "NoQuestion", where: file });
}

function exitOf({ errors, diagnosis }: DiagnosisReport): ExitCode {
  if (errors.some(({ code }) => code === "NoQuestion")) return exitCodes.usage;
  if (diagnosis === null) return exitCodes.failed;
  if (diagnosis.cause !== null) return exitCodes.differs;
  return diagnosis.admitted === null ? exitCodes.failed : exitCodes.ok;
}

function reportLines({ diagnosis, others = [], found }: DiagnosisReport): readonly Line[] {
  const parts = [
    ...(found === undefined ? [] : [[line(`${found}.`)]]),
    ...[...(diagnosis === null ? [] : [diagnosis]), ...others].map(diagnosisLines),
  ];
  return parts.flatMap((part, index) => (index === 0 ? part : [line(""), ...part]));
}

/** Of a record which call it was; `code: why.`; what to do. */
function diagnosisLines(diagnosis: Diagnosis): readonly Line[] {
  const { cause, at, role, subject, message, next } = diagnosis;
  const call = `${at}, role ${role ?? "not known"}, ${subject ?? "no subject"}`;
  const why = cause === null ? message : `${cause.code}: ${cause.message}`;
  return [
    ...(at === null ? [] : [line(call, { tone: "quiet" })]),
    line(`${why}.`, { tone: cause === null ? "plain" : "bad" }),
    line(next),
  ];
}
