/**
 * IAM's calls that change something and wake no run, each group with the reason, as the end of a
 * sentence whose subject is the call. Every operation of the IAM client is here or in
 * `watched.ts`; a test holds both against the installed client, so that a new operation fails the
 * build instead of opening a blind spot.
 *
 * Source: IAM API reference, the list of actions and what each of them does.
 */
export const harmlessIamCalls: readonly {
  readonly why: string;
  readonly calls: readonly string[];
}[] = [
  {
    why: "only makes a report or tries a policy, and changes nothing",
    calls: [
      "GenerateCredentialReport",
      "GenerateOrganizationsAccessReport",
      "GenerateServiceLastAccessedDetails",
      "SimulateCustomPolicy",
      "SimulatePrincipalPolicy",
    ],
  },
  {
    why: "changes a user, and nobody gets into a role by it that the role's own trust policy does not admit",
    calls: ["CreateUser", "DeleteUser", "UpdateUser", "TagUser", "UntagUser"],
  },
  {
    why: "changes what a user may do, and neither the policy's text nor a role",
    calls: [
      "AttachUserPolicy",
      "DetachUserPolicy",
      "PutUserPolicy",
      "DeleteUserPolicy",
      "PutUserPermissionsBoundary",
      "DeleteUserPermissionsBoundary",
    ],
  },
  {
    why: "changes a group of users or what it may do, and neither the policy's text nor a role",
    calls: [
      "CreateGroup",
      "UpdateGroup",
      "DeleteGroup",
      "AddUserToGroup",
      "RemoveUserFromGroup",
      "AttachGroupPolicy",
      "DetachGroupPolicy",
      "PutGroupPolicy",
      "DeleteGroupPolicy",
    ],
  },
  {
    why: "changes how a user signs in, and no role, policy or provider",
    calls: [
      "ChangePassword",
      "CreateAccessKey",
      "UpdateAccessKey",
      "DeleteAccessKey",
      "CreateLoginProfile",
      "UpdateLoginProfile",
      "DeleteLoginProfile",
      "CreateServiceSpecificCredential",
      "UpdateServiceSpecificCredential",
      "ResetServiceSpecificCredential",
      "DeleteServiceSpecificCredential",
      "UploadSSHPublicKey",
      "UpdateSSHPublicKey",
      "DeleteSSHPublicKey",
      "UploadSigningCertificate",
      "UpdateSigningCertificate",
      "DeleteSigningCertificate",
      "CreateVirtualMFADevice",
      "DeleteVirtualMFADevice",
      "EnableMFADevice",
      "DeactivateMFADevice",
      "ResyncMFADevice",
      "TagMFADevice",
      "UntagMFADevice",
    ],
  },
  {
    why: "changes an instance profile, and EC2 gets into its role only where the role's own trust policy admits it",
    calls: [
      "CreateInstanceProfile",
      "DeleteInstanceProfile",
      "AddRoleToInstanceProfile",
      "RemoveRoleFromInstanceProfile",
      "TagInstanceProfile",
      "UntagInstanceProfile",
    ],
  },
  {
    why: "makes or removes a role of an AWS service's own, under a path that no document can name",
    calls: ["CreateServiceLinkedRole", "DeleteServiceLinkedRole"],
  },
  {
    why: "changes a SAML provider, and CircleCI's tokens come through OpenID Connect",
    calls: [
      "CreateSAMLProvider",
      "UpdateSAMLProvider",
      "DeleteSAMLProvider",
      "TagSAMLProvider",
      "UntagSAMLProvider",
    ],
  },
  {
    why: "changes a server certificate, which no role, policy or provider refers to",
    calls: [
      "UploadServerCertificate",
      "UpdateServerCertificate",
      "DeleteServerCertificate",
      "TagServerCertificate",
      "UntagServerCertificate",
    ],
  },
  {
    why: "lends a person's own rights to a partner for a time; what the partner then does to a role has its own record",
    calls: [
      "CreateDelegationRequest",
      "AssociateDelegationRequest",
      "UpdateDelegationRequest",
      "AcceptDelegationRequest",
      "RejectDelegationRequest",
      "SendDelegationToken",
    ],
  },
  {
    why: "changes a setting of the account or the organisation, and no role, policy or provider",
    calls: [
      "CreateAccountAlias",
      "DeleteAccountAlias",
      "UpdateAccountPasswordPolicy",
      "DeleteAccountPasswordPolicy",
      "SetSecurityTokenServicePreferences",
      "PutAccountProperties",
      "EnableOrganizationsRootCredentialsManagement",
      "DisableOrganizationsRootCredentialsManagement",
      "EnableOrganizationsRootSessions",
      "DisableOrganizationsRootSessions",
    ],
  },
  {
    why: "concerns tokens that AWS issues to others, and not whose tokens get into a role",
    calls: ["EnableOutboundWebIdentityFederation", "DisableOutboundWebIdentityFederation"],
  },
];
