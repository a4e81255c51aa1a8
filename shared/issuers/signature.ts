import { createPublicKey, type JsonWebKey, type KeyObject, verify } from "node:crypto";
import { isRecord, parseJson } from "../json.ts";
import { withoutEnd } from "../language/ends.ts";

/** A signed token as it stood in a text: what was signed, and the signature. */
type SignedToken = {
  /** Null where the header names none, or cannot be read. */
  readonly algorithm: string | null;
  readonly keyId: string | null;
  /** The header asks that an extension be understood (`crit`, RFC 7515, 4.1.11). */
  readonly isExtended: boolean;
  /** Header and payload with the dot between them. */
  readonly signed: string;
  readonly signature: Uint8Array;
};

/** The public keys of an issuer, as its JWKS lists them. */
type KeysReading =
  | { readonly kind: "read"; readonly keys: readonly IssuerKey[] }
  | { readonly kind: "unreadable"; readonly why: string };

type IssuerKey = {
  readonly id: string | null;
  readonly type: string;
  /** The only algorithm that the key is for; null where it does not say. */
  readonly algorithm: string | null;
  /** Null where it is a key for something else, or none that can be read. */
  readonly key: KeyObject | null;
};

/** Whether a token's signature is the issuer's. A reason never repeats the token. */
export type SignatureReading =
  | { readonly kind: "valid"; readonly by: string }
  | { readonly kind: "invalid"; readonly why: string };

/**
 * The algorithms that IAM takes from an OIDC provider, each with the type of its keys and the hash.
 * CircleCI signs with RS256.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
 */
const algorithms: ReadonlyMap<string, { readonly type: string; readonly hash: string }> = new Map([
  ["RS256", { type: "RSA", hash: "sha256" }],
  ["RS384", { type: "RSA", hash: "sha384" }],
  ["RS512", { type: "RSA", hash: "sha512" }],
  ["ES256", { type: "EC", hash: "sha256" }],
  ["ES384", { type: "EC", hash: "sha384" }],
  ["ES512", { type: "EC", hash: "sha512" }],
]);

const compact = /^([\w-]+)\.([\w-]+)\.([\w-]*)$/;
const compactWithin = /(?<![\w-])(eyJ[\w-]+)\.([\w-]{8,})\.([\w-]*)/;

/**
 * The one signed token in a text, whatever is around it; null where a text holds claims alone. RFC
 * 7515 writes base64url without padding: what a tool has added or put in its place is undone.
 */
