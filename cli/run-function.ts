import * as z from "zod/mini";
import { type Invoked, invokeFunction, invokingClients } from "../shared/edge/invoke.ts";
import { isRecord, parseJson } from "../shared/json.ts";
import { visible } from "../shared/language/visible.ts";
import { line } from "../shared/report/layout.ts";
import type { Report } from "../shared/report/report.ts";
import { failureOf } from "./aws-failure.ts";
import type { Answer } from "./command.ts";
import { CommandError } from "./command-error.ts";
import { checkNames } from "./environment-names.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { outlineAnswer, reportAnswer } from "./report-answer.ts";
import { report as reportSchema } from "./schemas/report.ts";
import { withoutSecrets } from "./secrets.ts";
import { ready } from "./settings.ts";
import { whileWorking } from "./while-working.ts";

type Asked = {
  readonly names: readonly string[];
  readonly dryRun: boolean;
  readonly force: boolean;
};

/**
 * A run of the deployed function, with its role and its settings, and its report as that of a run
 * from here.
 *
 * @param name the function's name or ARN
 * @throws CommandError where the function cannot be invoked, failed, or answered something else
 */
export async function runFunction(name: string, asked: Asked, io: Io): Promise<Answer> {
  const { names, dryRun, force } = asked;
  checkNames(names);
  const region = regionOf(name);
  const { settings } = await ready(io);
  const clients = invokingClients(region ?? settings.region);
  const signal = io.interrupted();
  const payload = { dryRun, force, ...(names.length === 0 ? {} : { environments: names }) };
  const answer = await whileWorking(
    io,
    (seconds) => `${visible(name)} is at work: ${seconds} s`,
    () => invokeFunction(clients, name, { payload, signal }),
  ).catch((thrown: unknown) => {
    throw signal.aborted ? waitEnded(name) : notInvoked(thrown);
  });
  const data = dataIn(name, answer, io.stderr.secrets);
  const outline = reportOutline.safeParse(data);
  if (!outline.success) throw notAReport(name);
  const said = isReport(data) ? reportAnswer(data) : answerOfOtherRelease(name, outline.data);
  const wrong = notAsAsked(outline.data, asked);
  return wrong === null ? said : answeredElse(name, said, wrong);
}

/** What a report shows to be another run than the one that was asked for; null where it is that one. */
function notAsAsked(report: ReportOutline, { names, dryRun }: Asked): string | null {
  if (dryRun && !report.dryRun) {
    return "made a run that writes, although --dry-run asks for one that does not";
  }
  if (!dryRun && report.dryRun) return "made a dry run, so nothing is written";
  const looked = report.environments.map((environment) => environment.name);
  const missing = names.find((each) => !looked.includes(each));
  const isTold = report.errors.length > 0 || missing === undefined;
  return isTold ? null : `says nothing of environment ${missing}`;
}

/** The report of another run: printed, since it may have done something, and a failure. */
function answeredElse(name: string, answer: Answer, wrong: string): Answer {
  const sentence = visible(
    `${name} ${wrong}. Is it the function reconcile, as this release has it?`,
  );
  return {
    ...answer,
    exit: exitCodes.failed,
    warnings: [...(answer.warnings ?? []), sentence],
  };
}

/** A name, an ARN or a part of one, as Invoke takes it (Lambda API Reference, Invoke). */
const functionText =
  /^(?:arn:aws[a-z-]*:lambda:)?(?:([a-z]{2,4}(?:-[a-z]+)+-\d{1,2}):)?(?:\d{12}:)?(?:function:)?[\w-]{1,64}(?::(?:\$LATEST|[\w-]+))?$/;

/** The Region that an ARN names, which is where it must be invoked; null for a mere name. */
function regionOf(name: string): string | null {
  const parts = functionText.exec(name);
  if (parts !== null) return parts[1] ?? null;
  throw new CommandError(
    `--lambda is "${name}"; it is the name or the ARN of a Lambda function, such as oidc-reconciler-prod-reconcile.`,
  );
}

function notInvoked(thrown: unknown): CommandError {
  const failure = failureOf(thrown, "lambda:InvokeFunction");
  if (failure.details.code !== "ResourceNotFoundException") return failure;
  const message = `${failure.message} Name it as the stack does, such as oidc-reconciler-prod-reconcile, and its Region with --region or by its ARN.`;
  return new CommandError(message, failure.details);
}

function waitEnded(name: string): CommandError {
  const message = `Only the wait has ended: ${name} goes on, and its log has the report.`;
  return new CommandError(message, { exit: exitCodes.failed, code: "Interrupted", where: name });
}

function dataIn(name: string, { kind, text }: Invoked, secrets: readonly string[]): unknown {
  const data = parseJson(text);
  if (kind === "failed") throw functionFailed(name, data, secrets);
  return data;
}

function notAReport(name: string): CommandError {
  return new CommandError(
    `${name} ran and answered something that is not a report: is it the function reconcile? Its log has what it did.`,
    { exit: exitCodes.failed, code: "NotAReport", where: name },
  );
}

/** Is it a report of this release? Then it is printed as it came. */
function isReport(value: unknown): value is Report {
  return reportSchema.safeParse(value).success;
}

/** What a report of any release has, and what decides the exit code. */
const reportOutline = z.looseObject({
  runId: z.string(),
  dryRun: z.boolean(),
  environments: z.array(z.looseObject({ name: z.string(), outcome: z.string() })),
  alerts: z.array(z.unknown()),
  errors: z.array(z.looseObject({ code: z.string(), message: z.string() })),
});

type ReportOutline = z.infer<typeof reportOutline>;

/** The run is done, whatever its report has more or less than ours: it has not failed. */
function answerOfOtherRelease(name: string, outline: ReportOutline): Answer {
  const said = outlineAnswer(outline, [
    ...outline.environments.map((each) => line(`${each.name}: ${each.outcome}`)),
    ...outline.errors.map(({ code, message }) => line(`${code}: ${message}`)),
  ]);
  const other = `${name} is of another release than this command: ask with --json for the whole of its report.`;
  return { ...said, warnings: [...(said.warnings ?? []), other] };
}

/** A function may say as much as six megabytes. */
const messageMax = 1000;

/** What the function's runtime says of its error; never the trace beside it. */
function functionFailed(name: string, data: unknown, secrets: readonly string[]): CommandError {
  const error = isRecord(data) ? data : {};
  const type = textAt(error, "errorType");
  const isCode = /^[A-Za-z][\w.]{0,63}$/.test(type);
  // A secret that is cut in two would be known no more.
  const safe = withoutSecrets(textAt(error, "errorMessage"), secrets);
  const said = safe.replaceAll(/\s+/g, " ").trim().slice(0, messageMax);
  const what = said === "" ? "it gave no reason" : said.replace(/\.$/, "");
  return new CommandError(`${name} failed: ${what}. Its log has more.`, {
    exit: exitCodes.failed,
    code: isCode && type !== "Error" ? type : "FunctionFailed",
    where: name,
  });
}

function textAt(record: Readonly<Record<string, unknown>>, name: string): string {
  const value = record[name];
  return typeof value === "string" ? value : "";
}
