import { parseTrustPolicy } from "../../policy/parse.ts";
import { type TokenSource, tokenSourceOf } from "./issuer-keys.ts";
import { sourcesIn } from "./issuers.ts";
import { whyNobody } from "./nobody.ts";
import { TokenQuestions } from "./token-questions.ts";

/** Can a CircleCI token assume a role at all? */
export type CircleciAccess =
  /** One can, or whether one can is not decided. */
  | { readonly kind: "admits" }
  /** The policy speaks of CircleCI, and no token can: why, as a sentence without a full stop. */
  | { readonly kind: "nobody"; readonly why: string }
  | { readonly kind: "untrusting" };

/**
 * Decides whether a trust policy, given as raw text, lets in any token that CircleCI can sign.
 *
 * @param providers ARNs of the account's providers, for a policy that names everybody
 */
export function circleciAccess(
  text: string,
  { providers, at }: { readonly providers: readonly string[]; readonly at: Date | null },
): CircleciAccess {
  const speaks = text.includes("oidc.circleci.com");
  const parsed = parseTrustPolicy(text);
  if (parsed.kind === "refused") return { kind: speaks ? "admits" : "untrusting" };
  const { policy } = parsed;
  const sources = new Map<string, TokenSource>();
  for (const source of [...sourcesIn(policy), ...providers.map(tokenSourceOf)]) {
    if (source?.issuer.kind === "circleci") sources.set(source.principal, source);
  }
  const reasons: string[] = [];
  for (const source of sources.values()) {
    const questions = new TokenQuestions({ policy, source, at });
    for (const statement of policy.statements) {
      if (statement.effect === "Deny" || !questions.concerns(statement)) continue;
      const why = whyNobody(policy, statement, questions);
      if (why === null) return { kind: "admits" };
      reasons.push(why);
    }
  }
  if (!speaks || reasons.length === 0) return { kind: "untrusting" };
  return { kind: "nobody", why: [...new Set(reasons)].join("; ") };
}
