import { readAccount } from "../edge/account-listing.ts";
import { hasCode } from "../edge/faults.ts";
import { type AppliedPlan, faultsOf } from "../plan/applied.ts";
import type { Change } from "../plan/change.ts";
import type { Blocked } from "../plan/resource-claims.ts";
import { once } from "./once.ts";
import type { RunContext } from "./run-context.ts";

/** What could not be created because it exists. */
export function refusedCreations({ results }: AppliedPlan): readonly Change[] {
  return results.flatMap((result) => {
    const { change } = result;
    const refused = result.outcome === "failed" && hasCode(result.fault, "EntityAlreadyExists");
    return refused && change.step.do.startsWith("create-") ? [change] : [];
  });
}

/**
 * What cannot be created because it exists, though it is not where it was looked for, may be under that
 * name at another path or in another case. Only a listing shows it, which a run makes once at most.
 */
export function takenNames(run: RunContext): (applied: AppliedPlan) => Promise<readonly Blocked[]> {
  const listed = once(() => readAccount(run.clients));
  return async (applied) => {
    const refused = refusedCreations(applied);
    if (!refused.some(({ resource }) => resource === "role" || resource === "policy")) return [];
    return (await import("./names-taken.ts")).namesTaken(listed, refused);
  };
}

/** The environment with the names that are taken, as what blocks it. */
export function withTaken(applied: AppliedPlan, taken: readonly Blocked[]): AppliedPlan {
  if (taken.length === 0) return applied;
  return { ...applied, plan: { ...applied.plan, blocked: [...applied.plan.blocked, ...taken] } };
}

/** Is a name that it wants taken by something else? */
export function isTaken({ plan }: AppliedPlan): boolean {
  return plan.blocked.some(({ code }) => code === "NameTaken");
}

/** Is a taken name all that was refused as old? Another look shows the same, and is refused the same. */
export function isOnlyTaken(applied: AppliedPlan): boolean {
  const taken = applied.plan.blocked.filter(({ code }) => code === "NameTaken");
  const old = [...applied.faults, ...faultsOf(applied.results)].filter(
    ({ kind }) => kind === "stale",
  );
  return old.length > 0 && old.length === taken.length;
}