export function signedTokenIn(text: string): SignedToken | null {
  const plain = text
    .replace(/\\[nr]|\s+/g, "")
    .replaceAll("+", "-")
    .replaceAll("/", "_");
  const alone = withoutEnd(plain.replace(/^["'`]+/, ""), "\"'`;,")
    .split(".")
    .map((part) => withoutEnd(part, "="))
    .join(".");
  const found = compact.exec(alone) ?? compactWithin.exec(text) ?? compactWithin.exec(alone);
  if (found === null) return null;
  const [, header = "", payload = "", signature = ""] = found;
  const read = parseJson(Buffer.from(header, "base64url").toString("utf8"));
  const { alg, kid, crit } = isRecord(read) ? read : {};
  return {
    algorithm: typeof alg === "string" ? alg : null,
    keyId: typeof kid === "string" ? kid : null,
    isExtended: crit !== undefined,
    signed: `${header}.${payload}`,
    signature: Buffer.from(signature, "base64url"),
  };
}

/**
 * Reads a JWKS (RFC 7517): `{"keys": […]}`, a list of keys, or one key. A key that cannot be used
 * stays in it, so that a token that names it is not said to name none.
 */
export function issuerKeysIn(text: string): KeysReading {
  const value = parseJson(text);
  const listed: unknown = isRecord(value) ? (value["keys"] ?? [value]) : value;
  if (!Array.isArray(listed)) return { kind: "unreadable", why: "it is not a JWKS" };
  const given: readonly unknown[] = listed;
  const keys = given.filter(isRecord).filter(({ kty }) => typeof kty === "string");
  if (keys.length === 0) return { kind: "unreadable", why: "it holds no key" };
  return { kind: "read", keys: keys.map(issuerKey) };
}

function issuerKey(jwk: Readonly<Record<string, unknown>>): IssuerKey {
  const { kid, kty, alg, use, key_ops: uses } = jwk;
  const isToVerify = uses === undefined || (Array.isArray(uses) && uses.includes("verify"));
  const isForSigning = (use === undefined || use === "sig") && isToVerify;
  return {
    id: typeof kid === "string" ? kid : null,
    type: String(kty),
    algorithm: typeof alg === "string" ? alg : null,
    key: isForSigning ? publicKeyOf(jwk) : null,
  };
}

function publicKeyOf(jwk: JsonWebKey): KeyObject | null {
  // A symmetric key (kty oct) is not a public key, and Node refuses it here.
  try {
    return createPublicKey({ key: jwk, format: "jwk" });
  } catch {
    return null;
  }
}

/**
 * Checks a signature as STS does: with the key that the header names, under an algorithm of IAM's
 * list. `none` and the HS family are refused whatever the keys are (RFC 8725, 3.1 and 3.2).
 */
export function checkSignature(token: SignedToken, keys: readonly IssuerKey[]): SignatureReading {
  const { algorithm, keyId } = token;
  const known = algorithms.get(algorithm ?? "");
  if (known === undefined) return otherAlgorithm(algorithm);
  const hopeless = invalidByItself(token);
  if (hopeless !== null) return hopeless;
  const named = keyId === null ? keys : keys.filter(({ id }) => id === keyId);
  if (named.length === 0) {
    return invalid(`no key of the issuer has the id ${keyId} that its header names`);
  }
  const usable = named.flatMap(({ id, type, algorithm: only, key }) =>
    type === known.type && (only ?? algorithm) === algorithm && key !== null ? [{ id, key }] : [],
  );
  const which = keyId === null ? "any key of the issuer" : `the key ${keyId}`;
  if (usable.length === 0) return invalid(`${which} is not a key for ${algorithm}`);
  const by = usable.find(({ key }) => isSignedBy(token, key, known));
  return by === undefined
    ? invalid(`it was not made with ${which}, or the token was changed since`)
    : { kind: "valid", by: by.id ?? "the only key" };
}

/** A signature that is not valid whatever the issuer's keys are; null: its keys decide. */
export function invalidByItself(token: SignedToken): SignatureReading | null {
  const { algorithm, isExtended, signature } = token;
  if (!algorithms.has(algorithm ?? "")) return otherAlgorithm(algorithm);
  // A reader that does not know an extension has to refuse it, and STS documents none.
  if (isExtended) return invalid("its header asks for an extension (crit)");
  return signature.length === 0 ? invalid("it is empty") : null;
}

function otherAlgorithm(algorithm: string | null): SignatureReading {
  const allowed = `IAM takes ${[...algorithms.keys()].join(", ")}`;
  return algorithm === null
    ? invalid(`its header names no algorithm, and ${allowed}`)
    : invalid(`its header names the algorithm ${algorithm}, and ${allowed}`);
}

function isSignedBy(
  { signed, signature }: SignedToken,
  key: KeyObject,
  { type, hash }: { readonly type: string; readonly hash: string },
): boolean {
  // RFC 7518, 3.4: r and s one behind the other, not the DER that other standards have.
  const encoding = type === "EC" ? ({ dsaEncoding: "ieee-p1363" } as const) : {};
  try {
    return verify(hash, Buffer.from(signed), { key, ...encoding }, signature);
  } catch {
    // A key that no signature can have been made with.
    return false;
  }
}

function invalid(why: string): SignatureReading {
  return { kind: "invalid", why };
}
