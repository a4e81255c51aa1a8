import { instance, matches } from "../language/pattern.ts";
import type { PermissionStatement } from "../policy/document.ts";
import { type Answer, actionFits, allOf, conditionHolds, decide } from "./evaluate.ts";
import type { RequestContext } from "./request.ts";

export type PermissionRequest = {
  readonly action: string;
  readonly resource: string;
  readonly context: RequestContext;
};

/** A call that proves a difference in what is granted. */
export type PermissionWitness = {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, readonly string[]>>;
};

/** Do the statements, taken together, allow the call? A plain reading, without sets. */
export function permits(
  statements: readonly PermissionStatement[],
  request: PermissionRequest,
): Answer {
  return decide(
    statements.map((statement) => ({
      effect: statement.effect,
      applies: allOf([
        actionFits(statement, request.action) ? "yes" : "no",
        resourceFits(statement, request),
        ...statement.conditions.map((condition) => conditionHolds(condition, request.context)),
      ]),
    })),
  );
}

function resourceFits({ resources }: PermissionStatement, request: PermissionRequest): Answer {
  const named = resources.patterns.some((pattern) => matches(pattern, request.resource));
  const open = resources.unclear.some((value) =>
    value.variables.every((variable) => request.context.has(variable)),
  );
  if (!named && open) return "unclear";
  return named === (resources.kind === "only") ? "yes" : "no";
}

/** Calls that a reader knows, the most telling first; `A` is an account and `R` a Region. */
const wellKnownCalls: readonly (readonly [string, string])[] = [
  ["iam:CreateAccessKey", "arn:aws:iam::A:user/any-user"],
  ["iam:PassRole", "arn:aws:iam::A:role/any-role"],
  ["sts:AssumeRole", "arn:aws:iam::A:role/any-role"],
  ["secretsmanager:GetSecretValue", "arn:aws:secretsmanager:R:A:secret:any-secret"],
  ["ssm:GetParameter", "arn:aws:ssm:R:A:parameter/any-parameter"],
  ["kms:Decrypt", "arn:aws:kms:R:A:key/any-key"],
  ["s3:PutObject", "arn:aws:s3:::any-bucket/any-key"],
  ["s3:GetObject", "arn:aws:s3:::any-bucket/any-key"],
  ["s3:ListBucket", "arn:aws:s3:::any-bucket"],
  ["s3:DeleteBucket", "arn:aws:s3:::any-bucket"],
  ["lambda:InvokeFunction", "arn:aws:lambda:R:A:function:any-function"],
  ["lambda:UpdateFunctionCode", "arn:aws:lambda:R:A:function:any-function"],
  ["dynamodb:GetItem", "arn:aws:dynamodb:R:A:table/any-table"],
  ["ec2:RunInstances", "arn:aws:ec2:R:A:instance/*"],
  ["ecr:PutImage", "arn:aws:ecr:R:A:repository/any-repository"],
  ["ecr:BatchGetImage", "arn:aws:ecr:R:A:repository/any-repository"],
  ["ecr:DeleteRepository", "arn:aws:ecr:R:A:repository/any-repository"],
  [
    "apprunner:StartDeployment",
    `arn:aws:apprunner:R:A:service/any-service/${"0123456789abcdef".repeat(2)}`,
  ],
  ["ecs:UpdateService", "arn:aws:ecs:R:A:service/any-cluster/any-service"],
  ["ecs:UpdateExpressGatewayService", "arn:aws:ecs:R:A:service/default/any-service"],
  ["amplify:StartJob", "arn:aws:amplify:R:A:apps/d1a2b3c4/branches/main/jobs/1"],
  ["logs:GetLogEvents", "arn:aws:logs:R:A:log-group:any-group:log-stream:any-stream"],
];

/** More candidates than this are not tried; the request at hand is a proof as well. */
const candidatesMax = 600;

/**
 * The call to show for a difference: one that a reader knows, then one that the documents' own
 * actions and resources bring to mind, then the one at hand; null where none passes.
 */
export function showPermission(input: {
  readonly plain: PermissionRequest;
  readonly isWitness: (request: PermissionRequest) => boolean;
  readonly statements: readonly PermissionStatement[];
}): PermissionWitness | null {
  const { plain } = input;
  const contexts = plain.context.size === 0 ? [plain.context] : [new Map(), plain.context];
  let tried = 0;
  for (const [action, resource] of candidatesOf(input)) {
    for (const context of contexts) {
      tried += 1;
      const request = { action, resource, context };
      if (input.isWitness(request)) return shown(request);
    }
    if (tried > candidatesMax) break;
  }
  return input.isWitness(plain) ? shown(plain) : null;
}

function* candidatesOf(input: {
  readonly plain: PermissionRequest;
  readonly statements: readonly PermissionStatement[];
}): Generator<readonly [string, string]> {
  const texts = input.statements.flatMap((statement) =>
    statement.resources.patterns.map((pattern) => instance(pattern, { run: "any", one: "x" })),
  );
  const account = texts.flatMap((text) => /:(\d{12}):/.exec(text)?.[1] ?? [])[0] ?? "123456789012";
  const region =
    texts.flatMap((text) => /:([a-z]{2}(?:-[a-z]+)+-\d):/.exec(text)?.[1] ?? [])[0] ?? "us-east-1";
  const known = wellKnownCalls.map(
    ([action, resource]) =>
      [action, resource.replace(":R:", `:${region}:`).replace(":A:", `:${account}:`)] as const,
  );
  yield* known;
  for (const [action] of known) {
    for (const resource of texts) {
      if (resource.startsWith(`arn:aws:${action.split(":")[0]}:`)) yield [action, resource];
    }
  }
  const actions = [
    ...new Set([
      ...input.statements.flatMap((statement) => statement.actions.named),
      input.plain.action,
    ]),
  ];
  for (const action of actions) {
    const service = action.split(":")[0] ?? "";
    for (const [sample, resource] of known)
      if (sample.startsWith(`${service}:`)) yield [action, resource];
    for (const resource of texts)
      if (resource.startsWith(`arn:aws:${service}:`)) yield [action, resource];
    yield [action, `arn:aws:${service}:${region}:${account}:any/resource`];
    yield [action, input.plain.resource];
  }
}

function shown(request: PermissionRequest): PermissionWitness {
  return {
    action: request.action,
    resource: request.resource,
    context: Object.fromEntries(request.context),
  };
}
