import { KeyObject, sign } from "node:crypto";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import {
  checkSignature,
  issuerKeysIn,
  type SignatureReading,
  signedTokenIn,
} from "../../shared/issuers/signature.ts";

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;
let [first, second, curve]: [Pair, Pair, Pair] = [] as never;
let keys: readonly object[] = [];

beforeAll(async () => {
  const made = [
    generateKeyPair("RS256"),
    generateKeyPair("RS256"),
    generateKeyPair("ES256"),
  ] as const;
  [first, second, curve] = await Promise.all(made);
  keys = [
    { ...(await exportJWK(first.publicKey)), kid: "first", alg: "RS256", use: "sig" },
    { ...(await exportJWK(second.publicKey)), kid: "second", alg: "RS256", use: "sig" },
    { ...(await exportJWK(curve.publicKey)), kid: "curve" },
    { ...(await exportJWK(first.publicKey)), kid: "for-encryption", use: "enc" },
    { ...(await exportJWK(first.publicKey)), kid: "to-wrap", key_ops: ["wrapKey"] },
    { ...(await exportJWK(first.publicKey)), kid: "to-verify", key_ops: ["verify"] },
    { kty: "oct", kid: "shared", k: "c2VjcmV0LXRoYXQtZXZlcnlib2R5LWtub3dz" },
    { kty: "RSA", kid: "spoilt", e: "AQAB" },
  ];
});

const claims = { iss: "https://oidc.circleci.com/org/x", sub: "y", aud: "x" };

async function tokenBy(
  pair: Pair,
  header: { readonly alg?: string; readonly kid?: string } = { kid: "first" },
): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: "RS256", ...header }).sign(pair.privateKey);
}

/** The same token under another header, with its signature as it is. */
function withHeader(token: string, header: object): string {
  const [, payload = "", signature = ""] = token.split(".");
  return `${Buffer.from(JSON.stringify(header)).toString("base64url")}.${payload}.${signature}`;
}

function checked(text: string, jwks: unknown = { keys }): SignatureReading {
  const token = signedTokenIn(text);
  const read = issuerKeysIn(JSON.stringify(jwks));
  if (token === null || read.kind === "unreadable") throw new Error("it can be read");
  return checkSignature(token, read.keys);
}

test("a header that asks for an extension is refused, although the key made the signature", async () => {
  const signed = (header: object): string => {
    const parts = [header, claims].map((each) =>
      Buffer.from(JSON.stringify(each)).toString("base64url"),
    );
    const text = parts.join(".");
    const key = KeyObject.from(first.privateKey);
    return `${text}.${sign("sha256", Buffer.from(text), key).toString("base64url")}`;
  };
  const header = { alg: "RS256", kid: "first" };
  expect(checked(signed(header)).kind).toBe("valid");
  expect(checked(signed({ ...header, crit: ["b64"], b64: true }))).toEqual({
    kind: "invalid",
    why: "its header asks for an extension (crit)",
  });
});

describe("a signature is the issuer's", () => {
  test("of a key that is there to verify", async () => {
    const kid = "to-verify";
    expect(checked(await tokenBy(first, { kid }))).toEqual({ kind: "valid", by: kid });
  });

  test("of the key that the header names", async () => {
    expect(checked(await tokenBy(first))).toEqual({ kind: "valid", by: "first" });
    expect(checked(await tokenBy(second, { kid: "second" }))).toEqual({
      kind: "valid",
      by: "second",
    });
    const curved = await tokenBy(curve, { alg: "ES256", kid: "curve" });
    expect(checked(curved)).toEqual({ kind: "valid", by: "curve" });
  });

  test("of any key, where the header names none", async () => {
    expect(checked(await tokenBy(second, {}))).toEqual({ kind: "valid", by: "second" });
  });

  test("whatever is around the token and around the keys", async () => {
    const token = await tokenBy(first);
    const padded = token.replace(
      /^([^.]+)\./,
      (_, header: string) => `${header.padEnd(Math.ceil(header.length / 4) * 4, "=")}.`,
    );
    const texts = [
      `${token}\n`,
      `"${token}"`,
      `CIRCLE_OIDC_TOKEN_V2=${token}`,
      `Authorization: Bearer ${token}\r\n`,
      token.replace(/(.{60})/g, "$1\n"),
      JSON.stringify({ token }),
      padded,
    ];
    for (const text of texts) expect(checked(text)).toEqual({ kind: "valid", by: "first" });
    expect(checked(token, keys)).toMatchObject({ kind: "valid" });
    expect(checked(token, keys[0])).toMatchObject({ kind: "valid" });
  });
});

describe("a signature is refused", () => {
  test("of another key of the issuer, and of nobody's", async () => {
    expect(checked(await tokenBy(second))).toMatchObject({ kind: "invalid", why: /key first/ });
    const token = (await tokenBy(first)).replace(/[^.]+$/, "");
    expect(checked(token)).toMatchObject({ kind: "invalid" });
  });

  test("under the id of a key that is not there", async () => {
    expect(checked(await tokenBy(first, { kid: "gone" }))).toEqual({
      kind: "invalid",
      why: "no key of the issuer has the id gone that its header names",
    });
  });

  test("of claims that were changed since", async () => {
    const [header = "", , signature = ""] = (await tokenBy(first)).split(".");
    const changed = Buffer.from(JSON.stringify({ ...claims, sub: "me" })).toString("base64url");
    expect(checked(`${header}.${changed}.${signature}`)).toMatchObject({ kind: "invalid" });
  });

  test.each([{ alg: "none" }, { alg: "NONE" }, { alg: "HS256" }, { alg: "PS256" }, {}, { alg: 1 }])(
    "under the header %j, whatever the keys are",
    async (header) => {
      const token = withHeader(await tokenBy(first), { ...header, kid: "first" });
      for (const text of [token, token.replace(/[^.]+$/, "")]) {
        expect(checked(text)).toMatchObject({ kind: "invalid", why: /algorithm/ });
      }
    },
  );

  test("made with the public key as a shared secret", async () => {
    const secret = Buffer.from(JSON.stringify(keys[0]));
    const jwt = new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: "first" });
    expect(checked(await jwt.sign(secret))).toMatchObject({ kind: "invalid", why: /HS256/ });
  });

  test.each(["curve", "for-encryption", "to-wrap", "shared", "spoilt"])(
    "by the key %s, which is not a key for it",
    async (kid) => {
      expect(checked(await tokenBy(first, { kid }))).toEqual({
        kind: "invalid",
        why: `the key ${kid} is not a key for RS256`,
      });
    },
  );
});

test.each([
  ["a text", "x", "not a JWKS"],
  ["a number", "1", "not a JWKS"],
  ["keys that are not a list", '{"keys": 1}', "not a JWKS"],
  ["an empty list", '{"keys": []}', "no key"],
  ["a list of something else", '["x", {}]', "no key"],
])("%s holds no keys", (_, text, why) => {
  const read = issuerKeysIn(text);
  expect(read.kind === "unreadable" ? read.why : "read").toContain(why);
});

test("claims alone are not a signed token", () => {
  for (const text of ["", "x.y", JSON.stringify(claims), "a.b.c.d.e"]) {
    expect(signedTokenIn(text)).toBeNull();
  }
});
