import { literal, oneOrMore, type PolicyStatement } from "../../aws/policy-document.ts";

/** A function that was found. */
export type ResolvedFunction = {
  readonly function: string;
  /** The same after the function was re-created: it has no id. */
  readonly arn: string;
};

/**
 * What a deployment of a function calls: `update-function-code` with `--publish`, the waiters
 * `function-updated` (GetFunctionConfiguration) and `function-updated-v2` (GetFunction), and
 * `update-alias`, which also shifts traffic between two versions. Every one of them acts on the
 * function, and none on `*` alone (Service Authorization Reference, AWS Lambda).
 */
const actions = [
  "lambda:UpdateFunctionCode",
  "lambda:GetFunction",
  "lambda:GetFunctionConfiguration",
  "lambda:PublishVersion",
  "lambda:GetAlias",
  "lambda:UpdateAlias",
];

/** The resources of a function: itself, and its versions and aliases, which IAM checks by their own ARN. */
export function functionResources({ arn }: Pick<ResolvedFunction, "arn">): readonly string[] {
  return [literal(arn), `${literal(arn)}:*`];
}

/** What jobs may do to functions. */
export function functionStatements(
  functions: readonly ResolvedFunction[],
): readonly PolicyStatement[] {
  if (functions.length === 0) return [];
  return [
    {
      Sid: "LambdaDeploy",
      Effect: "Allow",
      Action: actions,
      Resource: oneOrMore(functions.flatMap(functionResources)),
    },
  ];
}
