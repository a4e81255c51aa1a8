import { type Clients, lateClient } from "../clients.ts";

const ecs = lateClient("ecs", async () => (await import("../sdk/ecs-listing.ts")).ECSClient);

/**
 * Every ECS service of a Region that one kind of entry can name, as `CLUSTER/SERVICE`.
 *
 * @param mode `express`: those whose resources ECS manages; `plain`: all others
 */
export async function listEcsServices(
  clients: Clients,
  region: string,
  mode: "express" | "plain",
): Promise<readonly string[]> {
  const { paginateListClusters, paginateListServices } = await import("../sdk/ecs-listing.ts");
  const client = await ecs(clients, region);
  const pages = await Array.fromAsync(paginateListClusters({ client, pageSize: 100 }, {}));
  const clusters = pages.flatMap(({ clusterArns = [] }) => clusterArns);
  const resourceManagementType = mode === "express" ? ("ECS" as const) : ("CUSTOMER" as const);
  const services = await Promise.all(
    clusters.map((cluster) =>
      Array.fromAsync(
        paginateListServices({ client, pageSize: 100 }, { cluster, resourceManagementType }),
      ),
    ),
  );
  return services
    .flat()
    .flatMap(({ serviceArns = [] }) => serviceArns)
    .flatMap((arn) => /:service\/([^/]+\/[^/]+)$/.exec(arn)?.[1] ?? []);
}
