import { type AppliedPlan, isComplete } from "./applied.ts";
import type { ChangeResult } from "./change.ts";
import type { TakenOver } from "./record.ts";

/**
 * What is still taken over after a run. What it has closed is closed: who opens it again changes what is ours.
 * Nothing is left once all is written, tags too.
 */
export function takenOverAfter(before: TakenOver | null, done: AppliedPlan): TakenOver | null {
  const { plan, results, writes } = done;
  if (before === null || writes !== "allowed" || plan.kind !== "planned") return before;
  if (isComplete(done) && !done.unreleased) return null;
  const { role, provider } = before;
  const removed = results.flatMap(({ change: { step }, outcome }) =>
    step.do === "remove-audience" && outcome === "applied" ? [step.audience] : [],
  );
  return {
    ...before,
    role: role === null || plan.faults.length > 0 ? role : { ...role, ...leftOf(role, results) },
    provider: provider && {
      ...provider,
      audiences: provider.audiences.filter((audience) => !removed.includes(audience)),
    },
  };
}

function leftOf(
  role: NonNullable<TakenOver["role"]>,
  results: readonly ChangeResult[],
): Pick<typeof role, "trustLeft" | "permissionsLeft"> {
  const ofTrust = ({ change }: ChangeResult) => change.resource === "trust-policy";
  const isDue = ({ change, outcome }: ChangeResult) =>
    outcome !== "applied" && change.effect !== "neutral";
  const isTrustWritten = results.some((each) => ofTrust(each) && each.outcome === "applied");
  return {
    trustLeft:
      role.trustLeft && !isTrustWritten && results.some((each) => ofTrust(each) && isDue(each)),
    permissionsLeft: role.permissionsLeft && results.some((each) => !ofTrust(each) && isDue(each)),
  };
}
