import { parseArn } from "../aws/arn.ts";
import { describeWitness, type PermissionWitness, type Witness } from "../compare/index.ts";
import type { Change } from "../plan/change.ts";

/** One change in a few words: what is done to what, and why. */
export function describeChange(
  change: Pick<Change, "action" | "resource" | "id" | "reason">,
): string {
  return `${change.action} ${change.resource} ${shortName(change.id)}: ${change.reason}`;
}

/** The part of an ARN that a person knows it by. */
export function shortName(id: string): string {
  return parseArn(id)?.resource ?? id;
}

/** A witness as a sentence, or nothing where there is none. */
export function describeProof(
  witness: Witness | PermissionWitness | null,
  roleName: string,
): string {
  if (witness === null) return "";
  if ("resource" in witness) {
    const conditions = Object.entries(witness.context)
      .map(([key, values]) => `${key} = ${values.join(", ")}`)
      .join(", ");
    const when = conditions === "" ? "" : ` (with ${conditions})`;
    return `whoever assumes ${roleName} could do ${witness.action} on ${witness.resource}${when}`;
  }
  return describeWitness(witness, roleName);
}
