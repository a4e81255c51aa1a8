import { asPermissions, asTrust, type Conditions, type Family } from "../family.ts";
import { calling } from "./callers.ts";
import { resources } from "./resources.ts";
import { texting } from "./strings.ts";
import { mixed, ordered } from "./types.ts";
import { variable } from "./variables.ts";

function asBoth(conditions: readonly Conditions[]): readonly Family[] {
  return conditions.flatMap((one) => [asTrust(one), asPermissions(one)]);
}

/** Every family; those of conditions are asked as trust policies and as permissions. */
export const families = {
  text: asBoth(texting),
  ordered: asBoth(ordered),
  mixed: asBoth(mixed),
  variables: asBoth(variable),
  places: [calling, resources],
} as const satisfies Readonly<Record<string, readonly Family[]>>;

export const allFamilies: readonly Family[] = Object.values(families).flat();
