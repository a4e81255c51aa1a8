import { parseSubject } from "../circleci/tokens.ts";
import type { Obstacle } from "../explain/index.ts";
import { parseTrustPolicy } from "../policy/parse.ts";
import { byOrder, type CauseCode, type CheckName, type CheckResult, shown } from "./causes.ts";
import type { KnownRequest } from "./request.ts";
import { type Judgement, judge, type OpenQuestion, type StatementRefusal } from "./statements.ts";

/** What the trust policy says, check by check, and the obstacles with their places. */
type PolicyFindings = {
  readonly findings: readonly CheckResult[];
  readonly obstacles: readonly Obstacle[];
};

/** What a trust policy is looked at for, in this order. */
const checks = [
  "principal",
  "action",
  "audience",
  "subject",
  "until",
  "deny",
  "conditions",
] as const;

/** Asks the trust policy, and sorts its answer into checks. */
export function policyFindings(
  text: string,
  known: KnownRequest,
  isWhole: boolean,
): PolicyFindings {
  const parsed = parseTrustPolicy(text);
  if (parsed.kind === "refused") {
    const detail = `the trust policy cannot be read: ${shown(parsed.problem.message)}`;
    return { findings: checks.map((check) => ({ check, ok: null, detail })), obstacles: [] };
  }
  const judgement = judge(parsed.policy, known);
  const { refusals } = judgement;
  return {
    findings: checks.map((check) => findingOf(check, judgement, known, isWhole)),
    obstacles: refusals.map(({ obstacle }) => obstacle),
  };
}

function findingOf(
  check: CheckName,
  judgement: Judgement,
  known: KnownRequest,
  isWhole: boolean,
): CheckResult {
  const { answer, statement, refusals, open } = judgement;
  if (statement === null && judgement.answer === "no") return noAllow(check, known);
  const here = refusals.filter((refusal) => refusal.check === check);
  const [refusal] = here.toSorted((one, other) => rank(one) - rank(other) || byOrder(one, other));
  const where = statement === null ? "" : ` (${statement.sid ?? statement.where})`;
  if (refusal !== undefined) {
    const { code, detail } = refusal;
    return { check, ok: false, code, detail, next: nextOf(code, known) };
  }
  const doubts = open.filter((question) => question.check === check);
  if (doubts.length > 0) return { check, ok: null, detail: openDetail(doubts, isWhole) };
  if (refusals.some(({ code }) => code === "trust-other-provider")) {
    return { check, ok: null, detail: "no statement is for this provider" };
  }
  if (check === "deny") return { check, ok: true, detail: "no Deny of the trust policy applies" };
  const detail =
    answer === "yes"
      ? `the trust policy's statement admits it${where}`
      : statement?.effect === "Deny"
        ? "nothing but the Deny refuses it"
        : `this part of the nearest statement does not refuse it${where}`;
  return { check, ok: true, detail };
}

function noAllow(check: CheckName, known: KnownRequest): CheckResult {
  if (check !== "principal") return { check, ok: null, detail: "the trust policy has no Allow" };
  const code = "trust-other-provider";
  const detail = "the trust policy has no Allow: nobody can assume the role";
  return { check, ok: false, code, detail, next: nextOf(code, known) };
}

/** A segment that is named says more than a condition that is quoted, and that more than a gap. */
function rank({ code, isAbsent }: StatementRefusal): number {
  return code !== "condition-refused" ? 0 : isAbsent ? 2 : 1;
}

function openDetail(doubts: readonly OpenQuestion[], isWhole: boolean): string {
  const keys = [...new Set(doubts.map(({ what }) => what))].join(", ");
  const unknown = doubts.filter(({ isUndocumented }) => !isUndocumented);
  const why =
    unknown.length === 0
      ? "what IAM makes of that is not documented"
      : unknown.some(({ isOfToken }) => isOfToken) && !isWhole
        ? "CloudTrail keeps subject and audience of a token, and no other claim"
        : "the input does not say what the request had there";
  return `the trust policy asks for ${shown(keys)}: ${why}`;
}

const circleciNext: Partial<Readonly<Record<CauseCode, string>>> = {
  "audience-refused":
    "Name the audience under circleci.audiences in the document, or let the job use the default audience, the organisation id.",
  "project-refused":
    "Name the project under trust.projects in the document, or leave the job out on purpose.",
  "origin-refused":
    "Name the repository as this project's origin under trust.projects, spelt as in the token; a fork should be refused.",
  "ref-refused":
    "Name the ref under this project's refs in trust.projects, or leave the job out on purpose.",
  "token-version":
    "Use CIRCLE_OIDC_TOKEN_V2 (orb circleci/aws-cli 3.1.5 or later), or leave origin and refs out of the entry.",
  "entry-ended":
    "The entry's until is over: set a later one under trust.projects in the document, or leave the job out on purpose.",
};

function nextOf(code: CauseCode, known: KnownRequest): string {
  const isCircleci = known.issuer.kind === "circleci";
  const [text = ""] = known.request.context.get(`${known.issuer.name.toLowerCase()}:sub`) ?? [];
  const subject = isCircleci ? parseSubject(text) : null;
  if (subject?.kind === "audit-log-stream") {
    return "This is CircleCI's audit-log stream, not a job: it should be refused.";
  }
  if (code === "ref-refused" && /^refs\/heads\/pull\/\d+$/.test(subject?.ref ?? "")) {
    return "This is a build of a pull request, perhaps from a fork: it should be refused unless its origin is named.";
  }
  const own = isCircleci ? circleciNext[code] : undefined;
  if (own !== undefined) return own;
  switch (code) {
    case "trust-other-provider":
      return "Let the trust policy name this provider, in this account and partition, or let the job use the other issuer's token.";
    case "action-refused":
      return "Let the statement's Action be sts:AssumeRoleWithWebIdentity: a token can ask for nothing else.";
    case "denied":
      return "Remove the Deny, or leave the job out on purpose.";
    default:
      return "Change this condition of the trust policy, or leave the job out on purpose; oidc-reconciler trust explain shows the whole policy.";
  }
}
