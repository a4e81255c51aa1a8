import { isKnownClaim, isOwnClaim, isSingleClaim } from "../issuers/keys.ts";

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
/** Those of a SAML assertion that the Service Authorization Reference has as lists, and the user guide not. */
const halfListedOfSaml = /^saml:(cn$|eduorg|eduperson(?!pri|orgdn))/;

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
  if (halfListed.has(key) || halfListedOfSaml.test(key)) return "unclear";
  if (/^(?:aws|sts):/.test(key) || isSingleClaim(key)) return "one";
  if (use.without || !use.withSetOperator) return "one";
  return use.underNull ? "unclear" : "several";
}

/** The multiplicity of a key by the lists alone: of one value where none has it. */
export function listedMultiplicity(key: string): Multiplicity {
  return multiplicityOf(key, { withSetOperator: false, without: true, underNull: false });
}

/** The types of values that operators compare, beside text. */
export type ValueType = "address" | "arn" | "binary" | "bool" | "date" | "number";

/** AWS's keys by the ends of their names: what their values are, and a value that requests can hold. */
const typed: readonly (readonly [RegExp, readonly ValueType[], string])[] = [
  [/epochtime$/, ["number", "date"], "1767225600"],
  [/time$/, ["date"], "2026-01-01T00:00:00Z"],
  [/ip(v4)?$/, ["address"], "192.0.2.1"],
  [/age$|seconds$|number$/, ["number"], "3600"],
  [/transport$|present$|service(action)?$|idp$|root$/, ["bool"], "true"],
  [/arns?$|providers$/, ["arn"], "arn:aws:iam::123456789012:role/any"],
];

/** AWS's own keys, tags, and the claims that each issuer's tokens have: text, but for those of a type. */
const texts = /^(aws|sts|saml):|:(sub|aud|oaud|azp|email|amr)$|\/project-id$|:resourcetag\//;

function typedOf(key: string) {
  if (!/^(aws|sts):[a-z0-9]+$|organization_number$/.test(key)) return undefined;
  return typed.find(([names]) => names.test(key));
}

/** Before the colon is a service of AWS, whose keys no list here has. */
const ofService = /^[a-z][a-z0-9-]+:/;

/**
 * Can requests hold values of a key that are of none of these types, since AWS documents it otherwise? A claim
 * that STS makes no key of holds whatever is asked for, and of an issuer that has no list nobody says.
 *
 * @param key in lower case
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
 */
export function othersThan(
  types: readonly ValueType[],
  key: string,
): "none" | "some" | "undocumented" {
  const own = typedOf(key)?.[1];
  const isOwn = (type: ValueType): boolean => own?.includes(type) ?? false;
  if (types.every(isOwn)) return "none";
  if (own !== undefined || texts.test(key) || isKnownClaim(key)) return "some";
  // Any value has bytes.
  const isOpen = ofService.test(key) || isOwnClaim(key);
  return isOpen && types.some((type) => type !== "binary") ? "undocumented" : "none";
}

/**
 * A value that requests can hold of a key that AWS documents as something else than text, to show where
 * no operator asks for one; null for any other key.
 *
 * @param key in lower case
 */
export function sampleOf(key: string): string | null {
  return typedOf(key)?.[2] ?? null;
}
