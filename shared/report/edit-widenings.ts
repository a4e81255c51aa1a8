import { type AppliedPlan, isEverythingClosed, isPolicyAsResolved } from "../plan/applied.ts";
import { type Hold, holdOf, type LetThrough, letThroughOf } from "../plan/choice.ts";
import { desiredIn } from "../plan/environment.ts";
import type { Gain } from "../plan/guard.ts";
import type { ReportedWidening } from "./report.ts";
import { reportedExample } from "./reported-example.ts";

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
    ...reportedExample(proved ?? { resource, admitted: null }, role),
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
