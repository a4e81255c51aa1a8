import { describe, expect, test } from "vitest";
import { type DeployTargets, noTargets, type TouchedTarget } from "../../shared/targets/index.ts";
import {
  isAffected,
  type Wake,
  type WatchedTargets,
  wakeOf,
  whyNoEnvironment,
} from "../../shared/wake/index.ts";
import { sampleEvent, withDetail } from "./sample.ts";

const account = "123456789012";
const region = "us-east-1";

function wakeBy(event: unknown): Wake {
  const wake = wakeOf(event, "/oidc-reconciler");
  if (wake.kind === "refused") throw new Error(wake.error.message);
  return wake;
}

function targetIn({ scopes }: Wake): TouchedTarget | null {
  const [scope] = scopes;
  return scope?.kind === "target" ? scope.target : null;
}

/** A call of a service with targets, as CloudTrail records it. */
function call(
  service: string,
  eventName: string,
  requestParameters: object | null,
  responseElements: object | null = null,
): unknown {
  const eventSource = `${service}.amazonaws.com`;
  const detail = { eventName, eventSource, awsRegion: region, requestParameters, responseElements };
  return { ...withDetail(sampleEvent("ecr-create-repository"), detail), source: `aws.${service}` };
}

const appRunnerArn = `arn:aws:apprunner:${region}:${account}:service/api/0123456789abcdef`;
const ecsArn = `arn:aws:ecs:${region}:${account}:service`;

describe("a record names its target", () => {
  test.each([
    ["ecr", "DeleteRepository", { repositoryName: "shop/api", force: true }, null, "shop/api"],
    ["ecr", "CreateRepository", {}, { repository: { repositoryName: "shop/api" } }, "shop/api"],
    ["apprunner", "CreateService", { serviceName: "api" }, null, "api"],
    ["apprunner", "DeleteService", { serviceArn: appRunnerArn }, null, "api"],
    ["apprunner", "CreateService", {}, { service: { serviceArn: appRunnerArn } }, "api"],
    ["ecs", "CreateService", { serviceName: "api" }, null, "default/api"],
    ["ecs", "CreateService", { serviceName: "api", cluster: "web" }, null, "web/api"],
    [
      "ecs",
      "DeleteService",
      { service: "api", cluster: `arn:aws:ecs:${region}:${account}:cluster/web` },
      null,
      "web/api",
    ],
    ["ecs", "DeleteService", { service: `${ecsArn}/web/api` }, null, "web/api"],
    ["ecs", "DeleteService", { service: `${ecsArn}/api`, cluster: "web" }, null, "web/api"],
    ["ecs", "UpdateService", { cluster: "web", service: "api" }, null, "web/api"],
    ["ecs", "UpdateService", { service: "api", taskDefinition: "x:1" }, null, "default/api"],
    ["ecs", "UpdateExpressGatewayService", { serviceArn: `${ecsArn}/web/api` }, null, "web/api"],
    [
      "ecs",
      "DeleteExpressGatewayService",
      { serviceArn: `${ecsArn}/default/api` },
      null,
      "default/api",
    ],
    [
      "ecs",
      "CreateExpressGatewayService",
      {},
      { service: { serviceArn: `${ecsArn}/web/api` } },
      "web/api",
    ],
    [
      "ecs",
      "CreateExpressGatewayService",
      { serviceName: "api" },
      { service: { cluster: "web", serviceName: "api" } },
      "web/api",
    ],
    [
      "amplify",
      "CreateApp",
      { name: "shop" },
      { app: { appId: "d0a1", name: "shop" } },
      "d0a1 shop",
    ],
    ["amplify", "CreateApp", null, { app: { appId: "d0a1", name: "shop" } }, "d0a1 shop"],
    ["amplify", "UpdateApp", { appId: "d0a1", name: "shop" }, null, "d0a1 shop"],
    ["amplify", "UpdateApp", { appId: "d0a1", repository: "r" }, null, "d0a1 -"],
    [
      "amplify",
      "DeleteApp",
      { appId: "d0a1" },
      { app: { appId: "d0a1", name: "shop" } },
      "d0a1 shop",
    ],
    ["amplify", "DeleteBranch", { appId: "d0a1", branchName: "main" }, null, "d0a1 -"],
  ])("%s %s %j %j", (service, eventName, request, response, expected) => {
    const target = targetIn(wakeBy(call(service, eventName, request, response)));
    expect(target?.service).toBe(service);
    expect(target === null ? null : shown(target)).toBe(expected);
  });

  function shown({ service, repository, cluster, id, name }: TouchedTarget): string {
    switch (service) {
      case "ecr":
        return String(repository);
      case "ecs":
        return `${cluster}/${name}`;
      case "amplify":
        return `${id ?? "-"} ${name ?? "-"}`;
      default:
        return String(name);
    }
  }

  test.each([
    ["apprunner-service-status", { serviceName: undefined }, "demo-backend"],
    ["apprunner-operation", { serviceName: undefined }, "demo-backend"],
    ["ecs-deployment", {}, "default/demo-express"],
  ])("%s by its resource alone", (name, detail, expected) => {
    const target = targetIn(wakeBy(withDetail(sampleEvent(name), detail)));
    expect(target === null ? null : shown(target)).toBe(expected);
  });

  test.each([
    ["ecr", "CreateRepository", {}],
    ["ecr", "CreateRepository", { repositoryName: ["api"] }],
    [
      "apprunner",
      "DeleteService",
      { serviceArn: "arn:aws:apprunner:us-east-1:123456789012:connection/x" },
    ],
    ["ecs", "DeleteService", { cluster: "web" }],
    ["ecs", "DeleteService", { service: "web/" }],
    ["amplify", "DeleteBranch", { branchName: "main" }],
  ])("or is ignored with a sentence: %s %s %j", (service, eventName, request) => {
    expect(wakeBy(call(service, eventName, request))).toMatchObject({
      scopes: [],
      ignored: `The record of ${eventName} does not say what it changed.`,
    });
  });

  test("so is an event of a service that names none", () => {
    const event = { ...withDetail(sampleEvent("amplify-deployment"), { appId: 7 }), resources: [] };
    expect(wakeBy(event).ignored).toBe("The event names no repository, service or app.");
  });
});

