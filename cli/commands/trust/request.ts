import { issuerNamed, issuerNameOf } from "../../../shared/issuers/issuer.ts";
import { readToken, type TokenContent } from "../../../shared/issuers/token.ts";
import { isRecord, parseJson } from "../../../shared/json.ts";
import type { RequestPrincipal, TrustRequest } from "../../../shared/policy/request.ts";
import { brokenJson } from "../../broken-json.ts";
import { CommandError } from "../../command-error.ts";
import { nameOf, textIn } from "../../files.ts";
import type { Io } from "../../io.ts";

const requestShape =
  '{"principal": {"type": "Federated", "id": "arn:…"}, "action": "sts:…", "context": {"key": ["value"]}}';

/**
 * Reads a request out of a file in JSON: principal, action and context.
 *
 * @throws CommandError where it holds none
 */
export async function readRequest(io: Io, path: string): Promise<TrustRequest> {
  const text = await textIn(io, path, "small");
  const read = requestOf(text);
  if (typeof read !== "string") return read;
  const broken = brokenJson(text);
  const says = broken === null ? ` ${read}` : `: ${broken}.`;
  throw new CommandError(`${nameOf(path)}${says}`, { where: path });
}

/** A request, or what is wrong with the text that should be one. */
function requestOf(text: string): TrustRequest | string {
  const value = parseJson(text);
  if (value === undefined) return "is not JSON.";
  const principal = isRecord(value) ? principalOf(value["principal"]) : null;
  if (!isRecord(value) || principal === null) {
    return `names no principal. A request looks like ${requestShape}.`;
  }
  const { action } = value;
  const context = value["context"] ?? {};
  if (typeof action !== "string" || !isRecord(context)) {
    return `is not a request. A request looks like ${requestShape}.`;
  }
  const read = contextOf(context);
  return typeof read === "string" ? read : { principal, action, context: read };
}

function principalOf(value: unknown): RequestPrincipal | null {
  if (!isRecord(value)) return null;
  const { type, id } = value;
  return isPrincipalType(type) && typeof id === "string" ? { type, id } : null;
}

function isPrincipalType(value: unknown): value is RequestPrincipal["type"] {
  return (
    value === "AWS" || value === "Federated" || value === "Service" || value === "CanonicalUser"
  );
}

/** The values of each key, or what is wrong with them. */
function contextOf(context: Readonly<Record<string, unknown>>): TrustRequest["context"] | string {
  const read = new Map<string, readonly string[]>();
  for (const [key, value] of Object.entries(context)) {
    const given: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (!given.every(isPlain))
      return `gives ${key} a value that is not a text, a number, true or false.`;
    const values = given.map(String);
    if (values.length === 0 || values.includes("")) {
      return `gives ${key} an empty value or none. Leave an absent key out.`;
    }
    if (read.has(key.toLowerCase())) return `gives ${key} twice; case does not matter.`;
    read.set(key.toLowerCase(), values);
  }
  return read;
}

/** What a value of a condition key is written as; a list or an object in its place is a slip. */
function isPlain(value: unknown): boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}

/**
 * Reads what AWS reads of a token; Facebook's and Amazon's claims have no `aud` and no `sub`.
 *
 * @throws CommandError where the file holds no token that can be read
 */
export async function readClaims(io: Io, path: string): Promise<TokenContent> {
  const read = readToken(await textIn(io, path, "small"));
  if (read.kind === "unreadable") {
    throw unreadableToken(path, `holds no token that can be read: ${read.reason}.`);
  }
  const { claims } = read;
  const issuer = issuerNamed(issuerNameOf(claims.iss), null).kind;
  if (issuer === "facebook" || issuer === "amazon") return claims;
  const missing = ["sub", "aud"].filter((name) => !isTextOrTexts(claims[name]));
  if (missing.length === 0) return claims;
  const lacks = `has no ${missing.join(" and no ")}`;
  throw unreadableToken(path, `holds no token: it needs iss, sub and aud, and ${lacks}.`);
}

function unreadableToken(path: string, why: string): CommandError {
  return new CommandError(`${nameOf(path)} ${why}`, { code: "token-unreadable", where: path });
}

function isTextOrTexts(claim: unknown): boolean {
  const texts: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  return texts.length > 0 && texts.every((text) => typeof text === "string");
}
