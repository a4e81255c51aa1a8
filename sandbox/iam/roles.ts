import type { Members } from "../input/members.ts";
import type { Handler } from "../input/operations.ts";
import type { Paging } from "../input/page.ts";
import { requestedBoundary } from "./boundary.ts";
import { encoded, requestedTrust } from "./documents.ts";
import { newId } from "./ids.ts";
import { requestedPage } from "./paging.ts";
import { deleteConflict, entityAlreadyExists, limitExceeded, noSuchEntity } from "./refusals.ts";
import { arnRule, descriptionRule, pathRule, roleNameRule, sessionSecondsRule } from "./rules.ts";
import { type Directory, nameKey, type Role, withRole } from "./state.ts";
import { shownTags, tagged, tagsOf, untagged } from "./tags.ts";
import { shownTrust } from "./trust.ts";

/** Roles. Source: IAM API reference, CreateRole and the others. */
export function roleHandlers(paging: () => Paging): Readonly<Record<string, Handler<Directory>>> {
  return {
    CreateRole: createRole,
    AcquireRole: acquireRole,
    GetRole: (directory, members) => ({
      Role: { ...wholeRole(directory, requestedRole(directory, members)) },
    }),
    ListRoles: (directory, members) => {
      const prefix = members.optionalText("PathPrefix", { min: 1, max: 512 }) ?? "/";
      const page = requestedPage(members, paging(), {
        scope: `roles ${prefix}`,
        items: [...directory.roles.values()].filter(({ path }) => path.startsWith(prefix)),
        keyOf: ({ name }) => name,
      });
      return { Roles: page.items.map((role) => listedRole(directory, role)), ...page.end };
    },
    UpdateRole: (directory, members) => {
      const role = requestedRole(directory, members);
      const description = members.optionalText("Description", descriptionRule);
      // Without the duration, IAM sets it back to the default, as it documents for the parameter.
      const seconds = members.optionalCount("MaxSessionDuration", sessionSecondsRule) ?? 3600;
      withRole(directory, {
        ...role,
        description: description ?? role.description,
        maxSessionSeconds: seconds,
      });
      return {};
    },
    UpdateRoleDescription: (directory, members) => {
      const role = requestedRole(directory, members);
      const description = members.text("Description", descriptionRule);
      const changed = withRole(directory, { ...role, description });
      return { Role: wholeRole(directory, changed) };
    },
    UpdateAssumeRolePolicy: (directory, members) => {
      const role = requestedRole(directory, members);
      withRole(directory, { ...role, trust: requestedTrust(directory, members, "PolicyDocument") });
      return {};
    },
    DeleteRole: deleteRole,
    TagRole: (directory, members) => {
      const role = requestedRole(directory, members);
      withRole(directory, { ...role, tags: tagged(directory, role.tags, tagsOf(members)) });
      return {};
    },
    UntagRole: (directory, members) => {
      const role = requestedRole(directory, members);
      withRole(directory, { ...role, tags: untagged(role.tags, members) });
      return {};
    },
    ListRoleTags: (directory, members) => {
      const role = requestedRole(directory, members);
      const page = requestedPage(members, paging(), {
        scope: `tags ${role.id}`,
        items: shownTags(role.tags),
        keyOf: ({ Key }) => Key,
      });
      return { Tags: page.items, ...page.end };
    },
    PutRolePermissionsBoundary: (directory, members) => {
      const role = requestedRole(directory, members);
      const arn = members.text("PermissionsBoundary", arnRule);
      withRole(directory, { ...role, boundary: requestedBoundary(directory, arn) });
      return {};
    },
    DeleteRolePermissionsBoundary: (directory, members) => {
      const role = requestedRole(directory, members);
      if (role.boundary === null) {
        throw noSuchEntity(`Role ${role.name} does not have a permissions boundary.`);
      }
      withRole(directory, { ...role, boundary: null });
      return {};
    },
  };
}

