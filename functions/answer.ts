import { withoutTokens } from "../shared/language/without-tokens.ts";
import type { EnvironmentReport, Report } from "../shared/report/report.ts";
import type { Wake } from "../shared/wake/index.ts";

/** What Lambda's mapping of a queue reads beside the report: no message is ever tried again. */
export type Answer = Report & { readonly batchItemFailures: readonly [] };

/** Lambda's answer of a synchronous call holds 6 MB (Lambda quotas). */
export const answerBytesMax = 5_000_000;

/**
 * The report as the function's answer. Above 5 MB a summary, with no more taken out than must be:
 * every environment with its outcome always stays, and the log has the report whole.
 */
export function answerOf(report: Report, source: Wake["source"]): Answer | Report {
  const fitting = shorter.reduce((fit, shorten) => (fits(fit) ? fit : shorten(report)), report);
  const answer = withoutTokensIn(fitting);
  return source === "queue" ? { ...answer, batchItemFailures: [] } : answer;
}

/**
 * A report without the tokens that a policy, a tag or an answer of AWS had in it. Each environment is a
 * text of its own: all in one would be most of what a run over thousands holds.
 */
export function withoutTokensIn<Given extends Report>(report: Given): Given {
  const { environments } = report;
  const safe = environments.map(safely);
  const isSame = safe.every((environment, index) => environment === environments[index]);
  return { ...safely({ ...report, environments: [] }), environments: isSame ? environments : safe };
}

function safely<Given>(given: Given): Given {
  const text = JSON.stringify(given);
  const safe = withoutTokens(text);
  return safe === text ? given : JSON.parse(safe);
}

function fits(report: Report): boolean {
  const { environments } = report;
  const rest = bytesOf({ ...report, environments: [] });
  const commas = Math.max(0, environments.length - 1);
  return environments.reduce((sum, each) => sum + bytesOf(each), rest + commas) <= answerBytesMax;
}

function bytesOf(given: unknown): number {
  return Buffer.byteLength(JSON.stringify(given));
}

/** Each takes out more than the one before it. */
const shorter: readonly ((report: Report) => Report)[] = [
  (report) => ({ ...report, environments: report.environments.map(withoutContents) }),
  (report) => ({ ...firstFew(report), environments: report.environments.map(withConditions) }),
  (report) => ({ ...firstFew(report), environments: report.environments.map(bare) }),
];

/** What was changed, and not from what to what. */
function withoutContents(environment: EnvironmentReport): EnvironmentReport {
  return {
    ...environment,
    changes: environment.changes.map((change) => ({ ...change, before: null, after: null })),
    widenings: environment.widenings.slice(0, 2),
    errors: environment.errors.slice(0, 2),
  };
}

function withConditions(environment: EnvironmentReport): EnvironmentReport {
  return { ...environment, changes: [], widenings: [], errors: [], outputs: {} };
}

/** Name, version, outcome, and of each condition whether and why, in a word. */
function bare(environment: EnvironmentReport): EnvironmentReport {
  const { SpecValid, ResourcesResolved, InSync, TrustAsIntended, Ready } = environment.conditions;
  const conditions = {
    SpecValid: { ...SpecValid, message: "" },
    ResourcesResolved: { ...ResourcesResolved, message: "" },
    InSync: { ...InSync, message: "" },
    TrustAsIntended: { ...TrustAsIntended, message: "" },
    Ready: { ...Ready, message: "" },
  };
  return { ...withConditions(environment), conditions };
}

function firstFew(report: Report): Report {
  return { ...report, alerts: report.alerts.slice(0, 100), errors: report.errors.slice(0, 100) };
}
