import { type AppliedPlan, appliedBy, changesMade } from "../plan/applied.ts";
import { refusalOf } from "../plan/choice.ts";
import { type ControlEntry, hasName, newestValid } from "../plan/control.ts";
import type { AppliedRecord } from "../plan/record.ts";
import { recordAfter } from "../plan/record-after.ts";
import { keepRecord } from "./fence.ts";
import type { RunContext } from "./run-context.ts";

type Names = { readonly roles: readonly string[]; readonly policies: readonly string[] };

/**
 * Environments to which a name was refused that another one has given up in this run: it removed
 * what bore the name, or has taken another one and claims this one no longer.
 */
function waitingForFreed(applied: readonly AppliedPlan[]): readonly AppliedPlan[] {
  return applied.filter((each) => {
    const { choice, blocked } = each.plan;
    const refusal = refusalOf(choice);
    const others = applied.filter(({ entry }) => entry.name !== each.entry.name);
    const refused = refusal?.kind === "conflict";
    if (refused && refusal.conflicts.length > 0) return wantsOneOf(each, others.map(givenUp));
    return (refused || blocked.length > 0) && wantsOneOf(each, others.map(removed));
  });
}

function wantsOneOf({ entry }: AppliedPlan, freed: readonly Names[]): boolean {
  const wanted = newestValid(entry)?.document;
  if (wanted === undefined) return false;
  return freed.some(
    ({ roles, policies }) =>
      hasName(roles, wanted.role.name) || hasName(policies, wanted.policy.name),
  );
}

/** Names of the roles and policies that were deleted. */
function removed({ results }: AppliedPlan): Names {
  const steps = changesMade(results).map(({ step }) => step);
  return {
    roles: steps.flatMap((step) => (step.do === "delete-role" ? [step.name] : [])),
    policies: steps.flatMap((step) =>
      step.do === "delete-policy" ? [step.arn.slice(step.arn.lastIndexOf("/") + 1)] : [],
    ),
  };
}

/** Those, and what stays where it is and is this environment's no longer, since this run took another name. */
function givenUp(applied: AppliedPlan): Names {
  const { roles, policies } = removed(applied);
  const { orphans, retained, fence } = applied;
  const isSame = appliedBy(applied)?.digest === fence.record.applied?.digest;
  const stay = retained.length > 0 && !isSame ? orphans : { roles: [], policies: [] };
  return {
    roles: [...roles, ...stay.roles.map(({ name }) => name)],
    policies: [...policies, ...stay.policies.map(({ name }) => name)],
  };
}

/**
 * Writes down what environments have given up that others wait for, before those take it: a run that
 * ends in between must not leave one name in two records.
 *
 * @returns the environments with their records as they are now, and those that may go on
 */
export async function releaseNames(
  run: Pick<RunContext, "clients" | "installation">,
  applied: readonly AppliedPlan[],
): Promise<{ readonly applied: readonly AppliedPlan[]; readonly waiting: readonly AppliedPlan[] }> {
  const waiting = waitingForFreed(applied);
  const released: AppliedPlan[] = [];
  for (const each of applied) {
    const others = waiting.filter(({ entry }) => entry.name !== each.entry.name);
    const record = recordOfApplied(each);
    if (record === null || !others.some((other) => wantsOneOf(other, [givenUp(each)]))) {
      released.push(each);
      continue;
    }
    const { parameterVersion } = each.fence;
    const kept = await keepRecord(run.clients, run.installation.prefix, {
      record,
      parameterVersion,
    });
    // The next run writes it, and they go on then.
    if (kept.kind === "broken") return { applied, waiting: [] };
    const { serial } = kept.fence.record;
    // What else this run has learnt is written at its end, against what was known before.
    released.push({
      ...each,
      fence: { ...kept.fence, record: { ...each.fence.record, serial } },
    });
  }
  const again = waiting.flatMap(({ entry }) => released.find((each) => each.entry === entry) ?? []);
  return { applied: released, waiting: again };
}

/** The record as it will be, where a version came into force in this run; `null` otherwise. */
function recordOfApplied(done: AppliedPlan): AppliedRecord | null {
  const applied = appliedBy(done);
  const { fence, ownsProvider } = done;
  if (applied === null) return null;
  return recordAfter(fence.record, {
    applied,
    written: [],
    ownsProvider,
    mode: applied.document.mode,
    targets: null,
    replaced: { trust: null, policy: null },
    denies: null,
    quarrels: fence.record.quarrels,
    last: fence.record.last,
    removed: done.orphans.gone,
    parted: [],
    released: done.orphans.released,
  });
}

/**
 * The environments as they are once the first pass is over: who has a new version in force claims
 * no name and no provider of the one before, and who is forgotten claims nothing.
 */
export function afterRemovals(
  entries: readonly ControlEntry[],
  applied: readonly AppliedPlan[],
): readonly ControlEntry[] {
  return entries.flatMap((entry): readonly ControlEntry[] => {
    const done = applied.find((each) => each.entry.name === entry.name);
    if (done === undefined) return [entry];
    if (done.forgotten) return [];
    const record = recordOfApplied(done);
    if (record === null) return [entry];
    const { parameterVersion } = done.fence;
    return [{ ...entry, record: { kind: "found", record, parameterVersion } }];
  });
}
