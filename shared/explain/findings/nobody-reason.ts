import type { PolicyCondition } from "../../policy/document.ts";
import { conditionPhrase } from "../phrases.ts";
import { keyStateOf } from "./issuer-keys.ts";
import type { TokenQuestions } from "./token-questions.ts";

/** Why no token of the source satisfies a condition: a sentence without its full stop. */
export function reasonOf(condition: PolicyCondition, questions: TokenQuestions): string {
  const { source } = questions;
  const { keyText, test, values } = condition;
  if (values.length === 0)
    return `${condition.operator} ${keyText} lists no value that it could be`;
  const state = keyStateOf(source, condition.key, null);
  if (state.kind === "absent") {
    return `STS sends no ${keyText} with a token of ${source.issuer.name}${partitionNote(condition, questions)}, so ${conditionPhrase(condition)} never holds`;
  }
  const valueless = condition.unclear
    .flatMap(({ variables }) => variables)
    .filter((variable) => keyStateOf(source, variable, null).kind === "absent");
  if (valueless.length > 0) {
    return `${values.join(" or ")} holds a variable, and STS sends no ${valueless.join(", ")} with a token of ${source.issuer.name}`;
  }
  if (test.kind === "null") {
    return `${keyText} is there with every token, and the condition asks for its absence`;
  }
  const isTime = condition.key === "aws:currenttime" || condition.key === "aws:epochtime";
  if (isTime && (test.kind === "date" || test.kind === "number")) {
    const ending = test.relation === "less" || test.relation === "less-or-equal";
    const when = values.join(" or ");
    if (!test.negated && ending) return `its time is over: ${keyText} has passed ${when}`;
    if (!test.negated && test.relation !== "equal")
      return `its time has not come: it begins at ${when}`;
  }
  if (state.kind === "exactly") return `${keyText} is always ${state.value}`;
  const isSubject = condition.key === questions.key("sub");
  const isProject = condition.key === questions.key("oidc.circleci.com/project-id");
  if (test.kind !== "string" || test.negated || !(isSubject || isProject)) {
    return `no token has a ${keyText} for which ${conditionPhrase(condition)}`;
  }
  const reasons = values.map((value) =>
    isSubject ? subjectReason(value, condition, questions) : projectReason(value, condition),
  );
  return [...new Set(reasons)].join("; ");
}

function partitionNote(condition: PolicyCondition, { source }: TokenQuestions): string {
  const { partition } = source.issuer;
  const isOwn = condition.key.startsWith(`${source.keyPrefix}:`);
  if (!isOwn || partition === null || partition === "aws") return "";
  const elsewhere = { ...source, issuer: { ...source.issuer, partition: "aws" } };
  return keyStateOf(elsewhere, condition.key, null).kind === "absent"
    ? ""
    : ` in the partition ${partition} (it does in aws alone)`;
}

const isLiteral = ({ test }: PolicyCondition): boolean =>
  test.kind === "string" && !test.negated && !test.wildcards;

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The first thing that is wrong with a subject, as people most often got it wrong. */
function subjectReason(
  value: string,
  condition: PolicyCondition,
  { source }: TokenQuestions,
): string {
  if (isLiteral(condition) && /[*?]/.test(value)) return literalWildcard(value, condition);
  if (source.circleci === null) return `no token of ${source.issuer.name} has the subject ${value}`;
  const organization = source.circleci.organizationId ?? "ORG";
  const form = `a subject of CircleCI begins org/${organization}/project/PROJECT/user/USER`;
  if (value.startsWith("repo:")) return `${value} is a subject of GitHub; ${form}`;
  if (/^(?:https?:\/\/)?oidc\.circleci\.com\//i.test(value))
    return `${value} has the issuer's host in front; ${form}`;
  const [, given, project, user] =
    /^org\/([^/*]*)(?:\/project\/([^/*]*))?(?:\/user\/([^/*]*))?/.exec(value) ?? [];
  if (given === undefined) return `${value} fits no subject: ${form}`;
  if (/[A-Z]/.test(`${given}${project ?? ""}${user ?? ""}`))
    return `${condition.operator} minds upper and lower case, and CircleCI writes ids in lower case, unlike ${value}`;
  if (uuid.test(given) && given !== organization)
    return `${value} is of another organisation than the issuer ${source.issuer.name}`;
  for (const id of [given, project, user]) {
    if (id?.includes("?") && id.length !== 36)
      return `an id has 36 characters, and the mask ${id} stands for ${id.length}`;
  }
  const ref = /\/vcs-ref\/([^*?]*)/.exec(value)?.[1];
  if (ref !== undefined && ref !== "" && !/^refs\/(?:heads|tags)(?:\/|$)/.test(ref))
    return `CircleCI writes a ref as refs/heads/BRANCH or refs/tags/TAG, unlike ${value}`;
  return `${value} fits no subject that CircleCI signs: org/ORG/project/PROJECT/user/USER, for jobs of a repository with /vcs-origin/HOST/OWNER/NAME/vcs-ref/REF behind it, all ids as UUIDs`;
}

function projectReason(value: string, condition: PolicyCondition): string {
  if (isLiteral(condition) && /[*?]/.test(value)) return literalWildcard(value, condition);
  if (/[A-F]/.test(value))
    return `${condition.operator} minds upper and lower case, and CircleCI writes ids in lower case, unlike ${value}`;
  return `the project's id is a UUID of 36 characters, which ${value} does not fit`;
}

function literalWildcard(value: string, { operator }: PolicyCondition): string {
  const sign = value.includes("*") ? "*" : "?";
  const like = operator.replace("Equals", "Like").replace("IgnoreCase", "");
  return `${sign} is literal under ${operator}, and no token has such a sign in ${value}: use ${like}`;
}
