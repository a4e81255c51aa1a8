import * as z from "zod/mini";
import {
  type EcsService,
  ecsServiceName,
  ecsServiceOfCall,
  ecsServiceOfEvent,
  ecsServiceSays,
  isOneOf,
} from "../ecs-service.ts";
import type { TargetKind } from "../kind.ts";
import { collect } from "../missing.ts";
import { onePart } from "../policy-part.ts";
import { type FoundExpress, namedExpress, newlyPassedBy, resolveExpress } from "./resolve.ts";
import { expressServices } from "./schema.ts";
import { expressStatements, type ResolvedEcsExpress } from "./statements.ts";

/** Express services of ECS. */
export const ecsExpress: TargetKind<
  EcsService,
  readonly EcsService[],
  FoundExpress,
  ResolvedEcsExpress
> = {
  noun: "ECS Express service",
  schema: expressServices,
  written: (entries) => entries.map(ecsServiceName),
  regions: null,
  memory: z.object({
    cluster: z.string(),
    service: z.string(),
    arn: z.string(),
    taskFamilyArn: z.string(),
    passRoles: z.array(z.string()),
  }),
  writtenWhenEmpty: true,
  ask: (documents) => {
    const all = documents.flatMap(({ entries }) => entries);
    return [...new Map(all.map((entry) => [ecsServiceName(entry), entry])).values()];
  },
  unseen: () => new Map(),
  resolve: (entries, found, memory) => ({
    ...collect(entries.map((entry) => resolveExpress(entry, found, memory))),
    granted: entries.flatMap((entry) => newlyPassedBy(entry, found, memory)),
  }),
  named: (entries, found, unknown) => entries.map((entry) => namedExpress(entry, found, unknown)),
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
