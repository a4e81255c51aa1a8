import {
  DeleteOpenIDConnectProviderCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  ListPolicyVersionsCommand,
} from "@aws-sdk/client-iam";
import { DeleteParametersCommand, GetParametersByPathCommand } from "@aws-sdk/client-ssm";
import { prefix, type Scenario } from "./harness.ts";

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
