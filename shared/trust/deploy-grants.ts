import { literal, oneOrMore, type PolicyStatement } from "../aws/policy-document.ts";
import type { MayWord } from "../document/index.ts";
import type { ResolvedAmplify, ResolvedAppRunner, ResolvedRepository } from "./resolved-targets.ts";

/**
 * What is granted together. `name` is its part of the Sid of a statement that is none of the guide's.
 * Actions and their resources by https://docs.aws.amazon.com/service-authorization/latest/reference/.
 */
type Permission = { readonly name: string; readonly actions: readonly string[] };

const push: Permission = {
  name: "Push",
  actions: [
    "ecr:BatchCheckLayerAvailability",
    "ecr:GetDownloadUrlForLayer",
    "ecr:BatchGetImage",
    "ecr:PutImage",
    "ecr:InitiateLayerUpload",
    "ecr:UploadLayerPart",
    "ecr:CompleteLayerUpload",
  ],
};
const readImages: Permission = {
  name: "ReadImages",
  actions: ["ecr:DescribeImages", "ecr:ListImages"],
};
const deploy: Permission = {
  name: "Deploy",
  actions: ["apprunner:StartDeployment", "apprunner:DescribeService"],
};
const watch: Permission = { name: "Watch", actions: ["apprunner:ListOperations"] };
const update: Permission = { name: "Update", actions: ["apprunner:UpdateService"] };
const startJob: Permission = { name: "Start", actions: ["amplify:StartJob"] };
const getJob: Permission = { name: "Follow", actions: ["amplify:GetJob"] };
const upload: Permission = {
  name: "Upload",
  actions: ["amplify:CreateDeployment", "amplify:StartDeployment"],
};

/** One permission on one resource, with a live wildcard only where the resource's form has one. */
export type TargetGrant = { readonly permission: Permission; readonly resource: string };

const ecrPermissions = { push, "read-images": readImages } as const satisfies Record<
  MayWord<"ecr">,
  Permission
>;

/** What jobs may do to a repository. */
export function repositoryGrants(target: Pick<ResolvedRepository, "arn" | "may">) {
  return target.may.map((word): TargetGrant => {
    return { permission: ecrPermissions[word], resource: literal(target.arn) };
  });
}

const appRunnerPermissions = { deploy, watch, update } as const satisfies Record<
  MayWord<"appRunner">,
  Permission
>;

/** What jobs may do to a service, the roles that they pass apart. */
export function appRunnerGrants(target: Pick<ResolvedAppRunner, "arn" | "may">) {
  return target.may.map((word): TargetGrant => {
    return { permission: appRunnerPermissions[word], resource: literal(target.arn) };
  });
}

/** An Amplify app as far as its grants hang on it. */
type GrantedApp = Pick<ResolvedAmplify, "appArn" | "branches" | "may" | "hasRepository">;

/**
 * What jobs may do to branches of an app. A job is a resource of its own,
 * `apps/ID/branches/BRANCH/jobs/ID`; an upload is granted on the branch. StartJob does not serve an
 * app without a repository (Amplify API, StartDeployment): it is released by an upload.
 */
export function amplifyGrants(target: GrantedApp): readonly TargetGrant[] {
  const ways = [
    ...(target.may.includes("release") ? [target.hasRepository ? startJob : upload, getJob] : []),
    ...(target.may.includes("upload") ? [upload] : []),
  ];
  return [...new Set(ways)].flatMap((permission) => {
    const rest = permission === upload ? "" : "/jobs/*";
    return branchArns(target, rest).map((resource): TargetGrant => ({ permission, resource }));
  });
}

/** @param rest what follows a branch's name in the resource */
function branchArns(
  { appArn, branches }: Pick<GrantedApp, "appArn" | "branches">,
  rest: string,
): readonly string[] {
  if (branches === "every") return [`${literal(appArn)}/*`];
  return branches.flatMap((branch) =>
    spellingsOf(branch).map((name) => `${literal(appArn)}/branches/${literal(name)}${rest}`),
  );
}

/**
 * AWS does not say whether a `/` in a branch's name stands in its ARN as such or percent-encoded.
 * Both are names of this one branch, so both are granted rather than a pipeline broken.
 */
function spellingsOf(branch: string): readonly string[] {
  return branch.includes("/") ? [branch, branch.replaceAll("/", "%2F")] : [branch];
}

/** One part of the policy: how its statements are named, and what the guide grants. */
export type Part = {
  readonly prefix: string;
  /** The Sid of the guide's own statement. */
  readonly sid: string;
  /** Every permission of the part, in the order in which actions are written. */
  readonly permissions: readonly Permission[];
  /** Those of the guide's statement. */
  readonly guide: readonly Permission[];
};

export const ecrPart: Part = {
  prefix: "ECR",
  sid: "ECRPushImages",
  permissions: [push, readImages],
  guide: [push],
};
export const appRunnerPart: Part = {
  prefix: "AppRunner",
  sid: "AppRunnerDeploy",
  permissions: [deploy, watch, update],
  guide: [deploy],
};
export const amplifyPart: Part = {
  prefix: "Amplify",
  sid: "AmplifyDeploy",
  permissions: [startJob, getJob, upload],
  guide: [startJob, getJob],
};

/**
 * Grants as statements: one for each set of permissions, over exactly the resources that have that
 * set, so that no target gets what another one has. The first one with a permission of the guide's
 * statement has the guide's Sid; the others are named after their permissions. The order of grants
 * does not matter.
 */
export function statementsOfGrants(
  part: Part,
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
function permissionSets(part: Part, grants: readonly TargetGrant[]): readonly PermissionSet[] {
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