const createRole: Handler<Directory> = (directory, members, call) => {
  const name = members.text("RoleName", roleNameRule);
  const path = members.optionalText("Path", pathRule) ?? "/";
  const boundary = members.optionalText("PermissionsBoundary", arnRule);
  const description = members.optionalText("Description", descriptionRule);
  const seconds = members.optionalCount("MaxSessionDuration", sessionSecondsRule) ?? 3600;
  const tags = tagged(directory, new Map(), tagsOf(members));
  const trust = requestedTrust(directory, members, "AssumeRolePolicyDocument");
  if (directory.roles.has(nameKey(name))) {
    throw entityAlreadyExists(`Role with name ${name} already exists.`);
  }
  if (directory.roles.size >= directory.quotas.RolesQuota) {
    throw limitExceeded(`Cannot exceed quota for RolesPerAccount: ${directory.quotas.RolesQuota}`);
  }
  const role = withRole(directory, {
    name,
    path,
    arn: `arn:aws:iam::${directory.account}:role${path}${name}`,
    id: newId("AROA"),
    createdAt: call.now,
    trust,
    description,
    maxSessionSeconds: seconds,
    boundary: boundary === null ? null : requestedBoundary(directory, boundary),
    tags,
    inline: new Map(),
    attached: [],
    lastUsed: null,
    template: null,
  });
  const { RoleLastUsed: _, ...shown } = wholeRole(directory, role);
  return { Role: shown };
};

const templateRule = {
  min: 20,
  max: 2048,
  pattern: /arn:aws:iam::aws:role-template\/[a-z0-9-]+\/[\w+=,.@-]{1,64}/,
} as const;

/**
 * A role from a service's role template. The sandbox has no templates: any name creates a role of
 * that name that only the service itself can assume.
 */
const acquireRole: Handler<Directory> = (directory, members, call) => {
  const arn = members.text("TemplateArn", templateRule);
  const minorVersion = members.optionalCount("TemplateMinorVersion", { min: 0 }) ?? 0;
  const [, service = "", name = ""] = arn.split("/");
  if (directory.roles.has(nameKey(name))) {
    throw entityAlreadyExists(`Role with name ${name} already exists.`);
  }
  const trust = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: `${service}.amazonaws.com` },
        Action: "sts:AssumeRole",
      },
    ],
  };
  const role = withRole(directory, {
    name,
    path: "/",
    arn: `arn:aws:iam::${directory.account}:role/${name}`,
    id: newId("AROA"),
    createdAt: call.now,
    trust: JSON.stringify(trust),
    description: null,
    maxSessionSeconds: 3600,
    boundary: null,
    tags: new Map(),
    inline: new Map(),
    attached: [],
    lastUsed: null,
    template: { arn, minorVersion },
  });
  const { RoleLastUsed: _, ...shown } = wholeRole(directory, role);
  return { Role: shown };
};

const deleteRole: Handler<Directory> = (directory, members) => {
  const role = requestedRole(directory, members);
  if (role.attached.length > 0) {
    throw deleteConflict("Cannot delete entity, must detach all policies first.");
  }
  if (role.inline.size > 0) {
    throw deleteConflict("Cannot delete entity, must delete policies first.");
  }
  const held = [...directory.instanceProfiles.values()].some(
    (profile) => profile.role === nameKey(role.name),
  );
  if (held) {
    throw deleteConflict("Cannot delete entity, must remove roles from instance profile first.");
  }
  directory.roles.delete(nameKey(role.name));
  return {};
};

/** The role that `RoleName` names. */
export function requestedRole(directory: Directory, members: Members): Role {
  const name = members.text("RoleName", roleNameRule);
  const role = directory.roles.get(nameKey(name));
  if (role === undefined) throw noSuchEntity(`The role with name ${name} cannot be found.`);
  return role;
}

/** A role as ListRoles shows it: without tags, boundary and last use. */
export function listedRole(directory: Directory, role: Role) {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: role.createdAt,
    AssumeRolePolicyDocument: encoded(shownTrust(directory, role.trust)),
    Description: role.description,
    MaxSessionDuration: role.maxSessionSeconds,
  };
}

function wholeRole(directory: Directory, role: Role) {
  return {
    ...listedRole(directory, role),
    PermissionsBoundary: shownBoundary(role.boundary),
    Tags: role.tags.size === 0 ? null : shownTags(role.tags),
    RoleLastUsed: shownLastUse(role),
    SourceRoleTemplate: shownTemplate(role),
  };
}

/** Only roles from AcquireRole have one, and only GetRole shows it. */
function shownTemplate({ template }: Role) {
  if (template === null) return null;
  return { TemplateArn: template.arn, TemplateMinorVersion: template.minorVersion };
}

export function shownBoundary(boundary: string | null) {
  if (boundary === null) return null;
  return { PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: boundary };
}

export function shownLastUse(role: Role) {
  if (role.lastUsed === null) return {};
  return { LastUsedDate: role.lastUsed.at, Region: role.lastUsed.region };
}
