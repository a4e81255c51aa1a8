import { literal, type PolicyStatement } from "../../aws/policy-document.ts";
import { everyResource } from "../every-resource.ts";
import {
  type Permission,
  type PermissionsOfKind,
  statementsOfGrants,
  type TargetGrant,
} from "../permissions.ts";
import type { RepositoryMay } from "./schema.ts";

/** A repository that was found. */
export type ResolvedRepository = {
  readonly repository: string;
  readonly arn: string;
  /** Of the document's words those that the policy is to give. */
  readonly may: readonly RepositoryMay[];
};

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

const byWord = { push, "read-images": readImages } as const satisfies Record<
  RepositoryMay,
  Permission
>;

/** What jobs may do to a repository. */
export function repositoryGrants(
  target: Pick<ResolvedRepository, "arn" | "may">,
): readonly TargetGrant[] {
  return target.may.map((word) => ({ permission: byWord[word], resource: literal(target.arn) }));
}

const permissions: PermissionsOfKind = {
  prefix: "ECR",
  sid: "ECRPushImages",
  permissions: [push, readImages],
  guide: [push],
};

/** What jobs may do to repositories, with the login to the registry where they push. */
export function repositoryStatements(
  repositories: readonly ResolvedRepository[],
): readonly PolicyStatement[] {
  const pushes = repositories.some(({ may }) => may.includes("push"));
  return [
    ...(pushes ? [everyResource("ECRAuthToken")] : []),
    ...statementsOfGrants(permissions, repositories.flatMap(repositoryGrants)),
  ];
}
