import type { Code } from "../codes.ts";

const rewrite = "Change the policy at the place that the message names.";

/** Why a policy gets no verdict: IAM would refuse it. */
export const policyCodes = {
  "byte-order-mark": { means: "The text begins with a byte order mark.", next: "Remove it." },
  "duplicate-member": { means: "An object has a member twice.", next: "Remove one of the two." },
  "duplicate-sid": { means: "Two statements have the same Sid.", next: "Rename one." },
  "forbidden-character": { means: "The text holds a character that IAM refuses.", next: rewrite },
  "invalid-principal": { means: "A principal is not one that IAM knows.", next: rewrite },
  "malformed-action": { means: "An action is not SERVICE:NAME.", next: rewrite },
  "malformed-condition": { means: "A condition is not operator, key and values.", next: rewrite },
  "malformed-effect": { means: "Effect is neither Allow nor Deny.", next: rewrite },
  "malformed-id": { means: "Id is not a string.", next: rewrite },
  "malformed-sid": { means: "A Sid has other characters than A-Z a-z 0-9.", next: rewrite },
  "malformed-statement": {
    means: "A statement is not an object, or has an element and its Not form.",
    next: rewrite,
  },
  "missing-action": { means: "A statement has neither Action nor NotAction.", next: rewrite },
  "missing-principal": {
    means: "A statement has neither Principal nor NotPrincipal.",
    next: rewrite,
  },
  "missing-resource": { means: "A statement has neither Resource nor NotResource.", next: rewrite },
  "missing-statement": { means: "The policy has no statement.", next: rewrite },
  "not-a-policy": {
    means: "The JSON is not a policy document.",
    next: "Give the document itself.",
  },
  "not-json": { means: "The text is not JSON.", next: "Give the document as IAM shows it." },
  "prohibited-action": {
    means: "A trust policy has an action that is not one of STS.",
    next: rewrite,
  },
  "prohibited-field": { means: "An element has no place in this kind of policy.", next: rewrite },
  "several-documents": {
    means: "The text holds several policies, and none of them is named.",
    next: "Give one, or name the role as the message says.",
  },
  "unknown-element": { means: "A policy has no such element.", next: "Check its spelling." },
  "unknown-operator": { means: "IAM has no such condition operator.", next: "Check its spelling." },
  "unknown-version": { means: "Version is not one that IAM knows.", next: 'Write "2012-10-17".' },
  "wildcard-in-principal": { means: "A principal has a wildcard inside.", next: rewrite },
} as const satisfies Readonly<Record<string, Code>>;

/** Why a direction of a comparison stays open: `undecided`. The loop treats it as a widening. */
export const undecidedCodes = {
  "budget-spent": { means: "The policies are too complex to decide.", next: "Simplify them." },
  "policy-unread": {
    means: "A policy or a permissions boundary of the role could not be read.",
    next: "Allow `iam:GetPolicy` and `iam:GetPolicyVersion`, and ask again.",
  },
  "mixed-types": {
    means: "A key is tested by operators of different types, or of another than its values are.",
    next: "Test the key by operators of the type of its values.",
  },
  "set-operator-missing": {
    means: "A key of several values has no set operator. AWS does not say what that means.",
    next: "Write `ForAnyValue:` or `ForAllValues:` before the operator.",
  },
  "unclear-absence": {
    means: "AWS documents two answers for an absent key.",
    next: "Add `Null` with `false` where the key must be there, or a statement with `true` where not.",
  },
  "unclear-operator": {
    means: "What the operator does is not documented.",
    next: "Write an operator as the IAM User Guide lists it.",
  },
  "unclear-principal": {
    means: "Who gets in by NotPrincipal in an Allow is not documented.",
    next: "Name in `Principal` those who get in, or deny the others.",
  },
  "unclear-value": {
    means: "What the operator does with the value is not documented.",
    next: "Write a value of the operator's type, as the message says.",
  },
  unproved: { means: "An example was found and could not be verified.", next: "Report it." },
  "value-count-unclear": {
    means: "Whether the key can have several values is unknown.",
    next: "Test a key that AWS lists with one value, or with several.",
  },
  variable: {
    means: "A policy variable stands for a value of the request, and that value may matter.",
    next: "Use the variable alike in both, or write the values that it may have.",
  },
} as const satisfies Readonly<Record<string, Code>>;

export type PolicyCode = keyof typeof policyCodes;
