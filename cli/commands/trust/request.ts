import type { RequestPrincipal, TrustRequest } from "../../../shared/compare/index.ts";
import { issuerNamed, issuerNameOf } from "../../../shared/issuers/issuer.ts";
import { readToken, type TokenContent } from "../../../shared/issuers/token.ts";
import { isRecord, parseJson } from "../../../shared/json.ts";
import { CommandError } from "../../command-error.ts";

function parse(text: string, path: string): unknown {
  const value = parseJson(text);
  if (value === undefined) throw new CommandError(`${path} is not JSON.`);
  return value;
}

function isPrincipalType(value: unknown): value is RequestPrincipal["type"] {
  return (
    value === "AWS" || value === "Federated" || value === "Service" || value === "CanonicalUser"
  );
}

const requestShape =
  '{"principal": {"type": "Federated", "id": "arn:…"}, "action": "sts:…", "context": {"key": ["value"]}}';

/**
 * A request in JSON: principal, action and context.
 *
 * @throws CommandError where it is not one
 */
export function requestIn(text: string, path: string): TrustRequest {
  const value = parse(text, path);
  const principal = isRecord(value) ? value["principal"] : null;
  const action = isRecord(value) ? value["action"] : null;
  const context = isRecord(value) ? (value["context"] ?? {}) : null;
  if (
    !isRecord(principal) ||
    !isPrincipalType(principal["type"]) ||
    typeof principal["id"] !== "string"
  ) {
    throw new CommandError(`${path} names no principal. A request looks like ${requestShape}.`);
  }
  if (typeof action !== "string" || !isRecord(context)) {
    throw new CommandError(`${path} is not a request. A request looks like ${requestShape}.`);
  }
  return {
    principal: { type: principal["type"], id: principal["id"] },
    action,
    context: readContext(context, path),
  };
}

function readContext(context: Record<string, unknown>, path: string): TrustRequest["context"] {
  const read = new Map<string, readonly string[]>();
  for (const [key, value] of Object.entries(context)) {
    const values = (Array.isArray(value) ? value : [value]).map(String);
    if (values.length === 0 || values.includes("")) {
      throw new CommandError(
        `${path}: ${key} needs at least one value, none of them empty. Leave an absent key out.`,
      );
    }
    if (read.has(key.toLowerCase()))
      throw new CommandError(`${path}: ${key} is given twice; case does not matter.`);
    read.set(key.toLowerCase(), values);
  }
  return read;
}

const tokenUnreadable = { code: "token-unreadable" } as const;

/**
 * What AWS reads of a token; Facebook's and Amazon's claims have no `aud` and no `sub`.
 *
 * @throws CommandError where the text holds no token that can be read
 */
export function claimsIn(text: string, path: string): TokenContent {
  const read = readToken(text);
  if (read.kind === "unreadable")
    throw new CommandError(
      `${path} holds no token that can be read: ${read.reason}.`,
      tokenUnreadable,
    );
  const { claims } = read;
  const issuer = issuerNamed(issuerNameOf(claims.iss), null).kind;
  if (issuer === "facebook" || issuer === "amazon") return claims;
  const missing = ["sub", "aud"].filter((name) => !isTextOrTexts(claims[name]));
  if (missing.length === 0) return claims;
  throw new CommandError(
    `${path} holds no token: it needs iss, sub and aud, and has no ${missing.join(" and no ")}.`,
    tokenUnreadable,
  );
}

function isTextOrTexts(claim: unknown): boolean {
  const texts: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  return texts.length > 0 && texts.every((text) => typeof text === "string");
}
