import {
  actionObstacle,
  conditionObstacle,
  denyObstacle,
  type Obstacle,
  principalObstacle,
} from "../explain/index.ts";
import { conditionPhrase } from "../explain/phrases.ts";
import type { PolicyCondition, TrustPolicy, TrustStatement } from "../policy/document.ts";
import {
  type Answer,
  actionFits,
  allOf,
  conditionHolds,
  decide,
  principalFits,
} from "../policy/evaluate.ts";
import type { TrustRequest } from "../policy/request.ts";
import { variablesIn } from "../policy/variables.ts";
import { anyOf, type CauseCode, type CheckName, shown } from "./causes.ts";
import type { KnownRequest } from "./request.ts";
import { subjectDifference } from "./segments.ts";

/** What a statement asks and the request does not have. */
export type StatementRefusal = {
  readonly check: CheckName;
  readonly code: CauseCode;
  readonly detail: string;
  readonly obstacle: Obstacle;
  /** The key that the condition asks for is not there at all. */
  readonly isAbsent?: true;
};

/** What is not known and would decide. */
export type OpenQuestion = {
  readonly check: CheckName;
  readonly what: string;
  /** Is it something that only the token says? */
  readonly isOfToken: boolean;
  /** The request's value is known: what IAM makes of it is not. */
  readonly isUndocumented: boolean;
};

/** How a trust policy answers a request of which not everything need be known. */
export type Judgement = {
  readonly answer: Answer;
  /** The statement that admits it, may admit it, or comes nearest to it; null without an Allow. */
  readonly statement: TrustStatement | null;
  readonly refusals: readonly StatementRefusal[];
  readonly open: readonly OpenQuestion[];
};

/** Evaluates a trust policy statement by statement. What is not known leaves the answer open. */
export function judge(policy: TrustPolicy, known: KnownRequest): Judgement {
  const answers = policy.statements.map((statement) => ({
    statement,
    effect: statement.effect,
    applies: appliesTo(statement, known),
  }));
  const answer = decide(answers, ({ applies }) => applies);
  const allows = answers.filter(({ effect }) => effect === "Allow");
  const denies = answers.filter(({ effect }) => effect === "Deny");
  const letting = allows.find(({ applies }) => applies === "yes");
  if (answer === "yes") {
    return { answer, statement: letting?.statement ?? null, refusals: [], open: [] };
  }
  const denial = denies.find(({ applies }) => applies === "yes");
  const mayAllow = letting ?? allows.find(({ applies }) => applies === "unclear");
  if (denial !== undefined && mayAllow !== undefined) {
    return { answer, statement: denial.statement, refusals: [denied(denial.statement)], open: [] };
  }
  if (answer === "unclear") {
    const doubtful = [mayAllow, ...denies].filter((one) => one?.applies === "unclear");
    const open = doubtful.flatMap((one) =>
      one === undefined ? [] : openQuestions(one.statement, known),
    );
    return { answer, statement: mayAllow?.statement ?? null, refusals: [], open };
  }
  const { statement, refusals } = nearestOf(
    allows.map((allow) => allow.statement),
    known,
  );
  // Mend the Allow, and the Deny comes next.
  const behind = denial === undefined ? [] : [denied(denial.statement)];
  return { answer, statement, refusals: [...refusals, ...behind], open: [] };
}

/** Does a statement apply to a request of which not everything need be known? */
export function appliesTo(statement: TrustStatement, known: KnownRequest): Answer {
  return allOf([
    principalFits(statement, known.request),
    actionFits(statement, known.request.action) ? "yes" : "no",
    ...statement.conditions.map((condition) => holds(condition, known)),
  ]);
}

function holds(condition: PolicyCondition, known: KnownRequest): Answer {
  const { key, test } = condition;
  const { context } = known.request;
  if (!known.isUnknown(key)) {
    const answer = conditionHolds(condition, context);
    return hangsOnVariable(condition, answer, known) ? "unclear" : answer;
  }
  if (test.kind === "null" && known.isAlwaysThere(key)) {
    return conditionHolds(condition, new Map([[key, ["any"]]]));
  }
  return "unclear";
}

