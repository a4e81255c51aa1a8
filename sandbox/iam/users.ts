import type { Members } from "../input/members.ts";
import type { Handler } from "../input/operations.ts";
import type { Paging } from "../input/page.ts";
import type { Call } from "../server/operation.ts";
import { requestedBoundary } from "./boundary.ts";
import { newId, newSecret } from "./ids.ts";
import { requestedPage } from "./paging.ts";
import {
  deleteConflict,
  entityAlreadyExists,
  invalidInput,
  limitExceeded,
  noSuchEntity,
} from "./refusals.ts";
import { attachedTo, shownAttachment } from "./role-policies.ts";
import { shownBoundary } from "./roles.ts";
import { arnRule, pathRule, userNameRule } from "./rules.ts";
import { type AccessKey, type Directory, nameKey, type User, withUser } from "./state.ts";
import { shownTags, tagged, tagsOf, untagged } from "./tags.ts";

/** Users and their access keys, as far as an audit of old CI keys needs them. */
export function userHandlers(paging: () => Paging): Readonly<Record<string, Handler<Directory>>> {
  return {
    CreateUser: createUser,
    GetUser: (directory, members, call) => ({
      User: wholeUser(requestedUser(directory, members, call)),
    }),
    ListUsers: (directory, members) => {
      const prefix = members.optionalText("PathPrefix", { min: 1, max: 512 }) ?? "/";
      const page = requestedPage(members, paging(), {
        scope: `users ${prefix}`,
        items: [...directory.users.values()].filter(({ path }) => path.startsWith(prefix)),
        keyOf: ({ name }) => name,
      });
      return { Users: page.items.map(listedUser), ...page.end };
    },
    DeleteUser: (directory, members) => {
      const user = requestedUser(directory, members);
      if (user.attached.length > 0) {
        throw deleteConflict("Cannot delete entity, must detach all policies first.");
      }
      if (keysOf(directory, user).length > 0) {
        throw deleteConflict("Cannot delete entity, must delete access keys first.");
      }
      directory.users.delete(nameKey(user.name));
      return {};
    },
    TagUser: (directory, members) => {
      const user = requestedUser(directory, members);
      withUser(directory, { ...user, tags: tagged(directory, user.tags, tagsOf(members)) });
      return {};
    },
    UntagUser: (directory, members) => {
      const user = requestedUser(directory, members);
      withUser(directory, { ...user, tags: untagged(user.tags, members) });
      return {};
    },
    ListUserTags: (directory, members) => ({
      Tags: shownTags(requestedUser(directory, members).tags),
      IsTruncated: false,
    }),
    AttachUserPolicy: (directory, members) => {
      const user = requestedUser(directory, members);
      const arn = members.text("PolicyArn", arnRule);
      if (!directory.policies.has(arn)) {
        throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
      }
      if (!user.attached.includes(arn)) {
        withUser(directory, { ...user, attached: [...user.attached, arn] });
      }
      return {};
    },
    DetachUserPolicy: (directory, members) => {
      const user = requestedUser(directory, members);
      const arn = members.text("PolicyArn", arnRule);
      if (!user.attached.includes(arn)) throw noSuchEntity(`Policy ${arn} was not found.`);
      withUser(directory, { ...user, attached: user.attached.filter((other) => other !== arn) });
      return {};
    },
    ListAttachedUserPolicies: (directory, members) => ({
      AttachedPolicies: attachedTo(directory, requestedUser(directory, members).attached).map(
        shownAttachment,
      ),
      IsTruncated: false,
    }),
    ...accessKeyHandlers(paging),
  };
}

