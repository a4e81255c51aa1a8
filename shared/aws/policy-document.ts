/** One value, or several of which any may match. */
export type OneOrMore = string | readonly string[];

/** Operator to key to values. */
export type PolicyConditions = Readonly<Record<string, Readonly<Record<string, OneOrMore>>>>;

/** A statement of the policies that we write: they only ever allow. */
export type PolicyStatement = {
  readonly Sid?: string;
  readonly Effect: "Allow";
  readonly Principal?: { readonly Federated: string };
  readonly Action: OneOrMore;
  readonly Resource?: OneOrMore;
  readonly Condition?: PolicyConditions;
};

/** A policy that we write. `JSON.stringify` makes the text that IAM takes. */
export type PolicyDocument = {
  readonly Version: "2012-10-17";
  readonly Statement: readonly PolicyStatement[];
};

/** Why a policy was not written: a code for machines, a sentence for people. */
export type PolicyProblem = {
  readonly code: "policy-too-long";
  /** The longest part, as a place in the document. */
  readonly path: string;
  readonly message: string;
};

/** A scalar for one value, otherwise the values once each in a fixed order. */
export function oneOrMore(values: Iterable<string>): OneOrMore {
  const sorted = [...new Set(values)].sort();
  const [only] = sorted;
  return sorted.length === 1 && only !== undefined ? only : sorted;
}

/**
 * Characters of a policy as IAM counts them against its quotas, without whitespace.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export function lengthWithoutWhitespace(policy: PolicyDocument): number {
  return JSON.stringify(policy).replace(/\s/g, "").length;
}

/**
 * A name made literal for a Resource: `*` and `?` are wildcards there and `$` may begin a variable.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
export function literal(name: string): string {
  return name.replace(/[*?$]/g, (character) => `\${${character}}`);
}
