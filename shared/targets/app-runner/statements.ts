import { literal, type PolicyStatement } from "../../aws/policy-document.ts";
import {
  type Permission,
  type PermissionsOfKind,
  passRoleStatements,
  statementsOfGrants,
  type TargetGrant,
} from "../permissions.ts";
import type { ServiceMay } from "./schema.ts";

/** A service that was found. */
export type ResolvedAppRunner = {
  readonly service: string;
  /** With the service's id, which is another after the service was re-created. */
  readonly arn: string;
  readonly may: readonly ServiceMay[];
  /** ARNs of the roles that it uses; none where nobody may update it. */
  readonly passes: PassedRoles;
};

/** Roles by what they are passed to: App Runner's tasks, or what pulls and builds an image. */
export type PassedRoles = {
  readonly instance: readonly string[];
  readonly access: readonly string[];
};

const deploy: Permission = {
  name: "Deploy",
  actions: ["apprunner:StartDeployment", "apprunner:DescribeService"],
};
const watch: Permission = { name: "Watch", actions: ["apprunner:ListOperations"] };
const update: Permission = { name: "Update", actions: ["apprunner:UpdateService"] };

const byWord = { deploy, watch, update } as const satisfies Record<ServiceMay, Permission>;

/** What jobs may do to a service, the roles that they pass apart. */
export function serviceGrants(
  target: Pick<ResolvedAppRunner, "arn" | "may">,
): readonly TargetGrant[] {
  return target.may.map((word) => ({ permission: byWord[word], resource: literal(target.arn) }));
}

const permissions: PermissionsOfKind = {
  prefix: "AppRunner",
  sid: "AppRunnerDeploy",
  permissions: [deploy, watch, update],
  guide: [deploy],
};

/**
 * How App Runner's roles are passed. IAM is seen to ask with the principal that the role trusts, and
 * AWS's own policy AWSAppRunnerFullAccess names the service itself; see docs/believed.md.
 */
export const passes = [
  {
    kind: "instance",
    sid: "AppRunnerPassInstanceRole",
    to: ["tasks.apprunner.amazonaws.com", "apprunner.amazonaws.com"],
  },
  {
    kind: "access",
    sid: "AppRunnerPassAccessRole",
    to: ["build.apprunner.amazonaws.com", "apprunner.amazonaws.com"],
  },
] as const satisfies readonly {
  readonly kind: keyof PassedRoles;
  readonly sid: string;
  readonly to: readonly [string, ...string[]];
}[];

/** What jobs may do to services, and the roles that they pass. */
export function serviceStatements(
  services: readonly ResolvedAppRunner[],
): readonly PolicyStatement[] {
  return [
    ...statementsOfGrants(permissions, services.flatMap(serviceGrants)),
    ...passes.flatMap(({ kind, sid, to }) => {
      const roles = services.flatMap((service) => service.passes[kind]);
      return passRoleStatements(sid, roles, to);
    }),
  ];
}
