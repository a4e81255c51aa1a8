import { mayClose } from "./closing-changes.ts";
import { hasName, knownVersions, writtenNames } from "./control.ts";
import type { EnvironmentPlan } from "./environment.ts";
import { closingMeanwhile } from "./order.ts";
import type { Orphans } from "./orphans.ts";
import { type PlanInput, planEnvironment } from "./plan-environment.ts";

/**
 * Shuts a door on a role of which nothing is in force any more, since its removal has begun or its policy is gone, while
 * its document is there again and says no more: what no known version gave is nobody's. What is beside the door stays
 * its jobs', nothing is put back, and a policy that the record does not name is left to those who made it.
 */
export function withDoorsShut(
  plan: EnvironmentPlan,
  { widenings }: Orphans,
  input: PlanInput,
): EnvironmentPlan {
  const { choice, evidence } = plan;
  if (choice.kind !== "nothing" || widenings.length === 0) return plan;
  const { policies } = writtenNames(evidence, input.entry);
  const planned = new Set<string>();
  const changes = knownVersions(evidence, input.entry).flatMap((at) => {
    const given = { ...choice, kind: "applied", at, letThrough: null } as const;
    const then = planEnvironment({ ...input, choice: given });
    if (then.kind !== "planned" || planned.has(then.desired.role.arn)) return [];
    const { arn } = then.desired.role;
    planned.add(arn);
    const doors = widenings.filter(({ former }) => former === arn);
    const isOwn = hasName(policies, at.document.policy.name);
    return closingMeanwhile(then.changes).filter(
      (change) =>
        (isOwn || change.resource !== "policy") &&
        doors.some((door) => change.step.do === "delete-policy-version" || mayClose(door, change)),
    );
  });
  return changes.length === 0 ? plan : { ...plan, changes };
}
