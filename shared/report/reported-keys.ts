import type { AppliedPlan } from "../plan/applied.ts";
import type { ControlEntry } from "../plan/control.ts";
import { digestOf } from "../plan/digest.ts";
import { desiredIn } from "../plan/environment.ts";
import { hoursUntilOver, quarrelWindowMs, sideOf } from "../plan/quarrel.ts";
import type { Quarrel } from "../plan/record.ts";
import type { Left } from "../plan/removal.ts";
import type { DriftWidening, Trace } from "../plan/widening.ts";
import type { ReportInput } from "./report-input.ts";
import type { ShutDoor } from "./shut-doors.ts";

/** A short name for something that is open or differs, so that it is reported once. */
function keyOf(kind: string, content: unknown, digits = 10): string {
  return `${kind}:${digestOf(JSON.stringify(content)).slice(0, digits)}`;
}

/** The one who opens a door chooses what it says: no other text must be found that has the same digits. */
const doorDigits = 16;

/**
 * What is open, by each place: the same content found there is the same, whatever else is closed. What a
 * policy grants, and the boundary around it, may grow while it stays: both are parts of its key.
 */
export function wideningKeys(found: DriftWidening): readonly string[] {
  const { resource, traces, within, former } = found;
  const keyIn = (trace: readonly Partial<Trace>[], content: string | null) => {
    // A policy names no role: an old one that holds it, too, is another door.
    const isNamed = former === undefined || trace.some((each) => "role" in each);
    const parts = [content, within?.arn ?? null, within?.document ?? null].map((text) =>
      text === null ? "" : digestOf(text).slice(0, doorDigits),
    );
    const place = keyOf(resource, isNamed ? trace : [...trace, former], doorDigits);
    return joined([place, ...parts]);
  };
  if (traces.length === 0) return [keyIn(traces, null)];
  return traces.map((trace) =>
    keyIn([placeOf(trace)], trace.kind === "attachment" ? trace.document : null),
  );
}

/** One key of its parts; empty ones at its end are left out. */
function joined(parts: readonly string[]): string {
  return parts.slice(0, parts.findLastIndex((part) => part !== "") + 1).join(".");
}

/** An attached policy stays the same one, whatever it grants by now. */
function placeOf(trace: Trace): Partial<Trace> {
  if (trace.kind !== "attachment") return trace;
  const { document: _, ...place } = trace;
  return place;
}

/** Statuses of earlier releases name a place by its first ten digits. */
function isAt(where = "", place = ""): boolean {
  return where === place || (where.split(":")[1]?.length === 10 && place.startsWith(where));
}

/**
 * Was all of that open before, as far as its keys say? What was open without a boundary was more than it
 * is within one; what could not be read is taken for what it was.
 */
export function wereOpen(before: readonly string[], keys: readonly string[]): boolean {
  const isSame = (one = "", other = "") => one === other || one === "" || other === "";
  return keys.every((key) => {
    const [place, content, bound = "", limit] = key.split(".");
    return before.some((other) => {
      const [where, had, held = "", limited] = other.split(".");
      const isWithin = held === "" || (held === bound && isSame(limited, limit));
      return isAt(where, place) && isSame(had, content) && isWithin;
    });
  });
}

/** So many parts of one widening, or things left behind, a status remembers one by one; more as one. */
const oneByOneMax = 20;

/** The key of many, in any order. */
function together(keys: readonly string[]): string {
  const [kind = ""] = keys[0]?.split(":") ?? [];
  return keyOf(kind, keys.toSorted(), doorDigits);
}

/** Was all of a widening that stays open reported before, each part for itself or all of them as one? */
export function wasOpen(of: { readonly entry: ControlEntry }, found: DriftWidening): boolean {
  const keys = wideningKeys(found);
  return wereOpen(toldKeys(of), keys) || wasReported(of, together(keys));
}

function openKeys(found: DriftWidening, before: readonly string[]): readonly string[] {
  const keys = wideningKeys(found);
  return keys.length > oneByOneMax ? [together(keys)] : keys.map((key) => withEarlier(key, before));
}

/** What could not be read this time stays known by what it said before: it may grow until it is read again. */
function withEarlier(key: string, before: readonly string[]): string {
  const [place = "", content = "", bound = "", limit = ""] = key.split(".");
  const earlier = before.map((other) => other.split(".")).filter(([where]) => isAt(where, place));
  const had = earlier.flatMap(([, text]) => text || []);
  const limited = earlier.flatMap(([, , held, text]) => (held === bound && text) || []);
  return joined([place, content || (had[0] ?? ""), bound, limit || (limited[0] ?? "")]);
}

