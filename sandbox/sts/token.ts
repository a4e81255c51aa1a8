import { compactVerify, createLocalJWKSet, decodeJwt, errors, type JWTPayload } from "jose";
import type { Directory, Provider } from "../iam/state.ts";
import type { Issuer } from "../issuer/issuer.ts";
import { ServiceError } from "../server/operation.ts";

/** A token that STS accepts: its provider in IAM and its claims. */
export type Accepted = {
  readonly provider: Provider;
  readonly subject: string;
  readonly audience: string;
  readonly claims: JWTPayload;
};

/** How far the clock of the token's issuer may be ahead. */
const leewaySeconds = 300;

/**
 * Verifies a web identity token as STS does before it reads a trust policy: a provider of the
 * account for its issuer, an audience of that provider, the issuer's signature, its times. Throws
 * `ServiceError` with STS's codes. Source: STS API reference, AssumeRoleWithWebIdentity.
 */
export async function acceptToken(
  account: { readonly directory: Directory; readonly issuer: Issuer; readonly now: Date },
  token: string,
): Promise<Accepted> {
  const claims = claimsIn(token);
  const { iss, sub } = claims;
  if (iss === undefined || sub === undefined) {
    throw invalidToken("Missing a required claim: iss or sub");
  }
  const provider = providerOf(account.directory, iss);
  if (provider === null) {
    throw invalidToken(`No OpenIDConnect provider found in your account for ${iss}`);
  }
  const audience = audienceOf(claims, provider);
  if (audience === null) throw invalidToken("Incorrect token audience");
  await verifySignature(account.issuer, iss, token);
  checkTime(claims, account.now);
  return { provider, subject: sub, audience, claims };
}

function claimsIn(token: string): JWTPayload {
  try {
    return decodeJwt(token);
  } catch {
    throw invalidToken(
      "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
    );
  }
}

function providerOf(directory: Directory, issuer: string): Provider | null {
  if (!issuer.startsWith("https://")) return null;
  const url = issuer.slice("https://".length);
  return directory.providers.get(`arn:aws:iam::${directory.account}:oidc-provider/${url}`) ?? null;
}

/** The token's audience (its `azp` if it has one), if the provider has it too. */
function audienceOf(claims: JWTPayload, provider: Provider): string | null {
  const authorized = claims["azp"];
  const named = typeof authorized === "string" ? authorized : claims.aud;
  const audiences = named === undefined ? [] : [named].flat();
  return audiences.find((audience) => provider.audiences.includes(audience)) ?? null;
}

async function verifySignature(issuer: Issuer, iss: string, token: string): Promise<void> {
  const keys = issuer.keysOf(iss);
  if (keys === null) throw noKey();
  try {
    // Only the signature: `checkTime` uses the account's own clock.
    await compactVerify(token, createLocalJWKSet(keys), { algorithms: ["RS256"] });
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) throw noKey();
    throw invalidToken("Provided Token's signature could not be verified");
  }
}

function noKey(): ServiceError {
  return invalidToken(
    "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
  );
}

function checkTime(claims: JWTPayload, now: Date): void {
  const seconds = Math.floor(now.getTime() / 1000);
  const { exp, nbf, iat } = claims;
  if (exp === undefined || iat === undefined) {
    throw invalidToken("Missing a required claim: exp or iat");
  }
  if (seconds >= exp) {
    throw new ServiceError(
      "ExpiredTokenException",
      `Token expired: current date/time ${seconds} must be before the expiration date/time ${exp}`,
    );
  }
  const from = Math.max(nbf ?? 0, iat);
  if (from > seconds + leewaySeconds) {
    throw invalidToken(
      `Token is not yet valid: current date/time ${seconds} must be after ${from}`,
    );
  }
}

function invalidToken(message: string): ServiceError {
  return new ServiceError("InvalidIdentityToken", message);
}
