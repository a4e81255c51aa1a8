import type { Fault } from "../aws/reading.ts";
import type { ControlEntry } from "../plan/control.ts";
import type { EnvironmentPlan } from "../plan/environment.ts";
import { fenceBefore, type RecordFence, recordBegun, recordNaming } from "../plan/record-after.ts";
import { keepRecord, stillHolds } from "./fence.ts";
import { once } from "./once.ts";
import type { RunContext } from "./run-context.ts";

/** What is checked before the writes of one environment: its record, and that nobody else was at work. */
export type Gate = {
  /** Records a version that is not applied yet as begun, and names that are made again. Done once. */
  begin(): Promise<void>;
  /** May this run open anything for the environment? Looked up once, just before the first step. */
  mayOpen(): Promise<boolean>;
  /**
   * Looks once more where something was opened: who edited or ran after the first look and before
   * our write landed saw no door, and only we can know of it.
   */
  settle(): Promise<void>;
  /** The record as this run left it in Parameter Store. */
  fence(): RecordFence;
  /** What went wrong at the gate, so far. */
  faults(): readonly Fault[];
};

type GateInput = {
  readonly entry: ControlEntry;
  readonly plan: EnvironmentPlan;
  readonly ownsProvider: boolean;
  /** `false`: nothing is opened, only closed. */
  readonly opens: boolean;
};

/** The gate of one environment in one pass. A record that cannot be written opens nothing. */
export function gateOf(run: RunContext, input: GateInput): Gate {
  const faults: Fault[] = [];
  let fence = fenceBefore(input.entry, input.plan.evidence);
  const begin = once(async () => {
    const kept = await begun(run, input, fence);
    if (kept.kind === "holds") fence = kept.fence;
    else faults.push(kept.fault);
  });
  let opened = false;
  const again = () => stillHolds(run.clients, run.installation.prefix, input.entry, fence);
  const look = once(async () => {
    if (!input.opens) return false;
    // The record's write may wait for its pace, and be tried again: a look beside it would be as old.
    await begin();
    if (faults.length > 0) return false;
    const fault = await again();
    if (fault !== null) faults.push(fault);
    opened = fault === null;
    return opened;
  });
  const settle = once(async () => {
    if (!opened) return;
    const fault = await again();
    // What cannot be read now is read by the next run.
    if (fault?.kind === "stale") faults.push(fault);
  });
  return { begin, mayOpen: look, settle, fence: () => fence, faults: () => faults };
}

async function begun(
  run: RunContext,
  { plan, entry, ownsProvider }: GateInput,
  fence: RecordFence,
): Promise<Awaited<ReturnType<typeof keepRecord>>> {
  const { choice } = plan;
  const holds = { kind: "holds", fence } as const;
  if (choice.kind === "orphaned")
    return (await import("./begin-removal.ts")).removalBegun(run, entry, { fence, isRole: false });
  if (choice.kind === "nothing" || entry.record.kind === "unread") return holds;
  const { begun, applied, parted, back } = fence.record;
  const known = parted === undefined || back ? (begun ?? applied) : null;
  const isKnown = known?.version === choice.at.version && known.digest === choice.at.digest;
  const record =
    isKnown || choice.kind === "applied"
      ? recordNaming(fence.record, choice.at, ownsProvider)
      : recordBegun(fence.record, choice.at, ownsProvider);
  if (record === fence.record) return holds;
  return keepRecord(run.clients, run.installation.prefix, { ...fence, record });
}
