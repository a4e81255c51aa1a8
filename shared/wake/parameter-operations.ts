/**
 * The calls that write, remove or label a parameter. Their CloudTrail records wake a run and, unlike
 * Parameter Store's own event, name an author. `stack/rules.yml` has the same names, and a test holds
 * the two together. IAM's calls are in `iam-operations.ts`, those of a deploy target in its kind.
 *
 * Source: the operation list of the SSM API reference; an event's name is its API's name.
 */
export const parameterEvents = [
  "PutParameter",
  "DeleteParameter",
  "DeleteParameters",
  "LabelParameterVersion",
  "UnlabelParameterVersion",
] as const;
