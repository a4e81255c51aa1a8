import {
  AddClientIDToOpenIDConnectProviderCommand,
  AttachRolePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  DeleteOpenIDConnectProviderCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  type IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  SetDefaultPolicyVersionCommand,
  TagPolicyCommand,
  TagRoleCommand,
  UntagOpenIDConnectProviderCommand,
  UntagPolicyCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
  UpdateRoleCommand,
  UpdateRoleDescriptionCommand,
} from "@aws-sdk/client-iam";
import { organization, shop } from "../scenarios/documents.ts";
import { providerArn } from "./callers.ts";
import { boundaries } from "./targets.ts";

/** Where somebody works: the names that an environment has now. */
export type Place = {
  readonly iam: IAMClient;
  readonly role: string;
  readonly policyArn: string;
  readonly provider: string;
};

const allow = (action: string, resource = "*"): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: action, Resource: resource }],
  });

const denyOlder = (at: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Deny",
        Action: "*",
        Resource: "*",
        Condition: { DateLessThan: { "aws:TokenIssueTime": at } },
      },
    ],
  });

const trust = (statement: object): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });

const host = `oidc.circleci.com/org/${organization}`;
const trustJobs = (subject: string): string =>
  trust({
    Principal: { Federated: providerArn(organization) },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: {
      StringEquals: { [`${host}:aud`]: organization },
      StringLike: { [`${host}:sub`]: subject },
    },
  });
const trustAnybody = trust({ Principal: { AWS: "*" }, Action: "sts:AssumeRole" });
const trustNobody = trust({
  Principal: { AWS: "arn:aws:iam::123456789012:root" },
  Action: "sts:AssumeRole",
  Condition: { StringEquals: { "aws:PrincipalTag/nobody": "here" } },
});

const readOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess";

/** What people and bots do to what the loop manages, by what the story says of it. */
const drifts = {
  "opens the trust policy to everybody": ({ iam, role }) => iam.send(setTrust(role, trustAnybody)),
  "lets every project in": ({ iam, role }) =>
    iam.send(setTrust(role, trustJobs(`org/${organization}/project/*`))),
  "lets every ref of shop in": ({ iam, role }) =>
    iam.send(setTrust(role, trustJobs(`org/${organization}/project/${shop}/user/*`))),
  "lets nobody in": ({ iam, role }) => iam.send(setTrust(role, trustNobody)),
  "adds an inline policy that allows everything": ({ iam, role }) =>
    iam.send(putInline(role, "debug", allow("*"))),
  "adds an inline policy that reads a bucket": ({ iam, role }) =>
    iam.send(putInline(role, "bucket", allow("s3:GetObject"))),
  "revokes active sessions": ({ iam, role }, now) =>
    iam.send(putInline(role, "AWSRevokeOlderSessions", denyOlder(now.toISOString()))),
  "takes the inline policies off": async ({ iam, role }) => {
    for (const PolicyName of ["debug", "bucket", "AWSRevokeOlderSessions"]) {
      await iam.send(new DeleteRolePolicyCommand({ RoleName: role, PolicyName })).catch(isRefusal);
    }
  },
  "attaches ReadOnlyAccess": ({ iam, role }) =>
    iam.send(new AttachRolePolicyCommand({ RoleName: role, PolicyArn: readOnly })),
  "attaches a boundary as a policy": ({ iam, role }) =>
    iam.send(new AttachRolePolicyCommand({ RoleName: role, PolicyArn: boundaries.wide })),
  "detaches the policy": ({ iam, role, policyArn }) =>
    iam.send(new DetachRolePolicyCommand({ RoleName: role, PolicyArn: policyArn })),
  "makes a policy version that allows everything": ({ iam, policyArn }) =>
    iam.send(newVersion(policyArn, allow("*"), true)),
  "makes a policy version that allows little": ({ iam, policyArn }) =>
    iam.send(newVersion(policyArn, allow("ecr:GetAuthorizationToken"), true)),
  "keeps a wide policy version in store": ({ iam, policyArn }) =>
    iam.send(newVersion(policyArn, allow("*"), false)),
  "makes policy version 2 the default": ({ iam, policyArn }) =>
    iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn: policyArn, VersionId: "v2" })),
  "deletes policy version 1": ({ iam, policyArn }) =>
    iam.send(new DeletePolicyVersionCommand({ PolicyArn: policyArn, VersionId: "v1" })),
  "sets the wide boundary": ({ iam, role }) => iam.send(setBoundary(role, boundaries.wide)),
  "sets the narrow boundary": ({ iam, role }) => iam.send(setBoundary(role, boundaries.narrow)),
  "removes the boundary": ({ iam, role }) =>
    iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: role })),
  "makes sessions last twelve hours": ({ iam, role }) =>
    iam.send(new UpdateRoleCommand({ RoleName: role, MaxSessionDuration: 43_200 })),
  "makes sessions last an hour": ({ iam, role }) =>
    iam.send(new UpdateRoleCommand({ RoleName: role, MaxSessionDuration: 3600 })),
  "describes the role": ({ iam, role }) =>
    iam.send(new UpdateRoleDescriptionCommand({ RoleName: role, Description: "mine" })),
  "tags the role": ({ iam, role }) => iam.send(tagRole(role, "cost-centre", "7")),
  "tags the role with team": ({ iam, role }) => iam.send(tagRole(role, "team", "admins")),
  "says that the platform team manages the role": ({ iam, role }) =>
    iam.send(tagRole(role, "managed-by", "platform")),
  "claims the role for another environment": ({ iam, role }) =>
    iam.send(tagRole(role, "oidc-reconciler:environment", "elsewhere")),
  "takes all tags off the role": ({ iam, role }) =>
    iam.send(new UntagRoleCommand({ RoleName: role, TagKeys: [...ownTagKeys, "team"] })),
  "tags the policy": ({ iam, policyArn }) =>
    iam.send(
      new TagPolicyCommand({ PolicyArn: policyArn, Tags: [{ Key: "cost-centre", Value: "7" }] }),
    ),
  "takes all tags off the policy": ({ iam, policyArn }) =>
    iam.send(new UntagPolicyCommand({ PolicyArn: policyArn, TagKeys: ownTagKeys })),
  "adds an audience": ({ iam, provider }) =>
    iam.send(
      new AddClientIDToOpenIDConnectProviderCommand({
        OpenIDConnectProviderArn: provider,
        ClientID: "sts.amazonaws.com",
      }),
    ),
  "removes an audience": ({ iam, provider }) =>
    iam.send(
      new RemoveClientIDFromOpenIDConnectProviderCommand({
        OpenIDConnectProviderArn: provider,
        ClientID: organization,
      }),
    ),
  "pins another thumbprint": ({ iam, provider }) =>
    iam.send(
      new UpdateOpenIDConnectProviderThumbprintCommand({
        OpenIDConnectProviderArn: provider,
        ThumbprintList: ["c".repeat(40)],
      }),
    ),
  "takes all tags off the provider": ({ iam, provider }) =>
    iam.send(
      new UntagOpenIDConnectProviderCommand({
        OpenIDConnectProviderArn: provider,
        TagKeys: ownTagKeys,
      }),
    ),
  "deletes the provider": ({ iam, provider }) =>
    iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: provider })),
  "deletes the role": deleteRole,
  "deletes the policy": deletePolicy,
  "re-creates the role open to everybody": async (place) => {
    await deleteRole(place);
    const { iam, role } = place;
    await iam.send(
      new CreateRoleCommand({ RoleName: role, AssumeRolePolicyDocument: trustAnybody }),
    );
    await iam.send(putInline(role, "debug", allow("*")));
  },
} as const satisfies Readonly<Record<string, (place: Place, now: Date) => Promise<unknown>>>;

