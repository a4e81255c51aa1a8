import type { AppliedPlan } from "../plan/applied.ts";
import type { ChangeResult } from "../plan/change.ts";
import { type Hold, holdOf, refusalOf } from "../plan/choice.ts";
import { besideDoors } from "../plan/closing-changes.ts";
import { newestValid } from "../plan/control.ts";
import { desiredIn, isTrustUnseen } from "../plan/environment.ts";
import type { Left } from "../plan/removal.ts";
import type { DriftWidening } from "../plan/widening.ts";
import { openKeys } from "./reported-doors.ts";
import {
  digestOfAll,
  type FactKey,
  oneByOneMax,
  type ReportedKey,
  shortDigest,
  textOfKey,
  uniqueKeys,
  wasReported,
} from "./reported-key.ts";

function factKey(kind: FactKey["kind"], content: unknown): FactKey {
  return { kind, digest: shortDigest(content) };
}

/** Revoked sessions: by what denies. */
export function denyKey(deny: { readonly id: string; readonly document: string }): FactKey {
  return factKey("deny", [deny.id, deny.document]);
}

/** The changes that a mode keeps from being made, but for those that would shut what is reported as open. */
export function leftBesideDoors(applied: AppliedPlan): readonly ChangeResult[] {
  const { plan, audienceWidenings, orphans, results } = applied;
  return besideDoors(
    results.filter(({ outcome }) => outcome === "left"),
    [...plan.widenings, ...audienceWidenings, ...orphans.widenings],
  );
}

/** What differs and is left so, beside what is open. How long sessions may last is part of it. */
export function leftKey(applied: AppliedPlan): FactKey | null {
  const left = leftBesideDoors(applied);
  if (left.length === 0) return null;
  return factKey(
    "left",
    left.map(({ change: { step, effect, before } }) =>
      step.do === "update-role" && effect === "closes" ? { ...step, before } : step,
    ),
  );
}

/** What only a mode keeps from being written: a version, and what changed in AWS. */
export function observedKey({ plan }: AppliedPlan): FactKey | null {
  const { choice } = plan;
  const granted = factsGranted(plan);
  const changed = granted.length === 0 ? [] : [granted];
  if ("at" in choice && choice.letThrough !== null) {
    return factKey("version", [choice.at.version, choice.at.digest, ...changed]);
  }
  return granted.length === 0 ? null : factKey("granted", granted);
}

function factsGranted(plan: AppliedPlan["plan"]): readonly object[] {
  return plan.kind === "nothing" ? [] : plan.resolution.newGrants.map(({ facts }) => facts);
}

/** What changed in AWS and may be written, though the record does not say so yet. */
export function givenKey({ plan }: Pick<AppliedPlan, "plan">): FactKey {
  return factKey("granted", ["given", ...factsGranted(plan)]);
}

/** What an earlier name left, or what only carries the environment's tags. */
function retainedKey(arn: string): FactKey {
  return factKey("retained", arn);
}

/** What a person took the tags off: said once, as long as its name is known. */
export function releasedKey(arn: string): FactKey {
  return retainedKey(`released ${arn}`);
}

/** What a version that is not applied yet takes over. */
export function adoptedKey(id: string): FactKey {
  return factKey("adopted", id);
}

/** What was to be removed and stays, with who holds it. */
export function stuckKey({ id, because, holders }: Left): FactKey {
  return factKey("stuck", [id, because, holders]);
}

/** What a run has found comes last, so that it is not the first to go where there are too many. */
function withBefore(
  now: readonly FactKey[],
  given: {
    readonly kind: FactKey["kind"];
    readonly before: readonly ReportedKey[];
    readonly max: number;
  },
): readonly ReportedKey[] {
  const found = now.map(textOfKey);
  const others = given.before.filter(
    (key) => key.kind === given.kind && !found.includes(textOfKey(key)),
  );
  return [...others, ...now].slice(-given.max);
}

/** A run that cannot see who holds what says nothing of it, and it stays reported all the same. */
function stuckKeys({ left }: AppliedPlan, before: readonly ReportedKey[]): readonly ReportedKey[] {
  return withBefore(uniqueKeys(left.map(stuckKey)), { kind: "stuck", before, max: 20 });
}

/** One key for all that is left behind. */
function retainedTogether(keys: readonly FactKey[]): FactKey {
  return { kind: "retained", digest: digestOfAll(keys) };
}

/** What is left behind and was not reported before, by itself or with all the others. */
export function newlyRetained(of: Pick<AppliedPlan, "entry" | "retained">): readonly string[] {
  const all = retainedTogether(of.retained.map(retainedKey));
  return wasReported(of, all)
    ? []
    : of.retained.filter((arn) => !wasReported(of, retainedKey(arn)));
}

