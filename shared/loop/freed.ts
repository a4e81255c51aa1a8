import { type ControlEntry, hasName, newestValid } from "../plan/control.ts";
import { recordAfter } from "../plan/record-after.ts";
import { appliedBy } from "../report/outcome.ts";
import type { Enforced } from "./enforce.ts";

type Names = { readonly roles: readonly string[]; readonly policies: readonly string[] };

/**
 * Environments to which a name was refused that another one has given up in this run: it removed
 * what bore the name, or has taken another one and claims this one no longer.
 */
export function waitingForFreed(enforced: readonly Enforced[]): readonly Enforced[] {
  return enforced.filter((each) => {
    const { choice, blocked } = each.carriage.plan;
    const refused = choice.kind === "applied" || choice.kind === "nothing";
    const refusal = refused && choice.refusal.kind === "conflict" ? choice.refusal : null;
    const others = enforced.filter(({ entry }) => entry.name !== each.entry.name);
    if ((refusal?.conflicts.length ?? 0) > 0) return wantsOneOf(each, others.map(givenUp));
    return (refusal !== null || blocked.length > 0) && wantsOneOf(each, others.map(removed));
  });
}

function wantsOneOf({ entry }: Enforced, freed: readonly Names[]): boolean {
  const wanted = newestValid(entry)?.document;
  if (wanted === undefined) return false;
  return freed.some(
    ({ roles, policies }) =>
      hasName(roles, wanted.role.name) || hasName(policies, wanted.policy.name),
  );
}

/** Names of the roles and policies that were deleted. */
function removed({ carriage: { carried } }: Enforced): Names {
  const steps = carried.flatMap(({ change: { step }, outcome }) =>
    outcome === "applied" ? [step] : [],
  );
  return {
    roles: steps.flatMap((step) => (step.do === "delete-role" ? [step.name] : [])),
    policies: steps.flatMap((step) =>
      step.do === "delete-policy" ? [step.arn.slice(step.arn.lastIndexOf("/") + 1)] : [],
    ),
  };
}

/** Those, and what stays where it is and is this environment's no longer. */
function givenUp(enforced: Enforced): Names {
  const { roles, policies } = removed(enforced);
  const { orphans, retained } = enforced.carriage;
  const stay = retained.length > 0 ? orphans : { roles: [], policies: [] };
  return {
    roles: [...roles, ...stay.roles.map(({ name }) => name)],
    policies: [...policies, ...stay.policies.map(({ name }) => name)],
  };
}

/**
 * The environments as they are once the first pass is over: who has a new version in force claims
 * no name and no provider of the one before, and who is forgotten claims nothing.
 */
export function afterRemovals(
  entries: readonly ControlEntry[],
  enforced: readonly Enforced[],
): readonly ControlEntry[] {
  return entries.flatMap((entry): readonly ControlEntry[] => {
    const done = enforced.find((each) => each.entry.name === entry.name);
    if (done === undefined) return [entry];
    const { forgotten, orphans } = done.carriage;
    if (forgotten) return [];
    const applied = appliedBy(done.carriage);
    if (applied === null) return [entry];
    const { record, parameterVersion } = done.fence;
    const after = recordAfter(record, {
      applied,
      ownsProvider: done.ownsProvider,
      mode: applied.document.mode,
      targets: null,
      replaced: { trust: null, policy: null },
      denies: null,
      quarrels: record.quarrels,
      removed: orphans.gone,
    });
    return [{ ...entry, record: { kind: "found", record: after, parameterVersion } }];
  });
}