export type DriftName = keyof typeof drifts;

export const driftNames: readonly DriftName[] = Object.keys(drifts).filter(
  (name): name is DriftName => name in drifts,
);

const ownTagKeys = [
  "oidc-reconciler:environment",
  "oidc-reconciler:prefix",
  "oidc-reconciler:home",
];

/** Does it, where IAM lets anybody do that now. */
export async function drift(name: DriftName, place: Place, now: Date): Promise<void> {
  const does: (place: Place, now: Date) => Promise<unknown> = drifts[name];
  await does(place, now).catch(isRefusal);
}

/** What IAM refuses by its own rules leaves everything as it is. */
export function isRefusal(thrown: unknown): void {
  const refused =
    /NoSuchEntity|DeleteConflict|LimitExceeded|EntityAlreadyExists|InvalidInput|NotFound|AlreadyExists|InUse|TooMany|Validation|InvalidRequest|InvalidState|Conflict/;
  if (!(thrown instanceof Error) || !refused.test(thrown.name)) throw thrown;
}

function setTrust(RoleName: string, PolicyDocument: string) {
  return new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument });
}

function putInline(RoleName: string, PolicyName: string, PolicyDocument: string) {
  return new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument });
}

function newVersion(PolicyArn: string, PolicyDocument: string, SetAsDefault: boolean) {
  return new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault });
}

function setBoundary(RoleName: string, PermissionsBoundary: string) {
  return new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary });
}

function tagRole(RoleName: string, Key: string, Value: string) {
  return new TagRoleCommand({ RoleName, Tags: [{ Key, Value }] });
}

async function deleteRole({ iam, role, policyArn }: Place): Promise<void> {
  const RoleName = role;
  for (const PolicyArn of [policyArn, readOnly, boundaries.wide]) {
    await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })).catch(isRefusal);
  }
  for (const PolicyName of ["debug", "bucket", "AWSRevokeOlderSessions"]) {
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })).catch(isRefusal);
  }
  await iam.send(new DeleteRoleCommand({ RoleName }));
}

async function deletePolicy({ iam, role, policyArn }: Place): Promise<void> {
  const detach = new DetachRolePolicyCommand({ RoleName: role, PolicyArn: policyArn });
  await iam.send(detach).catch(isRefusal);
  for (const VersionId of ["v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8"]) {
    const version = new DeletePolicyVersionCommand({ PolicyArn: policyArn, VersionId });
    await iam.send(version).catch(isRefusal);
  }
  await iam.send(new DeletePolicyCommand({ PolicyArn: policyArn }));
}
