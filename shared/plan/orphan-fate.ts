import { type AppliedPlan, changesMade, isComplete, withFaults } from "./applied.ts";
import type { Change, ChangeResult } from "./change.ts";
import { comingOf } from "./choice.ts";
import { type ControlEntry, onRemoveOf } from "./control.ts";
import type { ObservedRole } from "./observed.ts";
import { isAnythingLeft, type OrphanInput, type Orphans } from "./orphans.ts";
import type { WrittenNames } from "./record.ts";
import { writesOf } from "./writes.ts";

/**
 * What becomes of the orphans of an environment, as its changes have ended. `later`: not in this
 * run. `kept`: `onRemove` or the mode says so. `gone`: nothing is left of them.
 */
type OrphanFate = "later" | "unreadable" | "kept" | "gone" | "removed";

/**
 * Decides by `onRemove` of what was applied. Only an environment that is right under its new names
 * lets go of its old ones.
 */
export function orphanFate(applied: AppliedPlan): OrphanFate {
  const { entry, orphans, plan, writes } = applied;
  const orphaned = plan.choice.kind === "orphaned";
  const coming = comingOf(plan.choice, plan.evidence);
  if (!orphaned && (coming === null || !isComplete(applied))) return "later";
  if (orphans.faults.length > 0) return "unreadable";
  const onRemove = onRemoveOf(plan.evidence, entry);
  // A status only says where to look: what it names is removed only where the record names it.
  if (plan.evidence.kind === "status" && onRemove === "delete") return "later";
  if (onRemove === "retain" || writes !== "allowed") return "kept";
  return isAnythingLeft(orphans) ? "removed" : "gone";
}

/**
 * A dry run's environment as it would be once all that it lists is written.
 *
 * @returns `null` where nothing would be removed then
 */
export function asIfWritten(applied: AppliedPlan, force: boolean): AppliedPlan | null {
  const permission = { dryRun: false, force, steps: "all" } as const;
  const results = applied.results.map(({ change }) => made(change));
  const written = { ...applied, writes: writesOf(applied.plan, permission), results };
  return orphanFate(written) === "removed" ? written : null;
}

/** A change as if it were made. */
export function made(change: Change): ChangeResult {
  return { change, outcome: "applied", policyVersion: null };
}

/** A dry run's environment with what a run removes of it, of which nothing is. */
export function withRemovalAhead(
  applied: AppliedPlan,
  { before, after }: { readonly before: AppliedPlan; readonly after: AppliedPlan },
): AppliedPlan {
  const further = after.results.slice(before.results.length).map(({ change }) => change);
  return {
    ...applied,
    results: [
      ...applied.results,
      ...further.map((change) => ({ change, outcome: "left" as const })),
    ],
    left: [...applied.left, ...after.left.slice(before.left.length)],
    faults: [...applied.faults, ...after.faults.slice(before.faults.length)],
  };
}

/** Is it off the providers that others share? Until then its record says whose audiences those are. */
function hasLetGo({ results, faults, unreleased }: AppliedPlan): boolean {
  return (
    faults.length === 0 && !unreleased && results.every(({ outcome }) => outcome === "applied")
  );
}

/** The environment with orphans of which none is removed in this run. */
export function withOrphansSettled(
  applied: AppliedPlan,
  fate: Exclude<OrphanFate, "removed">,
  observed: Parameters<typeof withOrphansKept>[1],
): AppliedPlan {
  switch (fate) {
    case "later":
      return applied;
    case "unreadable":
      return withFaults(applied, applied.orphans.faults);
    case "kept":
      return withOrphansKept(applied, observed);
    case "gone":
      return withNothingLeft(applied);
    default:
      return fate satisfies never;
  }
}

/** Nothing of the orphans is left: a removed environment is forgotten. */
export function withNothingLeft(applied: AppliedPlan): AppliedPlan {
  return {
    ...applied,
    forgotten: applied.plan.choice.kind === "orphaned" && hasLetGo(applied),
  };
}

