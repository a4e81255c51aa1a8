import { type EnvironmentDocument, parseEnvironment } from "../../shared/document/index.ts";
import { nothingObserved, type ObservedTargets } from "../../shared/plan/observed.ts";
import { byKind, type ResolvedTargets, targetKinds } from "../../shared/targets/index.ts";
import { type Account, deployPolicyOf } from "../../shared/trust/index.ts";
import { none } from "../targets/none.ts";

export const account: Account = { id: "123456789012", partition: "aws" };
export const region = "us-east-1";

export const within = (service: string) => `arn:aws:${service}:${region}:${account.id}:`;
export const roleArn = (name: string) => `arn:aws:iam::${account.id}:role/${name}`;
export const serviceId = "8fe1e10304f84fd2b0df550fe98a71fa";

/** One target of each kind, as it was resolved once. */
export const resolved = {
  ecr: { repository: "shop/web", arn: `${within("ecr")}repository/shop/web`, may: ["push"] },
  appRunner: {
    service: "shop",
    arn: `${within("apprunner")}service/shop/${serviceId}`,
    may: ["deploy"],
    passes: { instance: [], access: [] },
  },
  ecsExpress: {
    cluster: "web",
    service: "api",
    arn: `${within("ecs")}service/web/api`,
    taskFamilyArn: `${within("ecs")}task-definition/web-api:*`,
    passRoles: [roleArn("api-task"), roleArn("ci/api-exec")],
  },
  ecs: {
    cluster: "shop",
    service: "web",
    arn: `${within("ecs")}service/shop/web`,
    taskFamilyArn: `${within("ecs")}task-definition/shop-web:*`,
    passRoles: [roleArn("ci/web-task"), roleArn("web-exec")],
  },
  lambda: { function: "worker", arn: `${within("lambda")}function:worker` },
  amplify: {
    app: "front",
    appId: "d1front",
    appArn: `${within("amplify")}apps/d1front`,
    branches: ["main", "feature/x"],
    may: ["release"],
    hasRepository: true,
  },
} as const;

export const all: ResolvedTargets = {
  ...none,
  ecr: [resolved.ecr],
  appRunner: [resolved.appRunner],
  ecsExpress: [resolved.ecsExpress],
  ecs: [resolved.ecs],
  lambda: [resolved.lambda],
  amplify: [resolved.amplify],
};

type Deploy = Readonly<Record<string, unknown>>;

/** Names the targets of `all`. */
export const naming: Deploy = {
  ecr: ["shop/web"],
  appRunner: ["shop"],
  ecsExpress: ["web/api"],
  ecs: ["shop/web"],
  lambda: ["worker"],
  amplify: [{ app: "front", branches: ["main", "feature/x"] }],
};

/** The document with this `deploy`, through the parser. */
export function documentNaming(deploy: Deploy): EnvironmentDocument {
  const text = JSON.stringify({
    circleci: { organizationId: "11111111-2222-4333-8444-555555555555" },
    trust: { projects: "all" },
    deploy,
  });
  const parameter = "/oidc-reconciler/environments/test";
  const reading = parseEnvironment({ parameter, version: 1, text, region });
  if (reading.kind === "invalid") throw new Error(reading.problems[0].message);
  return reading.document;
}

const fault = { code: "ThrottlingException", message: "slow down", kind: "transient" } as const;
export const unreadable = { kind: "unreadable", fault } as const;

/** Nothing exists. */
export const nothing: ObservedTargets = {
  ...nothingObserved(region),
  ecr: { kind: "found", value: new Map() },
  appRunner: { services: { kind: "found", value: new Map() }, roles: new Map() },
  amplify: { kind: "found", value: [] },
  ecsExpress: { kind: "found", value: new Map() },
  ecs: { kind: "found", value: new Map() },
  lambda: { kind: "found", value: new Map() },
};

/** Nothing could be read. */
export const unread: ObservedTargets = {
  region,
  ...byKind<"found">((name) => targetKinds[name].unseen(unreadable)),
};

/** The text of the policy that grants these targets. */
export function policyOf(targets: Partial<ResolvedTargets>): string {
  return JSON.stringify(deployPolicyOf({ targets: { ...none, ...targets }, outputs: null }));
}

/** Every resource that is written for these targets, the registry's login apart. */
export function resourcesOf(targets: ResolvedTargets): readonly string[] {
  return (deployPolicyOf({ targets, outputs: null })?.Statement ?? [])
    .flatMap(({ Resource }) => Resource ?? [])
    .filter((resource) => resource !== "*");
}
