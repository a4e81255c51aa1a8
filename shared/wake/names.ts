import { matchesGlob } from "../document/glob.ts";
import type { OwnNames } from "../document/installation.ts";

/**
 * Whether a role of that name can be one of the installation's. An event does not say the role's
 * path, so only the pattern's last segment is held against the name; IAM ignores case.
 */
export function mayBeOwnRole(name: string, { roleNames }: OwnNames): boolean {
  if (roleNames === null) return true;
  return isOf(roleNames.slice(roleNames.lastIndexOf("/") + 1), name);
}

/** Whether a policy of that ARN, which says its path, can be one of the installation's. */
export function mayBeOwnPolicy(arn: string, { policyNames }: OwnNames): boolean {
  const start = ":policy/";
  const found = arn.indexOf(start);
  // One of AWS is nobody's own.
  if (found < 0 || arn.includes("::aws:")) return false;
  return policyNames === null || isOf(policyNames, arn.slice(found + start.length));
}

/** An event may spell a name in any case. */
function isOf(pattern: string, name: string): boolean {
  return matchesGlob(pattern.toLowerCase(), name.toLowerCase());
}

const uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const providerPattern = new RegExp(`:oidc-provider/oidc\\.circleci\\.com/org/(${uuid})$`, "i");

/**
 * Whether a provider of that ARN is CircleCI's for an organisation that a document may name. A list
 * of organisations that cannot be read rules none out: looking once too often does no harm.
 */
export function mayBeOwnProvider(arn: string, { organizations }: OwnNames): boolean {
  const id = providerPattern.exec(arn)?.[1]?.toLowerCase();
  if (id === undefined) return false;
  return organizations.kind !== "listed" || organizations.ids.includes(id);
}