describe("an environment is affected by a target", () => {
  type Named = Partial<DeployTargets> & { readonly id?: string };

  function isAbout(event: unknown, { id, ...named }: Named): boolean {
    const targets: WatchedTargets = {
      deploy: { ...noTargets, region, ...named },
      last: null,
      outputs: id === undefined ? {} : { AWS_AMPLIFY_APP_ID: id },
    };
    return isAffected(wakeBy(event), {
      name: "production",
      account: { id: account },
      document: {
        circleci: { organizationId: "" },
        role: { name: "" },
        policy: { name: "" },
        targets,
      },
      names: { roles: [], policies: [], organizations: [] },
    });
  }

  const cluster = "web";
  const repositories = (...names: readonly string[]) => ({
    ecr: names.map((repository) => ({ repository, may: ["push"] as const })),
  });
  const services = (...names: readonly string[]) => ({
    appRunner: names.map((service) => ({ service, may: ["deploy"] as const })),
  });
  /** @param id what its name resolved to last */
  const app = (name: string, id?: string) => ({
    amplify: [{ app: name, branches: [], may: ["release"] as const }],
    ...(id === undefined ? {} : { id }),
  });

  test.each<readonly [string, unknown, Named, Named]>([
    [
      "repository",
      call("ecr", "CreateRepository", { repositoryName: "shop/api" }),
      repositories("web", "shop/api"),
      { ...repositories("shop", "api", "Shop/api", "shop/api2"), ...services("shop/api") },
    ],
    [
      "App Runner service",
      call("apprunner", "DeleteService", { serviceArn: appRunnerArn }),
      services("api"),
      { ...services("API", "0123456789abcdef"), ...repositories("api") },
    ],
    [
      "ECS service",
      call("ecs", "DeleteService", { service: "api", cluster }),
      { ecsExpress: [{ cluster, service: "api" }] },
      {
        ecsExpress: [
          { cluster: "default", service: "api" },
          { cluster, service: "web" },
        ],
      },
    ],
    [
      "plain ECS service",
      call("ecs", "UpdateService", { service: "api", cluster }),
      { ecs: [{ cluster, service: "api" }] },
      {
        ecs: [
          { cluster: "default", service: "api" },
          { cluster, service: "web" },
        ],
      },
    ],
    [
      "Amplify app, by its name",
      call("amplify", "CreateApp", { name: "shop" }, { app: { appId: "d0a1" } }),
      app("shop", "d9z9"),
      app("shop2", "d9z9"),
    ],
    [
      "Amplify app, by the id that a document has",
      call("amplify", "CreateBranch", { appId: "d0a1" }),
      app("d0a1", "d0a1"),
      app("d9z9", "d9z9"),
    ],
    [
      "Amplify app, by the id that its name resolved to last",
      call("amplify", "CreateBranch", { appId: "d0a1" }),
      app("shop", "d0a1"),
      app("shop", "d9z9"),
    ],
    [
      "Amplify app that may be the one whose id nobody knows yet",
      call("amplify", "CreateBranch", { appId: "d0a1" }),
      app("shop"),
      app("shop", "d9z9"),
    ],
  ])("that is its %s, and by no other", (_, event, ours, others) => {
    expect(isAbout(event, ours)).toBe(true);
    expect(isAbout(event, { ...ours, region: "eu-central-1" })).toBe(false);
    expect(isAbout(event, others)).toBe(false);
  });

  test("and two services that only their case tells apart are two places of one batch", () => {
    const Records = ["api", "API"].map((serviceName) => ({
      eventSource: "aws:sqs",
      body: JSON.stringify({
        ...sampleEvent("apprunner-create-service"),
        id: serviceName,
        detail: {
          ...sampleEvent("apprunner-create-service").detail,
          eventID: serviceName,
          requestParameters: { serviceName },
        },
      }),
    }));
    expect(wakeBy({ Records }).scopes).toHaveLength(2);
  });
});

