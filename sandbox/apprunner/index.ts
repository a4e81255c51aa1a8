import type { Emit } from "../eventbridge/event.ts";
import { type Members, validationSentence } from "../input/members.ts";
import { operationsOf, perRegion } from "../input/operations.ts";
import { ordinalKey, type Paging, pageOf } from "../input/page.ts";
import { refused, unreachable } from "../input/refusal.ts";
import type { Call, Service } from "../server/operation.ts";
import { authorizeAppRunner } from "./authorize.ts";
import {
  afterOperation,
  type Deployed,
  existingService,
  type Fleet,
  newService,
  type OperationType,
  shown,
  summary,
  updatedService,
} from "./deployed.ts";
import { tellOperation } from "./events.ts";

/** Where App Runner is. Elsewhere its host name does not resolve. */
export const appRunnerRegions: ReadonlySet<string> = new Set([
  "ap-northeast-1",
  "ap-south-1",
  "ap-southeast-1",
  "ap-southeast-2",
  "eu-central-1",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "us-east-1",
  "us-east-2",
  "us-west-2",
]);

/** How long a deleted service is still listed as DELETED. */
const lingerMs = 60 * 60 * 1000;

/** App Runner, one fleet for each of its Regions. */
export function appRunner(surroundings: {
  readonly emit: Emit;
  readonly paging: () => Paging;
}): Service {
  const { emit, paging } = surroundings;
  const fleetOf = perRegion((): Fleet => new Map());
  const act = (
    fleet: Fleet,
    call: Call,
    before: Deployed,
    change: { readonly type: OperationType; readonly status: Deployed["status"] },
  ): object => {
    const { service, operationId } = afterOperation(before, call, change);
    fleet.set(service.arn, service);
    tellOperation(emit, call, { before, service, type: change.type });
    const shownService = shown(service, call, "OPERATION_IN_PROGRESS");
    return { Service: shownService, OperationId: operationId };
  };
  return {
    name: "apprunner",
    protocol: "json-1.0",
    targetPrefix: "AppRunner",
    operations: operationsOf({
      deeds: {
        CreateService: (fleet, members, call) => {
          const service = newService(fleet, members, call);
          return act(fleet, call, service, { type: "CREATE_SERVICE", status: "RUNNING" });
        },
        ListServices: (fleet, members, call) => listServices(fleet, members, call, paging()),
        DescribeService: (fleet, members, call) => {
          const service = existingService(fleet, members);
          return { Service: shown(service, call, service.status) };
        },
        UpdateService: (fleet, members, call) => {
          const before = inState(existingService(fleet, members), ["RUNNING"]);
          const service = updatedService(before, members);
          return act(fleet, call, service, { type: "UPDATE_SERVICE", status: "RUNNING" });
        },
        DeleteService: (fleet, members, call) => {
          const before = inState(existingService(fleet, members), ["RUNNING", "PAUSED"]);
          return act(fleet, call, before, { type: "DELETE_SERVICE", status: "DELETED" });
        },
        PauseService: (fleet, members, call) => {
          const before = inState(existingService(fleet, members), ["RUNNING"]);
          return act(fleet, call, before, { type: "PAUSE_SERVICE", status: "PAUSED" });
        },
        ResumeService: (fleet, members, call) => {
          const before = inState(existingService(fleet, members), ["PAUSED"]);
          return act(fleet, call, before, { type: "RESUME_SERVICE", status: "RUNNING" });
        },
        StartDeployment: (fleet, members, call) => startDeployment(fleet, members, call, emit),
        ListOperations: (fleet, members) => listOperations(fleet, members, paging()),
        ListTagsForResource: (fleet, members) => {
          const arn = members.text("ResourceArn");
          const tags = fleet.get(arn)?.tags;
          if (tags === undefined) {
            throw refused("ResourceNotFoundException", `No resource found for ARN: ${arn}.`);
          }
          return { Tags: [...tags].map(([Key, Value]) => ({ Key, Value })) };
        },
      },
      stateOf: (call: Call) => {
        if (!appRunnerRegions.has(call.region)) throw unreachable();
        return fleetOf(call);
      },
      refuse: (violation) => refused("InvalidRequestException", validationSentence(violation)),
    }),
    authorize: (call) =>
      appRunnerRegions.has(call.region) ? authorizeAppRunner(fleetOf(call), call) : [],
  };
}

function inState(service: Deployed, states: readonly Deployed["status"][]): Deployed {
  if (states.includes(service.status)) return service;
  throw refused(
    "InvalidStateException",
    `Operation not permitted while the service is in state ${service.status}: ${service.arn}`,
  );
}

function startDeployment(fleet: Fleet, members: Members, call: Call, emit: Emit): object {
  const before = inState(existingService(fleet, members), ["RUNNING"]);
  const { service, operationId } = afterOperation(before, call, {
    type: "START_DEPLOYMENT",
    status: "RUNNING",
  });
  fleet.set(service.arn, service);
  tellOperation(emit, call, { before, service, type: "START_DEPLOYMENT" });
  return { OperationId: operationId };
}

/** ListServices: a deleted service lingers a while, as DELETED. */
function listServices(fleet: Fleet, members: Members, call: Call, paging: Paging): object {
  const listed = [...fleet.values()].filter(
    ({ deletedAt }) => deletedAt === null || call.now.getTime() - deletedAt.getTime() < lingerMs,
  );
  const page = pageOf({
    items: listed,
    keyOf: (service) => ordinalKey(service.ordinal),
    limit: members.optionalCount("MaxResults", { min: 1, max: 20 }) ?? 20,
    token: members.optionalText("NextToken"),
    scope: "services",
    paging,
  });
  if (page.kind === "bad-token") throw badToken();
  return {
    ServiceSummaryList: page.items.map(summary),
    ...(page.nextToken === null ? {} : { NextToken: page.nextToken }),
  };
}

function badToken(): Error {
  return refused("InvalidRequestException", "The NextToken provided is invalid.");
}

/** ListOperations: the newest first. */
function listOperations(fleet: Fleet, members: Members, paging: Paging): object {
  const service = existingService(fleet, members);
  const page = pageOf({
    items: service.operations.map((operation, i) => ({ operation, key: ordinalKey(i) })),
    keyOf: ({ key }) => key,
    limit: members.optionalCount("MaxResults", { min: 1, max: 20 }) ?? 20,
    token: members.optionalText("NextToken"),
    scope: `operations ${service.arn}`,
    paging,
  });
  if (page.kind === "bad-token") throw badToken();
  return {
    OperationSummaryList: page.items.map(({ operation }) => ({
      Id: operation.id,
      Type: operation.type,
      Status: "SUCCEEDED",
      TargetArn: service.arn,
      StartedAt: operation.at,
      EndedAt: operation.at,
      UpdatedAt: operation.at,
    })),
    ...(page.nextToken === null ? {} : { NextToken: page.nextToken }),
  };
}
