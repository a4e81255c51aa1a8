import type { EnvironmentDocument, RepositoryTarget } from "../document/index.ts";
import {
  type Account,
  type ResolvedRepository,
  type ResolvedTargets,
  repositoryGrants,
  targetArns,
} from "../trust/index.ts";
import {
  absenceIn,
  type Collected,
  collect,
  type MissingTarget,
  missingTarget,
} from "./missing.ts";
import type { NewlyPassed, NewlyReleased } from "./newly-granted.ts";
import type { ObservedTargets } from "./observed.ts";
import { newlyReleasedBy, resolveAmplify } from "./resolve-amplify.ts";
import { newlyPassedByService, resolveAppRunner } from "./resolve-app-runner.ts";
import { newlyPassedBy, resolveExpress } from "./resolve-express.ts";
import { grantsOf, isInForce, type TargetMemory } from "./target-memory.ts";

export type { MissingTarget } from "./missing.ts";

export type Resolution = {
  readonly targets: ResolvedTargets;
  readonly missing: readonly MissingTarget[];
  /** Roles that an existing service passes and did not pass before. */
  readonly newlyPassed: readonly NewlyPassed[];
  /** Apps that have lost their repository, or got one, and are released in the other way since. */
  readonly newlyReleased: readonly NewlyReleased[];
};

/**
 * Turns the names of a document into the ARNs that exist. It never makes a wildcard, and gives
 * nothing that AWS does not show:
 * - a name that does not exist keeps the remembered ARN where that has the exact shape of the named
 *   target in this account and Region and the policy in force has it too; otherwise it is left out;
 * - a name that could not be read keeps besides, where no memory is of use, what the policy in
 *   force has of its shape;
 * - a target that is kept keeps of its words those of which the policy in force grants something.
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
  const ecr = collect(deploy.ecr.map((entry) => repository(entry, observed.ecr, memory)));
  const appRunner = collect(
    deploy.appRunner.map((entry) => resolveAppRunner(entry, observed, memory)),
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
    newlyPassed: [
      ...deploy.appRunner.flatMap((entry) => newlyPassedByService(entry, observed, memory)),
      ...deploy.ecsExpress.flatMap((entry) => newlyPassedBy(entry, observed, memory)),
    ],
    newlyReleased: newlyReleasedBy(amplify.found, memory),
  };
}

function repository(
  { repository: name, may }: RepositoryTarget,
  listing: ObservedTargets["ecr"],
  { arns, remembered, grants }: TargetMemory,
): Collected<ResolvedRepository> {
  const found = listing.kind === "found" ? listing.value.get(name) : undefined;
  if (found !== undefined) return { found: [{ repository: name, arn: found, may }], missing: [] };
  const absence = absenceIn(listing);
  const arn = arns.repository(name);
  const isRemembered =
    remembered?.ecr.some((last) => last.repository === name && last.arn === arn) ?? false;
  const words =
    isRemembered || absence.why === "unreadable"
      ? may.filter((word) => isInForce(grants, repositoryGrants({ arn, may: [word] })))
      : [];
  const kept = words.length > 0;
  return {
    found: kept ? [{ repository: name, arn, may: words }] : [],
    missing: [missingTarget("ecr", name, absence, kept)],
  };
}
