import { CreateBranchCommand } from "@aws-sdk/client-amplify";
import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import {
  CreateClusterCommand,
  CreateExpressGatewayServiceCommand,
  CreateServiceCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import { CreatePolicyCommand } from "@aws-sdk/client-iam";
import { CreateFunctionCommand } from "@aws-sdk/client-lambda";
import type { Written } from "../scenarios/documents.ts";
import type { Ground, GroundTargets } from "./ground.ts";
import { connect } from "./wire.ts";

const account = "123456789012";
const arn = (service: string, rest: string, region = "us-east-1") =>
  `arn:aws:${service}:${region}:${account}:${rest}`;

/** Policies of the account that documents name as boundaries. */
export const boundaries = {
  wide: `arn:aws:iam::${account}:policy/wide-boundary`,
  narrow: `arn:aws:iam::${account}:policy/narrow-boundary`,
} as const;

const boundaryActions = { wide: ["*"], narrow: ["ecr:*", "amplify:*"] } as const;

const execution = `arn:aws:iam::${account}:role/exec`;
const infrastructure = `arn:aws:iam::${account}:role/infra`;

/** One target of every kind, and what else the documents of the model name. */
export async function makeTargets(ground: Ground): Promise<GroundTargets> {
  const made = await ground.seed();
  const { ecr, abroad, lambda, amplify, iam } = ground;
  await ecr.send(new CreateRepositoryCommand({ repositoryName: "second" }));
  await amplify.send(new CreateBranchCommand({ appId: made.appId, branchName: "dev" }));
  const code = { ImageUri: "123456789012.dkr.ecr.us-east-1.amazonaws.com/worker:1" };
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: "demo-worker",
      Role: execution,
      PackageType: "Image",
      Code: code,
    }),
  );
  await abroad.send(new CreateRepositoryCommand({ repositoryName: "demo-backend" }));
  for (const [name, actions] of Object.entries(boundaryActions)) {
    const Statement = [{ Effect: "Allow", Action: actions, Resource: "*" }];
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
    await iam.send(new CreatePolicyCommand({ PolicyName: `${name}-boundary`, PolicyDocument }));
  }
  await makeServices(connect(new ECSClient({ region: "us-east-1" }), ground.sandbox));
  return made;
}

async function makeServices(ecs: ECSClient): Promise<void> {
  await ecs.send(new CreateClusterCommand({ clusterName: "shop" }));
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: "web",
      executionRoleArn: execution,
      containerDefinitions: [{ name: "app", image: "demo:1" }],
    }),
  );
  const web = { cluster: "shop", serviceName: "web", taskDefinition: "web" };
  await ecs.send(new CreateServiceCommand(web));
  await ecs.send(
    new CreateExpressGatewayServiceCommand({
      serviceName: "express",
      executionRoleArn: execution,
      infrastructureRoleArn: infrastructure,
      primaryContainer: { image: "demo:1" },
    }),
  );
}

/** A request of a session: an action on a resource, with the keys that IAM would give it. */
export type Operation = {
  readonly action: string;
  readonly resource: string;
  readonly context: ReadonlyMap<string, readonly string[]>;
};

const operation = (
  action: string,
  resource: string,
  context: readonly (readonly [string, readonly string[]])[] = [],
): Operation => ({ action, resource, context: new Map(context) });

const repository = (name: string, region = "us-east-1") => arn("ecr", `repository/${name}`, region);
const passed = [["iam:PassedToService", ["ecs-tasks.amazonaws.com"]]] as const;

