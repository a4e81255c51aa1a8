import { randomBytes } from "node:crypto";
import type { Members } from "../input/members.ts";
import { refused } from "../input/refusal.ts";
import type { Call } from "../server/operation.ts";
import { clusterName, existingCluster, tagsOf } from "./cluster.ts";
import type { Configuration, EcsState, ExpressService } from "./state.ts";
import { addRevision } from "./task-definition.ts";

export const serviceNameRule = { min: 1, max: 255, pattern: /[A-Za-z0-9_-]+/ } as const;
const roleRule = { pattern: /arn:aws[\w-]*:iam::\d{12}:role\/.+/ } as const;

export function serviceArn(
  place: { readonly region: string; readonly account: string },
  cluster: string,
  name: string,
): string {
  return `arn:aws:ecs:${place.region}:${place.account}:service/${cluster}/${name}`;
}

/** The task definitions that ECS registers for an Express service are of this family. */
export function familyOf(service: { readonly cluster: string; readonly name: string }): string {
  return `${service.cluster}-${service.name}`;
}

/** CreateExpressGatewayService: the `default` cluster comes into being if it is not there. */
export function createExpress(state: EcsState, members: Members, call: Call): object {
  const cluster = clusterName(members.optionalText("cluster"));
  if (cluster === "default" && !state.clusters.has(cluster)) {
    state.clusters.set(cluster, { name: cluster, tags: new Map() });
  }
  existingCluster(state, cluster);
  const container = members.structure("primaryContainer");
  const name =
    members.optionalText("serviceName", serviceNameRule) ??
    `service-${randomBytes(4).toString("hex")}`;
  const arn = serviceArn(call, cluster, name);
  const infrastructureRoleArn = members.text("infrastructureRoleArn", roleRule);
  const executionRoleArn = members.text("executionRoleArn", roleRule);
  container.text("image", { min: 1 });
  if (state.services.get(arn)?.status === "ACTIVE") {
    throw refused("InvalidParameterException", "Creation of service was not idempotent.");
  }
  const configuration = configured(
    state,
    call,
    { cluster, name },
    {
      executionRoleArn,
      taskRoleArn: members.optionalText("taskRoleArn", roleRule),
      primaryContainer: members.raw("primaryContainer"),
      cpu: members.optionalText("cpu") ?? "256",
      memory: members.optionalText("memory") ?? "512",
      healthCheckPath: members.optionalText("healthCheckPath") ?? "/ping",
      networkConfiguration: members.raw("networkConfiguration"),
      scalingTarget: members.raw("scalingTarget"),
    },
  );
  const service: ExpressService = {
    kind: "express",
    name,
    arn,
    cluster,
    status: "ACTIVE",
    createdAt: call.now,
    updatedAt: call.now,
    tags: tagsOf(members),
    infrastructureRoleArn,
    configuration,
  };
  state.services.set(arn, service);
  return { service: shown(service, call, "ACTIVE", true) };
}

type Settings = Omit<Configuration, "taskDefinition" | "revisionArn" | "createdAt">;

/** A new revision of the service, with a new revision of its task definition. */
function configured(
  state: EcsState,
  call: Call,
  service: { readonly cluster: string; readonly name: string },
  settings: Settings,
): Configuration {
  const content = {
    executionRoleArn: settings.executionRoleArn,
    ...(settings.taskRoleArn === null ? {} : { taskRoleArn: settings.taskRoleArn }),
    containerDefinitions: [settings.primaryContainer],
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    cpu: settings.cpu,
    memory: settings.memory,
  };
  const definition = addRevision(state, call, familyOf(service), { content, tags: new Map() });
  const revision = Date.now().toString() + randomBytes(3).readUIntBE(0, 3).toString();
  return {
    ...settings,
    taskDefinition: definition.arn,
    revisionArn: `arn:aws:ecs:${call.region}:${call.account}:service-revision/${service.cluster}/${service.name}/${revision}`,
    createdAt: call.now,
  };
}

