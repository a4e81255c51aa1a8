import type { ConditionReason } from "../codes.ts";
import type { ChangeAction } from "../plan/change.ts";
import { conditionNames } from "../plan/status.ts";
import { openSeconds, sentence } from "./alert-draft.ts";
import { describeExample, shortName } from "./describe.ts";
import { indented, type Line, line, type Tone } from "./layout.ts";
import type {
  Alert,
  EnvironmentReport,
  Outcome,
  Report,
  ReportedChange,
  ReportedError,
  ReportedWidening,
} from "./report.ts";
import { differenceLines } from "./text-difference.ts";

/** A whole report for people; `--json` is for machines. */
export function reportLines(report: Report): readonly Line[] {
  const parts = [
    ...report.environments.map((environment) => environmentLines(environment, report.dryRun)),
    ...report.alerts.map(alertLines),
    errorLines(report.errors),
    report.ignored === undefined ? [] : [line(`Ignored. ${report.ignored}`)],
    [summaryLine(report)],
  ];
  return parts
    .filter((part) => part.length > 0)
    .flatMap((part, index) => (index === 0 ? part : [line(""), ...part]));
}

const outcomeTones = {
  "in-sync": "good",
  reconciled: "good",
  drifted: "warning",
  held: "warning",
  degraded: "warning",
  invalid: "bad",
  conflict: "bad",
  orphaned: "warning",
  suspended: "warning",
  failed: "bad",
} as const satisfies Record<Outcome, Tone>;

/** Everything of one environment: outcome, changes, widenings, conditions, outputs, errors. */
function environmentLines(environment: EnvironmentReport, dryRun: boolean): readonly Line[] {
  const { name, outcome, changes, widenings, outputs, errors } = environment;
  const head = `${name}: ${outcome} (${versionsOf(environment)})`;
  return [
    line(head, { tone: outcomeTones[outcome] }),
    ...indented(section("Widenings", widenings.flatMap(wideningLines)), 2),
    ...indented(section(planTitle(changes, dryRun), planLines(changes)), 2),
    ...indented(section("Errors", errorLines(errors)), 2),
    ...indented(section("Conditions", conditionLines(environment)), 2),
    ...indented(section("Outputs", outputLines(outputs)), 2),
  ];
}

function section(title: string, lines: readonly Line[]): readonly Line[] {
  return lines.length === 0 ? [] : [line(title, { tone: "title" }), ...indented(lines, 2)];
}

function versionsOf({ version, appliedVersion }: EnvironmentReport): string {
  const newest = version === null ? "its parameter is gone" : `version ${version}`;
  if (appliedVersion === null) return `${newest}, none applied`;
  return appliedVersion === version
    ? `${newest}, applied`
    : `${newest}; applied: ${appliedVersion}`;
}

function planTitle(changes: readonly ReportedChange[], dryRun: boolean): string {
  const written = changes.filter(({ applied }) => applied).length;
  const count = `${changes.length} ${changes.length === 1 ? "change" : "changes"}`;
  if (dryRun) return `Plan: ${count}, none written in a dry run`;
  return written === changes.length ? `${count}, written` : `${count}, ${written} written`;
}

/** The changes of a plan in their order, each with what goes and what comes. */
export function planLines(changes: readonly ReportedChange[]): readonly Line[] {
  const partly = changes.some(({ applied }) => applied) && changes.some(({ applied }) => !applied);
  return changes.flatMap((change, index) => [
    ...(index === 0 ? [] : [line("")]),
    ...changeLines(change, partly && !change.applied),
  ]);
}

const marks = {
  create: "+",
  attach: "+",
  update: "~",
  tag: "~",
  delete: "-",
  detach: "-",
} as const satisfies Record<ChangeAction, string>;

const tones: Readonly<Record<string, Tone>> = { "+": "added", "~": "changed", "-": "removed" };

export function changeLines(change: ReportedChange, missing = false): readonly Line[] {
  const { action, reason } = change;
  const mark = marks[action];
  const tail = missing ? " (not written)" : "";
  return [
    line(`${titleOf(change)}${tail}`, { mark, tone: tones[mark] ?? "plain" }),
    line(reason, { indent: 4, tone: "quiet" }),
    ...indented(stateLines(change), 4),
  ];
}

function titleOf({ action, resource, id, before, after }: ReportedChange): string {
  if (resource !== "attachment") return `${action} ${resource} ${nameIn(id)}`;
  const role = roleIn(after) ?? roleIn(before);
  const where = role === null ? "" : ` ${action === "attach" ? "to" : "from"} ${nameIn(role)}`;
  return `${action} policy ${nameIn(id)}${where}`;
}

function roleIn(state: unknown): string | null {
  if (typeof state !== "object" || state === null || !("role" in state)) return null;
  return typeof state.role === "string" ? state.role : null;
}

