/**
 * The API calls whose CloudTrail records wake a run: every one that can change what the product
 * keeps right, and no read. `rules.yml` and `forwarding.yml` carry the same names in their rules;
 * a test holds them together. IAM's are in `iam-operations.ts`, those of
 * deploy targets with their kinds.
 *
 * Source: the operation list of the SSM API reference; an event's name is its API's name.
 */

/** Calls that write, remove or label a parameter: beside Parameter Store's own event, with an author. */
export const parameterEvents = [
  "PutParameter",
  "DeleteParameter",
  "DeleteParameters",
  "LabelParameterVersion",
  "UnlabelParameterVersion",
] as const;