/**
 * What was reported as left behind stays reported: a run that reads roles by name does not see those that
 * only carry tags, and one that fails says nothing of what is left. What is in force again may be
 * left behind, and reported, another time.
 */
function retainedKeys(
  { plan, retained, orphans }: AppliedPlan,
  before: readonly ReportedKey[],
): readonly ReportedKey[] {
  const { role, policy } = desiredIn(plan) ?? {};
  const inForce = [role, policy]
    .flatMap((each) => (each === undefined ? [] : [retainedKey(each.arn), releasedKey(each.arn)]))
    .map(textOfKey);
  const left = retained.map(retainedKey);
  const now = [
    ...(left.length > oneByOneMax ? [retainedTogether(left)] : left),
    ...orphans.released.map(releasedKey),
  ];
  const isLeft = (key: ReportedKey) => !inForce.includes(textOfKey(key));
  return withBefore(now.filter(isLeft), {
    kind: "retained",
    before: before.filter(isLeft),
    max: 40,
  });
}

/**
 * A widening that comes into force with a version, which may take more than one run; the same text put again meanwhile is
 * no other one.
 */
export function appliedKey(
  { plan: { choice } }: AppliedPlan,
  resource: DriftWidening["resource"],
): FactKey | null {
  if (!("at" in choice) || choice.letThrough === null) return null;
  return factKey("applied", [choice.at.digest, resource]);
}

const ofVersions = /^(version|granted|left)$/;

/**
 * What a version lets through or would, where this run could not decide which one is in force: the next one that can
 * finds it again. What a run has decided needs no label, and what it has closed by that may be opened again.
 */
function undecidedKeys(
  { entry, plan: { choice } }: AppliedPlan,
  before: readonly ReportedKey[],
): readonly ReportedKey[] {
  const refusal = refusalOf(choice);
  const isUndecided =
    refusal?.kind === "unknown" ||
    (refusal?.kind === "held" && entry.approvedVersion === "unreadable");
  return before.filter(
    ({ kind }) =>
      (isUndecided && ofVersions.test(kind)) || (choice.kind === "nothing" && kind === "applied"),
  );
}

/** What was open, and is not known to be shut, for it could not be looked at. */
function unseenKeys({ plan }: AppliedPlan, before: readonly ReportedKey[]): readonly ReportedKey[] {
  const isUnseen = ({ kind }: ReportedKey) =>
    (kind === "trust-policy" && isTrustUnseen(plan)) ||
    ((kind === "permissions" || kind === "deny") && plan.faults.length > 0);
  return before.filter(isUnseen).slice(-60);
}

/**
 * A run that a person forces writes, or holds, what the mode only watches: the next one watches it again, and
 * has said so before.
 */
function stillWatched(
  { entry, writes }: AppliedPlan,
  before: readonly ReportedKey[],
): readonly ReportedKey[] {
  const mode = newestValid(entry)?.document.mode ?? "enforce";
  if (writes !== "allowed" || mode === "enforce") return [];
  return before.filter(({ kind }) => kind === "version").slice(-1);
}

/** What a forced run holds of a version that the mode only watches otherwise. */
export function heldKey({ version, digest, because }: Hold): FactKey {
  return factKey("held", [version, digest, because]);
}

/**
 * A hold that only a forced run sees is not news for the next one, while the newest document says observe or
 * suspend. Once it is approved and written it is over.
 */
function stillHeld(
  { entry, plan, writes }: AppliedPlan,
  before: readonly ReportedKey[],
): readonly ReportedKey[] {
  const mode = newestValid(entry)?.document.mode ?? "enforce";
  if (mode === "enforce") return [];
  const hold = holdOf(plan.choice);
  if (hold !== null) return [heldKey(hold)];
  return writes === "allowed" ? [] : before.filter(({ kind }) => kind === "held").slice(-1);
}

/** What is open, denied, left or fought over now; reported in this run or before. */
export function keysAfter(
  applied: AppliedPlan,
  open: readonly DriftWidening[],
  /** Keys of what else is reported: quarrels, and widenings whose version is not applied yet. */
  further: readonly ReportedKey[],
  before: readonly ReportedKey[],
): readonly ReportedKey[] {
  const one = (key: ReportedKey | null) => (key === null ? [] : [key]);
  const passive = applied.writes === "observe" || applied.writes === "suspend";
  return uniqueKeys([
    ...openKeys(open, before),
    ...unseenKeys(applied, before),
    ...undecidedKeys(applied, before),
    ...applied.plan.kept.map(denyKey),
    ...retainedKeys(applied, before),
    ...stuckKeys(applied, before),
    ...one(passive ? leftKey(applied) : null),
    ...one(passive ? observedKey(applied) : null),
    ...stillWatched(applied, before),
    ...stillHeld(applied, before),
    ...further,
  ]);
}
