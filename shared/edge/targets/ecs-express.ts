import type { ECSExpressGatewayService } from "@aws-sdk/client-ecs";
import type { Reading } from "../../aws/reading.ts";
import type { FoundExpress } from "../../targets/ecs-express/resolve.ts";
import type { ResolvedEcsService } from "../../targets/ecs-resolve.ts";
import { type EcsService, ecsServiceArn, ecsServiceName } from "../../targets/ecs-service.ts";
import { lateClient } from "../clients.ts";
import { describedIn } from "../described-service.ts";
import { faultOf, isNamed } from "../faults.ts";
import type { Look } from "./reader.ts";

const ecs = lateClient("ecs", async () => (await import("../sdk/ecs.ts")).ECSClient);

/** Reads the services that are asked for. */
export async function readExpress(
  look: Look,
  question: readonly EcsService[],
): Promise<FoundExpress> {
  const read = question.map(
    async (entry) => [ecsServiceName(entry), await readExpressService(look, entry)] as const,
  );
  return { kind: "found", value: new Map(await Promise.all(read)) };
}

/** Errors by which ECS says that there is no such Express service. */
const expressGone = [
  "ServiceNotFoundException",
  "ResourceNotFoundException",
  "ClusterNotFoundException",
  "ServiceNotActiveException",
] as const;

/** @throws an error of an answer that cannot be read */
function rolesOf({ activeConfigurations = [] }: ECSExpressGatewayService): readonly string[] {
  // A service has one; one that is made of a container has an execution role (CreateExpressGatewayService).
  const isWhole = activeConfigurations.every(
    ({ executionRoleArn, taskDefinitionArn }) => executionRoleArn || taskDefinitionArn,
  );
  if (activeConfigurations.length === 0 || !isWhole) {
    throw new TypeError("the answer leaves out the roles of a service");
  }
  return activeConfigurations.flatMap(({ executionRoleArn, taskRoleArn }) =>
    [executionRoleArn ?? [], taskRoleArn ?? []].flat(),
  );
}

async function readExpressService(
  look: Look,
  { cluster, service }: EcsService,
): Promise<Reading<ResolvedEcsService>> {
  const arn = ecsServiceArn(look, { cluster, service });
  try {
    const { DescribeExpressGatewayServiceCommand, DescribeServicesCommand } = await import(
      "../sdk/ecs.ts"
    );
    const client = await ecs(look.clients, look.region);
    const [express, described] = await Promise.all([
      client.send(new DescribeExpressGatewayServiceCommand({ serviceArn: arn })),
      client.send(new DescribeServicesCommand({ cluster, services: [service] })),
    ]);
    const found = express.service;
    if (found === undefined || found.status?.statusCode === "INACTIVE") return { kind: "absent" };
    const definition = describedIn(described, service)?.taskDefinition;
    if (definition === undefined) return { kind: "absent" };
    const roles = rolesOf(found);
    return {
      kind: "found",
      value: {
        cluster,
        service,
        arn: found.serviceArn ?? arn,
        // The family is what stays of a task definition; its revision is new with every deployment.
        taskFamilyArn: `${definition.replace(/:\d+$/, "")}:*`,
        passRoles: [...new Set(roles)].toSorted(),
      },
    };
  } catch (thrown) {
    if (isNamed(thrown, ...expressGone)) return { kind: "absent" };
    return {
      kind: "unreadable",
      fault: faultOf(`ecs:DescribeExpressGatewayService ${arn}`, thrown),
    };
  }
}
