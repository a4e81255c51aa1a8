import * as z from "zod/mini";
import { iamArn } from "../aws/arn.ts";
import { arnIn, hasRest, isRoleIn } from "./arns.ts";
import { type EcsService, ecsServiceArn, ecsServiceName } from "./ecs-service.ts";
import { isGranted } from "./in-force.ts";
import type { Place, Placeholders, TargetMemory } from "./kind.ts";
import type { Absence, Collected } from "./missing.ts";

/** Who takes on the roles of a task definition (ECS developer guide, "Amazon ECS task IAM role"). */
export const tasksPrincipal = "ecs-tasks.amazonaws.com";

/** A service of ECS that was found, with what a deployment of it registers and passes. */
export type ResolvedEcsService = EcsService & {
  readonly arn: string;
  /** `arn:…:task-definition/FAMILY:*`: every revision of the service's family. */
  readonly taskFamilyArn: string;
  /** ARNs of the execution role and of the task role, as far as the service has them. */
  readonly passRoles: readonly string[];
};

/** A resolved service as records and statuses hold it. */
export const ecsServiceMemory = z.object({
  cluster: z.string(),
  service: z.string(),
  arn: z.string(),
  taskFamilyArn: z.string(),
  passRoles: z.array(z.string()),
});

/** What AWS shows of a service, or why it does not show one that jobs can deploy. */
export type ShownService =
  | { readonly kind: "found"; readonly value: ResolvedEcsService }
  | { readonly kind: "missing"; readonly absence: Absence };

/** What tells the statements of one kind of service from those of another. */
export type EcsSids = {
  /** The action that deploys: what grants another kind's on the same ARN does not count. */
  readonly deploys: string;
  readonly taskDefinition: string;
  readonly passRole: string;
};

type Memory = TargetMemory<ResolvedEcsService>;

const register = "ecs:RegisterTaskDefinition";
const pass = "iam:PassRole";

/** Resolves one service: one that AWS does not show keeps what it had last, as far as that is in force. */
export function resolveEcsService(
  entry: EcsService,
  shown: ShownService,
  memory: Memory,
  sids: EcsSids,
): Collected<ResolvedEcsService> {
  if (shown.kind === "found") return { found: [shown.value], missing: [] };
  const { absence } = shown;
  const last = rememberedOf(entry, memory, sids);
  const isKnown = last.length > 0 || absence.why !== "unreadable";
  const kept = isKnown ? last : standingOf(entry, memory, sids);
  const missing = { ...absence, name: ecsServiceName(entry), kept: kept.length > 0 };
  return { found: kept, missing: [missing] };
}

/** Only the service shows its family and its roles: until it does, each has a placeholder. */
export function namedEcsService(
  entry: EcsService,
  shown: ShownService,
  { place, idOf }: Placeholders,
): ResolvedEcsService {
  if (shown.kind === "found") return shown.value;
  const own = `named-${idOf(ecsServiceName(entry))}`;
  return {
    ...entry,
    arn: ecsServiceArn(place, entry),
    taskFamilyArn: `${taskDefinitions(place)}${own}:*`,
    passRoles: [iamArn(place.account, `role/${own}`)],
  };
}

/** What memory has of the service, less whatever is not of its shape or not in force. */
function rememberedOf(
  entry: EcsService,
  memory: Memory,
  sids: EcsSids,
): readonly ResolvedEcsService[] {
  const arn = ecsServiceArn(memory.place, entry);
  if (!isGranted(memory.grants, arn, sids.deploys)) return [];
  return lastOf(entry, memory)
    .filter(({ taskFamilyArn }) => isFamilyInForce(taskFamilyArn, memory))
    .map(({ taskFamilyArn, passRoles }) => ({
      cluster: entry.cluster,
      service: entry.service,
      arn,
      taskFamilyArn,
      passRoles: passRoles.filter((role) => isRoleInForce(role, memory, sids)),
    }));
}

function lastOf(entry: EcsService, { last, place }: Memory): readonly ResolvedEcsService[] {
  const arn = ecsServiceArn(place, entry);
  return last.filter(
    (before) =>
      before.cluster === entry.cluster && before.service === entry.service && before.arn === arn,
  );
}

/**
 * What our own statements in force have for the service. They do not say which family and role is
 * whose, so all of this account are kept. What belongs to a service that the document no longer names
 * stays until this one can be read.
 */
function standingOf(
  { cluster, service }: EcsService,
  memory: Memory,
  sids: EcsSids,
): readonly ResolvedEcsService[] {
  const arn = ecsServiceArn(memory.place, { cluster, service });
  if (!isGranted(memory.grants, arn, sids.deploys)) return [];
  const under = (wanted: string) =>
    new Set(memory.grants.flatMap(({ sid, resource }) => (sid === wanted ? [resource] : [])));
  const passRoles = [...under(sids.passRole)].filter((role) => isRoleInForce(role, memory, sids));
  return [...under(sids.taskDefinition)]
    .filter((family) => isFamilyInForce(family, memory))
    .map((taskFamilyArn) => ({ cluster, service, arn, taskFamilyArn, passRoles }));
}

/** Every revision of a family. A service's name does not say which family it has. */
function taskDefinitions(place: Place): string {
  return arnIn(place, "ecs", "task-definition/");
}

/** Is this every revision of a family, and of one family alone? */
export function isTaskFamily(place: Place, arn: string): boolean {
  return hasRest(arn, taskDefinitions(place), /^[A-Za-z0-9_-]{1,255}:\*$/);
}

function isFamilyInForce(arn: string, { place, grants }: Memory): boolean {
  return isTaskFamily(place, arn) && isGranted(grants, arn, register);
}

/** Each kind passes its roles to services of its own, so only its own statement keeps one. */
function isRoleInForce(arn: string, { place, grants }: Memory, { passRole }: EcsSids): boolean {
  const own = grants.filter(({ sid }) => sid === passRole);
  return isRoleIn(place.account, arn) && isGranted(own, arn, pass);
}

/** What of an existing service's families and roles is new. */
type NewOfService = {
  readonly families: readonly string[];
  readonly roles: readonly string[];
};

/**
 * The families and roles that an existing service has now and did not have before. Memory says what
 * it had; where it does not know the service, the policy in force does. A service that neither knows
 * is new, and its family and roles come with it.
 */
export function newOfService(entry: EcsService, shown: ShownService, memory: Memory): NewOfService {
  const { grants, place } = memory;
  const before = lastOf(entry, memory);
  const isNew = before.length === 0 && !isGranted(grants, ecsServiceArn(place, entry), "ecs:");
  if (shown.kind !== "found" || isNew) return { families: [], roles: [] };
  const { taskFamilyArn, passRoles } = shown.value;
  const isUnknown = (had: readonly string[], resource: string, action: string) =>
    before.length > 0 ? !had.includes(resource) : !isGranted(grants, resource, action);
  const hadFamilies = before.map((each) => each.taskFamilyArn);
  const hadRoles = before.flatMap((each) => each.passRoles);
  return {
    families: [taskFamilyArn].filter((family) => isUnknown(hadFamilies, family, register)),
    roles: passRoles.filter((role) => isUnknown(hadRoles, role, pass)),
  };
}
