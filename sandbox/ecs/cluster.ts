import type { Members } from "../input/members.ts";
import { byKey, listingPage, type Paging } from "../input/page.ts";
import { refused } from "../input/refusal.ts";
import type { Call } from "../server/operation.ts";
import type { EcsState } from "./state.ts";

export type Place = { readonly region: string; readonly account: string };

/** A cluster may be given by name or by ARN; without one it is `default`. */
export function clusterName(nameOrArn: string | null): string {
  return (nameOrArn ?? "default").replace(/^arn:[^/]*:cluster\//, "");
}

export function clusterArn(place: Place, name: string): string {
  return `arn:aws:ecs:${place.region}:${place.account}:cluster/${name}`;
}

export function existingCluster(state: EcsState, name: string): string {
  if (!state.clusters.has(name)) {
    throw refused("ClusterNotFoundException", "Cluster not found.");
  }
  return name;
}

export function createCluster(state: EcsState, members: Members, call: Call): object {
  const name = members.optionalText("clusterName", { min: 1, max: 255, pattern: /[A-Za-z0-9_-]+/ });
  const tags = tagsOf(members);
  const made = name ?? "default";
  if (!state.clusters.has(made)) state.clusters.set(made, { name: made, tags });
  return { cluster: shown(state, call, made) };
}

export function tagsOf(members: Members): ReadonlyMap<string, string> {
  return new Map(
    members
      .structures("tags", { max: 50 })
      .map((tag): [string, string] => [
        tag.text("key", { min: 1, max: 128 }),
        tag.optionalText("value", { max: 256 }) ?? "",
      ]),
  );
}

export function listClusters(
  state: EcsState,
  members: Members,
  call: Call,
  paging: Paging,
): object {
  const keyOf = (arn: string): string => arn;
  const page = listingPage(members, {
    items: [...state.clusters.keys()].map((name) => clusterArn(call, name)).sort(byKey(keyOf)),
    keyOf,
    limit: members.optionalCount("maxResults", { min: 1, max: 100 }) ?? 100,
    tokenName: "nextToken",
    scope: "clusters",
    paging,
    badToken,
  });
  return { clusterArns: page.items, ...page.next };
}

export function badToken(): Error {
  return refused("InvalidParameterException", "Invalid token.");
}

export function describeClusters(state: EcsState, members: Members, call: Call): object {
  const asked = members.optionalTexts("clusters", { max: 100 }) ?? ["default"];
  const names = asked.map(clusterName);
  return {
    clusters: names
      .filter((name) => state.clusters.has(name))
      .map((name) => shown(state, call, name)),
    failures: names
      .filter((name) => !state.clusters.has(name))
      .map((name) => ({ arn: clusterArn(call, name), reason: "MISSING" })),
  };
}

function shown(state: EcsState, call: Call, name: string): object {
  const active = [...state.services.values()].filter(
    ({ cluster, status }) => cluster === name && status === "ACTIVE",
  );
  const tags = state.clusters.get(name)?.tags ?? new Map<string, string>();
  return {
    clusterArn: clusterArn(call, name),
    clusterName: name,
    status: "ACTIVE",
    registeredContainerInstancesCount: 0,
    runningTasksCount: active.length,
    pendingTasksCount: 0,
    activeServicesCount: active.length,
    statistics: [],
    tags: [...tags].map(([key, value]) => ({ key, value })),
    settings: [],
    capacityProviders: [],
    defaultCapacityProviderStrategy: [],
  };
}
