import {
  type Authorization,
  requestTagContext,
  resourceTagContext,
  tagsIn,
  textIn,
  textsIn,
} from "../input/authorization.ts";
import type { Call } from "../server/operation.ts";
import { clusterArn, clusterName } from "./cluster.ts";
import { familyOf, serviceArn } from "./express.ts";
import type { EcsState } from "./state.ts";
import { findTaskDefinition, taskDefinitionArn } from "./task-definition.ts";

/**
 * What IAM checks for an ECS call. A call that hands over roles, itself or by the task definition
 * that it names, also needs `iam:PassRole` on each; one that makes a revision of an Express service
 * also needs `ecs:RegisterTaskDefinition` on its family; one that tags what it creates also needs
 * `ecs:TagResource`. Sources: Service Authorization Reference, Amazon ECS; ECS Developer Guide,
 * "Grant permission to tag resources on creation".
 */
export function authorizeEcs(state: EcsState, call: Call): readonly Authorization[] {
  const action = `ecs:${call.operation}`;
  const cluster = clusterName(textIn(call.input, "cluster"));
  const inCluster: [string, readonly string[]] = ["ecs:cluster", [clusterArn(call, cluster)]];
  const tags = requestTagContext(tagsIn(call.input, "tags"));
  switch (call.operation) {
    case "ListClusters":
    case "DescribeTaskDefinition":
    case "DeregisterTaskDefinition":
      return [{ action, resource: "*" }];
    case "ListServices":
      return [{ action, resource: "*", context: new Map([inCluster]) }];
    case "CreateCluster": {
      const name = textIn(call.input, "clusterName") ?? "default";
      const resource = clusterArn(call, name);
      return [{ action, resource, context: tags }, ...tagging(call, resource)];
    }
    case "DescribeClusters": {
      const names = textsIn(call.input, "clusters");
      return (names.length > 0 ? names : ["default"]).map((name) => ({
        action,
        resource: clusterArn(call, clusterName(name)),
      }));
    }
    case "RegisterTaskDefinition": {
      const family = textIn(call.input, "family") ?? "";
      const resource = taskDefinitionArn(call, family, "*");
      return [
        { action, resource, context: tags },
        ...tagging(call, resource),
        ...passedRoles(call.input),
      ];
    }
    case "DescribeServices":
      return textsIn(call.input, "services").map((nameOrArn) =>
        onService(state, call, nameOrArn, cluster),
      );
    default: {
      const service = onService(state, call, serviceIn(call), cluster);
      const context = new Map([...(service.context ?? []), ...namedTaskDefinition(call)]);
      return [
        { ...service, context },
        ...tagging(call, service.resource),
        ...revisions(call, cluster),
        ...passedRoles(call.input),
        ...rolesOfTaskDefinition(state, call),
      ];
    }
  }
}

function serviceIn(call: Call): string {
  return (
    textIn(call.input, "serviceArn") ??
    textIn(call.input, "serviceName") ??
    textIn(call.input, "service") ??
    ""
  );
}

function onService(state: EcsState, call: Call, nameOrArn: string, cluster: string): Authorization {
  const resource = nameOrArn.startsWith("arn:") ? nameOrArn : serviceArn(call, cluster, nameOrArn);
  const at = resource.split("/").at(-2) ?? cluster;
  const context = new Map([
    ["ecs:cluster", [clusterArn(call, at)]],
    ...requestTagContext(tagsIn(call.input, "tags")),
    ...resourceTagContext(state.services.get(resource)?.tags ?? new Map(), "ecs"),
  ]);
  return { action: `ecs:${call.operation}`, resource, context };
}

function revisions(call: Call, cluster: string): readonly Authorization[] {
  const action = "ecs:RegisterTaskDefinition";
  switch (call.operation) {
    case "CreateExpressGatewayService":
    case "UpdateExpressGatewayService": {
      const nameOrArn = serviceIn(call).split("/");
      const name = nameOrArn.at(-1) ?? "";
      const family = familyOf({ cluster: nameOrArn.at(-2) ?? cluster, name });
      return [{ action, resource: taskDefinitionArn(call, family, "*") }];
    }
    default:
      return [];
  }
}

function tagging(call: Call, resource: string): readonly Authorization[] {
  const tags = tagsIn(call.input, "tags");
  if (tags.size === 0) return [];
  const context = new Map([...requestTagContext(tags), ["ecs:CreateAction", [call.operation]]]);
  return [{ action: "ecs:TagResource", resource, context }];
}

/** The task definition that a call names, as an ARN; without a revision where it names none. */
function namedTaskDefinition(call: Call): readonly [string, readonly string[]][] {
  const reference = textIn(call.input, "taskDefinition");
  if (reference === null) return [];
  const [family = "", ...revision] = reference.replace(/^arn:.*\//, "").split(":");
  const arn = taskDefinitionArn(call, family, "").replace(/:$/, "");
  return [["ecs:task-definition", [[arn, ...revision].join(":")]]];
}

/** A service that is created with a task definition, or moved to one, runs with its roles. */
function rolesOfTaskDefinition(state: EcsState, call: Call): readonly Authorization[] {
  const reference = textIn(call.input, "taskDefinition");
  const found = reference === null ? null : findTaskDefinition(state, reference);
  return found === null ? [] : passedRoles(found.content);
}

/** The roles that a request or a task definition hands over, and who gets to use each. */
function passedRoles(input: Call["input"]): readonly Authorization[] {
  const passed = [
    ["executionRoleArn", "ecs-tasks.amazonaws.com"],
    ["taskRoleArn", "ecs-tasks.amazonaws.com"],
    ["infrastructureRoleArn", "ecs.amazonaws.com"],
  ] as const;
  return passed.flatMap(([member, service]) => {
    const resource = textIn(input, member);
    if (resource === null) return [];
    const context = new Map([["iam:PassedToService", [service]]]);
    return [{ action: "iam:PassRole", resource, context }];
  });
}
