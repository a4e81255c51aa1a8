import { countedCharacters } from "../evaluate/index.ts";
import type { Members } from "../input/members.ts";
import type { Handler } from "../input/operations.ts";
import type { Paging } from "../input/page.ts";
import { encoded, requestedPermissions } from "./documents.ts";
import { requestedPage } from "./paging.ts";
import { limitExceeded, noSuchEntity } from "./refusals.ts";
import { requestedRole } from "./roles.ts";
import { arnRule, policyNameRule } from "./rules.ts";
import { type Directory, type ManagedPolicy, type Role, withRole } from "./state.ts";

/**
 * A role's inline and attached policies. Source: IAM API reference, *RolePolicy and *RolePolicies.
 */
export function rolePolicyHandlers(
  paging: () => Paging,
): Readonly<Record<string, Handler<Directory>>> {
  return {
    PutRolePolicy: putRolePolicy,
    GetRolePolicy: (directory, members) => {
      const role = requestedRole(directory, members);
      const { name, document } = requestedInline(role, members);
      return { RoleName: role.name, PolicyName: name, PolicyDocument: encoded(document) };
    },
    ListRolePolicies: (directory, members) => {
      const role = requestedRole(directory, members);
      const page = requestedPage(members, paging(), {
        scope: `inline ${role.id}`,
        items: [...role.inline.keys()],
        keyOf: (name) => name,
      });
      return { PolicyNames: page.items, ...page.end };
    },
    DeleteRolePolicy: (directory, members) => {
      const role = requestedRole(directory, members);
      const { name } = requestedInline(role, members);
      const inline = new Map([...role.inline].filter(([other]) => other !== name));
      withRole(directory, { ...role, inline });
      return {};
    },
    AttachRolePolicy: attachRolePolicy,
    DetachRolePolicy: (directory, members) => {
      const role = requestedRole(directory, members);
      const arn = members.text("PolicyArn", arnRule);
      if (!role.attached.includes(arn)) throw noSuchEntity(`Policy ${arn} was not found.`);
      withRole(directory, { ...role, attached: role.attached.filter((other) => other !== arn) });
      return {};
    },
    ListAttachedRolePolicies: (directory, members) => {
      const role = requestedRole(directory, members);
      const prefix = members.optionalText("PathPrefix", { min: 1, max: 512 }) ?? "/";
      const page = requestedPage(members, paging(), {
        scope: `attached ${role.id} ${prefix}`,
        items: attachedTo(directory, role.attached).filter(({ path }) => path.startsWith(prefix)),
        keyOf: ({ name, arn }) => `${name} ${arn}`,
      });
      return { AttachedPolicies: page.items.map(shownAttachment), ...page.end };
    },
  };
}

const putRolePolicy: Handler<Directory> = (directory, members) => {
  const role = requestedRole(directory, members);
  const name = members.text("PolicyName", policyNameRule);
  const document = requestedPermissions(members);
  const same = [...role.inline.keys()].find((other) => other.toLowerCase() === name.toLowerCase());
  const inline = new Map(role.inline).set(same ?? name, document);
  const characters = [...inline.values()].reduce((sum, text) => sum + countedCharacters(text), 0);
  const most = directory.quotas.RolePolicySizeQuota;
  if (characters > most) {
    throw limitExceeded(`Maximum policy size of ${most} bytes exceeded for role ${role.name}`);
  }
  withRole(directory, { ...role, inline });
  return {};
};

const attachRolePolicy: Handler<Directory> = (directory, members) => {
  const role = requestedRole(directory, members);
  const arn = members.text("PolicyArn", arnRule);
  if (!directory.policies.has(arn)) {
    throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
  }
  if (role.attached.includes(arn)) return {};
  const most = directory.quotas.AttachedPoliciesPerRoleQuota;
  if (role.attached.length >= most) {
    throw limitExceeded(`Cannot exceed quota for PoliciesPerRole: ${most}`);
  }
  withRole(directory, { ...role, attached: [...role.attached, arn] });
  return {};
};

function requestedInline(
  role: Role,
  members: Members,
): { readonly name: string; readonly document: string } {
  const asked = members.text("PolicyName", policyNameRule);
  for (const [name, document] of role.inline) {
    if (name.toLowerCase() === asked.toLowerCase()) return { name, document };
  }
  throw noSuchEntity(`The role policy with name ${asked} cannot be found.`);
}

/** The policies of a list of attached ARNs. */
export function attachedTo(
  directory: Directory,
  arns: readonly string[],
): readonly ManagedPolicy[] {
  return arns.flatMap((arn) => directory.policies.get(arn) ?? []);
}

export function shownAttachment(policy: ManagedPolicy) {
  return { PolicyName: policy.name, PolicyArn: policy.arn };
}
