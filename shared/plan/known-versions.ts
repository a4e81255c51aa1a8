import type { DesiredPolicy } from "./desired.ts";
import { digestOf } from "./digest.ts";
import type { ObservedPolicyVersion } from "./observed.ts";
import type { Status } from "./status.ts";

/** One version of one policy: in a policy that was made again the numbers begin again. */
type Version = Pick<ObservedPolicyVersion, "id" | "createdAt">;

/**
 * How a status says of which policy it knows versions, beside what text they are harmless, and when they were
 * made: in observe and suspend that may be another policy than the one in force, and another text.
 */
export function foundByOf(
  { arn, document }: Pick<DesiredPolicy, "arn" | "document">,
  harmless: readonly Version[],
): string {
  const made = harmless.map(({ id, createdAt }) => `${id} ${createdAt}`).toSorted();
  return `${shortOf(arn)}.${digestOf(JSON.stringify([arn, document, made])).slice(0, 32)}`;
}

/** Are they of this policy, as far as a first read asks? What is decided by them asks for all the rest, too. */
export function areOfPolicy(status: Pick<Status, "seen"> | null, arn: string): boolean {
  return status?.seen?.foundBy?.split(".")[0] === shortOf(arn);
}

/** Are these very versions known to be harmless beside what is asked for? */
export function areFoundBy(
  status: Status | null,
  policy: Pick<DesiredPolicy, "arn" | "document">,
  harmless: readonly Version[],
): boolean {
  return status?.seen?.foundBy === foundByOf(policy, harmless);
}

function shortOf(arn: string): string {
  return digestOf(arn).slice(0, 8);
}
