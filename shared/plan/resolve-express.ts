import type { Reading } from "../aws/reading.ts";
import type { EcsExpressTarget } from "../document/index.ts";
import type { ResolvedEcsExpress } from "../trust/index.ts";
import { absenceIn, type Collected, missingTarget } from "./missing.ts";
import type { NewlyPassed } from "./newly-granted.ts";
import type { EcsExpressService, ObservedTargets } from "./observed.ts";
import { isGranted, type TargetMemory } from "./target-memory.ts";

const register = "ecs:RegisterTaskDefinition";
const pass = "iam:PassRole";

/** Resolves one ECS Express service; see `resolveTargets` for what keeps one that is not shown. */
export function resolveExpress(
  entry: EcsExpressTarget,
  observed: ObservedTargets,
  memory: TargetMemory,
): Collected<ResolvedEcsExpress> {
  const reading = readingOf(entry, observed);
  if (reading.kind === "found") return { found: [reading.value], missing: [] };
  const absence = absenceIn(reading);
  const last = rememberedOf(entry, memory);
  const kept = last.length > 0 || absence.why !== "unreadable" ? last : standingOf(entry, memory);
  return {
    found: kept,
    missing: [missingTarget("ecsExpress", nameOf(entry), absence, kept.length > 0)],
  };
}

function nameOf({ cluster, service }: EcsExpressTarget): string {
  return `${cluster}/${service}`;
}

function readingOf(entry: EcsExpressTarget, observed: ObservedTargets): Reading<EcsExpressService> {
  return observed.ecsExpress.get(nameOf(entry)) ?? { kind: "absent" };
}

/** What memory has of the service, less whatever is not of its shape or not in force. */
function rememberedOf(
  { cluster, service }: EcsExpressTarget,
  { arns, remembered, grants }: TargetMemory,
): readonly ResolvedEcsExpress[] {
  const arn = arns.ecsService(cluster, service);
  if (!isGranted(grants, arn, "ecs:")) return [];
  return (remembered?.ecsExpress ?? [])
    .filter((last) => last.cluster === cluster && last.service === service && last.arn === arn)
    .filter(({ taskFamilyArn }) => isFamilyInForce(taskFamilyArn, { arns, grants }))
    .map(({ taskFamilyArn, passRoles }) => ({
      cluster,
      service,
      arn,
      taskFamilyArn,
      passRoles: passRoles.filter((role) => isRoleInForce(role, { arns, grants })),
    }));
}

/**
 * What our own statements in force have for the service. They do not say which family and role is
 * whose, so all of this account stand for it; what belongs to a service that the document no longer
 * names thus stays until this one can be read.
 */
function standingOf(
  { cluster, service }: EcsExpressTarget,
  { arns, grants }: TargetMemory,
): readonly ResolvedEcsExpress[] {
  const arn = arns.ecsService(cluster, service);
  if (!isGranted(grants, arn, "ecs:")) return [];
  const under = (wanted: string) =>
    new Set(grants.flatMap(({ sid, resource }) => (sid === wanted ? [resource] : [])));
  const passRoles = [...under("ECSExpressPassRole")].filter((role) =>
    isRoleInForce(role, { arns, grants }),
  );
  return [...under("ECSExpressTaskDefinition")]
    .filter((family) => isFamilyInForce(family, { arns, grants }))
    .map((taskFamilyArn) => ({ cluster, service, arn, taskFamilyArn, passRoles }));
}

type InForce = Pick<TargetMemory, "arns" | "grants">;

function isFamilyInForce(arn: string, { arns, grants }: InForce): boolean {
  return arns.isTaskFamily(arn) && isGranted(grants, arn, register);
}

function isRoleInForce(arn: string, { arns, grants }: InForce): boolean {
  return arns.isRole(arn) && isGranted(grants, arn, pass);
}

/**
 * The roles that an existing service passes now and did not pass before. Memory says what it passed;
 * where it does not know the service, the policy in force does. A service that neither knows is
 * new, and its roles come with it.
 */
export function newlyPassedBy(
  entry: EcsExpressTarget,
  observed: ObservedTargets,
  { arns, remembered, grants }: TargetMemory,
): readonly NewlyPassed[] {
  const reading = readingOf(entry, observed);
  if (reading.kind !== "found") return [];
  const { cluster, service } = entry;
  const arn = arns.ecsService(cluster, service);
  const before = (remembered?.ecsExpress ?? []).filter(
    (last) => last.cluster === cluster && last.service === service && last.arn === arn,
  );
  if (before.length === 0 && !isGranted(grants, arn, "ecs:")) return [];
  const passed = new Set(before.flatMap(({ passRoles }) => passRoles));
  const isKnown = (role: string) =>
    before.length > 0 ? passed.has(role) : isGranted(grants, role, pass);
  return reading.value.passRoles
    .filter((role) => !isKnown(role))
    .map((role) => ({ service: nameOf(entry), role, to: "ecs-tasks.amazonaws.com" }));
}
