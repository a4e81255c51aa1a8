import { validationSentence } from "../input/members.ts";
import { operationsOf, perRegion } from "../input/operations.ts";
import type { Paging } from "../input/page.ts";
import { refused } from "../input/refusal.ts";
import type { Service } from "../server/operation.ts";
import { authorizeTasks } from "./authorize.ts";
import { createCluster, describeClusters, listClusters } from "./cluster.ts";
import { createExpress, deleteExpress, describeExpress, updateExpress } from "./express.ts";
import { createService, deleteService, describeServices, listServices } from "./listing.ts";
import type { ContainerTasks } from "./state.ts";
import { describeTaskDefinition, registerTaskDefinition } from "./task-definition.ts";

/** Elastic Container Service, as far as Express services and finding them go. */
export function containerService(surroundings: { readonly paging: () => Paging }): Service {
  const { paging } = surroundings;
  const stateOf = perRegion(
    (): ContainerTasks => ({ clusters: new Map(), services: new Map(), families: new Map() }),
  );
  return {
    name: "ecs",
    protocol: "json-1.1",
    targetPrefix: "AmazonEC2ContainerServiceV20141113",
    operations: operationsOf({
      deeds: {
        CreateCluster: createCluster,
        ListClusters: (state, members, call) => listClusters(state, members, call, paging()),
        DescribeClusters: describeClusters,
        CreateExpressGatewayService: createExpress,
        DescribeExpressGatewayService: describeExpress,
        UpdateExpressGatewayService: updateExpress,
        DeleteExpressGatewayService: deleteExpress,
        CreateService: createService,
        DeleteService: deleteService,
        ListServices: (state, members) => listServices(state, members, paging()),
        DescribeServices: describeServices,
        RegisterTaskDefinition: registerTaskDefinition,
        DescribeTaskDefinition: describeTaskDefinition,
      },
      stateOf,
      refuse: (violation) => refused("InvalidParameterException", validationSentence(violation)),
    }),
    authorize: (call) => authorizeTasks(stateOf(call), call),
  };
}