/** Could the value of a variable that is not known change the answer? It could only make one more value fit. */
function hangsOnVariable(
  { key, test, unclear }: PolicyCondition,
  answer: Answer,
  known: KnownRequest,
): boolean {
  if (!known.request.context.has(key)) return false;
  const isFinal = answer === ("negated" in test && test.negated ? "no" : "yes");
  return !isFinal && (variablesIn(unclear) ?? []).some((variable) => known.isUnknown(variable));
}

function openQuestions(statement: TrustStatement, known: KnownRequest): readonly OpenQuestion[] {
  const what = "a principal that is not decidable";
  const principal: OpenQuestion = {
    check: "principal",
    what,
    isOfToken: false,
    isUndocumented: true,
  };
  return [
    ...(principalFits(statement, known.request) === "unclear" ? [principal] : []),
    ...statement.conditions
      .filter((condition) => holds(condition, known) === "unclear")
      .map((condition) => {
        const variables = variablesIn(condition.unclear) ?? [];
        const unknown = variables.filter((key) => known.isUnknown(key));
        const isKeyUnknown = known.isUnknown(condition.key);
        return {
          check: checkOf(condition, known),
          what: isKeyUnknown || unknown.length === 0 ? condition.keyText : unknown.join(", "),
          isOfToken: (isKeyUnknown ? [condition.key] : unknown).some(
            (key) => ownName(key, known) !== null,
          ),
          isUndocumented: !isKeyUnknown && unknown.length === 0,
        };
      }),
  ];
}

function nearestOf(
  statements: readonly TrustStatement[],
  known: KnownRequest,
): Pick<Judgement, "statement" | "refusals"> {
  let nearest: Pick<Judgement, "statement" | "refusals"> = { statement: null, refusals: [] };
  let least = Number.POSITIVE_INFINITY;
  for (const statement of statements) {
    const refusals = refusalsOf(statement, known);
    const distance = [...new Set(refusals.map(({ code }) => code))].reduce(
      (sum, code) => sum + distanceOf(code),
      0,
    );
    if (distance < least) {
      least = distance;
      nearest = { statement, refusals };
    }
  }
  return nearest;
}

/**
 * A statement for another caller is further away than one whose conditions fail, and one for another
 * project further than one for another branch. The nearest is one whose time is over.
 */
function distanceOf(code: CauseCode): number {
  switch (code) {
    case "trust-other-provider":
      return 100;
    case "action-refused":
      return 10;
    case "project-refused":
      return 1.9;
    case "origin-refused":
      return 1.7;
    case "token-version":
      return 1.6;
    case "audience-refused":
    case "ref-refused":
    case "user-refused":
      return 1.5;
    default:
      return 1;
  }
}

function refusalsOf(statement: TrustStatement, known: KnownRequest): readonly StatementRefusal[] {
  const { request } = known;
  const refusals: StatementRefusal[] = [];
  if (principalFits(statement, request) === "no") refusals.push(otherPrincipal(statement, request));
  if (!actionFits(statement, request.action)) {
    const obstacle = actionObstacle(statement, request);
    const detail = `the statement is about ${shown(obstacle.asked)}, and a token can only ask for ${request.action}`;
    refusals.push({ check: "action", code: "action-refused", detail, obstacle });
  }
  for (const condition of statement.conditions) {
    if (holds(condition, known) === "no") refusals.push(conditionRefusal(condition, known));
  }
  return refusals;
}

function otherPrincipal(statement: TrustStatement, request: TrustRequest): StatementRefusal {
  const obstacle = principalObstacle(statement, request);
  return {
    check: "principal",
    code: "trust-other-provider",
    detail: `the trust policy admits ${shown(obstacle.asked)}, and the token's provider is ${shown(request.principal.id)}`,
    obstacle,
  };
}

