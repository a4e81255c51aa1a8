import { foundIn } from "../aws/reading.ts";
import type { EnvironmentDocument } from "../document/index.ts";
import { type Account, providerArn } from "../trust/index.ts";
import type { PlannedEnvironment } from "./applied.ts";
import type { ChangeResult } from "./change.ts";
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
  const waiting = newestValid(entry)?.document ?? null;
  return (
    given.organisations.some((each) => isAnyLeft(each, known, given)) ||
    (waiting !== null && isAnyKept(waiting, known, given))
  );
}

function isAnyLeft(
  { providerArn: arn, observed, desired, ours, plan }: Organisation,
  known: readonly EnvironmentDocument[],
  { account, results }: Given,
): boolean {
  const here = known.filter(
    ({ circleci }) => providerArn(account, circleci.organizationId) === arn,
  );
  const pins = here.flatMap(({ circleci }) => circleci.thumbprints);
  const isPinned = plan.opening.some(
    ({ step }) =>
      step.do === "set-thumbprints" &&
      pins.some((pin) => !step.thumbprints.includes(pin)) &&
      !results.some(({ change, outcome }) => change.step === step && outcome === "applied"),
  );
  if (isPinned) return true;
  const dropped = here
    .flatMap(audiencesOf)
    .filter((audience) => !desired.audiences.includes(audience));
  if (observed.kind === "unreadable") return dropped.length > 0;
  const there = foundIn(observed)?.audiences ?? [];
  const off = results.flatMap(({ change: { step }, outcome }) =>
    step.do === "remove-audience" && step.arn === arn && outcome === "applied" ? step.audience : [],
  );
  return ours && dropped.some((audience) => there.includes(audience) && !off.includes(audience));
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
