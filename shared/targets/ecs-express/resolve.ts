import { iamArn } from "../../aws/arn.ts";
import type { Reading } from "../../aws/reading.ts";
import { arnIn, hasRest, isRoleIn } from "../arns.ts";
import { type EcsService, ecsServiceArn, ecsServiceName } from "../ecs-service.ts";
import { isGranted } from "../in-force.ts";
import type { Place, Placeholders, TargetMemory } from "../kind.ts";
import { absenceIn, type Collected } from "../missing.ts";
import { type NewGrant, newlyPassed } from "../new-grant.ts";
import { passRoleSid, type ResolvedEcsExpress, taskDefinitionSid } from "./statements.ts";

/** By `CLUSTER/SERVICE`. */
export type FoundExpress = ReadonlyMap<string, Reading<ResolvedEcsExpress>>;

type Memory = TargetMemory<ResolvedEcsExpress>;

const register = "ecs:RegisterTaskDefinition";
const pass = "iam:PassRole";

/** Resolves one service. */
export function resolveExpress(
  entry: EcsService,
  found: FoundExpress,
  memory: Memory,
): Collected<ResolvedEcsExpress> {
  const reading = readingOf(entry, found);
  if (reading.kind === "found") return { found: [reading.value], missing: [] };
  const absence = absenceIn(reading);
  const last = rememberedOf(entry, memory);
  const kept = last.length > 0 || absence.why !== "unreadable" ? last : standingOf(entry, memory);
  const missing = { ...absence, name: ecsServiceName(entry), kept: kept.length > 0 };
  return { found: kept, missing: [missing] };
}

/** Only the service shows its family and its roles: until it does, each has a placeholder. */
export function namedExpress(
  entry: EcsService,
  found: FoundExpress,
  { place, idOf }: Placeholders,
): ResolvedEcsExpress {
  const reading = readingOf(entry, found);
  if (reading.kind === "found") return reading.value;
  const own = `named-${idOf(ecsServiceName(entry))}`;
  return {
    ...entry,
    arn: ecsServiceArn(place, entry),
    taskFamilyArn: `${taskDefinitions(place)}${own}:*`,
    passRoles: [iamArn(place.account, `role/${own}`)],
  };
}

function readingOf(entry: EcsService, found: FoundExpress): Reading<ResolvedEcsExpress> {
  return found.get(ecsServiceName(entry)) ?? { kind: "absent" };
}

/** What memory has of the service, less whatever is not of its shape or not in force. */
function rememberedOf(entry: EcsService, memory: Memory): readonly ResolvedEcsExpress[] {
  const arn = ecsServiceArn(memory.place, entry);
  if (!isGranted(memory.grants, arn, "ecs:")) return [];
  return lastOf(entry, memory)
    .filter(({ taskFamilyArn }) => isFamilyInForce(taskFamilyArn, memory))
    .map(({ taskFamilyArn, passRoles }) => ({
      cluster: entry.cluster,
      service: entry.service,
      arn,
      taskFamilyArn,
      passRoles: passRoles.filter((role) => isRoleInForce(role, memory)),
    }));
}

function lastOf(entry: EcsService, { last, place }: Memory): readonly ResolvedEcsExpress[] {
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
): readonly ResolvedEcsExpress[] {
  const arn = ecsServiceArn(memory.place, { cluster, service });
  if (!isGranted(memory.grants, arn, "ecs:")) return [];
  const under = (wanted: string) =>
    new Set(memory.grants.flatMap(({ sid, resource }) => (sid === wanted ? [resource] : [])));
  const passRoles = [...under(passRoleSid)].filter((role) => isRoleInForce(role, memory));
  return [...under(taskDefinitionSid)]
    .filter((family) => isFamilyInForce(family, memory))
    .map((taskFamilyArn) => ({ cluster, service, arn, taskFamilyArn, passRoles }));
}

/** Every revision of a family. A service's name does not say which family it has. */
function taskDefinitions(place: Place): string {
  return arnIn(place, "ecs", "task-definition/");
}

function isFamilyInForce(arn: string, { place, grants }: Memory): boolean {
  const isFamily = hasRest(arn, taskDefinitions(place), /^[A-Za-z0-9_-]{1,255}:\*$/);
  return isFamily && isGranted(grants, arn, register);
}

function isRoleInForce(arn: string, { place, grants }: Memory): boolean {
  return isRoleIn(place.account, arn) && isGranted(grants, arn, pass);
}

/**
 * The roles that an existing service passes now and did not pass before. Memory says what it passed;
 * where it does not know the service, the policy in force does. A service that neither knows is
 * new, and its roles come with it.
 */
export function newlyPassedBy(
  entry: EcsService,
  found: FoundExpress,
  memory: Memory,
): readonly NewGrant[] {
  const reading = readingOf(entry, found);
  if (reading.kind !== "found") return [];
  const { grants, place } = memory;
  const before = lastOf(entry, memory);
  if (before.length === 0 && !isGranted(grants, ecsServiceArn(place, entry), "ecs:")) return [];
  const passed = new Set(before.flatMap(({ passRoles }) => passRoles));
  const isKnown = (role: string) =>
    before.length > 0 ? passed.has(role) : isGranted(grants, role, pass);
  return reading.value.passRoles
    .filter((role) => !isKnown(role))
    .map((role) => newlyPassed(ecsServiceName(entry), role, "ecs-tasks.amazonaws.com"));
}
