/** The kinds of IAM resources that are kept here. */
type IamResource = "role" | "policy" | "provider";

/** Calls, and what they change: something that is kept here, or nothing of it. */
export type IamOperations = { readonly calls: readonly string[] } & (
  | { readonly changes: IamResource }
  /** `why` is the end of a sentence whose subject is the call. */
  | { readonly changes: null; readonly why: string }
);

/**
 * Every operation of IAM that changes something. A call that changes a role, a policy or a provider
 * wakes a run, and no other does. `rules.yml` and `forwarding.yml` carry the same names. A test
 * holds the table against the operations of the installed client, so that a new one fails the build
 * instead of opening a blind spot; what only reads is listed there.
 *
 * Source: IAM API reference, the list of actions and what each of them does.
 */
export const iamOperations: readonly IamOperations[] = [
  {
    changes: "role",
    calls: [
      "CreateRole",
      // From a role template of an AWS service.
      "AcquireRole",
      "DeleteRole",
      "UpdateRole",
      "UpdateRoleDescription",
      "UpdateAssumeRolePolicy",
      "AttachRolePolicy",
      "DetachRolePolicy",
      "PutRolePolicy",
      "DeleteRolePolicy",
      "PutRolePermissionsBoundary",
      "DeleteRolePermissionsBoundary",
      "TagRole",
      "UntagRole",
    ],
  },
  {
    changes: "policy",
    calls: [
      "CreatePolicy",
      "DeletePolicy",
      "CreatePolicyVersion",
      "DeletePolicyVersion",
      "SetDefaultPolicyVersion",
      "TagPolicy",
      "UntagPolicy",
    ],
  },
  {
    changes: "provider",
    calls: [
      "CreateOpenIDConnectProvider",
      "DeleteOpenIDConnectProvider",
      "AddClientIDToOpenIDConnectProvider",
      "RemoveClientIDFromOpenIDConnectProvider",
      // Context provider and Identity Center association; documented, and not in every SDK yet.
      "UpdateOpenIDConnectProvider",
      "UpdateOpenIDConnectProviderThumbprint",
      "TagOpenIDConnectProvider",
      "UntagOpenIDConnectProvider",
    ],
  },
  {
    changes: null,
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
    changes: null,
    why: "changes a user, and lets nobody into a role that does not admit them",
    calls: ["CreateUser", "DeleteUser", "UpdateUser", "TagUser", "UntagUser"],
  },
  {
    changes: null,
    why: "changes what a user may do, and no role or policy",
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
    changes: null,
    why: "changes a group of users, and no role or policy",
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
    changes: null,
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
    changes: null,
    why: "changes an instance profile, and EC2 gets into its role only where the role admits it",
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
    changes: null,
    why: "makes or removes a role of an AWS service's own, under a path that no document can name",
    calls: ["CreateServiceLinkedRole", "DeleteServiceLinkedRole"],
  },
  {
    changes: null,
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
    changes: null,
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
    changes: null,
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
    changes: null,
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
    changes: null,
    why: "is about tokens that AWS issues to others, not about whose tokens can assume a role",
    calls: ["EnableOutboundWebIdentityFederation", "DisableOutboundWebIdentityFederation"],
  },
];

/** The calls that change one kind of resource. */
export function callsOn(resource: IamResource): readonly string[] {
  return iamOperations.flatMap(({ changes, calls }) => (changes === resource ? calls : []));
}
