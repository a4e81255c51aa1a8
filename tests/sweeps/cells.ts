import type { RecordedCall } from "../../sandbox/index.ts";
import type { Ready } from "./bench.ts";
import { kinds, modelledErrors } from "./fault-kinds.ts";
import type { Cell } from "./play-fault.ts";

/** Every call of a start in every way, once and for as long as the fault stays. */
export function cellsOf({ calls }: Pick<Ready, "calls">): readonly Cell[] {
  return calls.flatMap((call, index) => {
    const nth = calls.slice(0, index + 1).filter((each) => isSame(each, call)).length;
    return [...kinds, ...modelledErrors(call)].flatMap((kind) =>
      [false, true].map((stays): Cell => ({ nth, call, kind, stays })),
    );
  });
}

function isSame(left: RecordedCall, right: RecordedCall): boolean {
  return left.service === right.service && left.operation === right.operation;
}

/**
 * Chooses, start after start, cells until each operation has gone wrong in each way, and with one of the
 * errors of its model: one in three for long.
 */
export function sampler(): (cells: readonly Cell[]) => readonly Cell[] {
  const seen = new Set<string>();
  return (cells) =>
    cells.filter(({ call, kind, stays }) => {
      const way = kind.kind.startsWith("the modelled ") ? "modelled" : kind.kind;
      const key = `${call.service}:${call.operation} ${way}`;
      const forLong = (call.operation.length + way.length) % 3 === 0;
      if (seen.has(key) || stays !== forLong) return false;
      seen.add(key);
      return true;
    });
}
