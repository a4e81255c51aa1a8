import { parseArn } from "../../aws/arn.ts";
import type { CircleciProvider } from "../../circleci/tokens.ts";
import { issuerNamed } from "../../issuers/issuer.ts";
import type { PolicyPrincipal, TrustPolicy, TrustStatement } from "../../policy/document.ts";
import { providersIn } from "../providers-in-policy.ts";
import { type TokenSource, tokenSourceOf } from "./issuer-keys.ts";
import type { LooseEnd } from "./loose-end.ts";

/** The issuers that a policy's Allows let in by their tokens, each once. */
export function sourcesIn(policy: TrustPolicy): readonly TokenSource[] {
  const sources = new Map<string, TokenSource>();
  const add = (source: TokenSource | null): void => {
    if (source !== null && !sources.has(source.principal)) sources.set(source.principal, source);
  };
  for (const provider of providersIn(policy)) add(sourceOf(provider));
  for (const principal of federatedIn(policy.statements)) add(tokenSourceOf(principal.id));
  return [...sources.values()];
}

function sourceOf(provider: CircleciProvider): TokenSource {
  const { arn, keyPrefix } = provider;
  const issuer = issuerNamed(keyPrefix, parseArn(arn)?.account.partition ?? "");
  return { principal: arn, issuer, keyPrefix, circleci: provider };
}

function federatedIn(
  statements: readonly TrustStatement[],
): readonly (PolicyPrincipal & { readonly kind: "exact" })[] {
  return statements
    .filter(({ effect }) => effect === "Allow")
    .flatMap(({ principals }) =>
      principals.kind === "only"
        ? principals.principals.filter((each) => each.kind === "exact")
        : [],
    )
    .filter(({ type }) => type === "Federated");
}

/**
 * `not-examined`: whose tokens an issuer signs, and what they hold, is known for CircleCI and
 * GitHub Actions; of every other identity provider nothing can be said.
 */
export function notExamined(policy: TrustPolicy): readonly LooseEnd[] {
  return policy.statements
    .filter(({ effect }) => effect === "Allow")
    .flatMap((statement) =>
      federatedIn([statement]).flatMap(({ id }): LooseEnd[] => {
        const source = tokenSourceOf(id);
        if (source?.issuer.kind === "circleci" || source?.issuer.kind === "github") return [];
        const name = source?.issuer.name ?? id;
        const message = `Not examined: nothing is known here of the tokens of ${name}, so nothing is said of who may come with one.`;
        return [{ code: "not-examined", message, where: statement.principals.where }];
      }),
    );
}
