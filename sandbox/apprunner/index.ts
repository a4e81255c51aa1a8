/**
 * App Runner: services, their operations and their tags, in App Runner's own Regions. Operations
 * and changes of status go to the default bus. Left out: auto scaling, connections and VPC
 * resources. An operation always succeeds, and ends with its own answer.
 */

import type { Emit } from "../eventbridge/event.ts";
import { type Members, validationSentence } from "../input/members.ts";
import { operationsOf, perRegion } from "../input/operations.ts";
import { listingPage, ordinalKey, type Paging } from "../input/page.ts";
import { refused, unreachable } from "../input/refusal.ts";
import type { Call, Service } from "../server/operation.ts";
import { authorizeAppRunner } from "./authorize.ts";
import { emitOperation } from "./events.ts";
import {
  type AppRunnerService,
  type AppRunnerServices,
  afterOperation,
  existingService,
  newService,
  type OperationType,
  shown,
  summary,
  updatedService,
} from "./service.ts";

/** The Regions that have App Runner. In others its host name does not resolve. */
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

/** The service, with one state for each of its Regions. */
export function appRunner(dependencies: {
  readonly emit: Emit;
  readonly paging: () => Paging;
}): Service {
  const { emit, paging } = dependencies;
  const servicesOf = perRegion((): AppRunnerServices => new Map());
  const act = (
    services: AppRunnerServices,
    call: Call,
    before: AppRunnerService,
    change: { readonly type: OperationType; readonly status: AppRunnerService["status"] },
  ): object => {
    const { service, operationId } = afterOperation(before, call, change);
    services.set(service.arn, service);
    emitOperation(emit, call, { before, service, type: change.type });
    const shownService = shown(service, call, "OPERATION_IN_PROGRESS");
    return { Service: shownService, OperationId: operationId };
  };
  return {
    name: "apprunner",
    protocol: "json-1.0",
    targetPrefix: "AppRunner",
    operations: operationsOf({
      handlers: {
        CreateService: (services, members, call) => {
          const service = newService(services, members, call);
          return act(services, call, service, { type: "CREATE_SERVICE", status: "RUNNING" });
        },
        ListServices: (services, members, call) => listServices(services, members, call, paging()),
        DescribeService: (services, members, call) => {
          const service = existingService(services, members);
          return { Service: shown(service, call, service.status) };
        },
        UpdateService: (services, members, call) => {
          const before = inState(existingService(services, members), ["RUNNING"]);
          const service = updatedService(before, members);
          return act(services, call, service, { type: "UPDATE_SERVICE", status: "RUNNING" });
        },
        DeleteService: (services, members, call) => {
          const before = inState(existingService(services, members), ["RUNNING", "PAUSED"]);
          return act(services, call, before, { type: "DELETE_SERVICE", status: "DELETED" });
        },
        PauseService: (services, members, call) => {
          const before = inState(existingService(services, members), ["RUNNING"]);
          return act(services, call, before, { type: "PAUSE_SERVICE", status: "PAUSED" });
        },
        ResumeService: (services, members, call) => {
          const before = inState(existingService(services, members), ["PAUSED"]);
          return act(services, call, before, { type: "RESUME_SERVICE", status: "RUNNING" });
        },
        StartDeployment: (services, members, call) =>
          startDeployment(services, members, call, emit),
        ListOperations: (services, members) => listOperations(services, members, paging()),
        ListTagsForResource: (services, members) => {
          const arn = members.text("ResourceArn");
          const tags = services.get(arn)?.tags;
          if (tags === undefined) {
            throw refused("ResourceNotFoundException", `No resource found for ARN: ${arn}.`);
          }
          return { Tags: [...tags].map(([Key, Value]) => ({ Key, Value })) };
        },
      },
      stateOf: (call: Call) => {
        if (!appRunnerRegions.has(call.region)) throw unreachable();
        return servicesOf(call);
      },
      refuse: (violation) => refused("InvalidRequestException", validationSentence(violation)),
    }),
    keep: servicesOf.keep,
    authorize: (call) =>
      appRunnerRegions.has(call.region) ? authorizeAppRunner(servicesOf(call), call) : [],
  };
}

function inState(
  service: AppRunnerService,
  states: readonly AppRunnerService["status"][],
): AppRunnerService {
  if (states.includes(service.status)) return service;
  throw refused(
    "InvalidStateException",
    `Operation not permitted while the service is in state ${service.status}: ${service.arn}`,
  );
}

function startDeployment(
  services: AppRunnerServices,
  members: Members,
  call: Call,
  emit: Emit,
): object {
  const before = inState(existingService(services, members), ["RUNNING"]);
  const { service, operationId } = afterOperation(before, call, {
    type: "START_DEPLOYMENT",
    status: "RUNNING",
  });
  services.set(service.arn, service);
  emitOperation(emit, call, { before, service, type: "START_DEPLOYMENT" });
  return { OperationId: operationId };
}

/** ListServices: a deleted service is still listed for a while, as DELETED. */
function listServices(
  services: AppRunnerServices,
  members: Members,
  call: Call,
  paging: Paging,
): object {
  const listed = [...services.values()].filter(
    ({ deletedAt }) => deletedAt === null || call.now.getTime() - deletedAt.getTime() < lingerMs,
  );
  const page = listingPage(members, {
    items: listed,
    keyOf: (service) => ordinalKey(service.ordinal),
    limit: members.optionalCount("MaxResults", { min: 1, max: 20 }) ?? 20,
    tokenName: "NextToken",
    scope: "services",
    paging,
    badToken,
  });
  return { ServiceSummaryList: page.items.map(summary), ...page.next };
}

function badToken(): Error {
  return refused("InvalidRequestException", "The NextToken provided is invalid.");
}

/** ListOperations: the newest first. */
function listOperations(services: AppRunnerServices, members: Members, paging: Paging): object {
  const service = existingService(services, members);
  const page = listingPage(members, {
    items: service.operations.map((operation, i) => ({ operation, key: ordinalKey(i) })),
    keyOf: ({ key }) => key,
    limit: members.optionalCount("MaxResults", { min: 1, max: 20 }) ?? 20,
    tokenName: "NextToken",
    scope: `operations ${service.arn}`,
    paging,
    badToken,
  });
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
    ...page.next,
  };
}
