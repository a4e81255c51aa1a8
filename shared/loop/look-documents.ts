import { foundIn, type Reading, seenIn } from "../aws/reading.ts";
import type { EnvironmentDocument } from "../document/index.ts";
import type { Clients } from "../edge/clients.ts";
import { readPolicyText } from "../edge/identity.ts";
import { candidatesOf } from "../plan/choice.ts";
import { type ControlEntry, evidenceOf, watchedNames } from "../plan/control.ts";
import type { Observation } from "../plan/environment.ts";
import type { ObservedPolicy, ObservedRole } from "../plan/observed.ts";
import { isOwnershipTag } from "../plan/ownership.ts";
import { isIgnoredTag } from "../plan/tags.ts";
import { type Account, policyArn } from "../trust/index.ts";
import { aheadOf, namedIn, type ReadAhead } from "./read-ahead.ts";

/** The text of a policy that is not ours, by its ARN. */
export function readTextAhead(
  clients: Clients,
  arn: string,
  ahead: ReadAhead,
): Promise<Reading<string>> {
  return aheadOf(ahead.texts, [arn], () => readPolicyText(clients, arn));
}

/** Of an event that a role's boundary was changed: the one that was put, and those that documents name. */
export function readBoundariesAhead(
  clients: Clients,
  entries: readonly ControlEntry[],
  ahead: ReadAhead,
): void {
  for (const entry of entries) {
    for (const { document } of candidatesOf(entry, evidenceOf(entry))) {
      const { name, permissionsBoundary } = document.role;
      const about = ["roleName", name] as const;
      const put = namedIn(ahead, "PutRolePermissionsBoundary", about, "permissionsBoundary");
      const removed = namedIn(ahead, "DeleteRolePermissionsBoundary", about, "roleName");
      if (put.length + removed.length === 0) continue;
      for (const arn of [...put, permissionsBoundary ?? []].flat()) {
        void readTextAhead(clients, arn, ahead);
      }
    }
  }
}

/** What was read of roles and policies, by whichever way. */
type Identities = Pick<Observation, "role" | "policy"> & {
  /** Customer managed policies that came with the account; empty where read by name. */
  readonly listed: ReadonlyMap<string, ObservedPolicy>;
};

/**
 * Texts of attached policies, and of boundaries that change. A version that names another policy than the
 * one before finds that one on the role.
 */
export async function readDocuments(
  clients: Clients,
  entries: readonly ControlEntry[],
  {
    identities,
    account,
    ahead,
  }: {
    readonly identities: Identities;
    readonly account: Account;
    readonly ahead: ReadAhead;
  },
): Promise<ReadonlyMap<string, string>> {
  const wanted = new Set<string>();
  const known = new Map<string, string>();
  for (const entry of entries) {
    const evidence = evidenceOf(entry);
    const documents = candidatesOf(entry, evidence).map(({ document }) => document);
    const own = new Set(documents.map(({ policy }) => policyArn(account, policy.name)));
    const names = [
      ...documents.map(({ role }) => role.name),
      ...watchedNames(evidence, entry).roles,
    ];
    const boundaries = new Set(documents.map(({ role }) => role.permissionsBoundary ?? ""));
    let plain = true;
    for (const name of new Set(names)) {
      const reading = identities.role(name);
      const role = seenIn(reading);
      if (reading.kind !== "found") plain = false;
      if (role === null) continue;
      const unmanaged = role.attached.filter((arn) => !own.has(arn));
      for (const arn of unmanaged) wanted.add(arn);
      for (const arn of role.attached) {
        const policy = own.has(arn) ? seenIn(identities.policy(arn)) : null;
        if (policy !== null) known.set(arn, policy.document);
      }
      boundaries.add(role.permissionsBoundary ?? "");
      plain &&= unmanaged.length === 0 && !hasUnmanagedTags(role, documents);
    }
    // One boundary on a role that is as it should be: nobody will ask what it grants.
    if (boundaries.size > 1 || !plain) {
      for (const arn of boundaries) if (arn !== "") wanted.add(arn);
    }
  }
  const texts = await Promise.all(
    [...wanted].map(async (arn) => {
      const whole = seenIn((await ahead.policies.get(arn)) ?? { kind: "absent" });
      const text =
        identities.listed.get(arn)?.document ??
        whole?.document ??
        foundIn(await readTextAhead(clients, arn, ahead));
      return text === null ? [] : [[arn, text] as const];
    }),
  );
  return new Map([...known, ...texts.flat()]);
}

/** Tags that no document asks for are principal tags: what they open or close, policies say. */
function hasUnmanagedTags(role: ObservedRole, documents: readonly EnvironmentDocument[]): boolean {
  const asked = new Set(documents.flatMap(({ role: { tags } }) => Object.keys(tags)));
  const ignored = documents.map(({ role: { ignoreTags = [] } }) => ignoreTags);
  return Object.entries(role.tags).some(
    ([key, value]) =>
      !asked.has(key) &&
      !isOwnershipTag(key) &&
      !ignored.every((list) => isIgnoredTag(key, value, list)),
  );
}
