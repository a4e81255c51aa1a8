import { type AppliedPlan, appliedBy, changesMade } from "./applied.ts";
import type { Step } from "./change.ts";
import { isOwnershipTag } from "./ownership.ts";
import type { AppliedRecord, Said, TakenOver } from "./record.ts";
import { audiencePlace, isExcusing, tagsPlace, withoutPlaces } from "./taken-over.ts";

/**
 * What is still taken over after a run: what it saw, less what it has closed itself. Who opens that again changes
 * what is ours.
 */
export function takenOverAfter(before: TakenOver | null, done: AppliedPlan): TakenOver | null {
  if (before === null) return null;
  const { plan, results } = done;
  const applied = appliedBy(done)?.document ?? null;
  const steps = changesMade(results).map(({ step }) => step);
  const seen = new Set([...Object.keys(plan.taken), ...Object.keys(plan.takesOver?.said ?? {})]);
  const gone = Object.keys(before.said).filter((place) => {
    const [kind, subject] = place.split(" ");
    const isOfApplied = applied !== null && (kind === "audience" || subject === applied.role.name);
    return (
      !seen.has(place) ||
      steps.some((step) => isWritten(place, step)) ||
      (isOfApplied && kind !== "tags")
    );
  });
  const said = withoutWritten(withoutPlaces(before.said, gone), steps);
  const left = { ...before, said, before: applied === null ? before.before : null, unended: 0 };
  return left.before === null && Object.keys(said).length === 0 ? null : left;
}

/** What a run is about to take over beside what it still finds of what was. */
type TakingOver = {
  readonly taken: Said;
  readonly takesOver: Pick<TakenOver, "said" | "before"> | null;
};

/**
 * The record before the first write of a pass that takes something over, or finds what was taken over: it counts the
 * passes of which nobody knows what they closed. Itself where there is nothing of the kind.
 *
 * @param closed what the pass has closed by now
 */
export function takingOver(
  record: AppliedRecord,
  { taken, takesOver }: TakingOver,
  { closed, now }: { readonly closed: readonly Step[]; readonly now: Date },
): AppliedRecord {
  const before = record.takenOver;
  if (takesOver === null && (before === null || !isExcusing(taken))) return record;
  const all = { ...taken, ...takesOver?.said };
  const takenOver = {
    since: before?.since ?? now.toISOString(),
    said: withoutWritten(all, closed),
    before: takesOver?.before ?? before?.before ?? null,
    unended: (before?.unended ?? 0) + 1,
  };
  return { ...record, takenOver };
}

/** What is still taken over after these steps, for any environment. */
export function withoutWritten(said: Said, steps: readonly Step[]): Said {
  const gone = Object.keys(said).filter((place) => steps.some((step) => isWritten(place, step)));
  return withoutPlaces(said, gone);
}

/** Does a place say something else after a step? */
function isWritten(place: string, step: Step): boolean {
  switch (step.do) {
    case "update-trust-policy":
      return place === `trust ${step.name}`;
    case "delete-inline-policy":
      return place === `inline ${step.name} ${step.policy}`;
    case "detach":
      return place === `attached ${step.name} ${step.arn}`;
    case "create-policy-version":
    case "delete-policy":
      return place.startsWith("attached ") && place.endsWith(` ${step.arn}`);
    case "put-boundary":
    case "delete-boundary":
      return place === `boundary ${step.name}`;
    case "remove-audience":
      return place === audiencePlace(step.arn, step.audience);
    case "tag-role":
      return place === tagsPlace(step.name) && Object.keys(step.tags).some(isOwnershipTag);
    case "tag-policy":
    case "tag-provider":
      return place === tagsPlace(step.arn) && Object.keys(step.tags).some(isOwnershipTag);
    case "delete-role":
    case "delete-provider":
      return place.split(" ")[1] === ("name" in step ? step.name : step.arn);
    default:
      return false;
  }
}