/** What a session may try: one request at least for each thing that a document can grant. */
export function operationsOn({ serviceArn, appId }: GroundTargets): readonly Operation[] {
  const branch = (name: string) => arn("amplify", `apps/${appId}/branches/${name}`);
  const repositories = [
    repository("demo-backend"),
    repository("second"),
    repository("ghost"),
    repository("demo-backend", "eu-west-1"),
  ];
  return [
    ...repositories.flatMap((each) =>
      ["ecr:PutImage", "ecr:DescribeImages"].map((action) => operation(action, each)),
    ),
    operation("ecr:GetAuthorizationToken", "*"),
    ...["StartDeployment", "ListOperations", "UpdateService"].map((name) =>
      operation(`apprunner:${name}`, serviceArn),
    ),
    ...["main", "dev"].flatMap((name) => [
      operation("amplify:StartJob", `${branch(name)}/jobs/1`),
      operation("amplify:CreateDeployment", branch(name)),
    ]),
    operation("ecs:UpdateExpressGatewayService", arn("ecs", "service/default/express")),
    operation("ecs:UpdateService", arn("ecs", "service/shop/web")),
    ...["default-express", "web"].map((family) =>
      operation("ecs:RegisterTaskDefinition", arn("ecs", `task-definition/${family}:*`)),
    ),
    operation("iam:PassRole", execution, passed),
    operation("iam:PassRole", infrastructure, [["iam:PassedToService", ["ecs.amazonaws.com"]]]),
    operation("iam:PassRole", `arn:aws:iam::${account}:role/Admin`, passed),
    operation("lambda:UpdateFunctionCode", arn("lambda", "function:demo-worker")),
    ...["/oidc-reconciler/outputs/production", "/oidc-reconciler/outputs/staging"].map((name) =>
      operation("ssm:GetParameter", arn("ssm", `parameter${name}`)),
    ),
    operation("s3:GetObject", "arn:aws:s3:::bucket/object"),
  ];
}

/** How an operation is shown, and compared. */
export function shown({ action, resource }: Pick<Operation, "action" | "resource">): string {
  return `${action} ${resource}`;
}

/**
 * What a document grants, read by hand: the words of the reference, on what is there. Another reading
 * than the product's, so that each can prove the other wrong.
 */
export function grantsOf(
  { deploy = {}, policy = {} }: Written,
  outputs: string,
  { serviceArn, appId }: GroundTargets,
): ReadonlySet<string> {
  const region = deploy.region ?? "us-east-1";
  const there = region === "us-east-1";
  const granted = new Set<string>();
  const grant = (action: string, resource: string) => granted.add(`${action} ${resource}`);
  for (const entry of deploy.ecr ?? []) {
    const { repository: wanted, may = ["push"] } =
      typeof entry === "string" ? { repository: entry } : entry;
    const exists = wanted === "demo-backend" || (there && wanted === "second");
    if (!exists) continue;
    const on = repository(wanted, region);
    if (may.includes("push")) {
      grant("ecr:PutImage", on);
      grant("ecr:GetAuthorizationToken", "*");
    }
    if (may.includes("read-images")) grant("ecr:DescribeImages", on);
  }
  if (!there) return granted;
  for (const entry of deploy.appRunner ?? []) {
    const { may = ["deploy"] } = typeof entry === "string" ? {} : entry;
    if (may.includes("deploy")) grant("apprunner:StartDeployment", serviceArn);
    if (may.includes("watch")) grant("apprunner:ListOperations", serviceArn);
    if (may.includes("update")) grant("apprunner:UpdateService", serviceArn);
  }
  for (const entry of deploy.amplify ?? []) {
    const { branches = ["main", "dev"], may = ["release"] } =
      typeof entry === "string" ? {} : entry;
    for (const each of branches) {
      const branch = arn("amplify", `apps/${appId}/branches/${each}`);
      if (may.includes("release")) grant("amplify:StartJob", `${branch}/jobs/1`);
      if (may.includes("upload")) grant("amplify:CreateDeployment", branch);
    }
  }
  if ((deploy.ecsExpress ?? []).length > 0) {
    grant("ecs:UpdateExpressGatewayService", arn("ecs", "service/default/express"));
    grant("ecs:RegisterTaskDefinition", arn("ecs", "task-definition/default-express:*"));
    grant("iam:PassRole", execution);
  }
  if ((deploy.ecs ?? []).length > 0) {
    grant("ecs:UpdateService", arn("ecs", "service/shop/web"));
    grant("ecs:RegisterTaskDefinition", arn("ecs", "task-definition/web:*"));
    grant("iam:PassRole", execution);
  }
  if ((deploy.lambda ?? []).length > 0) {
    grant("lambda:UpdateFunctionCode", arn("lambda", "function:demo-worker"));
  }
  if (policy.readOutputs === true) {
    grant("ssm:GetParameter", arn("ssm", `parameter${outputs}`));
  }
  return granted;
}
