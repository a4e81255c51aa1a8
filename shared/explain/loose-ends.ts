import type { TrustPolicy, TrustStatement } from "../policy/document.ts";
import type { Problem } from "../policy/problem.ts";
import { branchFindings } from "./findings/branches.ts";
import { conditionFindings } from "./findings/conditions.ts";
import { notExamined, sourcesIn } from "./findings/issuers.ts";
import { limitFindings } from "./findings/limits.ts";
import type { LooseEnd } from "./findings/loose-end.ts";
import { whyNobody } from "./findings/nobody.ts";
import { projectFindings } from "./findings/projects.ts";
import { repositoryFindings } from "./findings/repositories.ts";
import { TokenQuestions } from "./findings/token-questions.ts";

export type { LooseEnd } from "./findings/loose-end.ts";

/** What a trust policy leaves open, decided over the tokens that its issuers can sign. */
export type Findings = {
  /** Those that let tokens in first. */
  readonly looseEnds: readonly LooseEnd[];
  /** Why nobody gets in by a statement, by its place in the document; absent where somebody does. */
  readonly nobody: ReadonlyMap<string, string>;
  /** What stayed open, so that "no loose ends" is said only where each was decided. */
  readonly undecided: readonly Problem[];
};

/**
 * Every loose end of a trust policy at a moment.
 *
 * @param at null where it is not known when: a condition on the time is then one that may hold
 */
export function findingsIn(policy: TrustPolicy, at: Date | null): Findings {
  const all = sourcesIn(policy).map((source) => new TokenQuestions({ policy, source, at }));
  const nobody = new Map<string, string>();
  const ends: LooseEnd[] = [];
  for (const statement of policy.statements) {
    if (statement.effect === "Deny") continue;
    ends.push(...openPrincipals(statement), ...ofStatement(policy, statement, all, nobody));
  }
  for (const questions of all) {
    if (questions.source.circleci !== null) ends.push(...projectFindings(policy, questions));
  }
  ends.push(...notExamined(policy), ...conditionFindings(policy, all));
  const open = all.filter(({ hasOpen }) => hasOpen);
  return { looseEnds: distinct(ends), nobody, undecided: open.map(notDecided) };
}

function distinct(ends: readonly LooseEnd[]): readonly LooseEnd[] {
  return [...new Map(ends.map((end) => [`${end.code} ${end.where} ${end.message}`, end])).values()];
}

function ofStatement(
  policy: TrustPolicy,
  statement: TrustStatement,
  all: readonly TokenQuestions[],
  nobody: Map<string, string>,
): readonly LooseEnd[] {
  const concerned = all.filter((questions) => questions.concerns(statement));
  const reasons = concerned.map((questions) => whyNobody(policy, statement, questions));
  const ends = concerned.flatMap((questions, at): readonly LooseEnd[] => {
    const reason = reasons[at] ?? null;
    if (reason !== null) return [shutOut(statement, questions, reason)];
    if (questions.source.circleci !== null) {
      return [
        ...limitFindings(questions, statement),
        ...branchFindings(policy, questions, statement),
      ];
    }
    return questions.source.issuer.kind === "github"
      ? repositoryFindings(questions, statement)
      : [];
  });
  const whys = [...new Set(reasons.flatMap((reason) => reason ?? []))];
  if (isForTokensOnly(statement) && whys.length > 0 && reasons.every((reason) => reason !== null))
    nobody.set(statement.where, whys.join("; "));
  return ends;
}

/** `nobody`: no token of an issuer that the statement is for makes it apply at this moment. */
function shutOut(statement: TrustStatement, { source }: TokenQuestions, reason: string): LooseEnd {
  const whose =
    source.circleci !== null ? "no CircleCI token" : `no token of ${source.issuer.name}`;
  const message = isForTokensOnly(statement)
    ? `Nobody gets in by this statement (${whose} does): ${reason}.`
    : `Nobody gets in by this statement with a token of ${source.issuer.name}: ${reason}.`;
  return { code: "nobody", message, where: statement.where };
}

function isForTokensOnly({ principals }: TrustStatement): boolean {
  return (
    principals.kind === "only" &&
    principals.principals.every((each) => each.kind === "exact" && each.type === "Federated")
  );
}

function notDecided({ source }: TokenQuestions): Problem {
  const message = `Not every loose end could be decided for tokens of ${source.issuer.name}: the policy asks for something whose meaning is not documented, or for too much.`;
  return { code: "findings-open", message, where: "" };
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
