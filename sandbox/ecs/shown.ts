import type { Call } from "../server/operation.ts";
import { clusterArn } from "./cluster.ts";
import type { Deployment, EcsService } from "./state.ts";

export function managementOf(service: EcsService): "CUSTOMER" | "ECS" {
  return service.kind === "express" ? "ECS" : "CUSTOMER";
}

/** A service as DescribeServices shows it; by then its newest deployment is over. */
export function shown(service: EcsService, call: Call): object {
  const { status } = service;
  const wanted = service.kind === "customer" ? service.desiredCount : 1;
  const desiredCount = status === "ACTIVE" ? wanted : 0;
  const counts = { desiredCount, runningCount: desiredCount, pendingCount: 0 };
  const base = {
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: clusterArn(call, service.cluster),
    status,
    ...counts,
    events: [],
    createdAt: service.createdAt,
    schedulingStrategy: "REPLICA",
    resourceManagementType: managementOf(service),
  };
  if (service.kind === "express") {
    return {
      ...base,
      launchType: "FARGATE",
      taskDefinition: service.configuration.taskDefinition,
      deployments: [],
      deploymentController: { type: "ECS" },
      currentServiceRevisions: [{ arn: service.configuration.revisionArn }],
    };
  }
  const { controller, launchType, taskDefinition, deployment } = service;
  const hasDeployments = controller === "ECS" && status === "ACTIVE";
  return {
    ...base,
    launchType,
    taskDefinition,
    deploymentController: { type: controller },
    deployments: hasDeployments
      ? [{ ...shownDeployment(deployment, taskDefinition, "COMPLETED"), ...counts }]
      : [],
  };
}

export function shownDeployment(
  { id, createdAt }: Deployment,
  taskDefinition: string | null,
  rolloutState: "IN_PROGRESS" | "COMPLETED",
): object {
  const state = rolloutState === "COMPLETED" ? "completed" : "in progress";
  return {
    id,
    status: "PRIMARY",
    taskDefinition,
    rolloutState,
    rolloutStateReason: `ECS deployment ${id} ${state}.`,
    createdAt,
    updatedAt: createdAt,
  };
}
