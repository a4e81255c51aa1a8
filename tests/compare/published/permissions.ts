import type { TrustDocument } from "../properties/arbitraries.ts";
import { allow, deny, document, type Edited } from "./shape.ts";

const may = (action: unknown, resource: unknown, condition?: Readonly<Record<string, unknown>>) =>
  allow({ Action: action, Resource: resource }, condition);

const bucket = "arn:aws:s3:::acme-home";
const repository = "arn:aws:ecr:eu-west-1:123456789012:repository/";
const push = ["ecr:PutImage", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart"];
const team = { "aws:ResourceTag/team": "${aws:PrincipalTag/team}" };
const roles = "arn:aws:iam::*:role/workflow/*";
const mine = "arn:aws:iam::*:user/${aws:username}";

/** Permissions as modules, guides and AWS's own pages have them. */
export const permissions: readonly Edited<TrustDocument>[] = [
  {
    title: "images: one repository becomes all of a prefix",
    before: document(may("ecr:GetAuthorizationToken", "*"), may(push, `${repository}shop/web`)),
    after: document(may("ecr:GetAuthorizationToken", "*"), may(push, `${repository}shop/*`)),
    verdict: "widened",
  },
  {
    title: "a home directory: the bucket instead of the user's part",
    before: document(may(["s3:GetObject", "s3:PutObject"], `${bucket}/home/\${aws:username}/*`)),
    after: document(may(["s3:GetObject", "s3:PutObject"], `${bucket}/*`)),
    verdict: "widened",
  },
  {
    title: "a home directory: a public part of it alone",
    before: document(may("s3:GetObject", `${bucket}/home/\${aws:username}/*`)),
    after: document(may("s3:GetObject", `${bucket}/home/\${aws:username}/public/*`)),
    verdict: "narrowed",
  },
  {
    title: "a listing: by the user's prefix, or by none",
    before: document(
      may("s3:ListBucket", bucket, { StringLike: { "s3:prefix": ["home/${aws:username}/*"] } }),
    ),
    after: document(may("s3:ListBucket", bucket)),
    verdict: "widened",
  },
  {
    title: "tags: an untagged resource counts as the team's",
    before: document(may("ec2:StopInstances", "*", { StringEquals: team })),
    after: document(may("ec2:StopInstances", "*", { StringEqualsIfExists: team })),
    verdict: "widened",
  },
  {
    title: "tags: the stage has to agree too",
    before: document(may("ec2:StopInstances", "*", { StringEquals: team })),
    after: document(
      may("ec2:StopInstances", "*", {
        StringEquals: { ...team, "aws:ResourceTag/stage": "${aws:PrincipalTag/stage}" },
      }),
    ),
    verdict: "narrowed",
  },
  {
    title: "a shared bucket by repository: of one owner's alone",
    before: document(may("s3:GetObject", `${bucket}/\${aws:PrincipalTag/repo}/*`)),
    after: document(
      may("s3:GetObject", `${bucket}/\${aws:PrincipalTag/repo}/*`, {
        StringEquals: { "aws:PrincipalTag/owner": "acme" },
      }),
    ),
    verdict: "narrowed",
  },
  {
    title: "one region more",
    before: document(
      may("*", "*"),
      deny(
        { NotAction: ["iam:*", "sts:*"], Resource: "*" },
        { StringNotEquals: { "aws:RequestedRegion": ["eu-west-1"] } },
      ),
    ),
    after: document(
      may("*", "*"),
      deny(
        { NotAction: ["iam:*", "sts:*"], Resource: "*" },
        { StringNotEquals: { "aws:RequestedRegion": ["eu-west-1", "eu-central-1"] } },
      ),
    ),
    verdict: "widened",
  },
  {
    title: "one's own keys, or everybody's",
    before: document(may(["iam:CreateAccessKey", "iam:DeleteAccessKey"], mine)),
    after: document(may(["iam:CreateAccessKey", "iam:DeleteAccessKey"], "arn:aws:iam::*:user/*")),
    verdict: "widened",
  },
  {
    title: "nothing but one's own factor without a second factor",
    before: document(may("*", "*")),
    after: document(
      may("*", "*"),
      deny(
        { NotAction: ["iam:EnableMFADevice", "iam:ListMFADevices"], Resource: "*" },
        { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } },
      ),
    ),
    verdict: "narrowed",
  },
  {
    title: "a role passed to one service, or to any",
    before: document(
      may("iam:PassRole", "arn:aws:iam::123456789012:role/task", {
        StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" },
      }),
    ),
    after: document(may("iam:PassRole", "arn:aws:iam::123456789012:role/task")),
    verdict: "widened",
  },
  {
    title: "a node's tags: the cluster's own name is no longer asked for",
    before: document(
      may(["ec2:CreateFleet", "ec2:RunInstances"], "*", {
        StringEquals: { "aws:RequestTag/cluster": "${aws:PrincipalTag/cluster}" },
        StringLike: { "aws:RequestTag/node-class": "*" },
      }),
    ),
    after: document(
      may(["ec2:CreateFleet", "ec2:RunInstances"], "*", {
        StringLike: { "aws:RequestTag/node-class": "*" },
      }),
    ),
    verdict: "widened",
  },
  {
    title: "roles of the caller's own organisation, or of any",
    before: document(
      may("sts:AssumeRole", roles, {
        StringEquals: { "aws:ResourceOrgID": "${aws:PrincipalOrgID}" },
        StringNotEquals: { "aws:ResourceAccount": ["111111111111"] },
      }),
    ),
    after: document(
      may("sts:AssumeRole", roles, {
        StringNotEquals: { "aws:ResourceAccount": ["111111111111"] },
      }),
    ),
    verdict: "widened",
  },
  {
    title: "roles below one unit of the organisation, or of any",
    before: document(
      may("sts:AssumeRole", roles, {
        "ForAnyValue:StringLike": { "aws:ResourceOrgPaths": ["o-a1b2/r-ab12/ou-ab12-11111111/*"] },
      }),
    ),
    after: document(
      may("sts:AssumeRole", roles, {
        "ForAnyValue:StringLike": { "aws:ResourceOrgPaths": ["o-a1b2/r-ab12/*"] },
      }),
    ),
    verdict: "widened",
  },
  {
    title: "logs of one's own unit, or of all",
    before: document(
      may(
        "logs:PutLogEvents",
        "arn:aws:logs:*:123456789012:log-group:app/${aws:PrincipalTag/org}/${aws:PrincipalTag/unit}",
      ),
    ),
    after: document(
      may(
        "logs:PutLogEvents",
        "arn:aws:logs:*:123456789012:log-group:app/${aws:PrincipalTag/org}/*",
      ),
    ),
    verdict: "widened",
  },
  {
    title: "tags at creation: no others than these",
    before: document(may("ec2:CreateTags", "*", { Null: { "aws:TagKeys": "false" } })),
    after: document(
      may("ec2:CreateTags", "*", {
        Null: { "aws:TagKeys": "false" },
        "ForAllValues:StringEquals": { "aws:TagKeys": ["team", "stage"] },
      }),
    ),
    verdict: "narrowed",
  },
];
