import type { Fault } from "../aws/reading.ts";
import { faultOf } from "../edge/faults.ts";
import { isGone } from "../edge/parameters.ts";
import { type ControlEntry, emptied, unique } from "../plan/control.ts";
import type { RecordFence } from "../plan/record-after.ts";
import { keepRecord } from "./fence.ts";
import type { RunContext } from "./run-context.ts";

type Removing = Pick<RunContext, "clients" | "installation" | "wake">;

type Begun =
  | { readonly kind: "holds"; readonly fence: RecordFence }
  /** Nothing is removed in this run. */
  | { readonly kind: "broken"; readonly fault: Fault };

/**
 * Comes before anything of a removed environment is taken off. Its document may be there, and only a listing lack it.
 * Else the record says that a removal is at work: a run that ends in between must not leave one by which all is in force
 * still, for a document may be put again before the next run.
 *
 * @param given.isRole its role goes too
 */
export async function removalBegun(
  run: Removing,
  { name, parameter }: Pick<ControlEntry, "name" | "parameter">,
  given: { readonly fence: RecordFence; readonly isRole: boolean },
): Promise<Begun> {
  try {
    if (await isGone(run.clients, parameter)) {
      return { kind: "holds", fence: await noted(run, given) };
    }
  } catch (thrown) {
    return { kind: "broken", fault: faultOf(`removing what ${name} left`, thrown) };
  }
  const message = `${parameter} was not listed and does exist: nothing of it is removed in this run`;
  return { kind: "broken", fault: { code: "StaleListing", message, kind: "transient" } };
}

/** What closes waits for no record that cannot be written: the run tries again at its end. */
async function noted(
  { clients, installation, wake }: Removing,
  { fence, isRole }: { readonly fence: RecordFence; readonly isRole: boolean },
): Promise<RecordFence> {
  const { back, ...record } = fence.record;
  const { gone, parted = [] } = record;
  if (wake.dryRun || (gone === true && (!isRole || parted.includes(emptied)))) return fence;
  const next = {
    ...record,
    gone: true,
    ...(isRole ? { parted: unique([...parted, emptied]) } : { back }),
  } as const;
  const kept = await keepRecord(clients, installation.prefix, { ...fence, record: next });
  return kept.kind === "holds" ? kept.fence : fence;
}
