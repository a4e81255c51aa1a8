import type { AdvancedFieldSelector } from "@aws-sdk/client-cloudtrail";
import {
  GetAccessKeyLastUsedCommand,
  ListOpenIDConnectProvidersCommand,
  paginateGetAccountAuthorizationDetails,
  paginateListAccessKeys,
  paginateListUsers,
  type RoleDetail,
} from "@aws-sdk/client-iam";
import type {
  AuditedAccount,
  AuditedKey,
  AuditedProvider,
  AuditedRole,
  AuditedTrail,
  TrailField,
  TrailSelectors,
} from "../audit/audited-account.ts";
import { parseArn } from "../aws/arn.ts";
import type { Fault } from "../aws/reading.ts";
import type { Clients } from "./clients.ts";
import { faultOf, isNamed } from "./faults.ts";
import { decodeDocument, tagsOf } from "./iam-forms.ts";
import { readProvider } from "./identity.ts";
import { trailClient } from "./trail.ts";

/** Reads what an audit looks at. A part that cannot be read is a fault and stops no other. */
export async function readAuditedAccount(
  clients: Clients,
  isCiUser: (name: string) => boolean,
): Promise<AuditedAccount> {
  const faults: Fault[] = [];
  const part = async <T, U>(
    call: string,
    read: () => Promise<T>,
    otherwise: (fault: Fault) => U,
  ): Promise<T | U> => {
    try {
      return await read();
    } catch (thrown) {
      const fault = faultOf(call, thrown);
      faults.push(fault);
      return otherwise(fault);
    }
  };
  const none = () => [];
  const [roles, providers, keys, trails] = await Promise.all([
    part(
      "iam:GetAccountAuthorizationDetails",
      async () => ({ roles: await readRoles(clients), rolesFault: null }),
      (rolesFault) => ({ roles: [], rolesFault }),
    ),
    part("iam:ListOpenIDConnectProviders", () => readCircleProviders(clients, faults), none),
    part("iam:ListUsers", () => readKeys(clients, isCiUser, faults), none),
    part(
      "cloudtrail:DescribeTrails",
      () => readTrails(clients, faults),
      () => null,
    ),
  ]);
  return { ...roles, providers, keys, trails, faults };
}

async function readRoles({ iam }: Clients): Promise<readonly AuditedRole[]> {
  const pages = await Array.fromAsync(
    paginateGetAccountAuthorizationDetails({ client: iam, pageSize: 1000 }, { Filter: ["Role"] }),
  );
  return pages.flatMap(({ RoleDetailList = [] }) => RoleDetailList.map(auditedRole));
}

function auditedRole(role: RoleDetail): AuditedRole {
  return {
    name: role.RoleName ?? "",
    arn: role.Arn ?? "",
    trustPolicy: decodeDocument(role.AssumeRolePolicyDocument),
    tags: tagsOf(role.Tags),
    createdAt: role.CreateDate?.toISOString() ?? null,
    lastUsedAt: role.RoleLastUsed?.LastUsedDate?.toISOString() ?? null,
  };
}

/** The account's OIDC providers for CircleCI; one that cannot be read is a fault. */
export async function readCircleProviders(
  clients: Clients,
  faults: Fault[],
): Promise<readonly AuditedProvider[]> {
  const list = await clients.iam.send(new ListOpenIDConnectProvidersCommand({}));
  const arns = (list.OpenIDConnectProviderList ?? []).flatMap(({ Arn }) => Arn ?? []);
  const readings = await Promise.all(
    arns
      .filter((arn) => parseArn(arn)?.resource.startsWith("oidc-provider/oidc.circleci.com"))
      .map((arn) => readProvider(clients, arn)),
  );
  return readings.flatMap((reading) => {
    if (reading.kind === "unreadable") faults.push(reading.fault);
    return reading.kind === "found" ? [reading.value] : [];
  });
}

/** The access keys of the users that CI may have. One user who cannot be read hides no other one's. */
async function readKeys(
  clients: Clients,
  isCiUser: (name: string) => boolean,
  faults: Fault[],
): Promise<readonly AuditedKey[]> {
  const pages = await Array.fromAsync(
    paginateListUsers({ client: clients.iam, pageSize: 1000 }, {}),
  );
  const users = pages.flatMap(({ Users = [] }) => Users.flatMap(({ UserName }) => UserName ?? []));
  const keys: AuditedKey[] = [];
  for (const user of users.filter(isCiUser)) {
    try {
      keys.push(...(await readKeysOf(clients, user)));
    } catch (thrown) {
      // A user who was deleted meanwhile has no keys.
      if (!isNamed(thrown, "NoSuchEntity"))
        faults.push(faultOf(`iam:ListAccessKeys of ${user}`, thrown));
    }
  }
  return keys;
}

async function readKeysOf({ iam }: Clients, user: string): Promise<readonly AuditedKey[]> {
  const pages = await Array.fromAsync(paginateListAccessKeys({ client: iam }, { UserName: user }));
  const keys = pages.flatMap(({ AccessKeyMetadata = [] }) => AccessKeyMetadata);
  return Promise.all(
    keys.map(async (key): Promise<AuditedKey> => {
      const id = key.AccessKeyId ?? "";
      const used = await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: id }));
      const service = used.AccessKeyLastUsed?.ServiceName;
      return {
        user,
        ending: id.slice(-4),
        active: key.Status === "Active",
        createdAt: key.CreateDate?.toISOString() ?? null,
        lastUsedAt: used.AccessKeyLastUsed?.LastUsedDate?.toISOString() ?? null,
        lastUsedService: service === undefined || service === "N/A" ? null : service,
      };
    }),
  );
}

async function readTrails(clients: Clients, faults: Fault[]): Promise<readonly AuditedTrail[]> {
  const { DescribeTrailsCommand, GetTrailStatusCommand } = await import("./sdk/cloudtrail.ts");
  const client = await trailClient(clients);
  const answer = await client.send(new DescribeTrailsCommand({}));
  return Promise.all(
    (answer.trailList ?? []).map(async (trail): Promise<AuditedTrail> => {
      const arn = trail.TrailARN ?? "";
      const [status, selectors] = await Promise.all([
        client.send(new GetTrailStatusCommand({ Name: arn })),
        readSelectors(clients, arn).catch((thrown: unknown) => {
          faults.push(faultOf(`cloudtrail:GetEventSelectors of ${arn}`, thrown));
          return null;
        }),
      ]);
      return {
        arn,
        logging: status.IsLogging === true,
        multiRegion: trail.IsMultiRegionTrail === true,
        globalEvents: trail.IncludeGlobalServiceEvents === true,
        selectors,
      };
    }),
  );
}

async function readSelectors(clients: Clients, arn: string): Promise<TrailSelectors> {
  const { GetEventSelectorsCommand } = await import("./sdk/cloudtrail.ts");
  const client = await trailClient(clients);
  const answer = await client.send(new GetEventSelectorsCommand({ TrailName: arn }));
  return {
    basic: (answer.EventSelectors ?? []).map((selector) => ({
      management: selector.IncludeManagementEvents !== false,
      readWrite: selector.ReadWriteType ?? "All",
    })),
    advanced: (answer.AdvancedEventSelectors ?? []).map(({ FieldSelectors }) =>
      (FieldSelectors ?? []).map(fieldOf),
    ),
  };
}

function fieldOf(selector: AdvancedFieldSelector): TrailField {
  const { Field, Equals, NotEquals, ...others } = selector;
  return {
    field: Field ?? "",
    equals: Equals ?? [],
    notEquals: NotEquals ?? [],
    other: Object.values(others).some((values) => (values ?? []).length > 0),
  };
}
