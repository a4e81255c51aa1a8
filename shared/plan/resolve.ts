import type { EnvironmentDocument } from "../spec/index.ts";
import { type Account, type ResolvedTargets, targetArns } from "../trust/index.ts";
import {
  absenceIn,
  type Collected,
  collect,
  type MissingTarget,
  missingTarget,
} from "./missing.ts";
import type { ObservedTargets, Reading } from "./observed.ts";
import { resolveAmplify } from "./resolve-amplify.ts";
import { type NewlyPassed, newlyPassedBy, resolveExpress } from "./resolve-express.ts";
import { grantsOf, isGranted, type TargetMemory } from "./target-memory.ts";

export type { MissingTarget } from "./missing.ts";

export type Resolution = {
  readonly targets: ResolvedTargets;
  readonly missing: readonly MissingTarget[];
  /** Roles that an existing ECS Express service passes and did not pass before. */
  readonly newlyPassed: readonly NewlyPassed[];
};

/**
 * Turns the names of a document into the ARNs that exist. It never makes a wildcard, and gives
 * nothing that AWS does not show:
 * - a name that does not exist keeps the remembered ARN where that has the exact shape of the named
 *   target in this account and Region and the policy in force has it too; otherwise it is left out;
 * - a name that could not be read keeps besides, where no memory is of use, what the policy in
 *   force has of its shape.
 *
 * @param input.remembered what was resolved last; may be old, spoilt or forged
 * @param input.inForce raw text of the managed policy that the role has now, perhaps hostile;
 *   `null` where it has none, so that nothing is kept
 */
export function resolveTargets(input: {
  readonly deploy: EnvironmentDocument["deploy"];
  readonly observed: ObservedTargets;
  readonly remembered: ResolvedTargets | null;
  readonly inForce: string | null;
  readonly account: Account;
}): Resolution {
  const { deploy, observed, remembered } = input;
  const arns = targetArns(input.account, deploy.region);
  const memory: TargetMemory = { arns, remembered, grants: grantsOf(input.inForce) };
  const ecr = collect(deploy.ecr.map((name) => repository(name, observed.ecr, memory)));
  const appRunner = collect(
    deploy.appRunner.map((name) => appRunnerService(name, observed.appRunner, memory)),
  );
  const ecsExpress = collect(
    deploy.ecsExpress.map((entry) => resolveExpress(entry, observed, memory)),
  );
  const amplify = resolveAmplify(deploy.amplify, observed.amplify, memory);
  return {
    targets: {
      ecr: ecr.found,
      appRunner: appRunner.found,
      ecsExpress: ecsExpress.found,
      amplify: amplify.found,
    },
    missing: [...ecr.missing, ...appRunner.missing, ...ecsExpress.missing, ...amplify.missing],
    newlyPassed: deploy.ecsExpress.flatMap((entry) => newlyPassedBy(entry, observed, memory)),
  };
}

type Listing = Reading<ReadonlyMap<string, string>>;

function arnIn(listing: Listing, name: string): string | undefined {
  return listing.kind === "found" ? listing.value.get(name) : undefined;
}

function repository(
  name: string,
  listing: Listing,
  { arns, remembered, grants }: TargetMemory,
): Collected<ResolvedTargets["ecr"][number]> {
  const found = arnIn(listing, name);
  if (found !== undefined) return { found: [{ repository: name, arn: found }], missing: [] };
  const absence = absenceIn(listing);
  const arn = arns.repository(name);
  const isRemembered =
    remembered?.ecr.some((last) => last.repository === name && last.arn === arn) ?? false;
  const kept = (isRemembered || absence.why === "unreadable") && isGranted(grants, arn, "ecr:");
  return {
    found: kept ? [{ repository: name, arn }] : [],
    missing: [missingTarget("ecr", name, absence, kept)],
  };
}

function appRunnerService(
  service: string,
  listing: Listing,
  { arns, remembered, grants }: TargetMemory,
): Collected<ResolvedTargets["appRunner"][number]> {
  const found = arnIn(listing, service);
  if (found !== undefined) return { found: [{ service, arn: found }], missing: [] };
  const absence = absenceIn(listing);
  const isUsable = (arn: string) =>
    arns.isAppRunnerService(arn, service) && isGranted(grants, arn, "apprunner:");
  const last = (remembered?.appRunner ?? [])
    .filter((before) => before.service === service)
    .map(({ arn }) => arn)
    .filter(isUsable);
  const standing = absence.why === "unreadable" ? grants.map(({ resource }) => resource) : [];
  const kept = [...new Set(last.length > 0 ? last : standing.filter(isUsable))];
  return {
    found: kept.map((arn) => ({ service, arn })),
    missing: [missingTarget("appRunner", service, absence, kept.length > 0)],
  };
}
