import type { DesiredPolicy } from "./desired.ts";
import { digestOf } from "./digest.ts";
import type { Status } from "./status.ts";

/**
 * How a status says of which policy it knows versions, and beside what text they are harmless: in observe and
 * suspend that may be another policy than the one in force, and another text.
 */
export function foundByOf({ arn, document }: Pick<DesiredPolicy, "arn" | "document">): string {
  return `${shortOf(arn)}.${digestOf(JSON.stringify([arn, document])).slice(0, 32)}`;
}

/** Are they of this policy, as far as a first read asks? What is decided by them asks for the text, too. */
export function areOfPolicy(status: Status | null, arn: string): boolean {
  return status?.seen?.foundBy?.split(".")[0] === shortOf(arn);
}

/** Are they of this policy, and was just this asked for? */
export function areFoundBy(
  status: Status | null,
  policy: Pick<DesiredPolicy, "arn" | "document">,
): boolean {
  return status?.seen?.foundBy === foundByOf(policy);
}

function shortOf(arn: string): string {
  return digestOf(arn).slice(0, 8);
}