/** The part of an id that a person knows it by, without the kind, which comes before it. */
function nameIn(id: string): string {
  return shortName(id).replace(/^(role|policy|oidc-provider)\//, "");
}

function stateLines({ action, resource, before, after }: ReportedChange): readonly Line[] {
  // Who is attached to what is in the title.
  if (resource === "attachment") return [];
  if (action === "update" && resource === "policy" && isDocumented(before) && isDocumented(after)) {
    return differenceLines(before.document, after.document);
  }
  return differenceLines(before, after);
}

function isDocumented(state: unknown): state is { readonly document: unknown } {
  return typeof state === "object" && state !== null && "document" in state;
}

const wideningTitles = {
  "trust-policy": "the trust policy admits more",
  permissions: "the role may do more",
  audience: "the provider takes another audience",
} as const satisfies Record<ReportedWidening["resource"], string>;

/** A widening in words: what, the example request, who, for how long. */
export function wideningLines(widening: ReportedWidening): readonly Line[] {
  const { source, disposition, undecided, says = [], actor, openedAt } = widening;
  const tone = disposition === "reverted" || disposition === "held" ? "warning" : "bad";
  const proof = describeExample(widening, "the role");
  const example = says.length === 0 ? "" : "for example, ";
  const open = openSeconds(widening);
  return [
    line(`${wideningTitle(widening)}: ${disposition}`, { mark: "!", tone }),
    ...says.map((words) => line(words, { indent: 4, mark: "+" })),
    ...(proof === "" ? [] : [line(sentence(`${example}${proof}`), { indent: 4 })]),
    ...undecided.map((why) => line(`not decided: ${why}`, { indent: 4 })),
    ...(source === "drift" ? [line(`by ${actor ?? "somebody unknown"}`, { indent: 4 })] : []),
    ...(openedAt === null ? [] : [line(openWords(openedAt, open), { indent: 4 })]),
  ];
}

/** What waits for its own reason, such as a first document of which nothing is new, admits no more. */
function wideningTitle(widening: ReportedWidening): string {
  const { source, resource, admitted, undecided, says = [], reason } = widening;
  const isMore = admitted !== null || undecided.length > 0 || says.length > 0;
  if (!isMore && reason !== undefined) return reason;
  const by = source === "drift" ? "changed by hand" : "by the document";
  return `${wideningTitles[resource]}, ${by}`;
}

function openWords(since: string, seconds: number | null): string {
  return seconds === null ? `open since ${since}` : `open from ${since} on, for ${seconds} s`;
}

/** What is wrong with a document is among the errors above already. */
export function conditionLines({
  conditions,
  errors,
}: Pick<EnvironmentReport, "conditions" | "errors">): readonly Line[] {
  return conditionNames.map((name) => {
    const { status, reason, message, since } = conditions[name];
    const isAbove = reason === ("Invalid" satisfies ConditionReason) && errors.length > 0;
    const text = `${name}: ${isAbove ? "see the errors above" : message} (${reason}, since ${since})`;
    return line(text, { mark: status ? "✓" : "✗", tone: status ? "good" : "warning" });
  });
}

export function outputLines(outputs: EnvironmentReport["outputs"]): readonly Line[] {
  return Object.entries(outputs).map(([name, value]) => line(`${name}=${value}`, { whole: true }));
}

function errorLines(errors: readonly ReportedError[]): readonly Line[] {
  return errors.map(({ code, message }) => line(`${code}: ${message}`, { mark: "✗", tone: "bad" }));
}

const alertTones = {
  critical: "bad",
  warning: "warning",
  info: "plain",
} as const satisfies Record<Alert["severity"], Tone>;

/** An alert as its readers get it: what happened, the example, who, what was done, what next. */
function alertLines({ severity, kind, title, text }: Alert): readonly Line[] {
  return [
    line(`[${severity}] ${kind}: ${title}`, { tone: alertTones[severity] }),
    ...text.split("\n").map((part) => line(part, { indent: 2 })),
  ];
}

/** The run in one line. */
function summaryLine(report: Report): Line {
  const { environments, trigger, account, durationMs, calls } = report;
  const count = Object.values(calls).reduce((sum, each) => sum + each, 0);
  const outcomes = Map.groupBy(environments, ({ outcome }) => outcome);
  const words = [...outcomes].map(([outcome, those]) => `${those.length} ${outcome}`);
  const what = words.length === 0 ? "no environment looked at" : words.join(", ");
  const where = account === null ? "" : ` in account ${account}`;
  const text = `${what}${where}; ${count} AWS calls in ${durationMs} ms, trigger ${trigger}`;
  return line(text, { tone: "quiet" });
}
