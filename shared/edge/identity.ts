import {
  GetOpenIDConnectProviderCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListPolicyVersionsCommand,
  ListRolePoliciesCommand,
  type Tag,
} from "@aws-sdk/client-iam";
import type {
  ObservedPolicy,
  ObservedPolicyVersion,
  ObservedProvider,
  ObservedRole,
  Reading,
  Tags,
} from "../plan/observed.ts";
import type { Clients } from "./clients.ts";
import { faultOf, isNamed } from "./faults.ts";

/** IAM returns documents percent-encoded by RFC 3986; a text that is not encoded stays as it is. */
export function decodeDocument(text: string | undefined): string {
  if (text === undefined) return "";
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function tagsOf(tags: readonly Tag[] | undefined): Tags {
  return Object.fromEntries((tags ?? []).map((tag) => [tag.Key ?? "", tag.Value ?? ""]));
}

/** Runs a read and sorts its outcome: found, absent (`NoSuchEntity`), or unreadable with why. */
async function reading<T>(call: string, read: () => Promise<T>): Promise<Reading<T>> {
  try {
    return { kind: "found", value: await read() };
  } catch (thrown) {
    if (isNamed(thrown, "NoSuchEntity")) return { kind: "absent" };
    return { kind: "unreadable", fault: faultOf(call, thrown) };
  }
}

export function readProvider(clients: Clients, arn: string): Promise<Reading<ObservedProvider>> {
  return reading(`iam:GetOpenIDConnectProvider ${arn}`, async () => {
    const answer = await clients.iam.send(
      new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }),
    );
    return {
      arn,
      audiences: answer.ClientIDList ?? [],
      thumbprints: answer.ThumbprintList ?? [],
      tags: tagsOf(answer.Tags),
    };
  });
}

/** A role with all that it holds: three reads at once, then its inline documents, if any. */
export function readRole(clients: Clients, name: string): Promise<Reading<ObservedRole>> {
  return reading(`iam:GetRole ${name}`, async () => {
    const [role, attached, inline] = await Promise.all([
      clients.iam.send(new GetRoleCommand({ RoleName: name })),
      listAttached(clients, name),
      listInline(clients, name),
    ]);
    const documents = await Promise.all(inline.map((policy) => readInline(clients, name, policy)));
    const found = role.Role;
    return {
      name: found?.RoleName ?? name,
      arn: found?.Arn ?? "",
      path: found?.Path ?? "/",
      trustPolicy: decodeDocument(found?.AssumeRolePolicyDocument),
      description: found?.Description ?? "",
      maxSessionSeconds: found?.MaxSessionDuration ?? 3600,
      permissionsBoundary: found?.PermissionsBoundary?.PermissionsBoundaryArn ?? null,
      tags: tagsOf(found?.Tags),
      attached,
      inline: documents,
    };
  });
}

/** A role's trust policy alone, for whoever may read no more of it. */
export function readTrustPolicy(clients: Clients, name: string): Promise<Reading<string>> {
  return reading(`iam:GetRole ${name}`, async () => {
    const { Role } = await clients.iam.send(new GetRoleCommand({ RoleName: name }));
    return decodeDocument(Role?.AssumeRolePolicyDocument);
  });
}

async function listAttached(clients: Clients, role: string): Promise<readonly string[]> {
  const arns: string[] = [];
  let marker: string | undefined;
  do {
    const page = await clients.iam.send(
      new ListAttachedRolePoliciesCommand({
        RoleName: role,
        ...(marker === undefined ? {} : { Marker: marker }),
      }),
    );
    arns.push(...(page.AttachedPolicies ?? []).flatMap(({ PolicyArn }) => PolicyArn ?? []));
    marker = page.IsTruncated ? page.Marker : undefined;
  } while (marker !== undefined);
  return arns;
}

async function listInline(clients: Clients, role: string): Promise<readonly string[]> {
  const names: string[] = [];
  let marker: string | undefined;
  do {
    const page = await clients.iam.send(
      new ListRolePoliciesCommand({
        RoleName: role,
        ...(marker === undefined ? {} : { Marker: marker }),
      }),
    );
    names.push(...(page.PolicyNames ?? []));
    marker = page.IsTruncated ? page.Marker : undefined;
  } while (marker !== undefined);
  return names;
}

async function readInline(
  clients: Clients,
  role: string,
  policy: string,
): Promise<{ readonly name: string; readonly document: string }> {
  const answer = await clients.iam.send(
    new GetRolePolicyCommand({ RoleName: role, PolicyName: policy }),
  );
  return { name: policy, document: decodeDocument(answer.PolicyDocument) };
}

/**
 * A managed policy with its default version's document.
 *
 * @param likelyVersion the default version as it was last seen: read at the same time as the
 *   policy itself, which saves a round trip when it still is
 */
export function readPolicy(
  clients: Clients,
  arn: string,
  likelyVersion: string | null,
): Promise<Reading<ObservedPolicy>> {
  return reading(`iam:GetPolicy ${arn}`, async () => {
    const [answer, likely] = await Promise.all([
      clients.iam.send(new GetPolicyCommand({ PolicyArn: arn })),
      likelyVersion === null ? null : readVersionIfThere(clients, arn, likelyVersion),
    ]);
    const defaultVersion = answer.Policy?.DefaultVersionId ?? "v1";
    const document =
      likely !== null && likelyVersion === defaultVersion
        ? likely
        : await readPolicyVersion(clients, arn, defaultVersion);
    return {
      arn,
      name: answer.Policy?.PolicyName ?? "",
      defaultVersion,
      document,
      attachmentCount: answer.Policy?.AttachmentCount ?? 0,
      tags: tagsOf(answer.Policy?.Tags),
      versions: null,
    };
  });
}

async function readPolicyVersion(clients: Clients, arn: string, version: string): Promise<string> {
  const answer = await clients.iam.send(
    new GetPolicyVersionCommand({ PolicyArn: arn, VersionId: version }),
  );
  return decodeDocument(answer.PolicyVersion?.Document);
}

async function readVersionIfThere(
  clients: Clients,
  arn: string,
  version: string,
): Promise<string | null> {
  try {
    return await readPolicyVersion(clients, arn, version);
  } catch {
    // Only a guess that saves a round trip: the policy itself tells what went wrong, if anything.
    return null;
  }
}

export function readPolicyVersions(
  clients: Clients,
  arn: string,
): Promise<Reading<readonly ObservedPolicyVersion[]>> {
  return reading(`iam:ListPolicyVersions ${arn}`, async () => {
    const versions: ObservedPolicyVersion[] = [];
    let marker: string | undefined;
    do {
      const page = await clients.iam.send(
        new ListPolicyVersionsCommand({
          PolicyArn: arn,
          ...(marker === undefined ? {} : { Marker: marker }),
        }),
      );
      for (const version of page.Versions ?? []) {
        versions.push({
          id: version.VersionId ?? "",
          isDefault: version.IsDefaultVersion ?? false,
          createdAt: version.CreateDate?.toISOString() ?? "",
        });
      }
      marker = page.IsTruncated ? page.Marker : undefined;
    } while (marker !== undefined);
    return versions;
  });
}
