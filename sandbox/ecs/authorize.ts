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
import { taskDefinitionArn } from "./task-definition.ts";

/**
 * What IAM checks for an ECS call. A call that hands over roles also needs `iam:PassRole` on each;
 * one that makes a revision of an Express service also needs `ecs:RegisterTaskDefinition` on its
 * family. Source: Service Authorization Reference, Amazon ECS.
 */
export function authorizeEcs(state: EcsState, call: Call): readonly Authorization[] {
  const action = `ecs:${call.operation}`;
  const cluster = clusterName(textIn(call.input, "cluster"));
  const inCluster: [string, readonly string[]] = ["ecs:cluster", [clusterArn(call, cluster)]];
  const tags = requestTagContext(tagsIn(call.input, "tags"));
  switch (call.operation) {
    case "ListClusters":
    case "DescribeTaskDefinition":
      return [{ action, resource: "*" }];
    case "ListServices":
      return [{ action, resource: "*", context: new Map([inCluster]) }];
    case "CreateCluster": {
      const name = textIn(call.input, "clusterName") ?? "default";
      return [{ action, resource: clusterArn(call, name), context: tags }];
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
      return [{ action, resource, context: tags }, ...passedRoles(call)];
    }
    case "DescribeServices":
      return textsIn(call.input, "services").map((nameOrArn) =>
        onService(state, call, action, nameOrArn, cluster),
      );
    default:
      return [
        onService(state, call, action, serviceIn(call), cluster),
        ...revisions(call, cluster),
        ...passedRoles(call),
      ];
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

function onService(
  state: EcsState,
  call: Call,
  action: string,
  nameOrArn: string,
  cluster: string,
): Authorization {
  const resource = nameOrArn.startsWith("arn:") ? nameOrArn : serviceArn(call, cluster, nameOrArn);
  const at = resource.split("/").at(-2) ?? cluster;
  const context = new Map([
    ["ecs:cluster", [clusterArn(call, at)]],
    ...requestTagContext(tagsIn(call.input, "tags")),
    ...resourceTagContext(state.services.get(resource)?.tags ?? new Map(), "ecs"),
  ]);
  return { action, resource, context };
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

/** The roles that a request hands over, and the service that gets to use each. */
function passedRoles(call: Call): readonly Authorization[] {
  const passed = [
    ["executionRoleArn", "ecs-tasks.amazonaws.com"],
    ["taskRoleArn", "ecs-tasks.amazonaws.com"],
    ["infrastructureRoleArn", "ecs.amazonaws.com"],
  ] as const;
  return passed.flatMap(([member, service]) => {
    const resource = textIn(call.input, member);
    if (resource === null) return [];
    const context = new Map([["iam:PassedToService", [service]]]);
    return [{ action: "iam:PassRole", resource, context }];
  });
}
