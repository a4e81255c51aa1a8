import type { Account } from "../aws/account.ts";
import type { DocumentDraft } from "../document/draft.ts";
import { parseEnvironment } from "../document/index.ts";
import type { ObservedPolicy } from "../plan/observed.ts";
import { foreignOwner, isOwnershipTag } from "../plan/ownership.ts";
import { listOf, statementsOf } from "../plan/statements.ts";
import { policyArn } from "../trust/index.ts";
import { deployDraftOf, type PermissionContext } from "./permissions.ts";
import { capital, type HeldPolicy, type HeldRole, policySays } from "./role.ts";
import { kindsOfService } from "./target-names.ts";
import { type TrustDraft, trustDraftOf } from "./trust.ts";

/** A draft of which whose jobs get in may still be open. */
export type RoleDraft = Required<Pick<DocumentDraft, "role" | "policy" | "deploy">> & {
  readonly trust: TrustDraft;
};

/**
 * What a document can say of a role, which keeps its name and, where it can be taken over, its policy.
 *
 * @param input.organizationId the organisation that is meant; null: the first that the role trusts
 */
export function draftOf(input: {
  readonly held: HeldRole;
  readonly permissions: Omit<PermissionContext, "policies">;
  readonly organizationId: string | null;
  readonly now: Date;
}): RoleDraft {
  const { held, permissions, now } = input;
  const { role, policies } = held;
  const { account } = permissions;
  const { deploy, readOutputs } = deployDraftOf({ ...permissions, policies });
  const policy = policyToKeep(policies);
  return {
    trust: trustDraftOf({ trustPolicy: role.trustPolicy, account, now }, input.organizationId),
    role: {
      name: role.name,
      path: role.path,
      maxSessionSeconds: role.maxSessionSeconds,
      ...boundaryOf(held),
      tags: tagsOf(held),
    },
    policy: { ...(policy === null ? {} : { name: policy.name }), readOutputs },
    deploy,
  };
}

/**
 * The managed policy that the reconciler goes on with: one about deploy targets that is this role's
 * alone. Null where it has to write one of its own.
 */
export function policyToKeep(policies: readonly HeldPolicy[]): HeldPolicy | null {
  const free = policies.filter(({ kind, obstacle }) => kind === "managed" && obstacle === null);
  return free.find(isAboutTargets) ?? null;
}

function isAboutTargets({ document }: HeldPolicy): boolean {
  const statements = document === null ? [] : (statementsOf(document) ?? []);
  return statements
    .flatMap(({ Action }) => listOf(Action))
    .some((action) => kindsOfService(String(action).split(":")[0]?.toLowerCase() ?? "").length > 0);
}

/** A policy that was read, with what keeps a document from naming it as its own. */
export function heldPolicyOf(policy: ObservedPolicy, account: Account): HeldPolicy {
  const { arn, document } = policy;
  const name = policy.name || arn.slice(arn.lastIndexOf("/") + 1);
  const owner = Object.entries(policy.tags ?? {})
    .map(([key, value]) => foreignOwner(key, value))
    .find((found) => found !== null);
  const obstacle = obstacleOf(policy, name, account);
  return { id: arn, name, kind: "managed", document, obstacle, owner: owner ?? null };
}

function obstacleOf(policy: ObservedPolicy, name: string, account: Account): string | null {
  const { arn, attachmentCount, boundaryUsageCount } = policy;
  if (arn.includes(":iam::aws:")) return "is AWS's own";
  if (arn !== policyArn(account, name)) return "has a path, and a document's policy has none";
  if (attachmentCount > 1) return `is attached to ${attachmentCount - 1} more`;
  return boundaryUsageCount > 0 ? `is the permissions boundary of ${boundaryUsageCount}` : null;
}

type RoleFields = NonNullable<DocumentDraft["role"]>;

function boundaryOf({ role }: HeldRole): Pick<RoleFields, "permissionsBoundary"> {
  const { permissionsBoundary } = role;
  const fits = permissionsBoundary !== null && isTaken({ permissionsBoundary });
  return fits ? { permissionsBoundary } : {};
}

function tagsOf(held: HeldRole): Readonly<Record<string, string>> {
  const refused = refusedTags(held);
  return Object.fromEntries(
    Object.entries(held.role.tags).filter(
      ([key]) => !isOwnershipTag(key) && !refused.includes(key),
    ),
  );
}

/** Keys of tags that a document may not set. */
function refusedTags({ role }: HeldRole): readonly string[] {
  const keys = Object.keys(role.tags).filter((key) => !isOwnershipTag(key));
  return keys.filter((key) => !isTaken({ tags: { [key]: role.tags[key] ?? "" } }));
}

function isTaken(role: RoleFields): boolean {
  const least = {
    circleci: { organizationId: "00000000-0000-4000-8000-000000000000" },
    trust: { projects: "all" },
    role,
    deploy: {},
  };
  const source = { parameter: "", version: 0, text: JSON.stringify(least), region: "us-east-1" };
  return parseEnvironment(source).kind === "valid";
}

/** What of the role itself no document says, one sentence each. */
export function roleLeftOut(held: HeldRole): readonly string[] {
  const { role, policies } = held;
  const kept = policyToKeep(policies);
  const owned =
    kept === null || kept.owner === null
      ? []
      : [
          `${capital(policySays(kept))} belongs to ${kept.owner}, and a run leaves such a policy alone until the tag is gone`,
        ];
  const tags = refusedTags(held).map((key) => {
    const owner = foreignOwner(key, role.tags[key] ?? "");
    const why =
      owner === null
        ? "a document cannot set it"
        : `it says that the role belongs to ${owner}, and a run leaves such a role alone until the tag is gone`;
    return `Tag ${key} = ${role.tags[key] ?? ""} is not carried over: ${why}`;
  });
  const hasBoundary = role.permissionsBoundary !== null;
  const lost = hasBoundary && boundaryOf(held).permissionsBoundary === undefined;
  return [
    ...tags,
    ...owned,
    ...(lost
      ? [`The permissions boundary ${role.permissionsBoundary} cannot be named in a document`]
      : []),
  ];
}
