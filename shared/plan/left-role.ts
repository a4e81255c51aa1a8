import { knownVersions } from "./control.ts";
import type { EnvironmentPlan } from "./environment.ts";
import { closingMeanwhile } from "./order.ts";
import type { Orphans } from "./orphans.ts";
import { type PlanInput, planEnvironment } from "./plan-environment.ts";

/**
 * Shuts a door on a role of which nothing is in force any more, since its removal has begun or its policy is gone, while
 * its document is there again and says no more: what no known version gave is nobody's, and nothing is put back.
 */
export function withDoorsShut(
  plan: EnvironmentPlan,
  { widenings }: Orphans,
  input: PlanInput,
): EnvironmentPlan {
  const { choice, evidence } = plan;
  const [at] = widenings.length > 0 ? knownVersions(evidence, input.entry) : [];
  if (choice.kind !== "nothing" || at === undefined) return plan;
  const given = { ...choice, kind: "applied", at, letThrough: null } as const;
  const then = planEnvironment({ ...input, choice: given });
  const isOpen =
    then.kind === "planned" && widenings.some(({ former }) => former === then.desired.role.arn);
  return isOpen ? { ...plan, changes: closingMeanwhile(then.changes) } : plan;
}
