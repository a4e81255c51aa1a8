import type { ChangeResult, Step } from "../plan/change.ts";
import { hasCode } from "./faults.ts";
import type { Time } from "./time.ts";

/**
 * Pauses before IAM is asked once more, a little over a minute together. AWS says that a change may
 * take time to be visible, and not how long; people measure seconds, rarely a minute.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html
 */
export const pausesMs = [1_000, 2_000, 4_000, 8_000, 15_000, 35_000] as const;

/** All of them together. */
export const patienceMs = pausesMs.reduce<number>((sum, ms) => sum + ms, 0);

/** What a refusal may be for, where IAM does not see yet what was written before. */
const lateCodes = ["NoSuchEntity", "EntityAlreadyExists", "DeleteConflict"];

/**
 * Writes, and tries again while IAM refuses a step for what this very run has written: a role just
 * made is not there yet, one just deleted still is. So with what an earlier run has made, once two looks
 * have shown it.
 *
 * @param done the steps that were carried out before
 * @param mayWait is there time for such a pause?
 */
export async function patiently(
  write: () => Promise<ChangeResult>,
  done: readonly Step[],
  given: {
    readonly time: Time;
    readonly mayWait: (ms: number) => boolean;
    /** Has a second look shown what is written to? */
    readonly insists: boolean;
  },
): Promise<ChangeResult> {
  let result = await write();
  for (const pause of pausesMs) {
    const late = isLate(result, done) || (given.insists && isUnseen(result));
    if (!late || !given.mayWait(pause)) break;
    await given.time.sleep(pause);
    result = await write();
  }
  return result;
}

function isLate(result: ChangeResult, done: readonly Step[]): boolean {
  if (result.outcome !== "failed" || isGone(result)) return false;
  if (!lateCodes.some((code) => hasCode(result.fault, code))) return false;
  const names = namesIn(result.change.step);
  return done.some((step) => namesIn(step).some((name) => names.includes(name)));
}

/** Does IAM not find what it has shown? What closes waits for no such thing. */
function isUnseen(result: ChangeResult): boolean {
  if (result.outcome !== "failed" || result.change.effect === "closes") return false;
  return hasCode(result.fault, "NoSuchEntity") && !isGone(result);
}

/** What is to go and is not found has gone. */
function isGone({ change, ...result }: Extract<ChangeResult, { outcome: "failed" }>): boolean {
  return change.action === "delete" && hasCode(result.fault, "NoSuchEntity");
}

/** What a step is about, without paths: a policy is made by its name and attached by its ARN. */
function namesIn(step: Step): readonly string[] {
  const ids = ["name" in step ? step.name : "", "arn" in step ? step.arn : ""];
  return ids.flatMap((id) => id.slice(id.lastIndexOf("/") + 1) || []);
}
