import { literal, oneOrMore, type PolicyStatement } from "../aws/policy-document.ts";

/**
 * What is granted together. `name` is its part of the Sid of a statement that the guide does not have.
 * Actions and their resources by https://docs.aws.amazon.com/service-authorization/latest/reference/.
 */
export type Permission = { readonly name: string; readonly actions: readonly string[] };

/** One permission on one resource, with a live wildcard only where the resource's form has one. */
export type TargetGrant = { readonly permission: Permission; readonly resource: string };

/** One part of the policy: how its statements are named, and what the guide grants. */
export type PermissionsOfKind = {
  readonly prefix: string;
  /** The Sid of the guide's own statement. */
  readonly sid: string;
  /** Every permission of the part, in the order in which actions are written. */
  readonly permissions: readonly Permission[];
  /** Those of the guide's statement. */
  readonly guide: readonly Permission[];
};

/**
 * Grants as statements: one for each set of permissions, over exactly the resources that have that
 * set, so that no target gets what another one has. The first one with a permission of the guide's
 * statement has the guide's Sid; the others are named after their permissions. The order of grants
 * does not matter.
 */
export function statementsOfGrants(
  part: PermissionsOfKind,
  grants: readonly TargetGrant[],
): readonly PolicyStatement[] {
  const sets = permissionSets(part, grants);
  const guides = sets.findIndex(({ permissions }) =>
    permissions.some((permission) => part.guide.includes(permission)),
  );
  return sets.map(({ permissions, resources }, index) => {
    const names = permissions.map(({ name }) => name).join("");
    const actions = permissions.flatMap((permission) => permission.actions);
    return {
      Sid: index === guides ? part.sid : `${part.prefix}${names}`,
      Effect: "Allow",
      // In the part's own order: a lone action is written as the guide writes one.
      Action: actions.length === 1 ? actions.join() : actions,
      Resource: oneOrMore(resources),
    };
  });
}

type PermissionSet = {
  readonly permissions: readonly Permission[];
  readonly resources: readonly string[];
};

/** The resources by what is granted on them; sets with what comes first in the part go first. */
function permissionSets(
  part: PermissionsOfKind,
  grants: readonly TargetGrant[],
): readonly PermissionSet[] {
  const byResource = Map.groupBy(grants, ({ resource }) => resource);
  const ranked = [...byResource].map(([resource, own]) => {
    const given = own.map(({ permission }) => permission);
    const permissions = part.permissions.filter((permission) => given.includes(permission));
    const rank = permissions.map((permission) => part.permissions.indexOf(permission)).join();
    return { rank, permissions, resource };
  });
  const sets = Map.groupBy(ranked, ({ rank }) => rank);
  return [...sets]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, members]) => ({
      permissions: members[0]?.permissions ?? [],
      resources: members.map(({ resource }) => resource),
    }));
}

/**
 * Lets jobs hand roles to a service, and to nothing else.
 *
 * @returns no statement where there is no role
 */
export function passRoleStatements(
  sid: string,
  roles: readonly string[],
  to: readonly string[],
): readonly PolicyStatement[] {
  if (roles.length === 0) return [];
  return [
    {
      Sid: sid,
      Effect: "Allow",
      Action: "iam:PassRole",
      Resource: oneOrMore(roles.map(literal)),
      Condition: { StringEquals: { "iam:PassedToService": to } },
    },
  ];
}
