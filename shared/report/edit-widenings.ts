import {
  type AppliedPlan,
  changesMade,
  halvesWritten,
  isEverythingClosed,
  isNothingLeft,
  isPolicyAsResolved,
  mayBeMade,
} from "../plan/applied.ts";
import { type Change, writesPolicy } from "../plan/change.ts";
import {
  comingOf,
  type Hold,
  holdOf,
  type LetThrough,
  letThroughOf,
  versionOf,
} from "../plan/choice.ts";
import { hasName } from "../plan/control.ts";
import { desiredIn } from "../plan/environment.ts";
import { type Gain, guardOf } from "../plan/guard.ts";
import type { ReportedWidening } from "./report.ts";
import { reportedExample } from "./reported-example.ts";
import { wasReported } from "./reported-key.ts";
import { appliedKey } from "./reported-keys.ts";

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
  const made = applied.results.filter(mayBeMade);
  return byResource(letThrough.gains).map(([resource, gains]) => {
    const isNew = isWrittenWhole(resource, applied) || isOpenedBy(made, resource, applied);
    const written = applied.writes === "allowed" && (isNew || isOpened(resource, applied));
    return {
      ...widening([resource, gains], written ? "applied" : "observed", role),
      // What is found in force has been so for longer.
      openedAt: written && isNew ? now.toISOString() : null,
    };
  });
}

/**
 * What a version let happen that was overtaken in this run, once a part of it was written. What was reported before, or
 * is with the version that took its place, is not reported twice.
 */
export function overtakenWidenings(
  { overtaken, ...run }: AppliedPlan,
  { role, now, others }: OvertakenBy,
): readonly ReportedWidening[] {
  if (overtaken === undefined) return [];
  const gains = letThroughOf(overtaken.plan.choice)?.gains ?? [];
  const at = now.toISOString();
  const closedAt = isClosedAgain(overtaken, run) ? at : null;
  return byResource(gains)
    .filter(([resource]) => isOpened(resource, overtaken))
    .map((half) => ({
      ...widening(half, "applied", role),
      openedAt: at,
      closedAt,
    }))
    .filter(
      (each) =>
        !wasReported(overtaken, appliedKey(overtaken, each.resource)) &&
        !others.some((other) => isSaidBy(other, each)),
    );
}

/** Has the version that took its place closed the same role, or is that deleted? */
function isClosedAgain({ plan: { choice } }: AppliedPlan, run: AppliedPlan): boolean {
  const before = versionOf(choice)?.document.role.name;
  if (before === undefined) return false;
  const now = comingOf(run.plan.choice, run.plan.evidence)?.document.role.name;
  const isSame = now !== undefined && hasName([before], now);
  const isDeleted = changesMade(run.results).some(
    ({ step }) => step.do === "delete-role" && hasName([before], step.name),
  );
  return isDeleted || (isSame && run.writes === "allowed" && isEverythingClosed(run));
}

type OvertakenBy = {
  /** The ARN of the role at hand. */
  readonly role: string;
  readonly now: Date;
  /** What is reported of the version that took its place. */
  readonly others: readonly ReportedWidening[];
};

/**
 * Was anything of that half written that opens, or may it have been, whatever became of the rest? Or is it in force
 * though this run had nothing to write, since somebody had opened just that by hand, or an earlier run had?
 */
export function isOpened(resource: ReportedWidening["resource"], applied: AppliedPlan): boolean {
  return (
    isOpenedBy(applied.results.filter(mayBeMade), resource, applied) ||
    gainsIn(resource, applied).some((gain) => isFoundInForce(gain, applied))
  );
}

/**
 * A provider lets nobody in by itself; other thumbprints do, and an audience does where another role asks for no other
 * one. Where somebody had opened more by hand, what the version gives more comes into force by a write that only closes.
 */
function isOpenedBy(
  made: AppliedPlan["results"],
  resource: ReportedWidening["resource"],
  applied: AppliedPlan,
): boolean {
  const gains = gainsIn(resource, applied);
  return (
    made.some(({ change }) => opensHalf(resource, change)) ||
    gains.some((gain) => made.some(({ change }) => leavesGain(gain, change, applied.plan)))
  );
}

function gainsIn(resource: ReportedWidening["resource"], { plan }: AppliedPlan): readonly Gain[] {
  const gains = letThroughOf(plan.choice)?.gains ?? [];
  return gains.filter((gain) => gain.resource === resource);
}

/** Of a version that has overtaken another one nobody knows which of the two gave it, and was reported. */
function isFoundInForce({ because, resource }: Gain, applied: AppliedPlan): boolean {
  if (hasOvertaken(applied)) return false;
  switch (because) {
    case "more":
    case "undecided":
    case "boundary":
      return halvesWritten(applied).includes(guardOf[resource]);
    case "session":
      return isNothingLeft(applied, ({ step }) => step.do === "update-role");
    case "tags":
      return isNothingLeft(applied, ({ step }) => /^(un)?tag-role$/.test(step.do));
    // A provider is written for all that share it, and what a guard lets through is the next version.
    case "thumbprints":
    case "guard":
      return false;
    default:
      return because satisfies never;
  }
}

