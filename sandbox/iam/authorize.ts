import {
  requestTagContext,
  resourceTagContext,
  tagsIn,
  textIn,
  textsIn,
} from "../input/authorization.ts";
import type { AccessCheck, Call } from "../server/operation.ts";
import { type Directory, nameKey, type Tags } from "./state.ts";

type Target = { readonly arn: string; readonly tags: Tags; readonly boundary: string | null };

/**
 * What IAM checks for a call to IAM: the action on the role, policy, provider, user or instance
 * profile that it names, with `iam:PolicyARN`, `iam:PermissionsBoundary` and the keys of tags. A
 * creation with tags also needs the tagging action. Source: Service Authorization Reference, AWS
 * IAM.
 */
export function authorizeIam(directory: Directory, call: Call): readonly AccessCheck[] {
  const target = targetOf(directory, call);
  const action = `iam:${call.operation}`;
  if (target === null) return [{ action, resource: "*" }];
  const tags = tagsIn(call.input, "Tags");
  const context = new Map([
    ...resourceTagContext(target.tags, "iam"),
    ...requestTagContext(tags),
    ...untagContext(call),
    ...attachmentContext(call),
    ...boundaryContext(call, target),
  ]);
  const checks = [{ action, resource: target.arn, context }];
  const tagging = tags.size > 0 ? taggingActions.get(call.operation) : undefined;
  if (tagging === undefined) return checks;
  return [...checks, { action: tagging, resource: target.arn, context }];
}

const taggingActions: ReadonlyMap<string, string> = new Map([
  ["CreateRole", "iam:TagRole"],
  ["CreatePolicy", "iam:TagPolicy"],
  ["CreateUser", "iam:TagUser"],
  ["CreateInstanceProfile", "iam:TagInstanceProfile"],
  ["CreateOpenIDConnectProvider", "iam:TagOpenIDConnectProvider"],
]);

/** The entity that a call names, or will create; null if there is none. */
function targetOf(directory: Directory, call: Call): Target | null {
  const { input, operation } = call;
  const prefix = `arn:aws:iam::${directory.account}:`;
  const path = textIn(input, "Path") ?? "/";
  const made = (arn: string): Target => ({
    arn: `${prefix}${arn}`,
    tags: new Map(),
    boundary: null,
  });
  const profileName = textIn(input, "InstanceProfileName");
  if (profileName !== null) {
    if (operation === "CreateInstanceProfile") return made(`instance-profile${path}${profileName}`);
    const profile = directory.instanceProfiles.get(nameKey(profileName));
    return profile === undefined
      ? made(`instance-profile/${profileName}`)
      : { ...profile, boundary: null };
  }
  const roleName = textIn(input, "RoleName");
  if (roleName !== null) {
    if (operation === "CreateRole") return made(`role${path}${roleName}`);
    return directory.roles.get(nameKey(roleName)) ?? made(`role/${roleName}`);
  }
  const userName = textIn(input, "UserName");
  if (userName !== null) {
    if (operation === "CreateUser") return made(`user${path}${userName}`);
    return directory.users.get(nameKey(userName)) ?? made(`user/${userName}`);
  }
  const policyArn = textIn(input, "PolicyArn");
  if (policyArn !== null) {
    const tags = directory.policies.get(policyArn)?.tags ?? new Map();
    return { arn: policyArn, tags, boundary: null };
  }
  if (operation === "CreatePolicy") return made(`policy${path}${textIn(input, "PolicyName")}`);
  const providerArn = textIn(input, "OpenIDConnectProviderArn");
  if (providerArn !== null) {
    const tags = directory.providers.get(providerArn)?.tags ?? new Map();
    return { arn: providerArn, tags, boundary: null };
  }
  if (operation === "CreateOpenIDConnectProvider") {
    const url = textIn(input, "Url") ?? "";
    return made(`oidc-provider/${url.replace(/^https:\/\//, "").replace(/\/$/, "")}`);
  }
  const key = directory.accessKeys.get(textIn(input, "AccessKeyId") ?? "");
  return key === undefined ? null : (directory.users.get(nameKey(key.userName)) ?? null);
}

type Keys = readonly (readonly [string, readonly string[]])[];

function untagContext(call: Call): Keys {
  const keys = textsIn(call.input, "TagKeys");
  return keys.length === 0 ? [] : [["aws:TagKeys", keys]];
}

function attachmentContext(call: Call): Keys {
  const arn = textIn(call.input, "PolicyArn");
  const attaches = /^(Attach|Detach)(Role|User)Policy$/.test(call.operation);
  return attaches && arn !== null ? [["iam:PolicyARN", [arn]]] : [];
}

/** Calls with the boundary that they ask for in their context. */
const asksForBoundary = /^(Create(Role|User)|Put(Role|User)PermissionsBoundary)$/;

/**
 * Calls with the boundary that the entity has now in their context. For GetRole, DeleteRole and the
 * three updates this is what the reference says; nobody here has seen it.
 */
const seesBoundary =
  /^((Attach|Detach|Put|Delete)(Role|User)Policy|Delete(Role|User)PermissionsBoundary|(Get|Delete)Role|UpdateRole(Description)?|UpdateAssumeRolePolicy)$/;

/** The key is absent from all other calls, and if there is no boundary. */
function boundaryContext(call: Call, target: Target): Keys {
  const { operation } = call;
  const asked = asksForBoundary.test(operation) ? textIn(call.input, "PermissionsBoundary") : null;
  const boundary = asked ?? (seesBoundary.test(operation) ? target.boundary : null);
  return boundary === null ? [] : [["iam:PermissionsBoundary", [boundary]]];
}
