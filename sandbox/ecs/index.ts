/**
 * Elastic Container Service: clusters, services in Express mode, plain services, and task
 * definitions. Deployments of plain services go to the default bus. Left out: tasks and instances,
 * since nothing runs.
 */

import type { Emit } from "../eventbridge/event.ts";
import { validationSentence } from "../input/members.ts";
import { operationsOf, perRegion } from "../input/operations.ts";
import type { Paging } from "../input/page.ts";
import { refused } from "../input/refusal.ts";
import type { Service } from "../server/operation.ts";
import { authorizeEcs } from "./authorize.ts";
import { createCluster, describeClusters, listClusters } from "./cluster.ts";
import { createExpress, deleteExpress, describeExpress, updateExpress } from "./express.ts";
import { describeServices, listServiceDeployments, listServices } from "./listing.ts";
import { createService, deleteService, updateService } from "./service.ts";
import type { EcsState } from "./state.ts";
import {
  deregisterTaskDefinition,
  describeTaskDefinition,
  registerTaskDefinition,
} from "./task-definition.ts";

/** The service, with one state for each Region. */
export function ecs(dependencies: { readonly emit: Emit; readonly paging: () => Paging }): Service {
  const { emit, paging } = dependencies;
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
        CreateService: (state, members, call) => createService(state, members, call, emit),
        UpdateService: (state, members, call) => updateService(state, members, call, emit),
        DeleteService: deleteService,
        ListServices: (state, members) => listServices(state, members, paging()),
        DescribeServices: describeServices,
        ListServiceDeployments: listServiceDeployments,
        RegisterTaskDefinition: registerTaskDefinition,
        DescribeTaskDefinition: describeTaskDefinition,
        DeregisterTaskDefinition: deregisterTaskDefinition,
      },
      stateOf,
      refuse: (violation) => refused("InvalidParameterException", validationSentence(violation)),
    }),
    keep: stateOf.keep,
    authorize: (call) => authorizeEcs(stateOf(call), call),
  };
}
