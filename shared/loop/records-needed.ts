import { isQuiet, onRemoveOf } from "../plan/control.ts";
import { isAnythingLeft } from "../plan/orphans.ts";
import { isAnotherHolder } from "../report/other-holders.ts";
import { isInDoubt } from "./details.ts";
import type { Plans } from "./planning.ts";

/** Environments whose record was not needed so far, and that are not simply as they should be. */
export function unreadAndMoving(plans: Plans): readonly string[] {
  return plans.environments
    .filter(({ entry, plan, orphans }) => {
      const moving =
        isInDoubt({ entry, plan }) ||
        plan.changes.length > 0 ||
        plan.widenings.length > 0 ||
        plan.kept.length > 0 ||
        isAnotherHolder({ entry, plan, orphans }) ||
        // What has grown beyond IAM's room stays as the record remembers it.
        plan.kind === "unwritable" ||
        // What is left under other names is compared with what the record says of it.
        orphans.roles.length + orphans.policies.length > 0 ||
        (onRemoveOf(plan.evidence, entry) === "delete" && isAnythingLeft(orphans));
      const organisation = plans.organisations.find(({ members }) => members.includes(entry.name));
      const shared =
        organisation !== undefined &&
        organisation.plan.closing.length + organisation.plan.opening.length > 0;
      return entry.record.kind === "unread" && isQuiet(entry) && (moving || shared);
    })
    .map(({ entry }) => entry.name);
}