function hasOvertaken({ plan, fence }: AppliedPlan): boolean {
  const name = desiredIn(plan)?.role.name ?? "";
  return fence.record.former.some(({ role }) => hasName([role.name], name));
}

/** Does a write that only closes leave that gain in force? A part of a text may, where it was found wider than is known. */
function leavesGain({ because, resource }: Gain, { effect, step }: Change, plan: Plan): boolean {
  if (effect !== "closes") return false;
  switch (because) {
    case "more":
    case "undecided": {
      const isOwn = resource === "trust-policy" ? "trustPolicy" in step : "document" in step;
      const isFoundWider = plan.widenings.some((found) => found.resource === resource);
      return isOwn && (isWholeText(step, plan) || isFoundWider);
    }
    case "session":
      return step.do === "update-role";
    case "boundary":
      return step.do === "put-boundary";
    // Nothing that only closes gives these.
    case "tags":
    case "thumbprints":
    case "guard":
      return false;
    default:
      return because satisfies never;
  }
}

function opensHalf(resource: ReportedWidening["resource"], change: Change): boolean {
  // That was there before.
  if (change.bracket === "back") return false;
  const opens = change.effect === "opens" && change.resource !== "oidc-provider";
  const isTrust = ["create-role", "set-thumbprints", "add-audience"].includes(change.step.do);
  const isOwn = (change.resource === "trust-policy") === (resource !== "permissions");
  return (opens && isOwn) || (isTrust && resource !== "permissions");
}

/** Is nobody sure of what opened of that half, because no answer came? */
export function isOpenedUnseen(
  resource: ReportedWidening["resource"],
  applied: AppliedPlan,
): boolean {
  const made = applied.results.filter(({ outcome }) => outcome === "applied");
  return (
    isOpenedBy(applied.results.filter(mayBeMade), resource, applied) &&
    !isOpenedBy(made, resource, applied)
  );
}

/** What only opens may still be missing: the next run adds it, and has nothing more to report. */
export function isWrittenWhole(
  resource: ReportedWidening["resource"],
  applied: AppliedPlan,
): boolean {
  return isEverythingClosed(applied) || isWritten(resource, applied);
}

/** Does another widening say all of it, and that it is written? */
function isSaidBy(other: ReportedWidening, { resource, says = [] }: ReportedWidening): boolean {
  return (
    other.disposition === "applied" &&
    other.resource === resource &&
    says.every((each) => other.says?.includes(each) === true)
  );
}

/** What a hold would let happen: one widening for each half of it. */
export function heldWidenings(hold: Hold, role: string): readonly ReportedWidening[] {
  const halves = byResource(hold.gains);
  if (halves.length > 0) return halves.map((half) => widening(half, "held", role));
  const first = "it is the first document of this environment, and nothing in it is new";
  const reason = hold.why === "" ? first : hold.why;
  return [{ ...widening(["trust-policy", []], "held", role), reason }];
}

type Plan = AppliedPlan["plan"];

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

/**
 * Was all of that half written that had to be? The closing part of a write does not count, and what opens may wait
 * unplanned. A write of the whole does, though it only closes, since somebody had opened more by hand.
 */
function isWritten(
  resource: ReportedWidening["resource"],
  { plan, results }: AppliedPlan,
): boolean {
  const concerned = results.filter(({ change }) => isConcerned(resource, change));
  return (
    concerned.some(({ change }) => change.effect !== "closes" || isWholeText(change.step, plan)) &&
    concerned.every(({ outcome }) => outcome === "applied")
  );
}

function isWholeText(step: Change["step"], plan: Plan): boolean {
  const desired = desiredIn(plan);
  return "trustPolicy" in step
    ? step.trustPolicy === desired?.role.trustPolicy
    : "document" in step && step.document === desired?.policy.document;
}

function isConcerned(resource: ReportedWidening["resource"], change: Change): boolean {
  const creates = change.step.do === "create-role";
  const trust = change.resource === "trust-policy" || change.resource === "oidc-provider";
  return creates || (resource === "permissions" ? !trust : trust);
}

/** The policy may give what is new, though the run has not seen to all of it. */
function isPolicyOpened({ plan, results }: Pick<AppliedPlan, "plan" | "results">): boolean {
  return results.some((result) => {
    const { effect, step } = result.change;
    const opens = effect === "opens" || isWholeText(step, plan);
    return mayBeMade(result) && writesPolicy(step) && opens;
  });
}

/** What jobs may do since AWS changed, beyond re-created targets: more than was granted. */
function newlyGranted(run: AppliedPlan, now: Date): readonly ReportedWidening[] {
  const { plan } = run;
  if (plan.kind === "nothing") return [];
  const granted = plan.resolution.newGrants;
  const [first] = granted;
  if (first === undefined) return [];
  const applied = run.writes === "allowed" && (isPolicyAsResolved(run) || isPolicyOpened(run));
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