describe("that nobody is affected is said in one sentence", () => {
  test.each<readonly [unknown, string]>([
    [call("ecr", "CreateRepository", { repositoryName: "x" }), "ECR repository x in us-east-1"],
    [call("apprunner", "CreateService", { serviceName: "x" }), "App Runner service x in us-east-1"],
    [call("ecs", "CreateService", { serviceName: "x" }), "ECS service default/x in us-east-1"],
    [call("amplify", "CreateApp", { name: "x" }), "Amplify app x in us-east-1"],
    [call("amplify", "DeleteBranch", { appId: "d0" }), "Amplify app d0 in us-east-1"],
    [sampleEvent("iam-update-trust"), "role CircleCI-OIDC-Role"],
    [
      sampleEvent("iam-policy-version"),
      `policy arn:aws:iam::${account}:policy/CircleCI-Deployment-Policy`,
    ],
  ])("%#", (event, named) => {
    expect(whyNoEnvironment(wakeBy(event).scopes)).toBe(`No environment names the ${named}.`);
  });

  test("of a document that is gone, and of several events together", () => {
    const { scopes } = wakeBy(sampleEvent("parameter-update"));
    expect(whyNoEnvironment(scopes)).toBe("There is no environment production.");
    const more = wakeBy(sampleEvent("iam-update-trust")).scopes;
    expect(whyNoEnvironment([...scopes, ...more])).toBe(
      "No environment has any of the 2 things that the events name. The first: there is no environment production.",
    );
  });
});
