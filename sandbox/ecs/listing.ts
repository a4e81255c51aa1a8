import type { Members } from "../input/members.ts";
import { byKey, type Paging, pageOf } from "../input/page.ts";
import { refused } from "../input/refusal.ts";
import type { Call } from "../server/operation.ts";
import { badToken, clusterArn, clusterName, existingCluster, tagsOf } from "./cluster.ts";
import { serviceArn, serviceNameRule } from "./express.ts";
import type { EcsService, EcsState } from "./state.ts";

/** ListServices: the ARNs of a cluster's live services; `ECS` are those in Express mode. */
export function listServices(state: EcsState, members: Members, paging: Paging): object {
  const cluster = existingCluster(state, clusterName(members.optionalText("cluster")));
  const management = members.optionalText("resourceManagementType", { oneOf: ["CUSTOMER", "ECS"] });
  const keyOf = (service: EcsService): string => service.arn;
  const page = pageOf({
    items: [...state.services.values()]
      .filter((service) => service.cluster === cluster && service.status === "ACTIVE")
      .filter((service) => management === null || managementOf(service) === management)
      .sort(byKey(keyOf)),
    keyOf,
    limit: members.optionalCount("maxResults", { min: 1, max: 100 }) ?? 10,
    token: members.optionalText("nextToken"),
    scope: `services ${cluster} ${management ?? ""}`,
    paging,
  });
  if (page.kind === "bad-token") throw badToken();
  return {
    serviceArns: page.items.map(keyOf),
    ...(page.nextToken === null ? {} : { nextToken: page.nextToken }),
  };
}

function managementOf(service: EcsService): "CUSTOMER" | "ECS" {
  return service.kind === "express" ? "ECS" : "CUSTOMER";
}

/** DescribeServices: by name or ARN; what is not there is a failure in the answer. */
export function describeServices(state: EcsState, members: Members, call: Call): object {
  const cluster = existingCluster(state, clusterName(members.optionalText("cluster")));
  const asked = members.texts("services");
  if (asked.length === 0) throw refused("InvalidParameterException", "Services cannot be empty.");
  if (asked.length > 10) {
    const message = "Too many services, the maximum is 10.";
    throw refused("InvalidParameterException", message);
  }
  const found = asked.map((nameOrArn) => {
    const arn = nameOrArn.startsWith("arn:") ? nameOrArn : serviceArn(call, cluster, nameOrArn);
    const service = state.services.get(arn);
    return { arn, service: service?.cluster === cluster ? service : undefined };
  });
  return {
    services: found.flatMap(({ service }) => (service === undefined ? [] : [shown(service, call)])),
    failures: found.flatMap(({ arn, service }) =>
      service === undefined ? [{ arn, reason: "MISSING" }] : [],
    ),
  };
}

/** CreateService: just enough of a service whose resources the customer manages. */
export function createService(state: EcsState, members: Members, call: Call): object {
  const cluster = existingCluster(state, clusterName(members.optionalText("cluster")));
  const name = members.text("serviceName", serviceNameRule);
  const arn = serviceArn(call, cluster, name);
  if (state.services.get(arn)?.status === "ACTIVE") {
    throw refused("InvalidParameterException", "Creation of service was not idempotent.");
  }
  const service: EcsService = {
    kind: "customer",
    name,
    arn,
    cluster,
    status: "ACTIVE",
    createdAt: call.now,
    updatedAt: call.now,
    tags: tagsOf(members),
    taskDefinition: members.optionalText("taskDefinition") ?? "",
  };
  state.services.set(arn, service);
  return { service: shown(service, call) };
}

export function deleteService(state: EcsState, members: Members, call: Call): object {
  const cluster = existingCluster(state, clusterName(members.optionalText("cluster")));
  const nameOrArn = members.text("service");
  const arn = nameOrArn.startsWith("arn:") ? nameOrArn : serviceArn(call, cluster, nameOrArn);
  const before = state.services.get(arn);
  if (before === undefined) throw refused("ServiceNotFoundException", "Service not found.");
  if (before.status !== "ACTIVE") {
    throw refused("ServiceNotActiveException", "Service was not ACTIVE.");
  }
  const service: EcsService = { ...before, status: "INACTIVE", updatedAt: call.now };
  state.services.set(arn, service);
  return { service: { ...shown(service, call), status: "DRAINING" } };
}

function shown(service: EcsService, call: Call): object {
  const running = service.status === "ACTIVE" ? 1 : 0;
  return {
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: clusterArn(call, service.cluster),
    status: service.status,
    desiredCount: running,
    runningCount: running,
    pendingCount: 0,
    launchType: "FARGATE",
    taskDefinition:
      service.kind === "express" ? service.configuration.taskDefinition : service.taskDefinition,
    deployments: [],
    events: [],
    createdAt: service.createdAt,
    schedulingStrategy: "REPLICA",
    deploymentController: { type: "ECS" },
    resourceManagementType: managementOf(service),
    ...(service.kind === "express"
      ? { currentServiceRevisions: [{ arn: service.configuration.revisionArn }] }
      : {}),
  };
}
