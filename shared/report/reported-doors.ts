import type { ControlEntry } from "../plan/control.ts";
import { digestOf } from "../plan/digest.ts";
import { quarrelWindowMs } from "../plan/quarrel.ts";
import type { DriftWidening, Trace } from "../plan/widening.ts";
import type { ReportInput } from "./report-input.ts";
import {
  type DoorKey,
  digestOfAll,
  minuteMs,
  minuteOf,
  oneByOneMax,
  type ReportedKey,
  reportedBefore,
  type ShutKey,
  shortDigest,
  uniqueKeys,
  wasReported,
} from "./reported-key.ts";
import type { ShutDoor } from "./shut-doors.ts";

/** The one who opens a door chooses what it says: no other text must be found that has the same digits. */
const doorDigits = 16;

/** Statuses of earlier releases name a place by so many. */
const formerDigits = 10;

/**
 * What is open, by each place: the same content found there is the same, whatever else is closed. What a
 * policy grants, and the boundary around it, may grow while it stays: both are parts of its key.
 */
export function wideningKeys(found: DriftWidening): readonly DoorKey[] {
  const { resource: kind, traces, within, former } = found;
  const digest = (text: string | null | undefined) =>
    text === null || text === undefined ? null : digestOf(text).slice(0, doorDigits);
  const keyIn = (trace: readonly Partial<Trace>[], content: string | null): DoorKey => {
    // A policy names no role: an old one that holds it, too, is another door.
    const isNamed = former === undefined || trace.some((each) => "role" in each);
    return {
      kind,
      place: shortDigest(isNamed ? trace : [...trace, former], doorDigits),
      content: digest(content),
      boundary: digest(within?.arn),
      limit: digest(within?.document),
    };
  };
  if (traces.length === 0) return [keyIn(traces, null)];
  return traces.map((trace) =>
    keyIn([placeOf(trace)], trace.kind === "attachment" ? trace.document : null),
  );
}

/** The same as it is found where the text of an inline policy could not be read: that is not news. */
function unreadKeys(found: DriftWidening): readonly DoorKey[] {
  const traces = found.traces.flatMap((trace) =>
    trace.kind === "inline-policy" ? [{ ...trace, document: null }] : [],
  );
  return traces.length === 0 ? [] : wideningKeys({ ...found, traces });
}

/** An attached policy stays the same one, whatever it grants by now; a text does, whichever version has it. */
function placeOf(trace: Trace): Partial<Trace> {
  if (trace.kind === "policy-version") {
    const { version: _, ...place } = trace;
    return place;
  }
  if (trace.kind !== "attachment") return trace;
  const { document: _, ...place } = trace;
  return place;
}

/** Is a door that was reported at the place of one that is found now? */
function isAtPlaceOf(before: DoorKey, now: DoorKey): boolean {
  if (before.kind !== now.kind) return false;
  const isFormer = before.place.length === formerDigits && now.place.startsWith(before.place);
  return before.place === now.place || isFormer;
}

/**
 * Was all of that open before, as far as its keys say? What was open without a boundary was more than it
 * is within one; what could not be read is taken for what it was.
 */
export function wereOpen(before: readonly ReportedKey[], doors: readonly DoorKey[]): boolean {
  const isSame = (one: string | null, other: string | null) =>
    one === other || one === null || other === null;
  const known = doorsAmong(before);
  return doors.every((now) =>
    known.some((had) => {
      const isWithin =
        had.boundary === null || (had.boundary === now.boundary && isSame(had.limit, now.limit));
      return isAtPlaceOf(had, now) && isSame(had.content, now.content) && isWithin;
    }),
  );
}

/** One key for many parts of a widening. */
function together(doors: readonly DoorKey[], kind: DoorKey["kind"]): DoorKey {
  return { kind, place: digestOfAll(doors), content: null, boundary: null, limit: null };
}

/** Was all of a widening that stays open reported before, each part for itself or all of them as one? */
export function wasOpen(of: { readonly entry: ControlEntry }, found: DriftWidening): boolean {
  const doors = wideningKeys(found);
  return wereOpen(reportedBefore(of), doors) || wasReported(of, together(doors, found.resource));
}

/** What is open now, as the next run will know it. */
export function openKeys(
  open: readonly DriftWidening[],
  before: readonly ReportedKey[],
): readonly DoorKey[] {
  const known = doorsAmong(before);
  return open.flatMap((found) => {
    const doors = wideningKeys(found);
    return doors.length > oneByOneMax
      ? [together(doors, found.resource)]
      : [...doors, ...unreadKeys(found)].map((door) => withEarlier(door, known));
  });
}

/** What could not be read this time stays known by what it said before: it may grow until it is read again. */
function withEarlier(now: DoorKey, before: readonly DoorKey[]): DoorKey {
  const earlier = before.filter((had) => isAtPlaceOf(had, now));
  const content = earlier.find((had) => had.content !== null)?.content ?? null;
  const limited = earlier.find((had) => had.boundary === now.boundary && had.limit !== null);
  return { ...now, content: now.content ?? content, limit: now.limit ?? limited?.limit ?? null };
}

function doorsAmong(keys: readonly ReportedKey[]): readonly DoorKey[] {
  return keys.filter((key) => "place" in key);
}

type OpenedDoor = Pick<ShutDoor, "found" | "openedAt">;

/** A door that was shut again: what was open, and since when. */
export function shutKey({ found, openedAt }: OpenedDoor): ShutKey {
  return {
    kind: "shut",
    digest: shortDigest([found.traces.map(placeOf), openedAt]),
    minute: minuteOf(new Date(openedAt)),
  };
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
  readonly shut: readonly OpenedDoor[];
  readonly open: readonly OpenedDoor[];
}): readonly ShutKey[] {
  const keptMs = 2 * quarrelWindowMs(installation.periodMinutes);
  const before = reportedBefore({ entry }).filter((key) => key.kind === "shut");
  return uniqueKeys([...open.map(shutKey), ...before, ...shut.map(shutKey)])
    .filter(({ minute }) => now.getTime() - minute * minuteMs < keptMs)
    .slice(-20);
}
