import { changesMade } from "../plan/applied.ts";
import { beginsOrEnds, type Change } from "../plan/change.ts";
import { mayClose } from "../plan/closing-changes.ts";
import { correctedBy, correctionOf, isCorrection } from "../plan/correction.ts";
import { isDenyKnown } from "../plan/denies.ts";
import { digestOf } from "../plan/digest.ts";
import { desiredIn } from "../plan/environment.ts";
import { isFoughtOver, isQuarrel, isSameQuarrel, roundsIn, sideOf } from "../plan/quarrel.ts";
import type { Quarrel } from "../plan/record.ts";
import { denyRemoval } from "../plan/role.ts";
import type { DriftWidening } from "../plan/widening.ts";
import { denyWidening } from "./found-drift.ts";
import type { ReportInput } from "./report-input.ts";
import { wideningKeys } from "./reported-doors.ts";
import { textOfKey, wasReported } from "./reported-key.ts";
import { denyKey } from "./reported-keys.ts";

type Quarrels = {
  readonly quarrels: readonly Quarrel[];
  /** Quarrels that a correction of this run belongs to. */
  readonly contended: readonly Quarrel[];
};

/**
 * The quarrels that the record has after a run, which are made here and not in plan: who undid a correction
 * is known only once CloudTrail was asked.
 *
 * Counts the corrections of this run with those remembered: the same resource, the same found
 * content, the same actor. What nobody has undone for days is forgotten with the next correction: by
 * itself it is not a reason to write the record. A policy that only denies is not corrected while it stays: each
 * time that somebody puts it there again counts.
 */
export function quarrelsAfter(input: ReportInput): Quarrels {
  const { installation, now } = input;
  const { record } = input.fence;
  const isUnread = input.plan.evidence.kind === "status";
  const counts = !isUnread && isCorrection(input.plan) && input.begunHere !== true;
  const renewed = counts ? renewedDenies(input) : [];
  const found = counts ? [...correctionsOf(input), ...renewed] : [];
  if (found.length === 0) return { quarrels: record.quarrels, contended: [] };
  const recent = record.quarrels.flatMap((quarrel) => {
    const at = roundsIn(quarrel, now);
    return at.length === 0 ? [] : [{ ...quarrel, at }];
  });
  const counted = found.map((correction) => {
    const before = recent.find((quarrel) => isSameQuarrel(quarrel, correction));
    const actor = correction.actor ?? before?.actor ?? null;
    return { ...correction, actor, at: [...(before?.at ?? []), now.toISOString()].slice(-12) };
  });
  const others = recent.filter(
    (quarrel) => !found.some((correction) => isSameQuarrel(quarrel, correction)),
  );
  return {
    quarrels: [...others, ...counted].slice(-20),
    contended: counted.filter((quarrel) => {
      const denies =
        renewed.some((each) => isSameQuarrel(each, quarrel)) ||
        changesMade(input.results).some(
          (change) => isFoughtOver([quarrel], change) && takesDenyOff(change, record.denies),
        );
      return isQuarrel(quarrel, { ...installation, now, denies });
    }),
  };
}

/** Does a change take off a policy that only denies? */
export function takesDenyOff(
  { step }: Change,
  denies: ReportInput["fence"]["record"]["denies"],
): boolean {
  if (step.do === "delete-inline-policy") return isDenyKnown(denies, step.policy);
  return step.do === "detach" && isDenyKnown(denies, step.arn);
}

/** Policies that only deny, were there before and say something else now: what a run would correct by then. */
function renewedDenies(input: ReportInput): readonly Omit<Quarrel, "at">[] {
  const { plan, fence, attribute } = input;
  const role = desiredIn(plan)?.role;
  if (role === undefined) return [];
  return plan.kept
    .filter((deny) => isDenyKnown(fence.record.denies, deny.id))
    .filter((deny) => !wasReported(input, denyKey(deny)))
    .flatMap((deny) => {
      const { actor } = attribute(denyWidening(deny, role.name));
      return denyRemoval(role, deny).map((change) => ({ ...correctionOf(change), actor }));
    });
}

function correctionsOf(input: ReportInput) {
  const { plan, orphans, results, attribute, undone, audienceWidenings } = input;
  const widenings = [...plan.widenings, ...orphans.widenings, ...audienceWidenings];
  const actorOf = (change: Change) =>
    widenings
      .filter((widening) => mayClose(widening, change))
      .map((widening) => attribute(widening).actor)
      .find((actor) => actor !== null) ?? null;
  const made = changesMade(results);
  // What a bracket begins and ends with is undone by ourselves.
  const isOurRound = (change: Change) =>
    beginsOrEnds(change) && !widenings.some((widening) => mayClose(widening, change));
  return made.flatMap((change) => {
    if (isOurRound(change)) return [];
    const why = undone?.(change);
    // Nobody undid what only an old answer showed.
    if (why?.kind === "late" || correctedBy(change, made) !== change) return [];
    const undoer = why?.kind === "by" ? why.actor : null;
    const actor = actorOf(change) ?? undoer;
    return [{ ...correctionOf(change), ...openedBy(change, widenings), actor }];
  });
}

/** What was found names only the ARN of an attached policy or a boundary: what it says decides what is open. */
function openedBy(change: Change, widenings: readonly DriftWidening[]): Pick<Quarrel, "opened"> {
  if (change.step.do !== "detach" && change.step.do !== "put-boundary") return {};
  const closed = widenings.filter((widening) => mayClose(widening, change));
  const keys = closed.flatMap(wideningKeys).map(textOfKey).toSorted();
  return { opened: digestOf(JSON.stringify(keys)).slice(0, 16) };
}

/**
 * Was it fought over before this run, by the very side that did it now, and did it open just that? A rival's
 * quarrel says nothing of what somebody else does, nor of what nobody is known to have done where the rival's
 * name is known.
 */
export function isSameSideAgain(
  { fence, contended }: Pick<ReportInput, "fence"> & Pick<Quarrels, "contended">,
  change: Change,
  actor: string | null,
): boolean {
  const side = sideOf(actor);
  const theirs = fence.record.quarrels.filter((quarrel) => sideOf(quarrel.actor) === side);
  return contended.some(
    (now) =>
      isFoughtOver([now], change) &&
      isFoughtOver(
        theirs.filter(({ opened }) => opened === now.opened),
        change,
      ),
  );
}
