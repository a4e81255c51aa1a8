import type { PartReading } from "../aws/reading.ts";
import type { EnvironmentDocument } from "../document/index.ts";
import { type Account, policyArn } from "../trust/index.ts";
import { type Evidence, hasName } from "./control.ts";
import type { ObservedPolicy, ObservedProvider, ObservedRole } from "./observed.ts";
import { type Owner, ownershipOf } from "./ownership.ts";
import type { WrittenNames } from "./record.ts";

/** Somebody else's claim on a resource that an environment wants, or one that cannot be met. */
export type Blocked = {
  readonly code:
    | "ForeignOwner"
    | "PolicyInUse"
    | "PathDiffers"
    | "NameDiffers"
    | "NameTaken"
    | "AudienceInUse";
  readonly resource: "role" | "policy" | "oidc-provider";
  readonly message: string;
};

type ClaimInput = {
  readonly document: EnvironmentDocument;
  /** What was written for the environment earlier stays its own, whatever tags it has now. */
  readonly names: WrittenNames;
  readonly role: ObservedRole | null;
  readonly policy: ObservedPolicy | null;
  readonly owner: Owner;
  readonly account: Account;
  /** Could the role not be read? Then nobody knows whether it holds the policy. */
  readonly isRoleUnread: boolean;
  /** Roles that were written for the environment once. */
  readonly once?: readonly ObservedRole[];
};

/**
 * What was read of the roles that a record names which is not believed: who holds the policy with them, and bears the tags
 * of the environment, is no other identity.
 */
export function rolesOnce(
  evidence: Evidence,
  { role }: EnvironmentDocument,
  observed: { role(name: string): PartReading<ObservedRole> },
): readonly PartReading<ObservedRole>[] {
  const once = evidence.kind === "missing" ? evidence.once : undefined;
  const old = once?.names.roles.filter((name) => !hasName([role.name], name)) ?? [];
  return old.map((name) => observed.role(name));
}

/** Why role and policy of a document are somebody else's, or cannot be had under that name. */
export function resourceClaims(input: ClaimInput): readonly Blocked[] {
  const { role, policy } = input;
  return [
    ...(role === null ? [] : roleClaims(role, input)),
    ...(policy === null ? [] : policyClaims(policy, input)),
  ];
}

function roleClaims(role: ObservedRole, input: ClaimInput): readonly Blocked[] {
  const { document, names, owner } = input;
  const blocked: Blocked[] = [];
  if (!hasName(names.roles, role.name)) {
    const ownership = ownershipOf(role.tags, owner);
    if (ownership.kind === "foreign") blocked.push(foreign("role", role.arn, ownership.owner));
    else if (typeof role.template === "string") blocked.push(fromTemplate(role, role.template));
  }
  if (role.name !== document.role.name) blocked.push(nameDiffers(role, document));
  else if (role.path !== document.role.path) blocked.push(pathDiffers(role, document));
  return blocked;
}

/** A policy that others hold would change their rights with ours: it is not adopted. */
function policyClaims(policy: ObservedPolicy, input: ClaimInput): readonly Blocked[] {
  const { names, owner, role, account, isRoleUnread, once = [] } = input;
  if (hasName(names.policies, policy.name)) return [];
  const ownership = policy.tags === null ? null : ownershipOf(policy.tags, owner);
  if (ownership?.kind === "foreign") return [foreign("policy", policy.arn, ownership.owner)];
  const arn = policyArn(account, policy.name);
  const ours = once.filter(({ tags }) => ownershipOf(tags, owner).kind === "ours");
  const own = [role, ...ours].filter((each) => each?.attached.includes(arn)).length;
  // Undecided, not in use: a policy that is new to the environment waits for its role then.
  const others = isRoleUnread ? 0 : policy.attachmentCount - own;
  if (others <= 0 && policy.boundaryUsageCount <= 0) return [];
  const uses = [
    ...(others > 0
      ? [`attached to ${others} other ${others === 1 ? "identity" : "identities"}`]
      : []),
    ...(policy.boundaryUsageCount > 0
      ? [`the permissions boundary of ${policy.boundaryUsageCount}`]
      : []),
  ];
  return [
    {
      code: "PolicyInUse",
      resource: "policy",
      message: `${policy.arn} is ${uses.join(" and ")}, so it stays untouched. Choose another policy.name in the document`,
    },
  ];
}

/**
 * The block of a resource that another owner's tag claims, with what to do about it.
 *
 * @param owner who claims it, in words, as `ownershipOf` gives it
 */
export function foreign(resource: Blocked["resource"], arn: string, owner: string): Blocked {
  // A provider is named by its issuer's URL.
  const advice =
    resource === "oidc-provider"
      ? "A provider has one owner: keep this organisation's documents there, or have that owner give it up and remove the tag"
      : "Choose another name in the document, or remove that owner's tag";
  return {
    code: "ForeignOwner",
    resource,
    message: `${arn} belongs to ${owner}; it stays untouched. ${advice}`,
  };
}

/** A service that makes a role from its template keeps it as the template says. */
function fromTemplate({ arn }: ObservedRole, template: string): Blocked {
  return {
    code: "ForeignOwner",
    resource: "role",
    message: `${arn} was made from the role template ${template} of an AWS service; it stays untouched. Choose another role.name in the document`,
  };
}

function pathDiffers(role: ObservedRole, document: EnvironmentDocument): Blocked {
  return {
    code: "PathDiffers",
    resource: "role",
    message: `role ${role.name} is at path ${role.path} and the document says ${document.role.path}: IAM cannot move a role. Set role.path to ${role.path}, or choose another role.name`,
  };
}

function nameDiffers(role: ObservedRole, document: EnvironmentDocument): Blocked {
  return {
    code: "NameDiffers",
    resource: "role",
    message: `the account has a role ${role.name} and the document says ${document.role.name}: IAM ignores case in names. Set role.name to ${role.name}, or choose another`,
  };
}

/** What is found under the names of a document and is nobody's yet. */
export type Adopted = {
  readonly resource: "role" | "policy" | "oidc-provider";
  readonly id: string;
};

/**
 * The role and the policy that would be taken over: found, never written for this environment, and
 * with no owner's tag. A policy whose tags were not read counts as untagged.
 */
export function adoptedOf(
  input: Omit<ClaimInput, "account" | "isRoleUnread" | "once">,
): readonly Adopted[] {
  const { names, role, policy, owner } = input;
  const untagged = (tags: ObservedProvider["tags"] | null): boolean =>
    tags === null || ownershipOf(tags, owner).kind === "untagged";
  const adopted: Adopted[] = [];
  if (role !== null && !hasName(names.roles, role.name) && untagged(role.tags)) {
    adopted.push({ resource: "role", id: role.arn });
  }
  if (policy !== null && !hasName(names.policies, policy.name) && untagged(policy.tags)) {
    adopted.push({ resource: "policy", id: policy.arn });
  }
  return adopted;
}
