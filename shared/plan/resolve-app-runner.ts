import type { Reading } from "../aws/reading.ts";
import type { AppRunnerTarget } from "../document/index.ts";
import {
  appRunnerGrants,
  appRunnerPasses,
  type PassedRoles,
  type ResolvedAppRunner,
} from "../trust/index.ts";
import { absenceIn, type Collected, type MissingTarget, missingTarget } from "./missing.ts";
import type { NewlyPassed } from "./newly-granted.ts";
import type { ObservedTargets } from "./observed.ts";
import { isGranted, isInForce, type TargetMemory } from "./target-memory.ts";

const pass = "iam:PassRole";
const noRoles: PassedRoles = { instance: [], access: [] };

/** Resolves one App Runner service; see `resolveTargets` for what keeps one that is not shown. */
export function resolveAppRunner(
  entry: AppRunnerTarget,
  observed: ObservedTargets,
  memory: TargetMemory,
): Collected<ResolvedAppRunner> {
  const { service, may } = entry;
  const arn = arnOf(service, observed);
  if (arn === undefined) return gone(entry, observed, memory);
  if (!may.includes("update")) {
    return { found: [{ service, arn, may, passes: noRoles }], missing: [] };
  }
  const roles = rolesOf(service, observed);
  if (roles.kind === "found") {
    return { found: [{ service, arn, may, passes: roles.value }], missing: [] };
  }
  const passes = keptRoles(service, false, memory);
  const kept = Object.values(passes).some((each) => each.length > 0);
  return {
    found: [{ service, arn, may, passes }],
    missing: [missingRoles(service, roles, kept)],
  };
}

function arnOf(service: string, { appRunner }: ObservedTargets): string | undefined {
  return appRunner.kind === "found" ? appRunner.value.get(service) : undefined;
}

function rolesOf(service: string, { appRunnerRoles }: ObservedTargets): Reading<PassedRoles> {
  return appRunnerRoles.get(service) ?? { kind: "absent" };
}

function missingRoles(service: string, roles: Reading<PassedRoles>, kept: boolean): MissingTarget {
  return missingTarget("appRunner", `${service} (its roles)`, absenceIn(roles), kept);
}

function gone(
  { service, may }: AppRunnerTarget,
  observed: ObservedTargets,
  memory: TargetMemory,
): Collected<ResolvedAppRunner> {
  const absence = absenceIn(observed.appRunner);
  const keep = (arn: string): readonly ResolvedAppRunner[] => {
    if (!memory.arns.isAppRunnerService(arn, service)) return [];
    const words = may.filter((word) =>
      isInForce(memory.grants, appRunnerGrants({ arn, may: [word] })),
    );
    if (words.length === 0) return [];
    const isReadable = absence.why !== "unreadable";
    const passes = words.includes("update") ? keptRoles(service, isReadable, memory) : noRoles;
    return [{ service, arn, may: words, passes }];
  };
  const last = rememberedOf(service, memory).flatMap(({ arn }) => keep(arn));
  const standing = absence.why === "unreadable" ? memory.grants : [];
  const kept =
    last.length > 0 ? last : [...new Set(standing.map(({ resource }) => resource))].flatMap(keep);
  return { found: kept, missing: [missingTarget("appRunner", service, absence, kept.length > 0)] };
}

function rememberedOf(service: string, { remembered }: TargetMemory): readonly ResolvedAppRunner[] {
  return (remembered?.appRunner ?? []).filter((last) => last.service === service);
}

/** What memory has of the service while it might be updated, whichever ARN it had then. */
function passedBefore(service: string, memory: TargetMemory): readonly PassedRoles[] {
  return rememberedOf(service, memory).flatMap(({ may, passes }) =>
    may.includes("update") ? [passes] : [],
  );
}

/**
 * The roles that a service passed last and the policy in force passes still. Where no memory knows
 * them and they could not be read, what our own statements pass stands: they do not say whose a role
 * is.
 */
function keptRoles(service: string, isReadable: boolean, memory: TargetMemory): PassedRoles {
  const before = passedBefore(service, memory);
  const last = (kind: keyof PassedRoles): readonly string[] => {
    if (before.length > 0 || isReadable) return before.flatMap((passes) => passes[kind]);
    const sid = appRunnerPasses.find((each) => each.kind === kind)?.sid;
    return memory.grants.flatMap((grant) => (grant.sid === sid ? [grant.resource] : []));
  };
  const inForce = (kind: keyof PassedRoles) =>
    [...new Set(last(kind))].filter(
      (role) => memory.arns.isRole(role) && isGranted(memory.grants, role, pass),
    );
  return { instance: inForce("instance"), access: inForce("access") };
}

/**
 * The roles that an existing service uses now and did not use before. Memory says what it used, also
 * under another ARN: a service made anew with another role brings more than itself. Where memory
 * does not know the service, the policy in force does. A service that neither knows is new, and its
 * roles come with it, as they do with the word `update`.
 */
export function newlyPassedByService(
  { service, may }: AppRunnerTarget,
  observed: ObservedTargets,
  memory: TargetMemory,
): readonly NewlyPassed[] {
  const arn = arnOf(service, observed);
  const roles = rolesOf(service, observed);
  if (!may.includes("update") || arn === undefined || roles.kind !== "found") return [];
  const before = passedBefore(service, memory);
  if (before.length === 0 && !isUpdatable(arn, memory)) return [];
  return appRunnerPasses.flatMap(({ kind, to }) =>
    roles.value[kind]
      .filter((role) =>
        before.length > 0
          ? !before.some((passes) => passes[kind].includes(role))
          : !isGranted(memory.grants, role, pass),
      )
      .map((role) => ({ service, role, to: to[0] })),
  );
}

function isUpdatable(arn: string, { grants }: TargetMemory): boolean {
  return isInForce(grants, appRunnerGrants({ arn, may: ["update"] }));
}
