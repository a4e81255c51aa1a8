import {
  type CircleciProvider,
  keyPresence,
  sendsProjectId,
  shapeName,
} from "../circleci/tokens.ts";
import { isRun, matches, type Pattern, patternText } from "../language/pattern.ts";
import type { PolicyCondition, TrustPolicy, TrustStatement } from "../policy/document.ts";
import type { Problem } from "../policy/problem.ts";
import { actionFits, allows, principalFits } from "./evaluate.ts";
import { absenceOf } from "./formulas.ts";
import { providersIn, requestOfToken } from "./tokens-in-policy.ts";

/** Something a policy leaves open that its author may not have meant to: what, where, and why. */
export type LooseEnd = Problem;

const webIdentity = "sts:AssumeRoleWithWebIdentity";

/** A project, a user and a repository that no policy means. */
const stranger = {
  project: "5b7f0a52-9d3c-4e1b-8a64-2f9c7d10e3b8",
  user: "c2e94f1d-06a7-4b58-9f3e-71d8ab45c690",
  origin: "github.com/example/fork",
};

/** Every loose end of a trust policy, those that let tokens in first. */
export function looseEndsOf(policy: TrustPolicy): readonly LooseEnd[] {
  const providers = providersIn(policy);
  const ends: LooseEnd[] = [];
  for (const statement of policy.statements) {
    if (statement.effect === "Deny") continue;
    ends.push(...openPrincipals(statement));
    for (const provider of providers) {
      if (!concernsTokens(statement, provider)) continue;
      ends.push(...ofStatement(statement, provider));
    }
  }
  for (const provider of providers) ends.push(...ofWholePolicy(policy, provider));
  for (const statement of policy.statements) ends.push(...ofConditions(statement, providers));
  return distinct(ends);
}

function distinct(ends: readonly LooseEnd[]): readonly LooseEnd[] {
  return [...new Map(ends.map((end) => [`${end.code} ${end.where} ${end.message}`, end])).values()];
}

function concernsTokens(statement: TrustStatement, provider: CircleciProvider): boolean {
  const request = {
    principal: { type: "Federated", id: provider.arn },
    action: webIdentity,
    context: new Map(),
  } as const;
  return principalFits(statement, request) !== "no" && actionFits(statement, webIdentity);
}

function openPrincipals(statement: TrustStatement): LooseEnd[] {
  const { principals, where } = statement.principals;
  return principals.flatMap((principal): LooseEnd[] => {
    if (principal.kind === "everybody") {
      return [
        {
          code: "everybody",
          message:
            "The principal is everybody: callers of every AWS account, and tokens of every identity provider of this account.",
          where,
        },
      ];
    }
    if (principal.kind === "any-federated") {
      return [
        {
          code: "any-provider",
          message: "The principal is every identity provider, also one that is set up tomorrow.",
          where,
        },
      ];
    }
    return [];
  });
}

function ofStatement(statement: TrustStatement, provider: CircleciProvider): LooseEnd[] {
  const key = (name: string): string => `${provider.keyPrefix}:${name}`;
  const restricts = (name: string): boolean =>
    statement.conditions.some(
      (condition) =>
        condition.key === key(name) &&
        condition.test.kind !== "null" &&
        !absenceOf(condition) &&
        !condition.test.negated,
    );
  const ends: LooseEnd[] = [];
  const { where } = statement;
  if (!restricts("sub")) {
    ends.push({
      code: "no-subject",
      message: `No condition limits ${key("sub")}: nothing says which jobs may come.`,
      where,
    });
  }
  if (!restricts("aud")) {
    ends.push({
      code: "no-audience",
      message: `No condition limits ${key("aud")}: whatever audience the provider takes is taken, also one that is added later.`,
      where,
    });
  }
  for (const condition of statement.conditions) {
    if (condition.key !== key("sub") || condition.test.kind !== "string" || condition.test.negated)
      continue;
    for (const pattern of condition.test.patterns)
      ends.push(...ofSubjectPattern(pattern, provider, condition));
  }
  const organization = provider.organizationId;
  if (organization === null) {
    ends.push({
      code: "root-issuer",
      message:
        "The issuer oidc.circleci.com signs tokens for every organisation of CircleCI; use the issuer of your own.",
      where,
    });
  }
  return ends;
}

