import { foundIn } from "../aws/reading.ts";
import type { EnvironmentDocument } from "../document/index.ts";
import { type Account, providerArn } from "../trust/index.ts";
import type { PlannedEnvironment } from "./applied.ts";
import type { ChangeResult } from "./change.ts";
import { versionOf } from "./choice.ts";
import { knownVersions, newestValid } from "./control.ts";
import { audiencesOf } from "./desired.ts";
import type { Organisation } from "./organisation.ts";

type Given = {
  /** Those that the environment is in, or leaves. */
  readonly organisations: readonly Organisation[];
  /** What was done to their providers, in any report. */
  readonly results: readonly ChangeResult[];
  readonly account: Account;
};

/**
 * Does the version in force ask for less of a provider than those before it, and is not all of that
 * proved to be off? Until it is, the earlier version counts: otherwise the next run
 * would find the audience and report an attack. What a newer version asks for that is refused stays on the provider.
 */
export function isUnreleased(
  { entry, plan }: Pick<PlannedEnvironment, "entry" | "plan">,
  given: Given,
): boolean {
  const known = knownVersions(plan.evidence, entry).map(({ document }) => document);
  const inForce = versionOf(plan.choice)?.document ?? null;
  const waiting = newestValid(entry)?.document ?? null;
  return (
    given.organisations.some((each) => isAnyLeft(each, { known, inForce, waiting }, given)) ||
    (waiting !== null && isAnyKept(waiting, known, given))
  );
}

type Versions = {
  readonly known: readonly EnvironmentDocument[];
  readonly inForce: EnvironmentDocument | null;
  /** The newest, which may be refused. */
  readonly waiting: EnvironmentDocument | null;
};

function isAnyLeft(
  { providerArn: arn, observed, desired, plan: { closing } }: Organisation,
  { known, inForce, waiting }: Versions,
  { account, results }: Given,
): boolean {
  const asks = (document: EnvironmentDocument | null) =>
    document !== null && providerArn(account, document.circleci.organizationId) === arn
      ? audiencesOf(document)
      : [];
  const wanted = asks(inForce);
  const dropped = known.flatMap(asks).filter((audience) => !wanted.includes(audience));
  if (dropped.length === 0) return false;
  const there = foundIn(observed)?.audiences ?? [];
  const kept = asks(waiting).filter((audience) => !desired.audiences.includes(audience));
  return (
    observed.kind === "unreadable" ||
    dropped.some((audience) => kept.includes(audience) && there.includes(audience)) ||
    closing.some(
      ({ step }) =>
        step.do === "remove-audience" &&
        dropped.includes(step.audience) &&
        !results.some(({ change, outcome }) => change.step === step && outcome === "applied"),
    )
  );
}

/** Does the newest version keep an audience where the one in force is not, and which no plan of this run is about? */
function isAnyKept(
  waiting: EnvironmentDocument,
  known: readonly EnvironmentDocument[],
  { organisations, account }: Given,
): boolean {
  const { organizationId, audiences } = waiting.circleci;
  const arn = providerArn(account, organizationId);
  if (organisations.some((each) => each.providerArn === arn)) return false;
  return known.some(
    ({ circleci }) =>
      circleci.organizationId === organizationId &&
      circleci.audiences.some((audience) => audiences.includes(audience)),
  );
}
