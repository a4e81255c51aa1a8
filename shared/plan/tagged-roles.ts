import type { ObservedRole } from "./observed.ts";
import { environmentTag } from "./ownership.ts";

type ByEnvironment = ReadonlyMap<string | undefined, readonly ObservedRole[]>;

/** Made once for each listing of the account: every environment asks, and each looks at its own alone. */
const sorted = new WeakMap<readonly ObservedRole[], ByEnvironment>();

/**
 * The roles of a listing whose tag names an environment. Who else claims them by another tag, see
 * `ownershipOf`.
 */
export function rolesTagged(
  roles: readonly ObservedRole[],
  environment: string,
): readonly ObservedRole[] {
  const known = sorted.get(roles) ?? Map.groupBy(roles, ({ tags }) => tags[environmentTag]);
  sorted.set(roles, known);
  return known.get(environment) ?? [];
}