/** What can be played in a pattern: a branch's name may hold anything that comes after a wildcard. */
function ofSubjectPattern(
  pattern: Pattern,
  provider: CircleciProvider,
  condition: PolicyCondition,
): LooseEnd[] {
  const ends: LooseEnd[] = [];
  const { where } = condition;
  const text = patternText(pattern);
  const tail = /^(.*)\/user\/[^/]*\*[^/]*(\/vcs-origin\/.+)$/.exec(text);
  const project = /^org\/([0-9a-f-]{36})\/project\/([0-9a-f-]{36})\//.exec(text);
  if (tail !== null && pattern.glyphs.some(isRun)) {
    const branch = `x${(tail[2] ?? "").replaceAll("*", "").replaceAll("?", "x")}`;
    const organization = project?.[1] ?? provider.organizationId ?? stranger.project;
    const forged = `org/${organization}/project/${project?.[2] ?? stranger.project}/user/${stranger.user}/vcs-origin/${stranger.origin}/vcs-ref/refs/heads/${branch}`;
    if (matches(pattern, forged)) {
      ends.push({
        code: "forgeable-branch",
        message: `The * after /user/ in ${text} also takes slashes: a branch named ${branch}, of any repository, matches. Write the user as ????????-????-????-????-????????????.`,
        where,
      });
    }
  }
  if (/\/vcs-ref\/refs\/heads\/\*$/.test(text)) {
    ends.push({
      code: "every-branch",
      message: `${text} takes every branch, those of pull requests (refs/heads/pull/7) among them.`,
      where,
    });
  } else if (/\/vcs-ref\/refs\/heads\/[^*]*[^/*]\*$/.test(text)) {
    ends.push({
      code: "branch-prefix",
      message: `${text} takes every branch whose name begins so, also one such as ${text.slice(text.indexOf("refs/heads/") + 11, -1)}-evil/x.`,
      where,
    });
  }
  return ends;
}

function ofWholePolicy(policy: TrustPolicy, provider: CircleciProvider): LooseEnd[] {
  const organization = provider.organizationId;
  if (organization === null) return [];
  const admits = (subject: string, projectId: string | null): boolean => {
    for (const audience of audiencesIn(policy, provider, organization)) {
      const request = requestOfToken({
        policy,
        provider,
        claims: { subject, audience, projectId },
      });
      if (allows(policy, request) !== "no") return true;
    }
    return false;
  };
  const job = (project: string): string =>
    `org/${organization}/project/${project}/user/${stranger.user}`;
  const where = "";
  const ends: LooseEnd[] = [];
  if (admits(`org/${organization}/file-streaming/audit-logs`, null)) {
    ends.push({
      code: "audit-log-stream",
      message: `${shapeName("audit-log-stream")} of organisation ${organization} is admitted: it has the same issuer and audience as a job.`,
      where,
    });
  }
  const full = `${job(stranger.project)}/vcs-origin/${stranger.origin}/vcs-ref/refs/heads/main`;
  const strangers = [full, job(stranger.project), ...strangersSubjects(policy, provider)];
  if (strangers.some((subject) => admits(subject, stranger.project))) {
    ends.push({
      code: "any-project",
      message: `A job of any project of organisation ${organization} is admitted, also of one that is created tomorrow.`,
      where,
    });
  }
  for (const project of projectsNamed(policy, organization)) {
    const fork = `${job(project)}/vcs-origin/${stranger.origin}/vcs-ref/refs/heads/pull/7`;
    if (admits(fork, project)) {
      ends.push({
        code: "forks",
        message: `A job of project ${project} for a forked pull request is admitted, if CircleCI passes secrets to forks. Name the origin, or switch off "Pass secrets to builds from forked pull requests".`,
        where,
      });
    }
  }
  return ends;
}

/** Subjects of a strange project that are otherwise what a subject pattern of the policy asks for. */
function strangersSubjects(policy: TrustPolicy, provider: CircleciProvider): readonly string[] {
  const key = `${provider.keyPrefix}:sub`;
  const patterns = policy.statements.flatMap(({ conditions }) =>
    conditions.flatMap((condition) =>
      condition.key === key && condition.test.kind === "string" ? condition.test.patterns : [],
    ),
  );
  return patterns.map((pattern) =>
    patternText(pattern)
      .replace(/\/project\/[^/]*/, `/project/${stranger.project}`)
      .replace(/\/user\/[^/]*/, `/user/${stranger.user}`)
      .replaceAll("*", "x")
      .replaceAll("?", "x"),
  );
}

function audiencesIn(
  policy: TrustPolicy,
  provider: CircleciProvider,
  organization: string,
): readonly string[] {
  const audiences = new Set([organization]);
  for (const { conditions } of policy.statements) {
    for (const { key, values } of conditions) {
      if (key === `${provider.keyPrefix}:aud`) for (const value of values) audiences.add(value);
    }
  }
  return [...audiences];
}

function projectsNamed(policy: TrustPolicy, organization: string): readonly string[] {
  const projects = new Set<string>();
  for (const { conditions } of policy.statements) {
    for (const { values } of conditions) {
      for (const value of values) {
        const project =
          /^(?:org\/[^/]*\/project\/)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\/|$)/.exec(
            value,
          )?.[1];
        if (project !== undefined && project !== organization) projects.add(project);
      }
    }
  }
  return [...projects];
}

function ofConditions(
  statement: TrustStatement,
  providers: readonly CircleciProvider[],
): LooseEnd[] {
  return statement.conditions.flatMap((condition) => {
    const ends: LooseEnd[] = [];
    const { where, keyText } = condition;
    const guarded = statement.conditions.some(
      (other) =>
        other.key === condition.key &&
        other !== condition &&
        other.test.kind !== "unclear" &&
        (other.test.kind === "null" ? !other.test.operands.includes(true) : !absenceOf(other)),
    );
    if (statement.effect === "Allow" && condition.quantifier === "for-all" && !guarded) {
      ends.push({
        code: "for-all-values-absent",
        message: `${condition.operator} holds when ${keyText} is absent. Add "Null": {"${keyText}": "false"}.`,
        where,
      });
    }
    const serving = providers.filter((provider) => concernsTokens(statement, provider));
    if (serving.length > 0 && serving.every((provider) => isNeverSent(provider, condition.key))) {
      ends.push(neverSent(condition));
    }
    for (const value of condition.unclear) {
      const gone = value.variables.filter(
        (variable) =>
          serving.length > 0 && serving.every((provider) => isNeverSent(provider, variable)),
      );
      if (gone.length > 0) {
        ends.push({
          code: "variable-never-resolves",
          message: `${value.text} never has a value for a CircleCI token: STS sends no ${gone.join(", ")}.`,
          where: value.problem.where,
        });
      }
    }
    return ends;
  });
}

function isNeverSent(provider: CircleciProvider, key: string): boolean {
  const names = ["aud", "sub", "oaud"];
  if (sendsProjectId(provider)) names.push("oidc.circleci.com/project-id");
  const own = names.map((name) => `${provider.keyPrefix}:${name}`);
  return !own.includes(key) && keyPresence(provider, key).kind === "absent";
}

function neverSent(condition: PolicyCondition): LooseEnd {
  const { keyText, where, test } = condition;
  const holds =
    test.kind === "null"
      ? test.operands.includes(true)
      : test.kind !== "unclear" && absenceOf(condition);
  const effect = holds
    ? "this condition always holds and restricts nothing"
    : "this condition never holds";
  return {
    code: "key-never-sent",
    message: `STS sends no ${keyText} with a CircleCI token: ${effect}.`,
    where,
  };
}
