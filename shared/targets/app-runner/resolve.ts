import { iamArn } from "../../aws/arn.ts";
import type { Reading } from "../../aws/reading.ts";
import { arnIn, hasRest, isRoleIn } from "../arns.ts";
import { isGranted, isInForce } from "../in-force.ts";
import type { Place, Placeholders, TargetMemory } from "../kind.ts";
import { absenceIn, type Collected, type MissingName } from "../missing.ts";
import { type NewGrant, newlyPassed } from "../new-grant.ts";
import type { AppRunnerTarget } from "./schema.ts";
import { type PassedRoles, passes, type ResolvedAppRunner, serviceGrants } from "./statements.ts";

export type FoundServices = {
  /** Live service ARNs by name. */
  readonly services: Reading<ReadonlyMap<string, string>>;
  /** By service, what each live one uses that some document lets jobs update. */
  readonly roles: ReadonlyMap<string, Reading<PassedRoles>>;
};

type Memory = TargetMemory<ResolvedAppRunner>;

const pass = "iam:PassRole";
const noRoles: PassedRoles = { instance: [], access: [] };

/** Resolves one service. */
export function resolveService(
  entry: AppRunnerTarget,
  found: FoundServices,
  memory: Memory,
): Collected<ResolvedAppRunner> {
  const { service, may } = entry;
  const arn = foundArn(service, found, memory.place);
  if (arn === undefined) return gone(entry, found, memory);
  if (!may.includes("update")) {
    return { found: [{ service, arn, may, passes: noRoles }], missing: [] };
  }
  const roles = rolesOf(service, found, memory.place);
  if (roles.kind === "found") {
    return { found: [{ service, arn, may, passes: roles.value }], missing: [] };
  }
  const kept = keptRoles(service, false, memory);
  const anyKept = Object.values(kept).some((each) => each.length > 0);
  return {
    found: [{ service, arn, may, passes: kept }],
    missing: [missingRoles(service, roles, anyKept)],
  };
}

/** Only the service shows which roles it uses: until it does, one role of its own takes their place. */
export function namedService(
  { service, may }: AppRunnerTarget,
  found: FoundServices,
  { place, idOf }: Placeholders,
): ResolvedAppRunner {
  const id = idOf(service);
  const arn = foundArn(service, found, place) ?? `${arnsOf(service, place)}${id}`;
  const roles = rolesOf(service, found, place);
  const own = [iamArn(place.account, `role/named-${id}`)];
  const used = roles.kind === "found" ? roles.value : { instance: own, access: own };
  return { service, arn, may, passes: may.includes("update") ? used : noRoles };
}

/** IAM refuses the whole policy for a text that is not an ARN: one that is not the service's own does not count. */
function foundArn(service: string, { services }: FoundServices, place: Place): string | undefined {
  const arn = services.kind === "found" ? services.value.get(service) : undefined;
  return arn !== undefined && isArnOf(service, arn, place) ? arn : undefined;
}

function isArnOf(service: string, arn: string, place: Place): boolean {
  return hasRest(arn, arnsOf(service, place), /^[0-9a-f]{32}$/);
}

/** What the service's ARN begins with: an id of 32 hexadecimal digits follows, another after each creation. */
function arnsOf(service: string, place: Place): string {
  return arnIn(place, "apprunner", `service/${service}/`);
}

/** App Runner can pass no role of another account. */
function rolesOf(
  service: string,
  { roles }: FoundServices,
  { account }: Place,
): Reading<PassedRoles> {
  const reading = roles.get(service) ?? { kind: "absent" };
  if (reading.kind !== "found") return reading;
  const own = (each: readonly string[]) => each.filter((role) => isRoleIn(account, role));
  const { instance, access } = reading.value;
  return { kind: "found", value: { instance: own(instance), access: own(access) } };
}

function missingRoles(service: string, roles: Reading<PassedRoles>, kept: boolean): MissingName {
  return { ...absenceIn(roles), name: `${service} (its roles)`, kept };
}

function gone(
  { service, may }: AppRunnerTarget,
  { services }: FoundServices,
  memory: Memory,
): Collected<ResolvedAppRunner> {
  const absence = absenceIn(services);
  const keep = (arn: string): readonly ResolvedAppRunner[] => {
    if (!isArnOf(service, arn, memory.place)) return [];
    const words = may.filter((word) =>
      isInForce(memory.grants, serviceGrants({ arn, may: [word] })),
    );
    if (words.length === 0) return [];
    const isReadable = absence.why !== "unreadable";
    const roles = words.includes("update") ? keptRoles(service, isReadable, memory) : noRoles;
    return [{ service, arn, may: words, passes: roles }];
  };
  const last = rememberedOf(service, memory).flatMap(({ arn }) => keep(arn));
  const standing = absence.why === "unreadable" ? memory.grants : [];
  const kept =
    last.length > 0 ? last : [...new Set(standing.map(({ resource }) => resource))].flatMap(keep);
  return { found: kept, missing: [{ ...absence, name: service, kept: kept.length > 0 }] };
}

function rememberedOf(service: string, { last }: Memory): readonly ResolvedAppRunner[] {
  return last.filter((before) => before.service === service);
}

/** What memory has of the service while it might be updated, whichever ARN it had then. */
function passedBefore(service: string, memory: Memory): readonly PassedRoles[] {
  return rememberedOf(service, memory).flatMap(({ may, passes: passed }) =>
    may.includes("update") ? [passed] : [],
  );
}

/**
 * The roles that a service passed last and the policy in force passes still. Where no memory knows
 * them and they could not be read, all that our own statements pass is kept: they do not say whose a
 * role is.
 */
function keptRoles(service: string, isReadable: boolean, memory: Memory): PassedRoles {
  const before = passedBefore(service, memory);
  const inForce = (kind: keyof PassedRoles): readonly string[] => {
    const sid = passes.find((each) => each.kind === kind)?.sid;
    // A role that another statement passes goes to another service.
    const own = memory.grants.filter((grant) => grant.sid === sid);
    const isKnown = before.length > 0 || isReadable;
    const last = isKnown
      ? before.flatMap((passed) => passed[kind])
      : own.map(({ resource }) => resource);
    return [...new Set(last)].filter(
      (role) => isRoleIn(memory.place.account, role) && isGranted(own, role, pass),
    );
  };
  return { instance: inForce("instance"), access: inForce("access") };
}

/**
 * The roles that an existing service uses now and did not use before. Memory says what it used, also
 * under another ARN: a service re-created with another role brings more than itself. Where memory
 * does not know the service, the policy in force does. A service that neither knows is new, and its
 * roles come with it, as they do with the word `update`.
 */
export function newlyPassedBy(
  { service, may }: AppRunnerTarget,
  found: FoundServices,
  memory: Memory,
): readonly NewGrant[] {
  const arn = foundArn(service, found, memory.place);
  const roles = rolesOf(service, found, memory.place);
  if (!may.includes("update") || arn === undefined || roles.kind !== "found") return [];
  const before = passedBefore(service, memory);
  const isUpdatable = isInForce(memory.grants, serviceGrants({ arn, may: ["update"] }));
  if (before.length === 0 && !isUpdatable) return [];
  return passes.flatMap(({ kind, to }) =>
    roles.value[kind]
      .filter((role) =>
        before.length > 0
          ? !before.some((passed) => passed[kind].includes(role))
          : !isGranted(memory.grants, role, pass),
      )
      .map((role) => newlyPassed(service, role, to[0])),
  );
}
