import { type CircleciProvider, circleciProviderOf, keyPresence } from "../../circleci/tokens.ts";
import { type Issuer, issuerOf } from "../../issuers/issuer.ts";
import { sendingOf } from "../../issuers/keys.ts";

/** Whose tokens a question is about: one provider of the account, or a name that STS knows itself. */
export type TokenSource = {
  /** The principal, as a policy names it. */
  readonly principal: string;
  readonly issuer: Issuer;
  /** In lower case, without the colon. */
  readonly keyPrefix: string;
  /** Null for every other issuer. */
  readonly circleci: CircleciProvider | null;
};

/** Reads a Federated principal; null where it does not issue web identity tokens. */
export function tokenSourceOf(principal: string): TokenSource | null {
  const issuer = issuerOf(principal);
  if (issuer === null) return null;
  const circleci = circleciProviderOf(principal);
  return { principal, issuer, keyPrefix: issuer.name.toLowerCase(), circleci };
}

/** What a key holds in every request with a token of the source. */
type KeyState =
  | { readonly kind: "absent" }
  | { readonly kind: "exactly"; readonly value: string }
  /** There, with a value that differs from request to request. */
  | { readonly kind: "present" }
  /** There in some requests, or nobody says. */
  | { readonly kind: "either" };

/** Keys of a session's tags and of propagated identities, which some issuers' tokens can carry. */
const carried =
  /^(?:aws:(?:requesttag|transactioncontext|originidentity|principaltag)\/|aws:tagkeys$|sts:(?:transitivetagkeys|sourceidentity)$)/;
const propagated = /^aws:(?:transactioncontext|originidentity)\//;

/**
 * What a key holds in AssumeRoleWithWebIdentity requests with tokens of a source, at a moment.
 *
 * @param key in lower case
 * @param at null where it is not known when; a key of the time then has some value
 */
export function keyStateOf(source: TokenSource, key: string, at: Date | null): KeyState {
  const sending = sendingOf(source.issuer, key);
  if (sending === "always") return { kind: "present" };
  if (sending === "sometimes") return { kind: "either" };
  if (sending === "never") return { kind: "absent" };
  if (at !== null && key === "aws:currenttime")
    return { kind: "exactly", value: at.toISOString().replace(/\.\d+Z$/, "Z") };
  if (at !== null && key === "aws:epochtime")
    return { kind: "exactly", value: String(Math.floor(at.getTime() / 1000)) };
  if (key.startsWith(`${source.keyPrefix}:`)) return { kind: "either" };
  if (key === "aws:federatedprovider") return { kind: "exactly", value: source.principal };
  if (propagated.test(key) || (source.circleci === null && carried.test(key)))
    return { kind: "either" };
  // What a request has of itself does not hang on whose token it carries.
  return keyPresence(source.circleci ?? anyProvider, key);
}

const anyProvider: CircleciProvider = { arn: "", keyPrefix: "", organizationId: null };
