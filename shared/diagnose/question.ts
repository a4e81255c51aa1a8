import type { TokenClaims } from "../compare/index.ts";

/** A refused `AssumeRoleWithWebIdentity`, from CloudTrail's record of it or told by hand. */
export type RefusedCall = {
  /** The role's name; its ARN's path is no part of it. */
  readonly role: string;
  readonly claims: TokenClaims | null;
  /** Seconds since 1970; `null` where the token is not at hand. */
  readonly expiresAt: number | null;
  /** What STS answered; `null` where nobody says. */
  readonly errorCode: string | null;
  readonly at: string | null;
};

export type Question =
  | { readonly kind: "question"; readonly call: RefusedCall }
  | {
      readonly kind: "unclear";
      readonly error: { readonly code: string; readonly message: string };
    };

const allowed =
  'allowed: {"role": "NAME or ARN", "token": "the JWT"}, {"role": …, "claims": {"iss", "aud", "sub", …}}, or the CloudTrail event of a refused AssumeRoleWithWebIdentity';

/** Reads what is to be diagnosed. A token is decoded, never verified, kept or repeated. */
export function questionOf(input: unknown): Question {
  if (!isRecord(input)) return unclear(`the payload is no object; ${allowed}`);
  const detail = input["detail"];
  if (isRecord(detail)) return questionOfRecord(detail);
  if (typeof input["eventName"] === "string") return questionOfRecord(input);
  const role = input["role"];
  if (typeof role !== "string" || role === "") return unclear(`role is missing; ${allowed}`);
  const claims = "token" in input ? claimsOfToken(input["token"]) : input["claims"];
  if (!isRecord(claims)) return unclear(`neither token nor claims can be read; ${allowed}`);
  const read = claimsOf(claims);
  if (read === null) return unclear(`the claims lack iss, aud or sub; ${allowed}`);
  const exp = claims["exp"];
  return {
    kind: "question",
    call: {
      role: roleName(role),
      claims: read,
      expiresAt: typeof exp === "number" ? exp : null,
      errorCode: null,
      at: null,
    },
  };
}

function unclear(message: string): Question {
  return { kind: "unclear", error: { code: "NoQuestion", message } };
}

function questionOfRecord(record: Readonly<Record<string, unknown>>): Question {
  const parameters = record["requestParameters"];
  const identity = record["userIdentity"];
  if (record["eventName"] !== "AssumeRoleWithWebIdentity" || !isRecord(parameters)) {
    return unclear(`the event is no AssumeRoleWithWebIdentity; ${allowed}`);
  }
  const role = parameters["roleArn"];
  if (typeof role !== "string") return unclear(`the event names no role; ${allowed}`);
  const code = record["errorCode"];
  const at = record["eventTime"];
  return {
    kind: "question",
    call: {
      role: roleName(role),
      claims: isRecord(identity) ? claimsOfIdentity(identity) : null,
      expiresAt: null,
      errorCode: typeof code === "string" ? code : null,
      at: typeof at === "string" ? at : null,
    },
  };
}

/** CloudTrail's `principalId` is provider, audience and subject; the subject stands alone too. */
function claimsOfIdentity(identity: Readonly<Record<string, unknown>>): TokenClaims | null {
  const { identityProvider, userName, principalId } = identity;
  if (typeof identityProvider !== "string" || typeof userName !== "string") return null;
  const host = identityProvider.replace(/^.*:oidc-provider\//, "");
  const organization = host.split("/org/")[1] ?? "";
  const middle =
    typeof principalId === "string" && principalId.startsWith(`${identityProvider}:`)
      ? principalId.slice(identityProvider.length + 1, -userName.length - 1)
      : "";
  const project = /\/project\/([0-9a-f-]{36})\//.exec(userName)?.[1];
  return {
    iss: `https://${host}`,
    sub: userName,
    // CircleCI's default audience is the organisation; the record may not say.
    aud: middle === "" ? organization : middle,
    ...(project === undefined ? {} : { "oidc.circleci.com/project-id": project }),
  };
}

function claimsOfToken(token: unknown): unknown {
  if (typeof token !== "string") return null;
  const [, payload = ""] = token.trim().split(".");
  try {
    return JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
  } catch {
    return null;
  }
}

function claimsOf(claims: Readonly<Record<string, unknown>>): TokenClaims | null {
  const { iss, sub, aud, azp } = claims;
  const project = claims["oidc.circleci.com/project-id"];
  if (typeof iss !== "string" || typeof sub !== "string") return null;
  const audience = typeof aud === "string" ? aud : textList(aud);
  if (audience === null) return null;
  return {
    iss,
    sub,
    aud: audience,
    ...(typeof azp === "string" ? { azp } : {}),
    ...(typeof project === "string" ? { "oidc.circleci.com/project-id": project } : {}),
  };
}

function textList(value: unknown): readonly string[] | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  const list: readonly unknown[] = value;
  return list.every((entry) => typeof entry === "string") ? list : null;
}

function roleName(role: string): string {
  return role.slice(role.lastIndexOf("/") + 1);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
