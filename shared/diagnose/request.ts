import { iamArn } from "../aws/arn.ts";
import { keyPresence } from "../circleci/tokens.ts";
import { type Issuer, isBareIssuer, issuerNamed, issuerNameOf } from "../issuers/issuer.ts";
import { keysOfClaims, sendingOf } from "../issuers/keys.ts";
import type { Tags } from "../plan/observed.ts";
import type { TrustRequest } from "../policy/request.ts";
import type { Account } from "../trust/index.ts";
import type { AskedCall, SeenToken } from "./call.ts";

/** The request that STS made of a call, as far as it is known. */
export type KnownRequest = {
  readonly request: TrustRequest;
  readonly issuer: Issuer;
  /** Is this key's value not known? A key that is known not to be there is no such. In lower case. */
  readonly isUnknown: (key: string) => boolean;
  /** Is the key there in every request of this kind, whatever it holds? */
  readonly isAlwaysThere: (key: string) => boolean;
  /** Does STS never make this key of this issuer's tokens in this partition? */
  readonly isNeverSent: (key: string) => boolean;
};

type Circumstances = {
  readonly call: AskedCall;
  readonly token: SeenToken;
  readonly account: Account;
  /** Null where they could not be read. */
  readonly roleTags: Tags | null;
  /** The audience that STS takes of several; null where none is known. */
  readonly audience: string | null;
  readonly at: Date;
};

/** Who STS takes the token's issuer for: the provider's ARN, or a name that it knows by itself. */
export function principalOf(issuer: string, account: Account): string {
  const name = issuerNameOf(issuer);
  if (isBareIssuer(name)) return name;
  return iamArn(account, `oidc-provider/${name}`);
}

/** The provider to read from IAM; null where the issuer has none or is not a name. */
export function providerToRead(issuer: string, account: Account): string | null {
  const name = issuerNameOf(issuer);
  return isBareIssuer(name) || !/^[!-~]{1,255}$/.test(name) ? null : principalOf(issuer, account);
}

/** Puts together what is known of the request, and what of it is not. */
export function knownRequest(given: Circumstances): KnownRequest {
  const { token, account } = given;
  const issuer = issuerNamed(issuerNameOf(token.issuer), account.partition);
  const prefix = `${issuer.name.toLowerCase()}:`;
  const principal = principalOf(token.issuer, account);
  const context = new Map<string, readonly string[]>([
    ...keysOfClaims(issuer, token.claims),
    ...ofTheMoment(given, principal),
  ]);
  if (given.audience === null) for (const name of ["aud", "oaud"]) context.delete(prefix + name);
  else if (context.has(`${prefix}aud`)) context.set(`${prefix}aud`, [given.audience]);
  if (!token.isWhole && mayHaveAuthorizedParty(issuer)) context.delete(`${prefix}oaud`);
  const unsigned = { arn: principal, keyPrefix: issuer.name, organizationId: null };
  return {
    issuer,
    request: {
      principal: { type: "Federated", id: principal },
      action: "sts:AssumeRoleWithWebIdentity",
      context,
    },
    isUnknown: (key) => {
      if (context.has(key)) return false;
      if (key.startsWith(prefix)) {
        const sending = sendingOf(issuer, key);
        if (!token.isWhole) return sending !== "never";
        // Whether STS makes a key of this claim, nobody says.
        return sending === "unknown" && hasClaim(token.claims, key.slice(prefix.length));
      }
      if (isTagKey(key)) return given.roleTags === null;
      if (sendingOf(issuer, key) === "never") return false;
      return keyPresence(unsigned, key).kind !== "absent" || isOfOtherTokens(issuer, key);
    },
    isAlwaysThere: (key) => ["present", "exactly"].includes(keyPresence(unsigned, key).kind),
    isNeverSent: (key) => sendingOf(issuer, key) === "never",
  };
}

/**
 * CloudTrail keeps the audience that STS went by: the authorized party, where the token has one. Then
 * the token's own audience is another. CircleCI's and GitHub's tokens have no authorized party.
 */
function mayHaveAuthorizedParty({ kind }: Issuer): boolean {
  return kind !== "circleci" && kind !== "github";
}

/** A key's name is in lower case here, a claim's need not be. */
function hasClaim(claims: Readonly<Record<string, unknown>>, name: string): boolean {
  return Object.keys(claims).some((claim) => claim.toLowerCase() === name);
}

/** What CloudTrail keeps of the call, or what is the same for every call. */
function ofTheMoment(
  { call, roleTags, at }: Circumstances,
  principal: string,
): readonly (readonly [string, readonly string[]])[] {
  const instant = at.toISOString().replace(/\.\d{3}Z$/, "Z");
  const known: readonly (readonly [string, string | null])[] = [
    ["aws:currenttime", instant],
    ["aws:epochtime", String(Math.floor(at.getTime() / 1000))],
    ["aws:securetransport", "true"],
    ["aws:federatedprovider", principal.startsWith("arn:") ? principal : null],
    ["sts:rolesessionname", call.sessionName],
    ["aws:sourceip", call.sourceIp],
    ["aws:useragent", call.userAgent],
    ["aws:requestedregion", call.region],
    ...Object.entries(roleTags ?? {}).flatMap(([key, value]): [string, string][] => [
      [`aws:resourcetag/${key.toLowerCase()}`, value],
      [`iam:resourcetag/${key.toLowerCase()}`, value],
    ]),
  ];
  return known.flatMap(([key, value]) => (value === null || value === "" ? [] : [[key, [value]]]));
}

function isTagKey(key: string): boolean {
  return /^(?:aws|iam):resourcetag\//.test(key);
}

/** Other issuers' tokens may carry AWS's own claims, of which STS makes these keys. */
function isOfOtherTokens(issuer: Issuer, key: string): boolean {
  if (issuer.kind === "circleci") return false;
  return /^(?:aws:(?:requesttag\/.*|tagkeys)|sts:(?:transitivetagkeys|sourceidentity|roleauthorizedbyidp))$/.test(
    key,
  );
}
