import type { RecordedCall } from "../../sandbox/index.ts";
import { isOwn } from "../invariants/telling.ts";
import type { Scenario } from "./harness.ts";

/** A run that is killed just before, or just after, a call. */
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
