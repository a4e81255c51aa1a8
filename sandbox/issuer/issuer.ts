/**
 * CircleCI's token issuer: signs tokens for tests and for a shell, and publishes its discovery
 * document and keys.
 */

import { exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT } from "jose";
import type { HttpAnswer } from "../server/answer.ts";
import type { Clock } from "../server/clock.ts";
import { claimsOf, rootIssuer, type TokenRequest } from "./claims.ts";
import { tokenRequestIn } from "./token-request.ts";

export type Issuer = {
  issueToken(request: TokenRequest): Promise<string>;
  /** The public keys of an issuer's URL, or null where that URL is not CircleCI's. */
  keysOf(issuer: string): JSONWebKeySet | null;
  /** Its discovery document and keys, under `/circleci/…`, and tokens at `/circleci/token`. */
  page(path: string, query: URLSearchParams): Promise<HttpAnswer | null>;
};

const algorithm = "RS256";

/** Where the sandbox serves what `https://oidc.circleci.com/` serves. */
export const issuerPath = "/circleci";

/** One key for all accounts of a process, because a key takes longer to create than an account. */
const keyPair = generateKeyPair(algorithm);

/** An issuer that signs with the process's key. `endpoint` returns the sandbox's address. */
export async function circleciIssuer(clock: Clock, endpoint: () => string): Promise<Issuer> {
  const { publicKey, privateKey } = await keyPair;
  const kid = "circleci-sandbox-1";
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: "sig" };
  const keys: JSONWebKeySet = { keys: [jwk] };
  const issueToken = (request: TokenRequest): Promise<string> =>
    new SignJWT({ ...claimsOf(request, clock.now()) })
      .setProtectedHeader({ alg: algorithm, kid, typ: "JWT" })
      .sign(privateKey);
  return {
    issueToken,
    keysOf: (issuer) => (isCircleci(issuer) ? keys : null),
    page: async (path, query) => {
      if (path !== `${issuerPath}/token`) return pageOf(path, keys, endpoint());
      const request = tokenRequestIn(query);
      if (request === null) return missingIds;
      const token = await issueToken(request);
      return { status: 200, headers: { "content-type": "text/plain" }, body: token };
    },
  };
}

const missingIds: HttpAnswer = {
  status: 400,
  headers: { "content-type": "text/plain" },
  body: "The query needs organizationId and projectId.\n",
};

function isCircleci(issuer: string): boolean {
  return issuer === rootIssuer || issuer.startsWith(`${rootIssuer}/org/`);
}

function pageOf(path: string, keys: JSONWebKeySet, endpoint: string): HttpAnswer | null {
  const page = new RegExp(`^${issuerPath}(/org/[^/]+)?/\\.well-known/([a-z.-]+)$`).exec(path);
  if (page === null) return null;
  const place = page[1] ?? "";
  switch (page[2]) {
    case "openid-configuration":
      return json({
        issuer: `${rootIssuer}${place}`,
        jwks_uri: `${endpoint}${issuerPath}${place}/.well-known/jwks-pub.json`,
        response_types_supported: ["id_token"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: [algorithm],
      });
    case "jwks-pub.json":
      return json(keys);
    default:
      return null;
  }
}

function json(content: object): HttpAnswer {
  return {
    status: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(content),
  };
}
