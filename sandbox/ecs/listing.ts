import type { Members } from "../input/members.ts";
import { byKey, listingPage, type Paging } from "../input/page.ts";
import { refused } from "../input/refusal.ts";
import type { Call } from "../server/operation.ts";
import { badToken, clusterArn, clusterName, existingCluster } from "./cluster.ts";
import { serviceArn } from "./express.ts";
import { managementOf, shown } from "./shown.ts";
import type { EcsService, EcsState } from "./state.ts";

/** ListServices: the ARNs of a cluster's live services; `ECS` are those in Express mode. */
export function listServices(state: EcsState, members: Members, paging: Paging): object {
  const cluster = existingCluster(state, clusterName(members.optionalText("cluster")));
  const management = members.optionalText("resourceManagementType", { oneOf: ["CUSTOMER", "ECS"] });
  const keyOf = (service: EcsService): string => service.arn;
  const page = listingPage(members, {
    items: [...state.services.values()]
      .filter((service) => service.cluster === cluster && service.status === "ACTIVE")
      .filter((service) => management === null || managementOf(service) === management)
      .sort(byKey(keyOf)),
    keyOf,
    limit: members.optionalCount("maxResults", { min: 1, max: 100 }) ?? 10,
    tokenName: "nextToken",
    scope: `services ${cluster} ${management ?? ""}`,
    paging,
    badToken,
  });
  return { serviceArns: page.items.map(keyOf), ...page.next };
}

/** DescribeServices: by name or ARN; what is not there is a failure in the answer. */
export function describeServices(state: EcsState, members: Members, call: Call): object {
  const cluster = existingCluster(state, clusterName(members.optionalText("cluster")));
  const asked = members.texts("services");
  if (asked.length === 0) throw refused("InvalidParameterException", "Services cannot be empty.");
  if (asked.length > 10) {
    const message = "Too many services, the maximum is 10.";
    throw refused("InvalidParameterException", message);
  }
  const found = asked.map((nameOrArn) => {
    const arn = nameOrArn.startsWith("arn:") ? nameOrArn : serviceArn(call, cluster, nameOrArn);
    const service = state.services.get(arn);
    return { arn, service: service?.cluster === cluster ? service : undefined };
  });
  return {
    services: found.flatMap(({ service }) => (service === undefined ? [] : [shown(service, call)])),
    failures: found.flatMap(({ arn, service }) =>
      service === undefined ? [{ arn, reason: "MISSING" }] : [],
    ),
  };
}

/** ListServiceDeployments: of an Express service the newest one, which is over at once. */
export function listServiceDeployments(state: EcsState, members: Members, call: Call): object {
  const cluster = existingCluster(state, clusterName(members.optionalText("cluster")));
  const nameOrArn = members.text("service", { min: 1 });
  const arn = nameOrArn.startsWith("arn:") ? nameOrArn : serviceArn(call, cluster, nameOrArn);
  const service = state.services.get(arn);
  if (service === undefined || service.cluster !== cluster) {
    throw refused("ServiceNotFoundException", "Service not found.");
  }
  if (service.kind !== "express") return { serviceDeployments: [] };
  const { revisionArn, createdAt } = service.configuration;
  const id = revisionArn.slice(revisionArn.lastIndexOf("/") + 1);
  const deployment = {
    serviceDeploymentArn: `${arn.replace(":service/", ":service-deployment/")}/${id}`,
    serviceArn: arn,
    clusterArn: clusterArn(call, cluster),
    targetServiceRevisionArn: revisionArn,
    status: "SUCCESSFUL",
    createdAt,
    startedAt: createdAt,
    finishedAt: createdAt,
  };
  return { serviceDeployments: [deployment] };
}
