import { isRecord, jsonPieces, parseJson } from "../json.ts";
import { withoutEnd } from "../language/ends.ts";

/** A token's claims, or why there are none; the reason never repeats any of the text. */
type TokenReading =
  | { readonly kind: "read"; readonly claims: TokenContent }
  | { readonly kind: "unreadable"; readonly reason: string };

/** What a token says: at least who issued it. */
export type TokenContent = { readonly iss: string; readonly [claim: string]: unknown };

/**
 * Reads the claims of a token out of what people have: the token, with or without its signature,
 * after `Bearer`, in quotes, broken into lines; its claims as JSON; the page of a decoder; the
 * answer of a token endpoint; any text with one token in it. No signature is checked.
 */
export function readToken(text: string): TokenReading {
  const payloads = new Set([...text.matchAll(tokenWithin)].map(([, payload = ""]) => payload));
  const [within = ""] = payloads;
  if (payloads.size > 1 && !/[{[]/.test(text)) {
    return { kind: "unreadable", reason: `it holds ${payloads.size} different tokens: give one` };
  }
  const whole = contentOf(text.replace(/^\ufeff/, ""), 0);
  const read = whole ?? (payloads.size === 1 ? ofCompact(within, 0) : null);
  return read === null
    ? { kind: "unreadable", reason: reasonOf(text) }
    : { kind: "read", claims: read };
}

/** Header and payload as a log, a command or a form has them. */
const tokenWithin = /(?<![\w-])eyJ[\w-]{8,}\.(eyJ[\w-]{8,})(?:\.[\w-]*)?/g;

const depthMax = 4;

function contentOf(text: string, depth: number): TokenContent | null {
  if (depth > depthMax) return null;
  const trimmed = text.trim();
  if (!/[{[]/.test(trimmed)) return ofCompact(bare(trimmed), depth);
  const values = valuesIn(trimmed);
  for (const value of values) {
    const content = ofValue(value, depth);
    if (content !== null) return content;
  }
  return null;
}

/** A token by itself, without what is around it, and without blanks and line breaks. */
function bare(text: string): string {
  const named = /^(?:export\s+|set\s+|\$env:)?\w+\s*[=:]\s*(?=["'`]?(?:bearer\s|eyJ))/i;
  return withoutEnd(text.replace(named, ""), "\"'`;,")
    .replace(/^["'`]+/, "")
    .replace(/^(?:bearer|token)\s+/i, "")
    .replace(/^["'`]+/, "")
    .replace(/\\[nr]|\\$|\s+|[\^\\`](?=\s)/gm, "");
}

/** Header and payload, whatever is left of the signature behind them; or the payload alone. */
function ofCompact(token: string, depth: number): TokenContent | null {
  if (!/^[\w=+/-]+(?:\.|$)/.test(token)) return null;
  const [first = "", second] = token.split(".");
  const payload = textOfBase64(second === undefined || second === "" ? first : second);
  return payload?.trimStart().startsWith("{") === true ? contentOf(payload, depth + 1) : null;
}

function textOfBase64(segment: string): string | null {
  const base64 = withoutEnd(segment.replaceAll("-", "+").replaceAll("_", "/"), "=");
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** The JSON in a text: the whole of it, or object by object, as decoders print header and payload. */
function valuesIn(text: string): readonly unknown[] {
  const whole = parseJson(text);
  if (whole !== undefined) return [whole];
  return jsonPieces(text, false).flatMap((piece) => {
    const value = piece.kind === "object" ? parseJson(piece.text) : undefined;
    return value === undefined ? [] : [value];
  });
}

/** Where decoders, token endpoints and files keep claims or a token, the likeliest first. */
const holders = [
  "payload",
  "claims",
  "body",
  "token",
  "value",
  "id_token",
  "idToken",
  "IdToken",
  "access_token",
  "jwt",
  "WebIdentityToken",
  "webIdentityToken",
];

function ofValue(value: unknown, depth: number): TokenContent | null {
  if (depth > depthMax) return null;
  if (typeof value === "string") return contentOf(value, depth + 1);
  if (Array.isArray(value)) {
    const elements: readonly unknown[] = value;
    for (const element of elements) {
      const content = ofValue(element, depth + 1);
      if (content !== null) return content;
    }
    return null;
  }
  if (!isRecord(value)) return null;
  if (hasIssuer(value)) return value;
  for (const name of holders) {
    const content = Object.hasOwn(value, name) ? ofValue(value[name], depth + 1) : null;
    if (content !== null) return content;
  }
  return null;
}

function hasIssuer(value: Readonly<Record<string, unknown>>): value is TokenContent {
  return typeof value["iss"] === "string" && value["iss"] !== "";
}

function reasonOf(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "") return "it is empty";
  if (/\*{3}|…|\.{3}/.test(trimmed)) return "the token is masked or cut short";
  if (/^[\w-]+(?:\.[\w-]*){4}$/.test(trimmed))
    return "the token is encrypted, only its issuer can read it";
  if (/^[{[]/.test(trimmed)) return "the JSON holds no claims: they need iss, sub and aud";
  return "it is neither a token (three parts with dots between, the second of them the claims) nor its claims as JSON";
}

export type TokenNote = {
  readonly code: "token-expired" | "token-not-yet-valid";
  readonly message: string;
};

/**
 * What STS will say of a token's times, whatever a policy says of the token.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
export function timesOfToken(claims: TokenContent, now: Date): readonly TokenNote[] {
  const notes: TokenNote[] = [];
  const seconds = now.getTime() / 1000;
  const end = instantOf(claims["exp"]);
  if (end !== null && end <= seconds) {
    const message = `STS refuses this token as expired (ExpiredTokenException): it ended ${written(end)}. A fresh one is needed.`;
    notes.push({ code: "token-expired", message });
  }
  const start = instantOf(claims["nbf"]);
  if (start !== null && start > seconds) {
    const message = `STS refuses this token as not yet valid (InvalidIdentityToken): it begins ${written(start)}.`;
    notes.push({ code: "token-not-yet-valid", message });
  }
  return notes;
}

/** Seconds since 1970, as a number or its text; null for anything else. */
function instantOf(claim: unknown): number | null {
  const text = typeof claim === "number" ? String(claim) : claim;
  if (typeof text !== "string" || !/^\d{1,12}(?:\.\d+)?$/.test(text)) return null;
  return Number(text);
}

function written(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
}
