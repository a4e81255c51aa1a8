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
import { newlyPassed, newlyRegistered } from "../new-grant.ts";
import { onePart } from "../policy-part.ts";
import { type FoundServices, shownService } from "./resolve.ts";
import { plainServices } from "./schema.ts";
import { plainSids, plainStatements } from "./statements.ts";

type Kind = TargetKind<EcsService, readonly EcsService[], FoundServices, ResolvedEcsService>;

/** Plain ECS services: those whose deployments are `ecs:UpdateService`. */
export const ecs: Kind = {
  noun: "ECS service",
  schema: plainServices,
  written: (entries) => entries.map(ecsServiceName),
  pieces: wholeService,
  // Their statement has one condition for all of them: see `plainStatements`.
  together: "ECS services that are listed together can run each other's task definitions",
  regions: null,
  memory: ecsServiceMemory,
  writtenWhenEmpty: false,
  ask: servicesOnce,
  unseen: (reading) => reading,
  resolve: (entries, found, memory) => {
    const shown = entries.map(
      (entry) => [entry, shownService(entry, found, memory.place)] as const,
    );
    return {
      ...collect(
        shown.map(([entry, service]) => resolveEcsService(entry, service, memory, plainSids)),
      ),
      granted: shown.flatMap(([entry, service]) => {
        const name = ecsServiceName(entry);
        const { roles, families } = newOfService(entry, service, memory);
        return [
          ...roles.map((role) => newlyPassed(name, role, tasksPrincipal)),
          ...families.map((family) => newlyRegistered(name, family)),
        ];
      }),
    };
  },
  named: (entries, found, unknown) =>
    entries.map((entry) =>
      namedEcsService(entry, shownService(entry, found, unknown.place), unknown),
    ),
  statements: plainStatements,
  parts: (targets) => onePart(targets.length, plainStatements(targets)),
  outputs: (_, targets) => [
    {
      variable: "AWS_ECS_CLUSTER",
      values: targets.map((target) => [ecsServiceName(target), target.cluster] as const),
    },
    {
      variable: "AWS_ECS_SERVICE",
      values: targets.map((target) => [ecsServiceName(target), target.service] as const),
    },
  ],
  events: {
    service: "ecs",
    // An update may bring another family or other roles, and the deploy policy has exactly those in use.
    calls: ["CreateService", "UpdateService", "DeleteService"],
    detailTypes: ["ECS Deployment State Change"],
    ofCall: ecsServiceOfCall,
    ofEvent: ecsServiceOfEvent,
    says: ecsServiceSays,
    names: (touched, { entries }) => isOneOf(entries, touched),
  },
};
