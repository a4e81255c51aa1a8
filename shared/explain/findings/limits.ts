import type { TrustStatement } from "../../policy/document.ts";
import type { LooseEnd } from "./loose-end.ts";
import type { TokenQuestions } from "./token-questions.ts";

/** What a statement for CircleCI's tokens does not limit at all. */
export function limitFindings(
  questions: TokenQuestions,
  statement: TrustStatement,
): readonly LooseEnd[] {
  const { where } = statement;
  const ends: LooseEnd[] = [];
  if (!questions.limits(statement, ["sub", "oidc.circleci.com/project-id"])) {
    const message = `Nothing limits ${questions.key("sub")}: nothing says which jobs may come.`;
    ends.push({ code: "no-subject", message, where });
  }
  if (!questions.limits(statement, ["aud"])) {
    const message = `Nothing limits ${questions.key("aud")}: whatever audience the provider takes is taken, also one that is added later.`;
    ends.push({ code: "no-audience", message, where });
  }
  ends.push(...literalWildcards(questions, statement));
  if (questions.source.circleci?.organizationId === null) {
    const message =
      "The issuer oidc.circleci.com signs tokens for every organisation of CircleCI; use the issuer of your own.";
    ends.push({ code: "root-issuer", message, where });
  }
  return ends;
}

/**
 * `literal-wildcard`: an audience with a wildcard's sign under an operator that has none. A token may
 * be asked for with that very audience, so somebody could come; nobody means it.
 */
function literalWildcards(
  questions: TokenQuestions,
  { conditions }: TrustStatement,
): readonly LooseEnd[] {
  return conditions.flatMap(({ key, keyText, operator, values, where, test }) => {
    const isAudience = key === questions.key("aud") || key === questions.key("oaud");
    if (!isAudience || test.kind !== "string" || test.negated || test.wildcards) return [];
    return values
      .filter((value) => /[*?]/.test(value))
      .map((value) => {
        const message = `A wildcard is literal under ${operator}: ${keyText} has to be ${value}, sign for sign. Use ${operator.replace("Equals", "Like").replace("IgnoreCase", "")}, or name the audience.`;
        return { code: "literal-wildcard", message, where };
      });
  });
}