/** Revoked sessions: by what denies. */
export function denyKey(deny: { readonly id: string; readonly document: string }): string {
  return keyOf("deny", [deny.id, deny.document]);
}

/** What differs and is left so: the changes that a mode keeps from being made. */
export function leftKey({ results }: AppliedPlan): string | null {
  const left = results.filter(({ outcome }) => outcome === "left");
  if (left.length === 0) return null;
  return keyOf(
    "left",
    left.map(({ change: { step } }) => step),
  );
}

/** What only a mode keeps from being written: a version, and what changed in AWS. */
export function observedKey({ plan }: AppliedPlan): string | null {
  const { choice } = plan;
  const granted =
    plan.kind === "nothing" ? [] : plan.resolution.newGrants.map(({ facts }) => facts);
  const changed = granted.length === 0 ? [] : [granted];
  if (choice.kind === "newest" && choice.letThrough !== null) {
    return keyOf("version", [choice.at.version, choice.at.digest, ...changed]);
  }
  return granted.length === 0 ? null : keyOf("granted", granted);
}

/** What an earlier name left, or what only carries the environment's tags. */
function retainedKey(arn: string): string {
  return keyOf("retained", arn);
}

/** What a person took the tags off: said once, as long as its name is known. */
export function releasedKey(arn: string): string {
  return retainedKey(`released ${arn}`);
}

/** What a version that is not applied yet takes over. */
export function adoptedKey(id: string): string {
  return keyOf("adopted", id);
}

/** What was to be removed and stays, with who holds it. */
export function stuckKey({ id, because, holders }: Left): string {
  return keyOf("stuck", [id, because, holders]);
}

/** What a run has found comes last, so that it is not the first to go where there are too many. */
function withBefore(
  kind: string,
  now: readonly string[],
  given: { readonly before: readonly string[]; readonly max: number },
): readonly string[] {
  const others = given.before.filter((key) => key.startsWith(`${kind}:`) && !now.includes(key));
  return [...others, ...now].slice(-given.max);
}

/** A run that cannot see who holds what says nothing of it, and it stays reported all the same. */
function stuckKeys({ left }: AppliedPlan, before: readonly string[]): readonly string[] {
  return withBefore("stuck", [...new Set(left.map(stuckKey))], { before, max: 20 });
}

/** What is left behind and was not reported before, by itself or with all the others. */
export function newlyRetained(of: Pick<AppliedPlan, "entry" | "retained">): readonly string[] {
  const keys = of.retained.map(retainedKey);
  return wasReported(of, together(keys))
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
  before: readonly string[],
): readonly string[] {
  const { role, policy } = desiredIn(plan) ?? {};
  const inForce = [role, policy].flatMap((each) =>
    each === undefined ? [] : [retainedKey(each.arn), releasedKey(each.arn)],
  );
  const left = retained.map(retainedKey);
  const now = [
    ...(left.length > oneByOneMax ? [together(left)] : left),
    ...orphans.released.map(releasedKey),
  ];
  const isLeft = (key: string) => !inForce.includes(key);
  return withBefore("retained", now.filter(isLeft), { before: before.filter(isLeft), max: 40 });
}

/** A correction that is fought over: by the resource, what was found there, and which side did it. */
function quarrelKey({ resource, found, actor }: Pick<Quarrel, "resource" | "found" | "actor">) {
  return keyOf("quarrel", [resource, found, sideOf(actor)]);
}

/** The same before anybody was named. */
const unnamed = (quarrel: Quarrel): string => quarrelKey({ ...quarrel, actor: null });

/** Was it reported, by this name or before anybody was named? */
export function wasContended({ entry }: Pick<AppliedPlan, "entry">, quarrel: Quarrel): boolean {
  const keys = [quarrelKey(quarrel), unnamed(quarrel)];
  return toldQuarrels(entry).some(({ key }) => keys.includes(key));
}

/**
 * Quarrels stay reported until they are over, also in runs that find nothing to correct. So each is kept with
 * the minute of its last round, and after how many hours it is over.
 */
export function contendedKeys(
  { entry }: Pick<AppliedPlan, "entry">,
  contended: readonly Quarrel[],
  now: Date,
): readonly string[] {
  const named = contended.flatMap((quarrel) => [quarrelKey(quarrel), unnamed(quarrel)]);
  const others = toldQuarrels(entry).filter(
    (quarrel) => !named.includes(quarrel.key) && !isOver(quarrel, now),
  );
  const again = contended.map((quarrel) => {
    return { key: quarrelKey(quarrel), last: now, hours: hoursUntilOver(quarrel) };
  });
  return [...again, ...others].map(({ key, last, hours }) => {
    return `${key}@${Math.floor(last.getTime() / minuteMs).toString(36)}@${hours}`;
  });
}

