import { literal, type PolicyStatement } from "../../aws/policy-document.ts";
import {
  type Permission,
  type PermissionsOfKind,
  statementsOfGrants,
  type TargetGrant,
} from "../permissions.ts";
import { lengthOf, type PolicyPart } from "../policy-part.ts";
import type { AppMay } from "./schema.ts";

/** An app that was found. */
export type ResolvedAmplify = {
  readonly app: string;
  readonly appId: string;
  readonly appArn: string;
  readonly branches: "every" | readonly string[];
  readonly may: readonly AppMay[];
  /** Is the app connected to a repository? Otherwise it is released by an upload. */
  readonly hasRepository: boolean;
};

const startJob: Permission = { name: "Start", actions: ["amplify:StartJob"] };
const getJob: Permission = { name: "Follow", actions: ["amplify:GetJob"] };
const upload: Permission = {
  name: "Upload",
  actions: ["amplify:CreateDeployment", "amplify:StartDeployment"],
};

const permissions: PermissionsOfKind = {
  prefix: "Amplify",
  sid: "AmplifyDeploy",
  permissions: [startJob, getJob, upload],
  guide: [startJob, getJob],
};

/** An app as far as its grants hang on it. */
type GrantedApp = Pick<ResolvedAmplify, "appArn" | "branches" | "may" | "hasRepository">;

/**
 * What jobs may do to branches of an app. A job is a resource of its own,
 * `apps/ID/branches/BRANCH/jobs/ID`; an upload is granted on the branch. StartJob does not serve an
 * app without a repository (Amplify API, StartDeployment): it is released by an upload.
 */
export function appGrants(target: GrantedApp): readonly TargetGrant[] {
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
 * AWS does not say whether the ARN has a `/` of a branch's name as such or percent-encoded.
 * Both are names of this one branch, so both are granted rather than a pipeline broken.
 */
function spellingsOf(branch: string): readonly string[] {
  return branch.includes("/") ? [branch, branch.replaceAll("/", "%2F")] : [branch];
}

/** What jobs may do to apps. */
export function appStatements(apps: readonly ResolvedAmplify[]): readonly PolicyStatement[] {
  return statementsOfGrants(permissions, apps.flatMap(appGrants));
}

/** Each app as a part of its own: its branches are what makes it long. */
export function appParts(apps: readonly ResolvedAmplify[]): readonly PolicyPart[] {
  const byName = Map.groupBy(apps, ({ app }) => app);
  return [...byName].map(([app, resolved]) => {
    const branches = resolved.flatMap((each) => (each.branches === "every" ? [] : each.branches));
    return {
      says: `, app ${app} (${counted(branches.length)})`,
      plural: "apps",
      remedy:
        branches.length > 1
          ? "naming fewer branches of that app (none means every branch)"
          : "naming fewer of them",
      length: lengthOf(appStatements(resolved)),
    };
  });
}

function counted(branches: number): string {
  if (branches === 0) return "every branch";
  return `${branches} ${branches === 1 ? "branch" : "branches"}`;
}
