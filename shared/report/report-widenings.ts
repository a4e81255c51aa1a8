import { type AppliedPlan, isEverythingClosed, isPolicyAsResolved } from "../plan/applied.ts";
import type { Change, ChangeResult } from "../plan/change.ts";
import { type Hold, holdOf, type LetThrough, letThroughOf } from "../plan/choice.ts";
import type { KeptDeny } from "../plan/denies.ts";
import { desiredIn } from "../plan/environment.ts";
import type { Gain, Guarded } from "../plan/guard.ts";
import type { NewlyPassed, NewlyReleased } from "../plan/newly-granted.ts";
import { settingOf } from "../plan/provider-settings.ts";
import type { DriftWidening } from "../plan/widening.ts";
import type { ReportedWidening } from "./report.ts";
import type { ReportInput } from "./report-input.ts";

const resources = {
  trust: "trust-policy",
  permissions: "permissions",
} as const satisfies Record<Guarded, ReportedWidening["resource"]>;

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
  return byHalf(letThrough.gains).map(([guarded, gains]) => {
    const written =
      applied.writes === "allowed" &&
      // What only opens may still be missing: the next run adds it, and has nothing more to tell.
      (isEverythingClosed(applied) || isWritten(guarded, applied));
    return {
      ...widening(guarded, gains, written ? "applied" : "observed", role),
      openedAt: written ? now.toISOString() : null,
    };
  });
}

function heldWidenings(hold: Hold, role: string): readonly ReportedWidening[] {
  const halves = byHalf(hold.gains);
  if (halves.length > 0) {
    return halves.map(([guarded, gains]) => widening(guarded, gains, "held", role));
  }
  const reason = hold.why === "" ? "nobody could do this before" : hold.why;
  return [{ ...widening("trust", [], "held", role), reason }];
}

/** The gains of each half of the guard; a half without any is left out. */
function byHalf(gains: readonly Gain[]): readonly (readonly [Guarded, readonly Gain[]])[] {
  return (["trust", "permissions"] as const).flatMap((half) => {
    const own = gains.filter(({ guarded }) => guarded === half);
    return own.length === 0 ? [] : [[half, own] as const];
  });
}

function widening(
  guarded: Guarded,
  gains: readonly Gain[],
  disposition: ReportedWidening["disposition"],
  role: string,
): ReportedWidening {
  const proved = gains.find((gain) => gain.admitted !== null);
  const admitted = proofOf(proved?.admitted ?? null, role);
  return {
    source: "desired",
    resource: resources[guarded],
    disposition,
    admitted,
    undecided: gains.flatMap(({ undecided }) => undecided),
    actor: null,
    openedAt: null,
    closedAt: null,
    ...(admitted === null ? { reason: gains.map(({ reason }) => reason).join(", and ") } : {}),
  };
}

/** Was all of that half written that had to be? */
function isWritten(guarded: Guarded, { results }: AppliedPlan): boolean {
  const concerned = results.filter(({ change }) => {
    const creates = change.step.do === "create-role";
    const trust = change.resource === "trust-policy" || change.resource === "oidc-provider";
    return creates || (guarded === "trust" ? trust : !trust);
  });
  return concerned.length > 0 && concerned.every(({ outcome }) => outcome === "applied");
}

/** What jobs may do since AWS changed, beyond targets made anew: more than was granted. */
function newlyGranted(run: AppliedPlan, now: Date): readonly ReportedWidening[] {
  const { plan } = run;
  if (plan.kind === "nothing") return [];
  const granted = [
    ...plan.resolution.newlyPassed.map(passedGrant),
    ...plan.resolution.newlyReleased.map(releasedGrant),
  ];
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

type NewGrant = {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, readonly string[]>>;
  /** For readers. */
  readonly reason: string;
};

function passedGrant({ service, role, to }: NewlyPassed): NewGrant {
  return {
    action: "iam:PassRole",
    resource: role,
    context: { "iam:PassedToService": [to] },
    reason: `${service} runs with ${role} now`,
  };
}

function releasedGrant({ app, hasRepository, action, resource }: NewlyReleased): NewGrant {
  const reason = hasRepository
    ? `${app} is connected to a repository now, and is released from it`
    : `${app} has no repository now, and is released by an upload`;
  return { action, resource, context: {}, reason };
}

/** Which changes, once applied, have closed a widening of this resource. */
const closers: Readonly<Record<DriftWidening["resource"], readonly string[]>> = {
  "trust-policy": ["trust-policy"],
  permissions: ["policy", "attachment", "inline-policy", "role"],
  audience: ["oidc-provider"],
};

/** Could this change close such a widening? A version that is only put away closes nothing yet. */
export function mayClose(
  widening: Pick<DriftWidening, "resource" | "traces">,
  change: Change,
): boolean {
  // No step of ours takes off what is set on a provider.
  if (settingOf(widening) !== null) return false;
  const { resource } = widening;
  const idle = change.effect === "neutral" || change.step.do === "delete-policy-version";
  return closers[resource].includes(change.resource) && !idle;
}

/** The changes by which a run closes a widening, and how they ended. */
export function closingOf(found: DriftWidening, { results }: AppliedPlan): readonly ChangeResult[] {
  return results.filter(({ change }) => mayClose(found, change));
}

/** A door that was found open, and what is reported of it. */
export type FoundDrift = { readonly found: DriftWidening; readonly reported: ReportedWidening };

/** What was found open in the account: put right, or left and why. */
export function driftOf(
  input: ReportInput,
  /** The ARN of the role that the environment has or asks for. */
  role: string,
): readonly FoundDrift[] {
  const { audienceWidenings, attribute, now } = input;
  const { plan, orphans } = input;
  const own = [...plan.widenings, ...audienceWidenings].map((found) => {
    const closing = closingOf(found, input);
    const reverted = closing.length > 0 && closing.every(({ outcome }) => outcome === "applied");
    return { found, reverted };
  });
  const left = orphans.widenings.map((found) => ({ found, reverted: false }));
  return [...own, ...left].map(({ found, reverted }) => ({
    found,
    reported: {
      source: "drift",
      resource: found.resource,
      disposition: reverted ? "reverted" : "observed",
      admitted: proofOf(found.admitted, role),
      undecided: found.undecided,
      ...attribute(found),
      closedAt: reverted ? now.toISOString() : null,
    },
  }));
}

/** Whom to ask CloudTrail for where a policy that only denies was put on the role. */
export function denyWidening(deny: KeptDeny, role: string): DriftWidening {
  const { kind, id, document } = deny;
  return {
    resource: "permissions",
    admitted: null,
    undecided: [],
    possible: null,
    traces: [
      kind === "inline"
        ? { kind: "inline-policy", role, name: id, document }
        : { kind: "attachment", role, policyArn: id },
    ],
  };
}

function proofOf(admitted: DriftWidening["admitted"], role: string): ReportedWidening["admitted"] {
  if (admitted === null || !("resource" in admitted)) return admitted;
  return { principal: { type: "AWS", id: role }, ...admitted };
}
