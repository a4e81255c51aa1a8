import { type Emit, wholeSeconds } from "../eventbridge/event.ts";
import type { Call } from "../server/operation.ts";
import { clusterArn } from "./cluster.ts";
import type { CustomerService } from "./state.ts";

/**
 * Reports a deployment to the bus: that it started, that it is complete, and that the service is
 * steady. Source: ECS Developer Guide, "Amazon ECS service deployment state change events" and
 * "Amazon ECS service action events".
 */
export function reportDeployment(emit: Emit, call: Call, service: CustomerService): void {
  const { id } = service.deployment;
  const at = wholeSeconds(call.now);
  const about = { source: "aws.ecs", region: call.region, at: call.now, resources: [service.arn] };
  const deployment = (stage: string, state: string): void =>
    emit({
      ...about,
      detailType: "ECS Deployment State Change",
      detail: {
        eventType: "INFO",
        eventName: `SERVICE_DEPLOYMENT_${stage}`,
        deploymentId: id,
        updatedAt: at,
        reason: `ECS deployment ${id} ${state}.`,
      },
    });
  deployment("IN_PROGRESS", "in progress");
  deployment("COMPLETED", "completed");
  emit({
    ...about,
    detailType: "ECS Service Action",
    detail: {
      eventType: "INFO",
      eventName: "SERVICE_STEADY_STATE",
      clusterArn: clusterArn(call, service.cluster),
      createdAt: at,
    },
  });
}
