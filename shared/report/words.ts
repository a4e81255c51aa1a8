import { parseArn } from "../aws/arn.ts";
import { describeWitness } from "../compare/index.ts";
import type { Change } from "../plan/change.ts";
import type { DriftWidening, Example } from "../plan/drift.ts";

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

/** The example of a widening as a clause, or nothing where there is none. */
export function describeExample({ resource, admitted }: Example, roleName: string): string {
  if (admitted === null) return "";
  if (resource !== "permissions") return describeWitness(admitted, roleName);
  const conditions = Object.entries(admitted.context)
    .map(([key, values]) => `${key} = ${values.join(", ")}`)
    .join(", ");
  const when = conditions === "" ? "" : ` (with ${conditions})`;
  return `anyone who assumes ${roleName} could do ${admitted.action} on ${admitted.resource}${when}`;
}

/** The example of drift, or why it is not proved that there is none. */
export function describeFound(found: DriftWidening, roleName: string): string {
  return found.admitted === null ? found.undecided.join("; ") : describeExample(found, roleName);
}
