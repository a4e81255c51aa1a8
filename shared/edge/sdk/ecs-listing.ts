// What the command needs of the SDK to offer ECS services; no function loads it.
export { ECSClient, paginateListClusters, paginateListServices } from "@aws-sdk/client-ecs";
