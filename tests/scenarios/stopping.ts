import type { RecordedCall } from "../../sandbox/index.ts";
import { isOwn } from "../invariants/telling.ts";
import type { Scenario } from "./harness.ts";

/** A run that is killed just before, or just after, its nth call of an operation. */
export async function stoppedAt(
  account: Scenario,
  at: "before" | "after",
  is: (call: RecordedCall) => boolean,
): Promise<void> {
  let isStopped = false;
  account.sandbox.faults.add({
    at: "before",
    how: { error: "AccessDenied", httpStatus: 403 },
    when: (call) => {
      if (!isOwn(call)) return false;
      const before = isStopped;
      if (!isStopped && is(call)) isStopped = true;
      return at === "before" ? isStopped : before;
    },
  });
  await account.invoke();
  account.sandbox.faults.clear();
}

/** Is it that call of the operation, the first one if nothing else is said? */
export const nth = (operation: string, number = 1) => {
  const seen = new Set<number>();
  return (call: RecordedCall) => {
    if (call.operation === operation) seen.add(call.index);
    return call.operation === operation && seen.size === number;
  };
};
