import * as iam from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { iam as sandboxIam } from "../../sandbox/iam/index.ts";
import { emptyDirectory } from "../../sandbox/iam/state.ts";
import { callsOn, iamOperations, wakeOf } from "../../shared/wake/index.ts";
import { sampleEvent, withDetail } from "./sample.ts";

/**
 * Documented by AWS, and not in the installed client. Once it is: drop the name here, and let the
 * loop take off by it what it can only report today (`shared/plan/provider-settings.ts`).
 */
const ahead: readonly string[] = ["UpdateOpenIDConnectProvider"];

/** Named one by one: a new one may be called Get… and change something all the same. */
const reads: readonly string[] = [
  "GetAccessKeyLastUsed",
  "GetAccountAuthorizationDetails",
  "GetAccountPasswordPolicy",
  "GetAccountProperties",
  "GetAccountSummary",
  "GetContextKeysForCustomPolicy",
  "GetContextKeysForPrincipalPolicy",
  "GetCredentialReport",
  "GetDelegationRequest",
  "GetGroup",
  "GetGroupPolicy",
  "GetHumanReadableSummary",
  "GetInstanceProfile",
  "GetLoginProfile",
  "GetMFADevice",
  "GetOpenIDConnectProvider",
  "GetOrganizationsAccessReport",
  "GetOutboundWebIdentityFederationInfo",
  "GetPolicy",
  "GetPolicyVersion",
  "GetRole",
  "GetRolePolicy",
  "GetRoleTemplateVersion",
  "GetSAMLProvider",
  "GetSSHPublicKey",
  "GetServerCertificate",
  "GetServiceLastAccessedDetails",
  "GetServiceLastAccessedDetailsWithEntities",
  "GetServiceLinkedRoleDeletionStatus",
  "GetUser",
  "GetUserPolicy",
  "ListAccessKeys",
  "ListAccountAliases",
  "ListAttachedGroupPolicies",
  "ListAttachedRolePolicies",
  "ListAttachedUserPolicies",
  "ListDelegationRequests",
  "ListEntitiesForPolicy",
  "ListGroupPolicies",
  "ListGroups",
  "ListGroupsForUser",
  "ListInstanceProfileTags",
  "ListInstanceProfiles",
  "ListInstanceProfilesForRole",
  "ListMFADeviceTags",
  "ListMFADevices",
  "ListOpenIDConnectProviderTags",
  "ListOpenIDConnectProviders",
  "ListOrganizationsFeatures",
  "ListPolicies",
  "ListPoliciesGrantingServiceAccess",
  "ListPolicyTags",
  "ListPolicyVersions",
  "ListRolePolicies",
  "ListRoleTags",
  "ListRoles",
  "ListSAMLProviderTags",
  "ListSAMLProviders",
  "ListSSHPublicKeys",
  "ListServerCertificateTags",
  "ListServerCertificates",
  "ListServiceSpecificCredentials",
  "ListSigningCertificates",
  "ListUserPolicies",
  "ListUserTags",
  "ListUsers",
  "ListVirtualMFADevices",
];

const operations = Object.keys(iam).flatMap((name) => /^(\w+)Command$/.exec(name)?.[1] ?? []);
const classified = iamOperations.flatMap(({ calls }) => calls);

describe("every operation of the installed IAM client", () => {
  test("is in the table, or is known to read only", () => {
    expect(operations.length).toBeGreaterThan(150);
    const known = new Set([...classified, ...reads]);
    expect(operations.filter((name) => !known.has(name))).toEqual([]);
  });

  test("that is known to read only is called so", () => {
    expect(reads.filter((name) => !/^(Get|List)[A-Z]/.test(name))).toEqual([]);
    expect(reads.filter((name) => !operations.includes(name))).toEqual([]);
  });

  test("that names a role, a policy or a provider and changes it is watched", () => {
    const about = /Role|Policy|OpenIDConnectProvider/;
    const others = /User|Group|Account|Simulate|ServiceLinkedRole|InstanceProfile/;
    const watched = new Set([...callsOn("role"), ...callsOn("policy"), ...callsOn("provider")]);
    const changing = operations.filter((name) => !reads.includes(name) && about.test(name));
    expect(changing.filter((name) => !others.test(name) && !watched.has(name))).toEqual([]);
  });
});

describe("the table of calls", () => {
  test("names each call once, and none that only reads", () => {
    const all = [...classified, ...reads];
    expect(all.filter((name, index) => all.indexOf(name) !== index)).toEqual([]);
  });

  test("names no call that is not there", () => {
    expect(classified.filter((name) => !operations.includes(name))).toEqual(ahead);
  });

  test("has every call that the sandbox plays", () => {
    const surroundings = {
      directory: emptyDirectory("123456789012"),
      paging: () => "full" as const,
      keepMs: () => 0,
    };
    const played = [...sandboxIam(surroundings).operations.keys()];
    const known = new Set([...classified, ...reads]);
    expect(played.length).toBeGreaterThan(50);
    expect(played.filter((name) => !known.has(name))).toEqual([]);
  });

  const harmless = iamOperations.flatMap((group) =>
    group.changes === null ? [[group.calls, group.why] as const] : [],
  );

  test.each(harmless)("says why %j wakes nobody", (calls, why) => {
    for (const eventName of calls) {
      expect(
        wakeOf(withDetail(sampleEvent("iam-create-user"), { eventName }), "/oidc-reconciler"),
      ).toMatchObject({ scopes: [], ignored: `The call ${eventName} ${why}.` });
    }
  });
});
