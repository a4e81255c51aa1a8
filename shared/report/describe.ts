import { parseArn } from "../aws/arn.ts";
import { describeWitness } from "../compare/index.ts";
import type { Change, ChangedResource } from "../plan/change.ts";
import type { DriftWidening, Example } from "../plan/drift.ts";

/** What a change is made to, before its short name; empty if the name begins with it already. */
const kinds = {
  "oidc-provider": "",
  role: "",
  policy: "",
  attachment: "",
  "trust-policy": "trust policy of ",
  "inline-policy": "inline policy ",
} as const satisfies Record<ChangedResource, string>;

/** One change in a few words: what is done to what, and why. */
export function describeChange({
  action,
  resource,
  id,
  reason,
}: Pick<Change, "action" | "resource" | "id" | "reason">): string {
  return `${action} ${kinds[resource]}${shortName(id)}: ${reason}`;
}

/** The part of an ARN that a person knows it by. */
export function shortName(id: string): string {
  return parseArn(id)?.resource ?? id;
}

/** The example of a widening as a clause; empty if there is none. */
export function describeExample({ resource, admitted }: Example, roleName: string): string {
  if (admitted === null) return "";
  if (resource !== "permissions") return describeWitness(admitted, roleName);
  const conditions = Object.entries(admitted.context)
    .map(([key, values]) => `${key} = ${values.join(", ")}`)
    .join(", ");
  const when = conditions === "" ? "" : ` (with ${conditions})`;
  return `anyone who assumes ${roleName} could perform ${admitted.action} on ${admitted.resource}${when}`;
}

/** The example of drift, or why it is not proved that there is none. */
export function describeFound(found: DriftWidening, roleName: string): string {
  return found.admitted === null ? found.undecided.join("; ") : describeExample(found, roleName);
}
