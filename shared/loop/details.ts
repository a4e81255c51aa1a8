import { foundIn, seenIn } from "../aws/reading.ts";
import { atMost } from "../edge/at-once.ts";
import type { Clients } from "../edge/clients.ts";
import { readPolicy, readPolicyText } from "../edge/identity.ts";
import type { PlannedEnvironment } from "../plan/applied.ts";
import { versionOf } from "../plan/choice.ts";
import { hasName, newestValid, unique, writtenNames } from "../plan/control.ts";
import { desiredIn, isTrustUnseen } from "../plan/environment.ts";
import { documentsNeeded } from "../plan/identity.ts";
import { areFoundBy } from "../plan/known-versions.ts";
import { policyArn } from "../trust/index.ts";
import type { Snapshot } from "./observe.ts";
import type { Planning, Plans } from "./planning.ts";

/** Texts of boundaries and attached policies by which a plan's effects are decided, if not read yet. */
export async function withDocuments(
  clients: Clients,
  plans: Plans,
  { snapshot }: Planning,
): Promise<ReadonlyMap<string, string>> {
  const wanted = new Set(
    plans.environments.flatMap(({ plan }) => {
      if (plan.kind !== "planned" || isTrustUnseen(plan)) return [];
      const { desired } = plan;
      const role = seenIn(snapshot.role(desired.role.name));
      const policy = seenIn(snapshot.policy(desired.policy.arn));
      return documentsNeeded(desired, role, policy).filter((arn) => !snapshot.documents.has(arn));
    }),
  );
  if (wanted.size === 0) return snapshot.documents;
  const read = await Promise.all(
    [...wanted].map(async (arn) => [arn, foundIn(await readPolicyText(clients, arn))] as const),
  );
  const found = read.flatMap(([arn, text]) => (text === null ? [] : [[arn, text] as const]));
  return found.length === 0 ? snapshot.documents : new Map([...snapshot.documents, ...found]);
}

/** More at once would wait for one another, and a call's time counts while it waits. */
const policiesAtOnce = 16;

/**
 * What was left out and only a plan that touches a policy, or an adoption, asks for: the policy's
 * tags, which page mode does not show, and older versions that were harmless beside another text
 * than the one to be written. Gives the snapshot with what was read, or the same one.
 */
export async function withPolicyDetails(
  clients: Clients,
  plans: Plans,
  planning: Planning,
): Promise<Snapshot> {
  const { snapshot } = planning;
  const wanted = plans.environments.flatMap((each) => policyQuestions(each, planning));
  if (wanted.length === 0) return snapshot;
  // A document that is both newest and in force asks for one policy.
  const once = [...new Map(wanted.map((each) => [each.arn, each])).values()];
  const read = new Map(
    await atMost(policiesAtOnce, once, async ({ arn, withVersions }) => {
      const listed = foundIn(snapshot.policy(arn));
      const older = withVersions ? (listed?.versions ?? []) : [];
      const likely = listed === null ? [] : [listed.defaultVersion, ...older.map(({ id }) => id)];
      const reading = await readPolicy(clients, arn, likely, { withVersions });
      if (listed === null) return [arn, reading] as const;
      // What was listed is seen, whatever else is refused, with the count of what it is attached to.
      if (reading.kind === "unreadable") return [arn, { ...reading, seen: listed }] as const;
      if (reading.kind === "absent") return [arn, reading] as const;
      // In page mode the versions came with the account; the tags come with the policy.
      const versions = withVersions ? reading.value.versions : listed.versions;
      const value = { ...listed, tags: reading.value.tags, versions };
      return [arn, { ...reading, value }] as const;
    }),
  );
  return { ...snapshot, policy: (arn) => read.get(arn) ?? snapshot.policy(arn) };
}

/**
 * Was something wrong in the last run that this one does not see, or may not? It may be the policy's tags:
 * claimed by another, or not put back. And the record may be what says that they are a claim.
 */
export function isInDoubt({ entry, plan }: Pick<PlannedEnvironment, "entry" | "plan">): boolean {
  const last = entry.status?.conditions.InSync;
  return last?.status === false && (plan.changes.length === 0 || last.reason === "Conflict");
}

function policyQuestions(
  { entry, plan, orphans }: PlannedEnvironment,
  { snapshot, account }: Planning,
): readonly { readonly arn: string; readonly withVersions: boolean }[] {
  const documents = [newestValid(entry)?.document, versionOf(plan.choice)?.document];
  const { policies } = writtenNames(plan.evidence, entry);
  const names = unique(documents.flatMap((document) => document?.policy.name ?? []));
  // A policy that an orphan left is released by its tags, once its role is gone.
  const alone = orphans.roles.length > 0 ? [] : orphans.policies;
  const left = alone.flatMap(({ arn, tags }) =>
    tags === null ? [{ arn, withVersions: false }] : [],
  );
  const asked = names.flatMap((name) => {
    const arn = policyArn(account, name);
    const policy = foundIn(snapshot.policy(arn));
    if (policy === null) return [];
    const touches =
      !hasName(policies, policy.name) ||
      plan.changes.some(({ resource }) => resource === "policy") ||
      isInDoubt({ entry, plan });
    const writes = plan.changes.some(({ step }) => step.do === "create-policy-version");
    const desired = desiredIn(plan)?.policy;
    const known = (policy.versions ?? []).filter(({ knownSafe }) => knownSafe);
    const isOther = desired?.arn === arn && !areFoundBy(entry.status, desired, known);
    const withVersions = known.length > 0 && (writes || isOther);
    return withVersions || (touches && policy.tags === null) ? [{ arn, withVersions }] : [];
  });
  return [...asked, ...left];
}