/** The orphans stay; where a person took everything over or away, the record goes too. */
function withOrphansKept(
  applied: AppliedPlan,
  observed: Pick<OrphanInput["observed"], "allRoles"> & { readonly whole: boolean },
): AppliedPlan {
  const { entry, plan } = applied;
  const { roles, policies, tagged } = applied.orphans;
  const settled = plan.choice.kind === "orphaned" && onRemoveOf(plan.evidence, entry) === "retain";
  // Without the record nobody knows what there was to leave, unless the whole account has none of it.
  const known =
    plan.evidence.kind !== "missing" ||
    // One that cannot be read now is there, and says it later.
    (entry.record.kind !== "unreadable" &&
      observed.whole &&
      tagged.length === 0 &&
      !hasNamedRole(entry, observed.allRoles));
  return {
    ...applied,
    retained: [...roles, ...policies, ...tagged].map(({ arn }) => arn),
    forgotten: settled && known && roles.length + policies.length === 0 && hasLetGo(applied),
  };
}

/** Is the role that the status names among these? */
function hasNamedRole({ status }: ControlEntry, roles: readonly ObservedRole[]): boolean {
  const named = status?.outputs["AWS_ROLE_ARN"];
  return roles.some(({ arn }) => arn === named);
}

/** The orphans after their removal. `tagged` are the roles that only carry the environment's tags. */
export function withOrphansRemoved(
  applied: AppliedPlan,
  tagged: readonly ObservedRole[],
): AppliedPlan {
  const { orphans, plan, results } = applied;
  const gone = goneAfter(orphans, results);
  return {
    ...applied,
    orphans: { ...orphans, tagged, gone },
    retained: tagged.map(({ arn }) => arn),
    forgotten: plan.choice.kind === "orphaned" && !isLeft(orphans, gone) && hasLetGo(applied),
  };
}

/** ARNs of the roles that were deleted, or that nobody can assume any more. */
export function clearedRoles({ results, orphans }: AppliedPlan): readonly string[] {
  return changesMade(results).flatMap(({ step, id }) => {
    const clears = step.do === "delete-role" || step.do === "update-trust-policy";
    return clears && orphans.roles.some(({ arn }) => arn === id) ? [id] : [];
  });
}

/** ARNs of the policies that roles of ours let go of. */
export function detachedBy({ results }: AppliedPlan): readonly string[] {
  return changesMade(results).flatMap(({ step }) => (step.do === "detach" ? [step.arn] : []));
}

/** Is anything of what the record names still there? */
function isLeft(orphans: Orphans, gone: WrittenNames): boolean {
  const { roles, policies, providers } = orphans;
  return (
    gone.roles.length < roles.length + orphans.gone.roles.length ||
    gone.policies.length < policies.length + orphans.gone.policies.length ||
    gone.organizations.length < providers.length + orphans.gone.organizations.length
  );
}

function goneAfter(orphans: Orphans, results: readonly ChangeResult[]): WrittenNames {
  const steps = changesMade(results).map(({ step }) => step);
  const deletedPolicies = steps.flatMap((step) => (step.do === "delete-policy" ? [step.arn] : []));
  const { gone } = orphans;
  return {
    roles: [
      ...gone.roles,
      ...steps.flatMap((step) => (step.do === "delete-role" ? [step.name] : [])),
    ],
    policies: [
      ...gone.policies,
      ...orphans.policies.flatMap(({ arn, name }) => (deletedPolicies.includes(arn) ? [name] : [])),
    ],
    organizations: [...gone.organizations, ...providersDeleted(results)],
  };
}

/** Organisations whose provider was deleted. */
export function providersDeleted(results: readonly ChangeResult[]): readonly string[] {
  return changesMade(results).flatMap(({ step }) =>
    step.do === "delete-provider" ? step.arn.slice(step.arn.lastIndexOf("/") + 1) : [],
  );
}
