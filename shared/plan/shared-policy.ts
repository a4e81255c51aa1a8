import type { Change } from "./change.ts";
import { type ControlEntry, onRemoveOf } from "./control.ts";
import type { EnvironmentPlan } from "./environment.ts";
import type { Orphans } from "./orphans.ts";
import { detach } from "./role.ts";

/** Why an orphan loses the policy of the role in force. */
const grantsMore = "the policy grants more from now on, which nobody asked for on this role";

/**
 * A role with an old name may hold the very policy that is in force. Before that policy grants more,
 * the old role lets go of it: the document gives these permissions to those it names, and not to those
 * who the old role lets in. A target that is re-created, or what somebody took off, is no more than the
 * old role had; it goes to those alone who that role's own document lets in, and to none where
 * `onRemove: delete` has the role removed once the version in force is right. Where IAM refuses that it lets go, the
 * version in force is corrected all the same: its jobs wait for it, and the old role gets no more than its own document
 * gave.
 */
export function withOrphansLetGo<
  Planned extends { entry: ControlEntry; plan: EnvironmentPlan; orphans: Orphans },
>(planned: Planned): Planned {
  const { entry, plan, orphans } = planned;
  if (plan.kind !== "planned") return planned;
  const { arn } = plan.desired.policy;
  const opens = plan.changes.some(
    ({ step, effect }) => step.do === "create-policy-version" && effect !== "closes",
  );
  // What only puts the version in force right gives nobody more who its document let in.
  const corrects = isInForce(plan);
  const keeps = corrects && onRemoveOf(plan.evidence, entry) === "retain";
  const old = keeps ? orphans.loose : [...orphans.roles, ...orphans.loose];
  const holders = opens ? [...new Set(old)].filter(({ attached }) => attached.includes(arn)) : [];
  if (holders.length === 0) return planned;
  const lettingGo = holders.map(
    (role): Change => ({
      ...detach(role, arn, grantsMore),
      effect: "closes",
      ...(corrects && !orphans.loose.includes(role) ? { isAhead: true } : {}),
    }),
  );
  const roles = orphans.roles.map((role) => ({
    ...role,
    attached: holders.includes(role) ? role.attached.filter((each) => each !== arn) : role.attached,
  }));
  return {
    ...planned,
    plan: { ...plan, changes: [...lettingGo, ...plan.changes] },
    orphans: { ...orphans, roles },
  };
}

function isInForce({ choice, evidence }: EnvironmentPlan): boolean {
  if (choice.kind === "applied") return true;
  const applied = evidence.kind === "record" ? evidence.record.applied : null;
  return choice.kind === "newest" && applied?.digest === choice.at.digest;
}
