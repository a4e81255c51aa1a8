import { validationSentence } from "../input/members.ts";
import { operationsOf, perRegion } from "../input/operations.ts";
import type { Paging } from "../input/page.ts";
import { refused } from "../input/refusal.ts";
import type { Service } from "../server/operation.ts";
import { authorizeEcs } from "./authorize.ts";
import { createCluster, describeClusters, listClusters } from "./cluster.ts";
import { createExpress, deleteExpress, describeExpress, updateExpress } from "./express.ts";
import { createService, deleteService, describeServices, listServices } from "./listing.ts";
import type { EcsState } from "./state.ts";
import { describeTaskDefinition, registerTaskDefinition } from "./task-definition.ts";

/** Elastic Container Service, as far as Express services and finding them go. */
export function ecs(dependencies: { readonly paging: () => Paging }): Service {
  const { paging } = dependencies;
  const stateOf = perRegion(
    (): EcsState => ({ clusters: new Map(), services: new Map(), families: new Map() }),
  );
  return {
    name: "ecs",
    protocol: "json-1.1",
    targetPrefix: "AmazonEC2ContainerServiceV20141113",
    operations: operationsOf({
      handlers: {
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
    authorize: (call) => authorizeEcs(stateOf(call), call),
  };
}