function accessKeyHandlers(paging: () => Paging): Readonly<Record<string, Handler<Directory>>> {
  return {
    CreateAccessKey: (directory, members, call) => {
      const user = requestedUser(directory, members, call);
      const most = directory.quotas.AccessKeysPerUserQuota;
      if (keysOf(directory, user).length >= most) {
        throw limitExceeded(`Cannot exceed quota for AccessKeysPerUser: ${most}`);
      }
      const id = newId("AKIA");
      directory.accessKeys.set(id, {
        id,
        userName: user.name,
        status: "Active",
        createdAt: call.now,
        lastUsed: null,
      });
      return {
        AccessKey: {
          UserName: user.name,
          AccessKeyId: id,
          Status: "Active",
          SecretAccessKey: newSecret(),
          CreateDate: call.now,
        },
      };
    },
    ListAccessKeys: (directory, members, call) => {
      const user = requestedUser(directory, members, call);
      const page = requestedPage(members, paging(), {
        scope: `keys ${user.id}`,
        items: keysOf(directory, user),
        keyOf: ({ id }) => id,
      });
      return { AccessKeyMetadata: page.items.map(shownKey), ...page.end };
    },
    GetAccessKeyLastUsed: (directory, members) => {
      const key = requestedKey(directory, members);
      const used = key.lastUsed;
      return {
        UserName: key.userName,
        AccessKeyLastUsed:
          used === null
            ? { ServiceName: "N/A", Region: "N/A" }
            : { LastUsedDate: used.at, ServiceName: used.service, Region: used.region },
      };
    },
    UpdateAccessKey: (directory, members) => {
      const key = requestedKey(directory, members);
      const status = members.text("Status", { oneOf: ["Active", "Inactive"] });
      const active = status === "Active" ? "Active" : "Inactive";
      directory.accessKeys.set(key.id, { ...key, status: active });
      return {};
    },
    DeleteAccessKey: (directory, members) => {
      directory.accessKeys.delete(requestedKey(directory, members).id);
      return {};
    },
  };
}

const createUser: Handler<Directory> = (directory, members, call) => {
  const name = members.text("UserName", userNameRule);
  const path = members.optionalText("Path", pathRule) ?? "/";
  const boundary = members.optionalText("PermissionsBoundary", arnRule);
  const tags = tagged(directory, new Map(), tagsOf(members));
  if (directory.users.has(nameKey(name))) {
    throw entityAlreadyExists(`User with name ${name} already exists.`);
  }
  if (directory.users.size >= directory.quotas.UsersQuota) {
    throw limitExceeded(`Cannot exceed quota for UsersPerAccount: ${directory.quotas.UsersQuota}`);
  }
  const user = withUser(directory, {
    name,
    path,
    arn: `arn:aws:iam::${directory.account}:user${path}${name}`,
    id: newId("AIDA"),
    createdAt: call.now,
    tags,
    inline: new Map(),
    attached: [],
    boundary: boundary === null ? null : requestedBoundary(directory, boundary),
  });
  return { User: wholeUser(user) };
};

/** The user that `UserName` names; without it, the user who calls. */
function requestedUser(directory: Directory, members: Members, call?: Call): User {
  const own = call?.caller.kind === "user" ? (call.caller.arn.split("/").at(-1) ?? null) : null;
  const name = members.optionalText("UserName", userNameRule) ?? own;
  if (name === null)
    throw invalidInput("Must specify userName when calling with non-User credentials");
  const user = directory.users.get(nameKey(name));
  if (user === undefined) throw noSuchEntity(`The user with name ${name} cannot be found.`);
  return user;
}

function requestedKey(directory: Directory, members: Members): AccessKey {
  const id = members.text("AccessKeyId", { min: 16, max: 128, pattern: /\w+/ });
  const key = directory.accessKeys.get(id);
  if (key === undefined) throw noSuchEntity(`The Access Key with id ${id} cannot be found.`);
  return key;
}

function keysOf(directory: Directory, user: User): readonly AccessKey[] {
  return [...directory.accessKeys.values()].filter(({ userName }) => userName === user.name);
}

function shownKey(key: AccessKey) {
  return {
    UserName: key.userName,
    AccessKeyId: key.id,
    Status: key.status,
    CreateDate: key.createdAt,
  };
}

/** A user as ListUsers shows it: without tags and boundary. */
export function listedUser(user: User) {
  return {
    Path: user.path,
    UserName: user.name,
    UserId: user.id,
    Arn: user.arn,
    CreateDate: user.createdAt,
  };
}

function wholeUser(user: User) {
  return {
    ...listedUser(user),
    PermissionsBoundary: shownBoundary(user.boundary),
    Tags: user.tags.size === 0 ? null : shownTags(user.tags),
  };
}
