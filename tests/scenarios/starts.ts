import {
  AttachRolePolicyCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  DeleteOpenIDConnectProviderCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  ListPolicyVersionsCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { DeleteParametersCommand, GetParametersByPathCommand } from "@aws-sdk/client-ssm";
import {
  blog,
  guide,
  guideWith,
  organization,
  policyName,
  roleName,
  shopMain,
  shopMainAndDev,
} from "./documents.ts";
import { prefix, type Scenario } from "./harness.ts";

const everything = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
});
const anybody = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
});
const policyArn = `arn:aws:iam::123456789012:policy/${policyName}`;
const providerArn = `arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/${organization}`;

export type Start = {
  readonly start: string;
  /** Brings the empty account into the state that the run begins with. */
  readonly given: (account: Scenario) => Promise<unknown>;
};

const edited = guideWith({
  trust: { projects: [shopMainAndDev, { id: blog }] },
  deploy: { ecr: ["demo-backend"], amplify: [{ app: "demo-frontend", branches: ["main"] }] },
  role: { name: roleName, maxSessionSeconds: 7200 },
  policy: { readOutputs: true },
  onWiden: "apply",
});

export const starts: readonly Start[] = [
  { start: "nothing there", given: (account) => account.put(guide) },
  {
    start: "the guide's resources, made by hand and wide open",
    given: async (account) => {
      await makeByHand(account);
      await account.put(guideWith({ onWiden: "apply" }));
    },
  },
  {
    start: "drift that widens trust and permissions and lengthens the session",
    given: async (account) => {
      await account.put(guide);
      await account.run();
      const role = { RoleName: roleName };
      const { iam } = account;
      await iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument: anybody }));
      const inline = { ...role, PolicyName: "debug", PolicyDocument: everything };
      await iam.send(new PutRolePolicyCommand(inline));
      await iam.send(new UpdateRoleCommand({ ...role, MaxSessionDuration: 43200 }));
    },
  },
  {
    start: "a deleted provider, and permissions that were opened while nobody could get in",
    given: async (account) => {
      await account.put(guide);
      await account.run();
      const { iam } = account;
      const inline = { RoleName: roleName, PolicyName: "debug", PolicyDocument: everything };
      await iam.send(new PutRolePolicyCommand(inline));
      await iam.send(
        new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: providerArn }),
      );
    },
  },
  {
    start: "an edit that takes away and adds, in trust, permissions and audiences",
    given: async (account) => {
      await account.put(
        guideWith({
          circleci: { organizationId: organization, audiences: ["deploy"] },
          trust: { projects: [shopMain, { id: "cccccccc-dddd-4eee-8fff-000000000000" }] },
          deploy: { ecr: ["demo-backend"], appRunner: ["demo-backend"] },
          role: { name: roleName, maxSessionSeconds: 3600 },
          onWiden: "apply",
        }),
      );
      await account.run();
      await account.put(edited);
    },
  },
  {
    start: "new names for role and policy, the old ones to be removed",
    given: async (account) => {
      const first = guideWith({ onRemove: "delete", onWiden: "apply" });
      await account.put(first);
      await account.run();
      const role = { name: "CircleCI-Renamed-Role" };
      await account.put({ ...first, role, policy: { name: "CircleCI-Renamed-Policy" } });
    },
  },
  {
    start: "a removed parameter, everything of which is to go, outputs too",
    given: async (account) => {
      await account.put(guideWith({ onRemove: "delete", policy: { readOutputs: true } }));
      await account.run();
      await account.remove();
    },
  },
];

async function makeByHand({ iam }: Scenario): Promise<void> {
  const Url = `https://oidc.circleci.com/org/${organization}`;
  const ClientIDList = [organization, "sts.amazonaws.com"];
  await iam.send(new CreateOpenIDConnectProviderCommand({ Url, ClientIDList }));
  const role = { RoleName: roleName };
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: providerArn },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringLike: {
            [`oidc.circleci.com/org/${organization}:sub`]: `org/${organization}/project/*`,
          },
        },
      },
    ],
  });
  await iam.send(new CreateRoleCommand({ ...role, AssumeRolePolicyDocument }));
  const made = { PolicyName: policyName, PolicyDocument: everything };
  await iam.send(new CreatePolicyCommand(made));
  await iam.send(new AttachRolePolicyCommand({ ...role, PolicyArn: policyArn }));
}

/** Empties the account of everything but the deploy targets. */
export async function wipe(account: Scenario): Promise<void> {
  account.sandbox.faults.clear();
  const { iam, ssm } = account;
  const state = await account.state();
  for (const [RoleName, role] of Object.entries(state.roles)) {
    for (const PolicyArn of role.attached) {
      await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
    }
    for (const PolicyName of Object.keys(role.inline)) {
      await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
    }
    if (role.boundary !== null) {
      await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }));
    }
    await iam.send(new DeleteRoleCommand({ RoleName }));
  }
  for (const PolicyArn of Object.keys(state.policies)) {
    const { Versions = [] } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
    for (const { VersionId, IsDefaultVersion } of Versions) {
      if (!IsDefaultVersion) {
        await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
      }
    }
    await iam.send(new DeletePolicyCommand({ PolicyArn }));
  }
  for (const OpenIDConnectProviderArn of Object.keys(state.providers)) {
    await iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
  }
  const { Parameters = [] } = await ssm.send(
    new GetParametersByPathCommand({ Path: prefix, Recursive: true }),
  );
  const Names = Parameters.map(({ Name = "" }) => Name);
  if (Names.length > 0) await ssm.send(new DeleteParametersCommand({ Names }));
}