/** When the last round was of each reported quarrel that is over now. */
export function quarrelsOver(
  { entry }: Pick<AppliedPlan, "entry">,
  contended: readonly Quarrel[],
  now: Date,
): readonly Date[] {
  const named = contended.flatMap((quarrel) => [quarrelKey(quarrel), unnamed(quarrel)]);
  return toldQuarrels(entry).flatMap((quarrel) =>
    isOver(quarrel, now) && !named.includes(quarrel.key) ? [quarrel.last] : [],
  );
}

/** A door that was shut again: what was open, and since when. */
export function shutKey({ found, openedAt }: Pick<ShutDoor, "found" | "openedAt">): string {
  const minute = Math.floor(Date.parse(openedAt) / minuteMs).toString(36);
  return `${keyOf("shut", [found.traces.map(placeOf), openedAt])}@${minute}`;
}

/**
 * Doors that were shut again stay reported for longer than an event of them counts, and no longer, whether
 * or not CloudTrail still names who opened them: its newest records are mostly reads by our own runs. Those
 * that are still `open` come first, so that they are the first to go where there are too many: the next run
 * sees them again.
 */
export function shutKeys({
  entry,
  shut,
  open,
  now,
  installation,
}: Pick<ReportInput, "entry" | "now" | "installation"> & {
  readonly shut: readonly Pick<ShutDoor, "found" | "openedAt">[];
  readonly open: readonly Pick<ShutDoor, "found" | "openedAt">[];
}): readonly string[] {
  const shutKeptMs = 2 * quarrelWindowMs(installation.periodMinutes);
  const before = toldKeys({ entry }).filter((key) => key.startsWith("shut:"));
  const keys = new Set([...open.map(shutKey), ...before, ...shut.map(shutKey)]);
  const isYoung = (key: string) => {
    const minute = Number.parseInt(key.split("@")[1] ?? "", 36);
    return now.getTime() - minute * minuteMs < shutKeptMs;
  };
  return [...keys].filter(isYoung).slice(-20);
}

const minuteMs = 60_000;

function isOver({ last, hours }: ToldQuarrel, now: Date): boolean {
  return now.getTime() - last.getTime() > hours * 60 * minuteMs;
}

type ToldQuarrel = { readonly key: string; readonly last: Date; readonly hours: number };

function toldQuarrels(entry: ControlEntry): readonly ToldQuarrel[] {
  return toldKeys({ entry }).flatMap((reported) => {
    // Statuses of earlier releases do not say how long: a day.
    const [key = "", minute = "", hours = "24"] = reported.split("@");
    const last = Number.parseInt(minute, 36) * minuteMs;
    return key.startsWith("quarrel:") && Number.isFinite(last)
      ? [{ key, last: new Date(last), hours: Number(hours) || 24 }]
      : [];
  });
}

/** A widening that comes into force with a version, which may take more than one run. */
export function appliedKey(
  { plan: { choice } }: AppliedPlan,
  resource: DriftWidening["resource"],
): string | null {
  if (choice.kind !== "newest" || choice.letThrough === null) return null;
  return keyOf("applied", [choice.at.version, choice.at.digest, resource]);
}

/** What is open, denied, left or fought over now; reported in this run or before. */
export function keysAfter(
  applied: AppliedPlan,
  open: readonly DriftWidening[],
  /** Keys of what else is reported: quarrels, and widenings whose version is not applied yet. */
  further: readonly string[],
  before: readonly string[],
): readonly string[] {
  const one = (key: string | null) => (key === null ? [] : [key]);
  const passive = applied.writes === "observe" || applied.writes === "suspend";
  return [
    ...new Set([
      ...open.flatMap((found) => openKeys(found, before)),
      ...applied.plan.kept.map(denyKey),
      ...retainedKeys(applied, before),
      ...stuckKeys(applied, before),
      ...one(passive ? leftKey(applied) : null),
      ...one(passive ? observedKey(applied) : null),
      ...further,
    ]),
  ].toSorted();
}

/** Was this reported already, and is it still the same? */
export function wasReported(result: { readonly entry: ControlEntry }, key: string | null): boolean {
  return key !== null && toldKeys(result).includes(key);
}

/** What runs before this one have reported, as their status remembers it. */
export function toldKeys({ entry }: { readonly entry: ControlEntry }): readonly string[] {
  return entry.status?.seen?.told ?? [];
}
