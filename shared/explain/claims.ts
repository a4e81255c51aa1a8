import type { Account } from "../aws/account.ts";
import { iamArn } from "../aws/arn.ts";
import { keyPresence, usualValue } from "../circleci/tokens.ts";
import {
  type Issuer,
  isBareIssuer,
  issuerNamed,
  issuerNameOf,
  issuerOf,
} from "../issuers/issuer.ts";
import { keysOfClaims } from "../issuers/keys.ts";
import type { TrustPolicy } from "../policy/document.ts";
import type { TrustRequest } from "../policy/request.ts";
import { accountOfPrincipal } from "./providers-in-policy.ts";

/** The claims of a decoded token of CircleCI's kind, as far as AWS reads them. */
export type TokenClaims = {
  readonly iss: string;
  readonly sub: string;
  /** With several audiences, IAM's key is `azp` where the token has one. */
  readonly aud: string | readonly string[];
  readonly azp?: string;
  readonly "oidc.circleci.com/project-id"?: string;
};

/** The claims of any issuer's token: which of them STS makes keys of is a matter of the issuer. */
export type AnyClaims = { readonly iss: string; readonly [claim: string]: unknown };

/** The keys of the moment, in lower case, which no token carries. */
export function momentOf(now: Date): ReadonlyMap<string, string> {
  return new Map([
    ["aws:currenttime", `${now.toISOString().slice(0, 19)}Z`],
    ["aws:epochtime", String(Math.floor(now.getTime() / 1000))],
  ]);
}

/**
 * The requests that STS would make of a token: one for each principal of the policy that is the
 * token's issuer. There are several where a document names two partitions, for a role is in one
 * of them and the document does not say which. Where the policy names no such principal, the
 * provider is taken to be in the account that the others name.
 *
 * @param moment values for keys that a token does not carry, by key in lower case
 */
export function requestsOfClaims(
  policy: TrustPolicy,
  claims: AnyClaims,
  moment: ReadonlyMap<string, string>,
): readonly TrustRequest[] {
  const name = issuerNameOf(claims.iss);
  const named = new Map<string, Issuer>();
  for (const { principals } of policy.statements) {
    for (const principal of principals.principals) {
      if (principal.kind !== "exact" || principal.type !== "Federated") continue;
      const issuer = issuerOf(principal.id);
      if (issuer?.name === name) named.set(principal.id, issuer);
    }
  }
  if (named.size === 0) {
    const home = homeOf(policy);
    const id = isBareIssuer(name) ? name : iamArn(home, `oidc-provider/${name}`);
    named.set(id, issuerNamed(name, home.partition));
  }
  return [...named].map(([id, issuer]) => requestOf({ policy, claims, moment, id, issuer }));
}

function requestOf(given: {
  readonly policy: TrustPolicy;
  readonly claims: AnyClaims;
  readonly moment: ReadonlyMap<string, string>;
  readonly id: string;
  readonly issuer: Issuer;
}): TrustRequest {
  const { policy, id, issuer } = given;
  const asked = new Set(
    policy.statements.flatMap(({ conditions }) => conditions.map(({ key }) => key)),
  );
  const context = new Map<string, readonly string[]>();
  for (const [key, values] of keysOfClaims(inPartition(issuer, policy), given.claims)) {
    // A request is shown to people; the audience once more is worth a line only if it is tested.
    if (!key.endsWith(":oaud") || asked.has(key)) context.set(key, values);
  }
  const provider = { arn: id, keyPrefix: issuer.name.toLowerCase(), organizationId: null };
  for (const key of asked) {
    if (context.has(key)) continue;
    const value = given.moment.get(key) ?? usualValue(keyPresence(provider, key));
    if (value !== null) context.set(key, [value]);
  }
  return {
    principal: { type: "Federated", id },
    action: "sts:AssumeRoleWithWebIdentity",
    context,
  };
}

/** A bare name says nothing of the partition, but the document's other principals may. */
function inPartition(issuer: Issuer, policy: TrustPolicy): Issuer {
  return issuer.partition === null ? { ...issuer, partition: homeOf(policy).partition } : issuer;
}

/** A provider is in the role's own account, which the policy's principals may name. */
function homeOf(policy: TrustPolicy): Account {
  for (const { principals } of policy.statements) {
    for (const principal of principals.principals) {
      const account = accountOfPrincipal(principal);
      if (account !== null) return account;
    }
  }
  return { id: "000000000000", partition: "aws" };
}
