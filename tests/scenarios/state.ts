import {
  GetAccountAuthorizationDetailsCommand,
  GetOpenIDConnectProviderCommand,
  GetPolicyCommand,
  GetRoleCommand,
  type IAMClient,
  ListOpenIDConnectProvidersCommand,
  type Tag,
} from "@aws-sdk/client-iam";

export type ProviderState = {
  readonly audiences: readonly string[];
  readonly thumbprints: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
};

export type RoleState = {
  readonly arn: string;
  readonly trust: unknown;
  readonly description: string;
  readonly maxSessionSeconds: number;
  readonly boundary: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly attached: readonly string[];
  readonly inline: Readonly<Record<string, unknown>>;
};

export type PolicyState = {
  readonly document: unknown;
  readonly defaultVersion: string;
  readonly versions: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
};

/** IAM without the reconciler's own role, in an order that does not depend on when it was made. */
export type AccountState = {
  readonly providers: Readonly<Record<string, ProviderState>>;
  readonly roles: Readonly<Record<string, RoleState>>;
  /** By ARN. */
  readonly policies: Readonly<Record<string, PolicyState>>;
};

/** Roles that stand for the stack's own and are not part of what is compared. */
const ownRoles = /^oidc-reconciler-/;

export async function accountState(iam: IAMClient): Promise<AccountState> {
  const [details, providers] = await Promise.all([
    iam.send(new GetAccountAuthorizationDetailsCommand({ Filter: ["Role", "LocalManagedPolicy"] })),
    providerStates(iam),
  ]);
  const roles = (details.RoleDetailList ?? []).filter(
    ({ RoleName = "" }) => !ownRoles.test(RoleName),
  );
  const policies = details.Policies ?? [];
  return {
    providers,
    roles: sorted(
      await Promise.all(
        roles.map(async (role): Promise<[string, RoleState]> => {
          const name = role.RoleName ?? "";
          const { Role } = await iam.send(new GetRoleCommand({ RoleName: name }));
          const inline = (role.RolePolicyList ?? []).map(
            ({ PolicyName = "", PolicyDocument }): [string, unknown] => [
              PolicyName,
              decoded(PolicyDocument),
            ],
          );
          return [
            name,
            {
              arn: role.Arn ?? "",
              trust: decoded(role.AssumeRolePolicyDocument),
              description: Role?.Description ?? "",
              maxSessionSeconds: Role?.MaxSessionDuration ?? 3600,
              boundary: role.PermissionsBoundary?.PermissionsBoundaryArn ?? null,
              tags: tagsOf(role.Tags),
              attached: (role.AttachedManagedPolicies ?? [])
                .map(({ PolicyArn = "" }) => PolicyArn)
                .toSorted(),
              inline: sorted(inline),
            },
          ];
        }),
      ),
    ),
    policies: sorted(
      await Promise.all(
        policies.map(async (policy): Promise<[string, PolicyState]> => {
          const arn = policy.Arn ?? "";
          const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: arn }));
          const versions = policy.PolicyVersionList ?? [];
          return [
            arn,
            {
              document: decoded(
                versions.find(({ IsDefaultVersion }) => IsDefaultVersion)?.Document,
              ),
              defaultVersion: policy.DefaultVersionId ?? "",
              versions: versions.map(({ VersionId = "" }) => VersionId).toSorted(),
              tags: tagsOf(Policy?.Tags),
            },
          ];
        }),
      ),
    ),
  };
}

async function providerStates(iam: IAMClient): Promise<AccountState["providers"]> {
  const { OpenIDConnectProviderList = [] } = await iam.send(
    new ListOpenIDConnectProvidersCommand({}),
  );
  const states = OpenIDConnectProviderList.map(
    async ({ Arn = "" }): Promise<[string, ProviderState]> => {
      const { ClientIDList, ThumbprintList, Tags } = await iam.send(
        new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: Arn }),
      );
      return [
        Arn,
        {
          audiences: (ClientIDList ?? []).toSorted(),
          thumbprints: (ThumbprintList ?? []).toSorted(),
          tags: tagsOf(Tags),
        },
      ];
    },
  );
  return sorted(await Promise.all(states));
}

/** What is left when version numbers, which report only how often something was written, are out. */
export function withoutVersions(state: AccountState): unknown {
  const policies = Object.entries(state.policies).map(([arn, { document, tags }]) => [
    arn,
    { document, tags },
  ]);
  return { ...state, policies: Object.fromEntries(policies) };
}

function decoded(text: string | undefined): unknown {
  return JSON.parse(decodeURIComponent(text ?? "null"));
}

function tagsOf(tags: readonly Tag[] | undefined): Readonly<Record<string, string>> {
  return sorted((tags ?? []).map(({ Key = "", Value = "" }): [string, string] => [Key, Value]));
}

function sorted<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  return Object.fromEntries(entries.toSorted(([left], [right]) => (left < right ? -1 : 1)));
}
