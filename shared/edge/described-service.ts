import type { DescribeServicesCommandOutput, Service } from "@aws-sdk/client-ecs";

/**
 * A service in the answer; `null` where ECS knows of none: then it is among the failures (ECS developer guide,
 * "API failure reasons": `MISSING`).
 *
 * @throws an error of an answer that cannot be read
 */
export function describedIn(
  answer: DescribeServicesCommandOutput | null,
  name: string,
): Service | null {
  const { services = [], failures = [] } = answer ?? { failures: [{ arn: `/${name}` }] };
  const described = services.find(({ serviceName }) => serviceName === name);
  if (described === undefined) {
    if (failures.some(({ arn }) => arn?.endsWith(`/${name}`))) return null;
    throw new TypeError("the answer leaves out a service");
  }
  const { deploymentController, taskDefinition } = described;
  // Where ECS itself deploys, a service has one (ECS API reference, CreateService).
  if ((deploymentController?.type ?? "ECS") === "ECS" && taskDefinition === undefined) {
    throw new TypeError("the answer leaves out a task definition");
  }
  return described;
}
