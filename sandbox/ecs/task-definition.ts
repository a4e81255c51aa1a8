import type { Members } from "../input/members.ts";
import { refused } from "../input/refusal.ts";
import type { Call } from "../server/operation.ts";
import type { Place } from "./cluster.ts";
import type { EcsState, TaskDefinition } from "./state.ts";

export function taskDefinitionArn(place: Place, family: string, revision: string): string {
  return `arn:aws:ecs:${place.region}:${place.account}:task-definition/${family}:${revision}`;
}

/** Adds a revision to a family, which comes into being with its first one. */
export function addRevision(
  state: EcsState,
  call: Call,
  family: string,
  content: Readonly<Record<string, unknown>>,
): TaskDefinition {
  const before = state.families.get(family) ?? [];
  const revision = before.length + 1;
  const added: TaskDefinition = {
    arn: taskDefinitionArn(call, family, String(revision)),
    family,
    revision,
    registeredAt: call.now,
    registeredBy: call.caller.arn,
    content,
  };
  state.families.set(family, [...before, added]);
  return added;
}

export function registerTaskDefinition(state: EcsState, members: Members, call: Call): object {
  const family = members.text("family", { min: 1, max: 255, pattern: /[A-Za-z0-9_-]+/ });
  const containers = members.structures("containerDefinitions", { min: 1, max: 10 });
  for (const container of containers) {
    container.text("name", { min: 1 });
    container.text("image", { min: 1 });
  }
  const { family: _, tags, ...content } = call.input;
  return {
    taskDefinition: shown(addRevision(state, call, family, content)),
    tags: Array.isArray(tags) ? tags : [],
  };
}

/** DescribeTaskDefinition: by ARN, `family:revision`, or `family` for its newest revision. */
export function describeTaskDefinition(state: EcsState, members: Members): object {
  const reference = members.text("taskDefinition").replace(/^arn:[^/]*:task-definition\//, "");
  const [family = "", revision] = reference.split(":");
  const revisions = state.families.get(family) ?? [];
  const found =
    revision === undefined
      ? revisions.at(-1)
      : revisions.find((one) => String(one.revision) === revision);
  if (found === undefined) {
    throw refused("ClientException", "Unable to describe task definition.");
  }
  return { taskDefinition: shown(found), tags: [] };
}

function shown(definition: TaskDefinition): object {
  return {
    volumes: [],
    placementConstraints: [],
    ...definition.content,
    taskDefinitionArn: definition.arn,
    family: definition.family,
    revision: definition.revision,
    status: "ACTIVE",
    compatibilities: ["EC2", "FARGATE"],
    registeredAt: definition.registeredAt,
    registeredBy: definition.registeredBy,
  };
}
