import {
  type AppliedPlan,
  changesMade,
  isEverythingClosed,
  isPolicyAsResolved,
} from "../plan/applied.ts";
import type { Change, ChangeResult } from "../plan/change.ts";
import { type Hold, holdOf, type LetThrough, letThroughOf } from "../plan/choice.ts";
import type { KeptDeny } from "../plan/denies.ts";
import type { Example } from "../plan/drift.ts";
import { desiredIn } from "../plan/environment.ts";
import type { Gain } from "../plan/guard.ts";
import type { DriftWidening, Trace } from "../plan/widening.ts";
import type { ReportedExample, ReportedWidening } from "./report.ts";
import type { ReportInput } from "./report-input.ts";
import type { ShutDoor } from "./shut-doors.ts";

/** What an edit would let happen, or lets happen from now on: one widening for each half of it. */
export function desiredWidenings(
  applied: AppliedPlan,
  role: string,
  now: Date,
): readonly ReportedWidening[] {
  const { choice } = applied.plan;
  const letThrough = letThroughOf(choice);
  const hold = holdOf(choice);
  return [
    ...(letThrough === null ? [] : letThroughWidenings(letThrough, applied, role, now)),
    ...(hold === null ? [] : heldWidenings(hold, role)),
    ...newlyGranted(applied, now),
  ];
}

function letThroughWidenings(
  letThrough: LetThrough,
  applied: AppliedPlan,
  role: string,
  now: Date,
): readonly ReportedWidening[] {
  return byResource(letThrough.gains).map(([resource, gains]) => {
    const written =
      applied.writes === "allowed" &&
      // What only opens may still be missing: the next run adds it, and has nothing more to report.
      (isEverythingClosed(applied) || isWritten(resource, applied));
    return {
      ...widening([resource, gains], written ? "applied" : "observed", role),
      openedAt: written ? now.toISOString() : null,
    };
  });
}

/** What a hold would let happen: one widening for each half of it. */
export function heldWidenings(hold: Hold, role: string): readonly ReportedWidening[] {
  const halves = byResource(hold.gains);
  if (halves.length > 0) return halves.map((half) => widening(half, "held", role));
  const first = "it is the first document of this environment, and nothing in it is new";
  const reason = hold.why === "" ? first : hold.why;
  return [{ ...widening(["trust-policy", []], "held", role), reason }];
}

type Half = readonly [Gain["resource"], readonly Gain[]];

/** The gains of each half of the guard; a half without any is left out. */
function byResource(gains: readonly Gain[]): readonly Half[] {
  return (["trust-policy", "permissions"] as const).flatMap((resource) => {
    const own = gains.filter((gain) => gain.resource === resource);
    return own.length === 0 ? [] : [[resource, own] as const];
  });
}

function widening(
  [resource, gains]: Half,
  disposition: ReportedWidening["disposition"],
  role: string,
): ReportedWidening {
  const proved = gains.find((gain) => gain.admitted !== null);
  return {
    source: "desired",
    ...exampleFor(proved ?? { resource, admitted: null }, role),
    disposition,
    undecided: gains.flatMap(({ undecided }) => undecided),
    says: gains.flatMap(({ words, reason }) => (words.length === 0 ? [reason] : words)),
    actor: null,
    openedAt: null,
    closedAt: null,
    ...(proved === undefined ? { reason: gains.map(({ reason }) => reason).join(", and ") } : {}),
  };
}

/** Was all of that half written that had to be? */
function isWritten(resource: Gain["resource"], { results }: AppliedPlan): boolean {
  const concerned = results.filter(({ change }) => {
    const creates = change.step.do === "create-role";
    const trust = change.resource === "trust-policy" || change.resource === "oidc-provider";
    return creates || (resource === "trust-policy" ? trust : !trust);
  });
  return concerned.length > 0 && concerned.every(({ outcome }) => outcome === "applied");
}

/** What jobs may do since AWS changed, beyond re-created targets: more than was granted. */
function newlyGranted(run: AppliedPlan, now: Date): readonly ReportedWidening[] {
  const { plan } = run;
  if (plan.kind === "nothing") return [];
  const granted = plan.resolution.newGrants;
  const [first] = granted;
  if (first === undefined) return [];
  const applied = run.writes === "allowed" && isPolicyAsResolved(run);
  const { action, resource, context } = first;
  return [
    {
      source: "desired",
      resource: "permissions",
      disposition: applied ? "applied" : "observed",
      admitted: {
        principal: { type: "AWS", id: desiredIn(plan)?.role.arn ?? "" },
        action,
        resource,
        context,
      },
      undecided: [],
      reason: granted.map(({ reason }) => reason).join("; "),
      actor: null,
      openedAt: applied ? now.toISOString() : null,
      closedAt: null,
    },
  ];
}

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
      return step.do === "detach" && step.arn === trace.policyArn;
    case "inline-policy":
      return step.do === "delete-inline-policy" && step.policy === trace.name;
    case "policy-version":
      return (
        (step.do === "create-policy-version" ||
          // Taken off to be put back, it is as wide as before unless a version was written meanwhile.
          (step.do === "detach" && bracket === undefined)) &&
        step.arn === trace.policyArn
      );
    case "boundary":
      return step.do === "put-boundary";
    case "audience":
      return step.do === "remove-audience" && step.audience === trace.audience;
    case "provider-setting":
      // No step of ours takes it off.
      return false;
    default:
      return trace satisfies never;
  }
}