function existingExpress(state: EcsState, members: Members, missing: string): ExpressService {
  const service = state.services.get(members.text("serviceArn"));
  if (service?.kind !== "express") throw refused(missing, "Service not found.");
  return service;
}

export function describeExpress(state: EcsState, members: Members, call: Call): object {
  const service = existingExpress(state, members, "ResourceNotFoundException");
  const include = members.optionalTexts("include", { each: { oneOf: ["TAGS"] } }) ?? [];
  return { service: shown(service, call, service.status, include.includes("TAGS")) };
}

/** UpdateExpressGatewayService: what is not sent stays as it was. */
export function updateExpress(state: EcsState, members: Members, call: Call): object {
  const before = active(existingExpress(state, members, "ServiceNotFoundException"));
  const was = before.configuration;
  members.optionalStructure("primaryContainer")?.text("image", { min: 1 });
  const configuration = configured(state, call, before, {
    executionRoleArn: members.optionalText("executionRoleArn", roleRule) ?? was.executionRoleArn,
    taskRoleArn: members.optionalText("taskRoleArn", roleRule) ?? was.taskRoleArn,
    primaryContainer: members.raw("primaryContainer") ?? was.primaryContainer,
    cpu: members.optionalText("cpu") ?? was.cpu,
    memory: members.optionalText("memory") ?? was.memory,
    healthCheckPath: members.optionalText("healthCheckPath") ?? was.healthCheckPath,
    networkConfiguration: members.raw("networkConfiguration") ?? was.networkConfiguration,
    scalingTarget: members.raw("scalingTarget") ?? was.scalingTarget,
  });
  const service = { ...before, configuration, updatedAt: call.now };
  state.services.set(service.arn, service);
  return {
    service: {
      serviceArn: service.arn,
      cluster: service.cluster,
      serviceName: service.name,
      status: { statusCode: service.status },
      targetConfiguration: shownConfiguration(configuration, service, call),
      createdAt: service.createdAt,
      updatedAt: service.updatedAt,
    },
  };
}

/** DeleteExpressGatewayService: answers DRAINING; the next read shows INACTIVE. */
export function deleteExpress(state: EcsState, members: Members, call: Call): object {
  const before = active(existingExpress(state, members, "ServiceNotFoundException"));
  const service: ExpressService = { ...before, status: "INACTIVE", updatedAt: call.now };
  state.services.set(service.arn, service);
  return { service: shown(service, call, "DRAINING", true) };
}

function active(service: ExpressService): ExpressService {
  if (service.status === "ACTIVE") return service;
  throw refused("ServiceNotActiveException", "Service was not ACTIVE.");
}

function shown(
  service: ExpressService,
  call: Call,
  statusCode: "ACTIVE" | "DRAINING" | "INACTIVE",
  withTags: boolean,
): object {
  return {
    cluster: service.cluster,
    serviceName: service.name,
    serviceArn: service.arn,
    infrastructureRoleArn: service.infrastructureRoleArn,
    status: { statusCode },
    activeConfigurations:
      statusCode === "INACTIVE" ? [] : [shownConfiguration(service.configuration, service, call)],
    ...(withTags ? { tags: [...service.tags].map(([key, value]) => ({ key, value })) } : {}),
    createdAt: service.createdAt,
    updatedAt: service.updatedAt,
  };
}

function shownConfiguration(
  configuration: Configuration,
  service: ExpressService,
  call: Call,
): object {
  const { revisionArn, taskDefinition: _, taskRoleArn, ...settings } = configuration;
  return {
    serviceRevisionArn: revisionArn,
    ...settings,
    ...(taskRoleArn === null ? {} : { taskRoleArn }),
    ingressPaths: [
      { accessType: "PUBLIC", endpoint: `https://${service.name}.ecs.${call.region}.on.aws` },
    ],
  };
}
