import type { EnvironmentDocument } from "../document/index.ts";
import { parseJson } from "../json.ts";

/** The key of the drill's tag; a number follows where the account uses it. */
export const drillKey = "oidc-reconciler-drill";

/** So many keys are tried. So many in use are there on purpose. */
const keysTried = 9;

/**
 * A tag that grants nobody anything and that nobody asked for.
 *
 * Tags of a role are principal tags of its sessions: `aws:PrincipalTag/KEY` in a policy asks for
 * them (IAM User Guide, "Controlling access to AWS resources using tags"). So a key that the role's
 * own trust policy, policies or boundary name anywhere is not used, and no key that the role or its
 * document has. IAM ignores case in keys of tags.
 *
 * @param given.policies texts of the role's policies, its boundary and its trust policy
 * @returns the key; null where each is in use
 */
export function harmlessKey(given: {
  readonly policies: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly document: Pick<EnvironmentDocument, "role">;
}): string | null {
  const taken = new Set(
    [...Object.keys(given.tags), ...Object.keys(given.document.role.tags)].map(lower),
  );
  const policies = given.policies.map(plainText);
  const keys = Array.from({ length: keysTried }, (_, at) =>
    at === 0 ? drillKey : `${drillKey}-${at + 1}`,
  );
  const free = keys.find(
    (key) => !taken.has(key) && policies.every((text) => !text.includes(`tag/${key}`)),
  );
  return free ?? null;
}

/** Tags of earlier drills that are still there, and that the document does not ask for. */
export function earlierTags(
  tags: Readonly<Record<string, string>>,
  { role }: Pick<EnvironmentDocument, "role">,
): readonly string[] {
  const asked = new Set(Object.keys(role.tags).map(lower));
  return Object.keys(tags).filter(
    (key) => lower(key).startsWith(drillKey) && !asked.has(lower(key)),
  );
}

/** A policy as text in which no escape of JSON hides a name. */
function plainText(policy: string): string {
  const data = parseJson(policy);
  return lower(data === undefined ? policy : JSON.stringify(data));
}

function lower(text: string): string {
  return text.toLowerCase();
}