/** The changes by which a run closes a widening, and how they ended. */
export function closingOf(
  found: Pick<DriftWidening, "traces">,
  { results }: Pick<AppliedPlan, "results">,
): readonly ChangeResult[] {
  return results.filter(({ change }) => mayClose(found, change));
}

/** Is each part of a door shut, whatever became of the run's other changes? What opens again may fail. */
function isShut({ traces }: DriftWidening, applied: AppliedPlan): boolean {
  const parts = traces.length === 0 ? [traces] : traces.map((trace) => [trace]);
  return parts.every((part) => {
    const closing = closingOf({ traces: part }, applied);
    // A policy that is as it should be was open only while nothing bounded it.
    if (closing.length === 0 && part[0]?.kind === "policy-version") return isBoundAgain(applied);
    const waits = closing.some(
      ({ change, outcome }) => outcome !== "applied" && change.effect !== "opens",
    );
    return !waits && closing.some(({ outcome }) => outcome === "applied");
  });
}

function isBoundAgain({ results }: AppliedPlan): boolean {
  return results.some(
    ({ change, outcome }) => change.step.do === "put-boundary" && outcome === "applied",
  );
}

/** Has the run deleted the role, an old one, with all that was open on it? */
export function isDeleted(
  { former }: Pick<DriftWidening, "former">,
  { results }: Pick<AppliedPlan, "results">,
): boolean {
  return changesMade(results).some(({ step, id }) => step.do === "delete-role" && id === former);
}

/** A policy that an old role shares is shut for both with one write. */
function isOfPolicy(found: DriftWidening, applied: AppliedPlan): boolean {
  const { traces } = found;
  const shared = traces.length > 0 && traces.every(({ kind }) => kind === "policy-version");
  return shared && isShut(found, applied);
}

/** A door that was found open, and what is reported of it. */
export type FoundDrift = { readonly found: DriftWidening; readonly reported: ReportedWidening };

/** What was found open in the account: corrected, or left and why. */
export function foundDriftOf(
  input: ReportInput,
  /** The ARN of the role that the environment has or asks for. */
  role: string,
): readonly FoundDrift[] {
  const { audienceWidenings, attribute, now } = input;
  const { plan, orphans } = input;
  const own = [...plan.widenings, ...audienceWidenings].map((found) => {
    return { found, reverted: isShut(found, input) };
  });
  const left = orphans.widenings.map((found) => {
    return { found, reverted: isDeleted(found, input) || isOfPolicy(found, input) };
  });
  return [...own, ...left].map(({ found, reverted }) => ({
    found,
    reported: {
      source: "drift",
      ...exampleFor(found, found.former ?? role),
      disposition: reverted ? "reverted" : "observed",
      undecided: found.undecided,
      ...attribute(found),
      closedAt: reverted ? now.toISOString() : null,
    },
  }));
}

/** A door that was shut again, and what is reported of it. */
export type ReportedShutDoor = ShutDoor & { readonly reported: ReportedWidening };

/** What was opened and shut again before the run looked. Where nobody knows when, it was shut by now. */
export function shutDoorsOf(
  { shut, now }: Pick<ReportInput, "shut" | "now">,
  role: string,
): readonly ReportedShutDoor[] {
  return shut.map((door) => ({
    ...door,
    reported: {
      source: "drift",
      ...exampleFor(door.found, door.found.former ?? role),
      disposition: "observed",
      undecided: door.found.undecided,
      actor: door.actor,
      openedAt: door.openedAt,
      closedAt: door.closedAt ?? now.toISOString(),
    },
  }));
}

/** What to ask CloudTrail for where a policy that only denies was put on the role. */
export function denyWidening(deny: KeptDeny, role: string): DriftWidening {
  const { kind, id, document } = deny;
  return {
    resource: "permissions",
    admitted: null,
    undecided: [],
    isImpossible: false,
    traces: [
      kind === "inline"
        ? { kind: "inline-policy", role, name: id, document }
        : { kind: "attachment", role, policyArn: id, document },
    ],
  };
}

/** The example as every other witness: a call names the role whose sessions make it. */
function exampleFor({ resource, admitted }: Example, role: string): ReportedExample {
  if (resource !== "permissions") return { resource, admitted };
  const principal = { type: "AWS", id: role } as const;
  return { resource, admitted: admitted === null ? null : { principal, ...admitted } };
}
