import { randomInt } from "node:crypto";
import type { Emit } from "../eventbridge/event.ts";
import type { Members } from "../input/members.ts";
import { refused } from "../input/refusal.ts";
import type { Call } from "../server/operation.ts";
import { clusterName, existingCluster, tagsOf } from "./cluster.ts";
import { reportDeployment } from "./events.ts";
import { serviceArn, serviceNameRule } from "./express.ts";
import { shown, shownDeployment } from "./shown.ts";
import type { CustomerService, Deployment, EcsService, EcsState } from "./state.ts";
import { findTaskDefinition } from "./task-definition.ts";

const controllers = ["ECS", "CODE_DEPLOY", "EXTERNAL"] as const;
const launchTypes = ["EC2", "FARGATE", "EXTERNAL"] as const;

/** CreateService: a service whose resources are the customer's own. */
export function createService(state: EcsState, members: Members, call: Call, emit: Emit): object {
  const cluster = existingCluster(state, clusterName(members.optionalText("cluster")));
  const name = members.text("serviceName", serviceNameRule);
  const arn = serviceArn(call, cluster, name);
  if (state.services.get(arn)?.status === "ACTIVE") {
    throw refused("InvalidParameterException", "Creation of service was not idempotent.");
  }
  const asked = members.optionalStructure("deploymentController");
  const type = asked?.text("type", { oneOf: controllers });
  const controller = controllers.find((one) => one === type) ?? "ECS";
  const reference = members.optionalText("taskDefinition");
  if (reference === null && controller !== "EXTERNAL") {
    throw refused("InvalidParameterException", "TaskDefinition can not be blank.");
  }
  const service: CustomerService = {
    kind: "customer",
    name,
    arn,
    cluster,
    status: "ACTIVE",
    createdAt: call.now,
    updatedAt: call.now,
    tags: tagsOf(members),
    controller,
    launchType: members.optionalText("launchType", { oneOf: launchTypes }) ?? "EC2",
    desiredCount: members.optionalCount("desiredCount", { min: 0 }) ?? 1,
    taskDefinition: reference === null ? null : activeTaskDefinition(state, reference),
    deployment: newDeployment(call),
  };
  return started(state, service, call, emit);
}

/** UpdateService: what is not sent stays as it was. */
export function updateService(state: EcsState, members: Members, call: Call, emit: Emit): object {
  const before = existingService(state, members, call);
  if (before.kind === "express") {
    const message = "The sandbox updates Express services by UpdateExpressGatewayService only.";
    throw refused("UnsupportedFeatureException", message);
  }
  const reference = members.optionalText("taskDefinition");
  const isForced = members.flag("forceNewDeployment", false);
  if (reference !== null) refuseUnlessEcs(before, "Unable to update task definition");
  if (isForced) refuseUnlessEcs(before, "Cannot force a new deployment");
  const service: CustomerService = {
    ...before,
    updatedAt: call.now,
    desiredCount: members.optionalCount("desiredCount", { min: 0 }) ?? before.desiredCount,
    taskDefinition:
      reference === null ? before.taskDefinition : activeTaskDefinition(state, reference),
  };
  if (isForced || service.taskDefinition !== before.taskDefinition) {
    return started(state, { ...service, deployment: newDeployment(call) }, call, emit);
  }
  state.services.set(service.arn, service);
  return { service: shown(service, call) };
}

/** DeleteService: answers DRAINING; the next read shows INACTIVE. */
export function deleteService(state: EcsState, members: Members, call: Call): object {
  const before = existingService(state, members, call);
  const isRunning = before.kind === "customer" && before.desiredCount > 0;
  if (isRunning && !members.flag("force", false)) {
    const message = "The service cannot be stopped while it is scaled above 0.";
    throw refused("InvalidParameterException", message);
  }
  const service: EcsService = { ...before, status: "INACTIVE", updatedAt: call.now };
  state.services.set(service.arn, service);
  return { service: { ...shown(service, call), status: "DRAINING" } };
}

function existingService(state: EcsState, members: Members, call: Call): EcsService {
  const cluster = existingCluster(state, clusterName(members.optionalText("cluster")));
  const nameOrArn = members.text("service");
  const arn = nameOrArn.startsWith("arn:") ? nameOrArn : serviceArn(call, cluster, nameOrArn);
  const found = state.services.get(arn);
  if (found?.cluster !== cluster) throw refused("ServiceNotFoundException", "Service not found.");
  if (found.status === "ACTIVE") return found;
  throw refused("ServiceNotActiveException", "Service was not ACTIVE.");
}

function activeTaskDefinition(state: EcsState, reference: string): string {
  const found = findTaskDefinition(state, reference);
  if (found === null) throw refused("ClientException", "TaskDefinition not found.");
  if (found.status === "ACTIVE") return found.arn;
  throw refused("ClientException", "TaskDefinition is inactive");
}

/** A service of another controller is deployed by that one's own calls. */
function refuseUnlessEcs({ controller }: CustomerService, what: string): void {
  if (controller === "ECS") return;
  const means = controller === "CODE_DEPLOY" ? "AWS CodeDeploy" : "task sets";
  throw refused(
    "InvalidParameterException",
    `${what} on services with a ${controller} deployment controller. Use ${means} to trigger a new deployment.`,
  );
}

function newDeployment(call: Call): Deployment {
  return { id: `ecs-svc/${randomInt(1e9, 1e10)}${randomInt(1e8, 1e9)}`, createdAt: call.now };
}

/** Keeps a service that starts a deployment, and answers it while the deployment is under way. */
function started(state: EcsState, service: CustomerService, call: Call, emit: Emit): object {
  state.services.set(service.arn, service);
  if (service.controller !== "ECS") return { service: shown(service, call) };
  reportDeployment(emit, call, service);
  const { deployment, taskDefinition, desiredCount } = service;
  const counts = { desiredCount, runningCount: 0, pendingCount: desiredCount };
  const inProgress = shownDeployment(deployment, taskDefinition, "IN_PROGRESS");
  return {
    service: { ...shown(service, call), ...counts, deployments: [{ ...inProgress, ...counts }] },
  };
}
