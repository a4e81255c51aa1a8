import {
  ecsServiceMemory,
  namedEcsService,
  newOfService,
  type ResolvedEcsService,
  resolveEcsService,
  tasksPrincipal,
} from "../ecs-resolve.ts";
import {
  type EcsService,
  ecsServiceName,
  ecsServiceOfCall,
  ecsServiceOfEvent,
  ecsServiceSays,
  isOneOf,
  servicesOnce,
  wholeService,
} from "../ecs-service.ts";
import type { TargetKind } from "../kind.ts";
import { collect } from "../missing.ts";
import { newlyPassed } from "../new-grant.ts";
import { onePart } from "../policy-part.ts";
import { type FoundExpress, shownExpress } from "./resolve.ts";
import { expressServices } from "./schema.ts";
import { expressSids, expressStatements } from "./statements.ts";

/** Express services of ECS. */
export const ecsExpress: TargetKind<
  EcsService,
  readonly EcsService[],
  FoundExpress,
  ResolvedEcsService
> = {
  noun: "ECS Express service",
  schema: expressServices,
  written: (entries) => entries.map(ecsServiceName),
  pieces: wholeService,
  regions: null,
  memory: ecsServiceMemory,
  writtenWhenEmpty: true,
  ask: servicesOnce,
  unseen: (reading) => reading,
  resolve: (entries, found, memory) => {
    const shown = entries.map(
      (entry) => [entry, shownExpress(entry, found, memory.place)] as const,
    );
    return {
      ...collect(
        shown.map(([entry, service]) => resolveEcsService(entry, service, memory, expressSids)),
      ),
      granted: shown.flatMap(([entry, service]) =>
        newOfService(entry, service, memory).roles.map((role) =>
          newlyPassed(ecsServiceName(entry), role, tasksPrincipal),
        ),
      ),
    };
  },
  named: (entries, found, unknown) =>
    entries.map((entry) =>
      namedEcsService(entry, shownExpress(entry, found, unknown.place), unknown),
    ),
  statements: expressStatements,
  parts: (targets) => onePart(targets.length, expressStatements(targets)),
  outputs: (_, targets) => [
    {
      variable: "AWS_ECS_SERVICE_ARN",
      values: targets.map(({ service, arn }) => [service, arn] as const),
    },
  ],
  events: {
    service: "ecs",
    // An update may bring other roles, and the deploy policy passes exactly the roles in use.
    calls: [
      "CreateExpressGatewayService",
      "UpdateExpressGatewayService",
      "DeleteExpressGatewayService",
      "CreateService",
      "DeleteService",
    ],
    detailTypes: ["ECS Deployment State Change"],
    ofCall: ecsServiceOfCall,
    ofEvent: ecsServiceOfEvent,
    says: ecsServiceSays,
    names: (touched, { entries }) => isOneOf(entries, touched),
  },
};
