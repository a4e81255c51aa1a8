/**
 * The API calls whose CloudTrail records wake a run: every one that can change what the product
 * keeps right, and no read. `rules.yml` and `forwarding.yml` carry the same names in their rules;
 * a test holds them together. IAM's stand in `iam-operations.ts`.
 *
 * Source: the operation lists of the SSM, ECR, App Runner, Amplify and ECS API references; an
 * event's name is its API's name.
 */

/** Calls that write, remove or label a parameter: beside Parameter Store's own event, with an author. */
export const parameterEvents = [
  "PutParameter",
  "DeleteParameter",
  "DeleteParameters",
  "LabelParameterVersion",
  "UnlabelParameterVersion",
] as const;

export const targetServices = ["ecr", "apprunner", "ecs", "amplify"] as const;
export type TargetService = (typeof targetServices)[number];

/** What makes, removes or changes a deploy target as far as a deploy policy can tell. */
export const targetEvents = {
  ecr: ["CreateRepository", "DeleteRepository"],
  apprunner: ["CreateService", "DeleteService"],
  // An update may bring other roles, and the deploy policy passes exactly the roles in use.
  ecs: [
    "CreateExpressGatewayService",
    "UpdateExpressGatewayService",
    "DeleteExpressGatewayService",
    "CreateService",
    "DeleteService",
  ],
  // An update may give an app the name that a document asks for, or a repository.
  amplify: ["CreateApp", "UpdateApp", "DeleteApp", "CreateBranch", "DeleteBranch"],
} as const satisfies Readonly<Record<TargetService, readonly string[]>>;

/**
 * The services' own events, which need no trail. The rules let only those through that can tell of
 * another ARN or other roles; one that comes all the same is looked at.
 */
export const targetDetailTypes = {
  ecr: [],
  apprunner: ["AppRunner Service Status Change", "AppRunner Service Operation Status Change"],
  ecs: ["ECS Deployment State Change"],
  amplify: ["Amplify Deployment Status Change"],
} as const satisfies Readonly<Record<TargetService, readonly string[]>>;
