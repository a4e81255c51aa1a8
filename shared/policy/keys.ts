import { isSingleClaim } from "../issuers/keys.ts";

/** How many values a key can have in a request. */
export type Multiplicity =
  | "one"
  | "several"
  /**
   * The documentation does not settle it: under a set operator a witness of one value counts, one of two is
   * unknown. Without one it is as with several.
   */
  | "unclear";

const listed: ReadonlySet<string> = new Set([
  "aws:tagkeys",
  "sts:transitivetagkeys",
  "aws:calledvia",
  "aws:principalorgpaths",
  "sts:identitytokenaudience",
  "sts:requestcontextproviders",
]);

/** Said to have several values in one place of the documentation and not listed in another. */
const halfListed: ReadonlySet<string> = new Set([
  "aws:principalservicenameslist",
  "aws:resourceorgpaths",
  "aws:sourceorgpaths",
  "aws:vpceorgpaths",
]);

/**
 * The multiplicity of a key, from the documented lists. For a key that no list has, from its use: a
 * key that appears only under set operators has several values.
 *
 * @param key in lower case
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
export function multiplicityOf(
  key: string,
  use: {
    readonly withSetOperator: boolean;
    readonly without: boolean;
    readonly underNull: boolean;
  },
): Multiplicity {
  if (listed.has(key) || key.endsWith(":amr")) return "several";
  if (halfListed.has(key)) return "unclear";
  if (/^(?:aws|sts):/.test(key) || isSingleClaim(key)) return "one";
  if (use.without || !use.withSetOperator) return "one";
  return use.underNull ? "unclear" : "several";
}

/** The multiplicity of a key by the lists alone: of one value where none has it. */
export function listedMultiplicity(key: string): Multiplicity {
  return multiplicityOf(key, { withSetOperator: false, without: true, underNull: false });
}

/** Claims of a token, and keys of the caller and the request, whose values AWS documents as text. */
const texts =
  /:(sub|aud|oaud|azp|email)$|\/project-id$|^sts:(externalid|rolesessionname|sourceidentity)$|^aws:((principal|request)tag\/.+|principal(account|orgid|type)|source(account|identity|orgid|vpce?)|federatedprovider|referer|requestedregion|useragent|userid|username)$/;

/**
 * Does AWS document the key's values as text? Then they are text whatever an operator asks for. The
 * values of any other key are of the type of the operators that are used on it.
 *
 * @param key in lower case
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
export function isText(key: string): boolean {
  return texts.test(key);
}

const samples: readonly (readonly [RegExp, string])[] = [
  [/epochtime$/, "1767225600"],
  [/time$/, "2026-01-01T00:00:00Z"],
  [/ip$/, "192.0.2.1"],
  [/age$|seconds$/, "3600"],
  [/transport$|present$|service$/, "true"],
  [/arn$/, "arn:aws:iam::123456789012:role/any"],
];

/**
 * A value that requests can hold of a key that AWS documents as something else than text, to show where
 * no operator asks for one; null for any other key.
 *
 * @param key in lower case
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
export function sampleOf(key: string): string | null {
  if (!/^(aws|sts):[a-z]+$/.test(key)) return null;
  return samples.find(([names]) => names.test(key))?.[1] ?? null;
}
