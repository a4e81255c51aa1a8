import {
  AttachRolePolicyCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { clientOptions } from "../../sandbox/seed.ts";
import { organization, policyName, roleName } from "../scenarios/documents.ts";
import type { Stage } from "./stage.ts";

const host = `oidc.circleci.com/org/${organization}`;

/** What someone has who followed a guide step by step: provider, policy with wildcards, role. */
export async function setUpByHand({
  sandbox,
  seeded,
}: Pick<Stage, "sandbox" | "seeded">): Promise<void> {
  const iam = new IAMClient(clientOptions(sandbox));
  const { account, region } = sandbox;
  await iam.send(
    new CreateOpenIDConnectProviderCommand({
      Url: `https://${host}`,
      ClientIDList: [organization],
      ThumbprintList: ["9e99a48a9960b14926bb7f3b02e22da2b0ab7280"],
    }),
  );
  const allow = (Sid: string, Action: string | readonly string[], Resource: string) => ({
    Sid,
    Effect: "Allow",
    Action,
    Resource,
  });
  const policy = await iam.send(
    new CreatePolicyCommand({
      PolicyName: policyName,
      PolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          allow("ECRAuthToken", "ecr:GetAuthorizationToken", "*"),
          allow("ECRPushImages", pushActions, `arn:aws:ecr:${region}:${account}:repository/*`),
          allow(
            "AppRunnerDeploy",
            ["apprunner:StartDeployment", "apprunner:DescribeService"],
            `arn:aws:apprunner:${region}:${account}:service/${seeded.serviceName}/*`,
          ),
          allow(
            "AmplifyDeploy",
            ["amplify:StartJob", "amplify:GetJob"],
            `arn:aws:amplify:${region}:${account}:apps/${seeded.appId}/*`,
          ),
        ],
      }),
    }),
  );
  const trust = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${host}` },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: { StringEquals: { [`${host}:aud`]: organization } },
      },
    ],
  };
  await iam.send(
    new CreateRoleCommand({
      RoleName: roleName,
      AssumeRolePolicyDocument: JSON.stringify(trust),
    }),
  );
  const PolicyArn = policy.Policy?.Arn;
  await iam.send(new AttachRolePolicyCommand({ RoleName: roleName, PolicyArn }));
  iam.destroy();
}

const pushActions = [
  "ecr:BatchCheckLayerAvailability",
  "ecr:GetDownloadUrlForLayer",
  "ecr:BatchGetImage",
  "ecr:PutImage",
  "ecr:InitiateLayerUpload",
  "ecr:UploadLayerPart",
  "ecr:CompleteLayerUpload",
];