function denied(statement: TrustStatement): StatementRefusal {
  const why = statement.conditions.map(conditionPhrase).join(", and ");
  const name = statement.sid === null ? statement.where : `${statement.sid} (${statement.where})`;
  return {
    check: "deny",
    code: "denied",
    detail: `the Deny ${shown(name)} applies${why === "" ? "" : `: ${shown(why)}`}, and a Deny always wins`,
    obstacle: { ...denyObstacle(statement), asked: why },
  };
}

function conditionRefusal(condition: PolicyCondition, known: KnownRequest): StatementRefusal {
  const values = known.request.context.get(condition.key);
  return {
    check: checkOf(condition, known),
    obstacle: conditionObstacle(condition, known.request),
    ...(values === undefined ? { isAbsent: true } : {}),
    ...differenceOf(condition, known, values ?? []),
  };
}

function checkOf(condition: PolicyCondition, known: KnownRequest): CheckName {
  const name = ownName(condition.key, known);
  if (name === "aud" || name === "oaud") return "audience";
  if (name === "sub" || name === projectName) return "subject";
  return isEnd(condition) ? "until" : "conditions";
}

const projectName = "oidc.circleci.com/project-id";

/** The part of an issuer's own key behind the issuer; null for every other key. */
function ownName(key: string, known: KnownRequest): string | null {
  const prefix = `${known.issuer.name.toLowerCase()}:`;
  return key.startsWith(prefix) ? key.slice(prefix.length) : null;
}

/** A moment after which the statement admits nobody. */
function isEnd({ key, test }: PolicyCondition): boolean {
  if (key !== "aws:currenttime" && key !== "aws:epochtime") return false;
  if (test.kind !== "date" && test.kind !== "number") return false;
  return !test.negated && (test.relation === "less" || test.relation === "less-or-equal");
}

function differenceOf(
  condition: PolicyCondition,
  known: KnownRequest,
  values: readonly string[],
): { readonly code: CauseCode; readonly detail: string } {
  const { test } = condition;
  const keyText = shown(condition.keyText);
  const name = ownName(condition.key, known);
  const [value] = values;
  if (value === undefined) return absence(condition, known);
  if (isEnd(condition)) {
    const end = anyOf(condition.values);
    return { code: "entry-ended", detail: `the entry ended at ${end}, and it is ${value}` };
  }
  if (name !== null && test.kind === "string" && !test.negated) {
    const asked = anyOf(condition.values);
    if (name === "aud" || name === "oaud") {
      const detail = `the token's audience is ${shown(value)}, the trust policy asks for ${asked}${caseOnly(value, condition)}`;
      return { code: "audience-refused", detail };
    }
    if (name === projectName) {
      return {
        code: "project-refused",
        detail: `the token's project is ${shown(value)}, the trust policy asks for ${asked}${caseOnly(value, condition)}`,
      };
    }
    if (name === "sub") {
      return subjectDifference(value, condition.values, test);
    }
  }
  return {
    code: "condition-refused",
    detail: `the trust policy asks that ${shown(conditionPhrase(condition))}, and ${keyText} is ${values.map(shown).join(", ")}${caseOnly(value, condition)}`,
  };
}

function absence(
  condition: PolicyCondition,
  known: KnownRequest,
): { readonly code: CauseCode; readonly detail: string } {
  const keyText = shown(condition.keyText);
  const asks = `the trust policy asks that ${shown(conditionPhrase(condition))}`;
  const partition = known.issuer.partition ?? "aws";
  const isProject = ownName(condition.key, known) === projectName;
  const why = !known.isNeverSent(condition.key)
    ? `the token's request has no ${keyText}`
    : isProject && partition !== "aws"
      ? `STS makes this key in the partition aws alone: in ${partition} no request ever has it`
      : "STS makes no such key of this issuer's tokens: no request ever has it";
  return { code: "condition-refused", detail: `${asks}, and ${why}` };
}

function caseOnly(value: string, { values }: PolicyCondition): string {
  const isCase = values.some((one) => one !== value && one.toLowerCase() === value.toLowerCase());
  return isCase ? ": only the case differs" : "";
}
