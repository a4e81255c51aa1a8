import { type AppliedPlan, changesMade } from "./applied.ts";
import { beginsOrEnds, type Change, type ChangeResult, writesPolicy } from "./change.ts";
import type { DriftWidening, Trace } from "./drift.ts";

/** Could this change close such a widening? A version that is only put away closes nothing yet. */
export function mayClose({ traces }: Pick<DriftWidening, "traces">, change: Change): boolean {
  // Policies that are wide only together leave no trace of their own.
  if (traces.length === 0) return permissionSteps.has(change.step.do);
  return traces.some((trace) => shuts(trace, change));
}

const permissionSteps: ReadonlySet<Change["step"]["do"]> = new Set([
  "detach",
  "delete-inline-policy",
  "create-policy-version",
  "put-boundary",
]);

/** Does this change undo just what left the trace? */
function shuts(trace: Trace, { step, bracket }: Change): boolean {
  switch (trace.kind) {
    case "trust-policy":
      return step.do === "update-trust-policy" && step.name === trace.role;
    case "attachment":
      return step.do === "detach" && step.name === trace.role && step.arn === trace.policyArn;
    case "inline-policy":
      return (
        step.do === "delete-inline-policy" && step.name === trace.role && step.policy === trace.name
      );
    case "policy-version":
      return (
        (step.do === "create-policy-version" ||
          // Taken off to be put back, it is as wide as before unless a version was written meanwhile.
          (step.do === "detach" && bracket !== "open")) &&
        step.arn === trace.policyArn
      );
    case "boundary":
      return step.do === "put-boundary" && step.name === trace.role;
    case "audience":
      return step.do === "remove-audience" && step.audience === trace.audience;
    case "provider-setting":
      // No step of ours takes it off.
      return false;
    default:
      return trace satisfies never;
  }
}

/** What is changed beside what shuts these widenings and what that brings along. */
export function besideDoors(
  results: readonly ChangeResult[],
  widenings: readonly DriftWidening[],
): readonly ChangeResult[] {
  return results.filter(({ change }) => {
    const { step, bracket, resource } = change;
    const isOfPolicy =
      (beginsOrEnds(change) && resource === "attachment") ||
      (bracket === "inside" && writesPolicy(step)) ||
      step.do === "delete-policy-version";
    return !widenings.some(
      (found) => mayClose(found, change) || (isOfPolicy && found.resource === "permissions"),
    );
  });
}

/** The changes by which a run closes a widening, and how they ended. */
export function closingOf(
  found: Pick<DriftWidening, "traces">,
  { results }: Pick<AppliedPlan, "results">,
): readonly ChangeResult[] {
  return results.filter(({ change }) => mayClose(found, change));
}

/** Is each part of a door shut, whatever became of the run's other changes? What opens again may fail. */
export function isShut({ traces }: DriftWidening, applied: Pick<AppliedPlan, "results">): boolean {
  const parts = traces.length === 0 ? [traces] : traces.map((trace) => [trace]);
  return parts.every((part) => {
    const closing = closingOf({ traces: part }, applied);
    // A policy that is as it should be was open only while nothing bounded it.
    if (closing.length === 0 && part[0]?.kind === "policy-version")
      return applied.results.some(
        ({ change, outcome }) => change.step.do === "put-boundary" && outcome === "applied",
      );
    const waits = closing.some(
      ({ change, outcome }) =>
        outcome !== "applied" &&
        change.effect !== "opens" &&
        // What of it closes is a change of its own then.
        !(outcome === "skipped" && change.bracket === "open"),
    );
    return !waits && closing.some(({ outcome }) => outcome === "applied");
  });
}

/** Has the run deleted the role, an old one, with all that was open on it? */
export function isDeleted(
  { former }: Pick<DriftWidening, "former">,
  { results }: Pick<AppliedPlan, "results">,
): boolean {
  return changesMade(results).some(({ step, id }) => step.do === "delete-role" && id === former);
}

/**
 * Is a door on an old role shut? A policy that it shares with the role in force is shut for both with one write, and what
 * is taken off the role is off, whatever becomes of the role. Its trust policy is corrected where no version is in force:
 * otherwise one that lets nobody in is on the way to being deleted with the role.
 */
export function isShutOnOldRole(found: DriftWidening, applied: AppliedPlan): boolean {
  const { traces, former = "" } = found;
  const isLast = applied.plan.kind === "nothing";
  const results = applied.results.filter(({ change: { step } }) =>
    "name" in step
      ? (isLast || step.do !== "update-trust-policy") && former.endsWith(`/${step.name}`)
      : traces.length > 0,
  );
  return isDeleted(found, applied) || isShut(found, { results });
}

/** Old roles, by ARN, on which a door stays open after the run: a role that was left is not corrected. */
export function openOldRoles(applied: AppliedPlan): readonly string[] {
  const open = applied.orphans.widenings.filter((found) => !isShutOnOldRole(found, applied));
  return [...new Set(open.flatMap(({ former }) => former ?? []))];
}
