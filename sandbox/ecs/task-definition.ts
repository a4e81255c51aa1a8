import type { Members } from "../input/members.ts";
import { refused } from "../input/refusal.ts";
import type { Call } from "../server/operation.ts";
import { type Place, tagsOf } from "./cluster.ts";
import type { EcsState, TaskDefinition } from "./state.ts";

export function taskDefinitionArn(place: Place, family: string, revision: string): string {
  return `arn:aws:ecs:${place.region}:${place.account}:task-definition/${family}:${revision}`;
}

/** Adds a revision to a family, which comes into being with its first one. */
export function addRevision(
  state: EcsState,
  call: Call,
  family: string,
  registered: Pick<TaskDefinition, "content" | "tags">,
): TaskDefinition {
  const before = state.families.get(family) ?? [];
  const revision = before.length + 1;
  const added: TaskDefinition = {
    arn: taskDefinitionArn(call, family, String(revision)),
    family,
    revision,
    registeredAt: call.now,
    registeredBy: call.caller.arn,
    status: "ACTIVE",
    ...registered,
  };
  state.families.set(family, [...before, added]);
  return added;
}

/** By ARN, `family:revision`, or `family` for its newest active revision; null if none exists. */
export function findTaskDefinition(state: EcsState, reference: string): TaskDefinition | null {
  const [family = "", revision] = reference.replace(/^arn:[^/]*:task-definition\//, "").split(":");
  const revisions = state.families.get(family) ?? [];
  const found =
    revision === undefined
      ? revisions.findLast(({ status }) => status === "ACTIVE")
      : revisions.find((one) => String(one.revision) === revision);
  return found ?? null;
}

export function registerTaskDefinition(state: EcsState, members: Members, call: Call): object {
  const family = members.text("family", { min: 1, max: 255, pattern: /[A-Za-z0-9_-]+/ });
  const containers = members.structures("containerDefinitions", { min: 1, max: 10 });
  for (const container of containers) {
    container.text("name", { min: 1 });
    container.text("image", { min: 1 });
  }
  const { family: _, tags: __, ...content } = call.input;
  return answer(addRevision(state, call, family, { content, tags: tagsOf(members) }), true);
}

export function describeTaskDefinition(state: EcsState, members: Members): object {
  const found = findTaskDefinition(state, members.text("taskDefinition"));
  if (found === null) {
    throw refused("ClientException", "Unable to describe task definition.");
  }
  const include = members.optionalTexts("include", { each: { oneOf: ["TAGS"] } }) ?? [];
  return answer(found, include.includes("TAGS"));
}

/** DeregisterTaskDefinition: the revision stays, inactive, and no service can be moved to it. */
export function deregisterTaskDefinition(state: EcsState, members: Members): object {
  const reference = members.text("taskDefinition");
  const found = findTaskDefinition(state, reference);
  if (!/:\d+$/.test(reference) || found === null) {
    throw refused("ClientException", "The specified task definition does not exist.");
  }
  const inactive: TaskDefinition = { ...found, status: "INACTIVE" };
  const revisions = state.families.get(found.family) ?? [];
  state.families.set(
    found.family,
    revisions.map((one) => (one.revision === found.revision ? inactive : one)),
  );
  return { taskDefinition: shown(inactive) };
}

function answer(definition: TaskDefinition, withTags: boolean): object {
  const tags = withTags ? [...definition.tags].map(([key, value]) => ({ key, value })) : [];
  return { taskDefinition: shown(definition), tags };
}

function shown(definition: TaskDefinition): object {
  return {
    volumes: [],
    placementConstraints: [],
    ...definition.content,
    taskDefinitionArn: definition.arn,
    family: definition.family,
    revision: definition.revision,
    status: definition.status,
    compatibilities: ["EC2", "FARGATE"],
    registeredAt: definition.registeredAt,
    registeredBy: definition.registeredBy,
  };
}
