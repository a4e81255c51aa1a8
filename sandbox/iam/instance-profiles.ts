import type { Members } from "../input/members.ts";
import type { Handler } from "../input/operations.ts";
import type { Paging } from "../input/page.ts";
import { newId } from "./ids.ts";
import { requestedPage } from "./paging.ts";
import { deleteConflict, entityAlreadyExists, limitExceeded, noSuchEntity } from "./refusals.ts";
import { listedRole, requestedRole } from "./roles.ts";
import { instanceProfileNameRule, pathRule } from "./rules.ts";
import { type Directory, type InstanceProfile, nameKey, type Role } from "./state.ts";
import { shownTags, tagged, tagsOf } from "./tags.ts";

/**
 * Instance profiles, through which EC2 gets a role. Source: IAM API reference,
 * CreateInstanceProfile.
 */
export function instanceProfileHandlers(
  paging: () => Paging,
): Readonly<Record<string, Handler<Directory>>> {
  return {
    CreateInstanceProfile: createInstanceProfile,
    GetInstanceProfile: (directory, members) => ({
      InstanceProfile: shownProfile(directory, requestedProfile(directory, members)),
    }),
    DeleteInstanceProfile: (directory, members) => {
      const profile = requestedProfile(directory, members);
      if (profile.role !== null) {
        throw deleteConflict(
          "Cannot delete entity, must remove roles from instance profile first.",
        );
      }
      directory.instanceProfiles.delete(nameKey(profile.name));
      return {};
    },
    AddRoleToInstanceProfile: (directory, members) => {
      const profile = requestedProfile(directory, members);
      const role = requestedRole(directory, members);
      if (profile.role !== null) {
        throw limitExceeded("Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1");
      }
      withProfile(directory, { ...profile, role: nameKey(role.name) });
      return {};
    },
    RemoveRoleFromInstanceProfile: (directory, members) => {
      const profile = requestedProfile(directory, members);
      const role = requestedRole(directory, members);
      if (profile.role !== nameKey(role.name)) {
        throw noSuchEntity(
          `Role ${role.name} in Instance Profile ${profile.name} cannot be found.`,
        );
      }
      withProfile(directory, { ...profile, role: null });
      return {};
    },
    ListInstanceProfiles: (directory, members) => {
      const prefix = members.optionalText("PathPrefix", { min: 1, max: 512 }) ?? "/";
      const items = [...directory.instanceProfiles.values()].filter(({ path }) =>
        path.startsWith(prefix),
      );
      return pageOf(directory, members, { paging: paging(), scope: `profiles ${prefix}`, items });
    },
    ListInstanceProfilesForRole: (directory, members) => {
      const role = requestedRole(directory, members);
      const items = profilesOf(directory, role);
      return pageOf(directory, members, { paging: paging(), scope: `profiles ${role.id}`, items });
    },
  };
}

const createInstanceProfile: Handler<Directory> = (directory, members, call) => {
  const name = members.text("InstanceProfileName", instanceProfileNameRule);
  const path = members.optionalText("Path", pathRule) ?? "/";
  if (directory.instanceProfiles.has(nameKey(name))) {
    throw entityAlreadyExists(`Instance Profile ${name} already exists.`);
  }
  const profile = withProfile(directory, {
    name,
    path,
    arn: `arn:aws:iam::${directory.account}:instance-profile${path}${name}`,
    id: newId("AIPA"),
    createdAt: call.now,
    tags: tagged(directory, new Map(), tagsOf(members)),
    role: null,
  });
  return { InstanceProfile: shownProfile(directory, profile) };
};

function requestedProfile(directory: Directory, members: Members): InstanceProfile {
  const name = members.text("InstanceProfileName", instanceProfileNameRule);
  const profile = directory.instanceProfiles.get(nameKey(name));
  if (profile === undefined) throw noSuchEntity(`Instance Profile ${name} cannot be found.`);
  return profile;
}

function withProfile(directory: Directory, profile: InstanceProfile): InstanceProfile {
  directory.instanceProfiles.set(nameKey(profile.name), profile);
  return profile;
}

function pageOf(
  directory: Directory,
  members: Members,
  given: {
    readonly paging: Paging;
    readonly scope: string;
    readonly items: readonly InstanceProfile[];
  },
): object {
  const { paging, scope, items } = given;
  const page = requestedPage(members, paging, { scope, items, keyOf: ({ name }) => name });
  return {
    InstanceProfiles: page.items.map((profile) => shownProfile(directory, profile)),
    ...page.end,
  };
}

/** The instance profiles of a role. A role with any cannot be deleted. */
export function profilesOf(directory: Directory, role: Role): readonly InstanceProfile[] {
  return [...directory.instanceProfiles.values()].filter(
    (profile) => profile.role === nameKey(role.name),
  );
}

export function shownProfile(directory: Directory, profile: InstanceProfile): object {
  const role = profile.role === null ? undefined : directory.roles.get(profile.role);
  return {
    Path: profile.path,
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: profile.arn,
    CreateDate: profile.createdAt,
    Roles: role === undefined ? [] : [listedRole(directory, role)],
    Tags: profile.tags.size === 0 ? null : shownTags(profile.tags),
  };
}
