import { type Account, providerArn } from "../trust/index.ts";
import type { PlannedEnvironment } from "./applied.ts";
import type { ChangeResult } from "./change.ts";
import { versionOf } from "./choice.ts";
import { knownVersions } from "./control.ts";
import { audiencesOf } from "./desired.ts";
import type { Organisation } from "./organisation.ts";

/**
 * Does the version in force ask for less of a provider than those before it, and is not all of that
 * proved to be off? Until it is, the earlier version counts: otherwise the next run
 * would find the audience and report an attack.
 *
 * @param given.organisations those that the environment is in, or leaves
 * @param given.results what was done to their providers, in any report
 */
export function isUnreleased(
  { entry, plan }: Pick<PlannedEnvironment, "entry" | "plan">,
  given: {
    readonly organisations: readonly Organisation[];
    readonly results: readonly ChangeResult[];
    readonly account: Account;
  },
): boolean {
  const known = knownVersions(plan.evidence, entry).map(({ document }) => document);
  const inForce = versionOf(plan.choice)?.document ?? null;
  const asks = (document: (typeof known)[number], arn: string) =>
    providerArn(given.account, document.circleci.organizationId) === arn
      ? audiencesOf(document)
      : [];
  return given.organisations.some(({ providerArn: arn, observed, plan: { closing } }) => {
    const wanted = inForce === null ? [] : asks(inForce, arn);
    const dropped = known
      .flatMap((document) => asks(document, arn))
      .filter((audience) => !wanted.includes(audience));
    if (dropped.length === 0) return false;
    return (
      observed.kind === "unreadable" ||
      closing.some(
        ({ step }) =>
          step.do === "remove-audience" &&
          dropped.includes(step.audience) &&
          !given.results.some(
            ({ change, outcome }) => change.step === step && outcome === "applied",
          ),
      )
    );
  });
}
