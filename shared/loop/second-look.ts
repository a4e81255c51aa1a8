import type { Reading } from "../aws/reading.ts";
import { readPolicy, readRole } from "../edge/identity.ts";
import { canonical } from "../plan/canonical.ts";
import type { ObservedPolicy, ObservedRole } from "../plan/observed.ts";
import type { Replaced } from "../plan/record.ts";
import { asData } from "../plan/role.ts";
import { policyArn } from "../trust/index.ts";
import type { Planning } from "./planning.ts";
import type { RunContext } from "./run-context.ts";

/** Reads of IAM may be this old after a write of ours. */
const staleMs = 120_000;

/**
 * IAM may answer a read with what our own last write replaced. A role or policy that shows just
 * that, within two minutes of the write, is read once more: no decision rests on one stale read.
 *
 * @returns the planning with what was read again; `null` where nothing looked stale
 */
export async function withSecondLook(
  run: RunContext,
  planning: Planning,
): Promise<Planning | null> {
  const { snapshot } = planning;
  const { roles, policies } = suspects(planning);
  if (roles.length + policies.length === 0) return null;
  const [freshRoles, freshPolicies] = await Promise.all([
    readAll<ObservedRole>(roles, (name) => readRole(run.clients, name)),
    readAll<ObservedPolicy>(policies, (arn) =>
      readPolicy(run.clients, arn, null, { withVersions: true }),
    ),
  ]);
  return {
    ...planning,
    snapshot: {
      ...snapshot,
      role: (name) => freshRoles.get(name) ?? snapshot.role(name),
      policy: (arn) => freshPolicies.get(arn) ?? snapshot.policy(arn),
    },
  };
}

/** Names of roles and ARNs of policies that show what our own last write replaced. */
function suspects({ snapshot, entries, account, now }: Planning) {
  const roles: string[] = [];
  const policies: string[] = [];
  for (const { record } of entries) {
    if (record.kind !== "found") continue;
    const { replaced, applied, begun } = record.record;
    const document = (begun ?? applied)?.document;
    if (document === undefined) continue;
    const role = snapshot.role(document.role.name);
    if (role.kind === "found" && isReplaced(role.value.trustPolicy, replaced.trust, now)) {
      roles.push(document.role.name);
    }
    const arn = policyArn(account, document.policy.name);
    const policy = snapshot.policy(arn);
    if (policy.kind === "found" && isReplaced(policy.value.document, replaced.policy, now)) {
      policies.push(arn);
    }
  }
  return { roles, policies };
}

function isReplaced(found: string, replaced: Replaced | null, now: Date): boolean {
  if (replaced === null || now.getTime() - Date.parse(replaced.at) > staleMs) return false;
  return canonical(asData(found)) === canonical(asData(replaced.document));
}

async function readAll<Value>(
  keys: readonly string[],
  read: (key: string) => Promise<Reading<Value>>,
): Promise<ReadonlyMap<string, Reading<Value>>> {
  return new Map(await Promise.all(keys.map(async (key) => [key, await read(key)] as const)));
}
