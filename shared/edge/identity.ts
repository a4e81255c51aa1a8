import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  paginateListAttachedRolePolicies,
  paginateListPolicyVersions,
  paginateListRolePolicies,
  type Role,
} from "@aws-sdk/client-iam";
import type { Fault, PartReading, Reading } from "../aws/reading.ts";
import type {
  ObservedPolicy,
  ObservedPolicyVersion,
  ObservedProvider,
  ObservedRole,
  Tags,
} from "../plan/observed.ts";
import type { Clients } from "./clients.ts";
import { faultOf, isNamed } from "./faults.ts";
import { decodeDocument, tagsOf } from "./iam-forms.ts";
import { getProvider } from "./provider-settings.ts";

/** Runs a read and sorts its outcome: found, absent (`NoSuchEntity`), or unreadable and why. */
async function reading<T>(call: string, read: () => Promise<T>): Promise<Reading<T>> {
  try {
    return { kind: "found", value: await read() };
  } catch (thrown) {
    if (isNamed(thrown, "NoSuchEntity")) return { kind: "absent" };
    return { kind: "unreadable", fault: faultOf(call, thrown) };
  }
}

/** Reads a part; one that is refused leaves `otherwise` in its place. */
type ReadPart = <T, Without>(
  call: string,
  read: () => Promise<T>,
  otherwise: Without,
) => Promise<T | Without>;

/** Reads what has several parts: one that cannot be read hides no other. */
async function readingParts<T>(
  call: string,
  read: (part: ReadPart) => Promise<T>,
): Promise<PartReading<T>> {
  const missed: Fault[] = [];
  const whole = await reading(call, () =>
    read(async (partCall, readPart, otherwise) => {
      try {
        return await readPart();
      } catch (thrown) {
        // What is not there any more says something of the whole.
        if (isNamed(thrown, "NoSuchEntity")) throw thrown;
        missed.push(faultOf(partCall, thrown));
        return otherwise;
      }
    }),
  );
  // The same one each time, whichever answer came first.
  const [fault] = missed.toSorted((one, other) => (one.message < other.message ? -1 : 1));
  if (whole.kind !== "found" || fault === undefined) return whole;
  return { kind: "unreadable", fault, seen: whole.value };
}

/** A provider with its audiences, thumbprints and tags, and whatever else is set on it. */
export function readProvider(clients: Clients, arn: string): Promise<Reading<ObservedProvider>> {
  return reading(`iam:GetOpenIDConnectProvider ${arn}`, async () => {
    const { answer, settings } = await getProvider(clients.iam, arn);
    return {
      arn,
      audiences: answer.ClientIDList ?? [],
      thumbprints: answer.ThumbprintList ?? [],
      tags: tagsOf(answer.Tags),
      settings,
    };
  });
}

/** What the first answers of a reading say, before the reading is whole. */
type Begun = {
  readonly tags: Tags;
  readonly attached: readonly string[];
  /** The text of the trust policy; empty for a policy. */
  readonly trust: string;
};

type ReadingRole = {
  /** Called with what the first three reads say, while the documents are read. */
  readonly begun?: (first: Begun) => void;
  /** Inline policies that the role most likely has: read at the same time, which saves a round trip. */
  readonly likely?: readonly string[];
};

/** IAM refuses to look for any other name, and such a role is not there: a forged record or status may have one. */
const roleName = /^[A-Za-z0-9_+=,.@-]{1,64}$/;

/**
 * A role with all that it holds: three reads at once, then its inline documents, if any. What GetRole shows is
 * seen even where another read is refused.
 */
export function readRole(
  clients: Clients,
  name: string,
  { begun = () => undefined, likely = [] }: ReadingRole = {},
): Promise<PartReading<ObservedRole>> {
  if (!roleName.test(name)) return Promise.resolve({ kind: "absent" });
  return readingParts(`iam:GetRole ${name}`, async (part) => {
    const early = readOnce(likely, (policy) => readInline(clients, name, policy));
    const asked = clients.iam.send(new GetRoleCommand({ RoleName: name }));
    const lists = () =>
      Promise.all([
        part(`iam:ListAttachedRolePolicies ${name}`, () => listAttached(clients, name), []),
        part(`iam:ListRolePolicies ${name}`, () => listInline(clients, name), []),
      ]);
    const again = async (thrown: unknown) => {
      if (!isNamed(thrown, "NoSuchEntity")) throw thrown;
      // A role that is there has lists: one of the two answers is of another moment.
      await asked;
      return lists();
    };
    const [role, [attached, inline]] = await Promise.all([asked, lists().catch(again)]);
    const found = role.Role;
    const trustPolicy = decodeDocument(found?.AssumeRolePolicyDocument);
    begun({ tags: tagsOf(found?.Tags), attached, trust: trustPolicy });
    const documents = await Promise.all(
      inline.map((policy) =>
        part(`iam:GetRolePolicy ${name} ${policy}`, () => early(policy), {
          name: policy,
          document: null,
        }),
      ),
    );
    return {
      name: found?.RoleName ?? name,
      arn: found?.Arn ?? "",
      path: found?.Path ?? "/",
      trustPolicy,
      description: found?.Description ?? "",
      maxSessionSeconds: found?.MaxSessionDuration ?? 3600,
      permissionsBoundary: found?.PermissionsBoundary?.PermissionsBoundaryArn ?? null,
      tags: tagsOf(found?.Tags),
      attached,
      inline: documents,
      template: templateOf(found),
    };
  });
}

/** Begins to read what is likely, and reads the rest when it is asked for; what fails is read again. */
function readOnce<Value>(
  likely: readonly string[],
  read: (key: string) => Promise<Value>,
): (key: string) => Promise<Value> {
  const begun = new Map(likely.map((key) => [key, read(key).catch(() => null)] as const));
  return async (key) => (await begun.get(key)) ?? read(key);
}

/** The role template that a role was created from; `null` where there was none. */
export function readTemplate(clients: Clients, name: string): Promise<Reading<string | null>> {
  return reading(`iam:GetRole ${name}`, async () => {
    const { Role } = await clients.iam.send(new GetRoleCommand({ RoleName: name }));
    return templateOf(Role);
  });
}

function templateOf(role: Role | undefined): string | null {
  const source = role?.SourceRoleTemplate;
  return source === undefined ? null : (source.TemplateArn ?? "an unnamed role template");
}

/** A role without its policies, for a caller that may read nothing else of it. */
export function readRoleAlone(
  clients: Clients,
  name: string,
): Promise<Reading<Pick<ObservedRole, "arn" | "trustPolicy" | "maxSessionSeconds" | "tags">>> {
  return reading(`iam:GetRole ${name}`, async () => {
    const { Role } = await clients.iam.send(new GetRoleCommand({ RoleName: name }));
    return {
      arn: Role?.Arn ?? "",
      trustPolicy: decodeDocument(Role?.AssumeRolePolicyDocument),
      maxSessionSeconds: Role?.MaxSessionDuration ?? 3600,
      tags: tagsOf(Role?.Tags),
    };
  });
}

async function listAttached({ iam }: Clients, roleName: string): Promise<readonly string[]> {
  const pages = await Array.fromAsync(
    paginateListAttachedRolePolicies({ client: iam }, { RoleName: roleName }),
  );
  return pages.flatMap(({ AttachedPolicies = [] }) =>
    AttachedPolicies.flatMap(({ PolicyArn }) => PolicyArn ?? []),
  );
}

async function listInline({ iam }: Clients, roleName: string): Promise<readonly string[]> {
  const pages = await Array.fromAsync(
    paginateListRolePolicies({ client: iam }, { RoleName: roleName }),
  );
  return pages.flatMap(({ PolicyNames = [] }) => PolicyNames);
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
 * A managed policy with its default version's document, which is seen even where the list of versions is refused,
 * or, where they are listed, GetPolicy is.
 *
 * @param likely versions that are most likely needed, such as the default one as it was last seen: read
 *   at the same time as the policy itself, which saves a round trip
 * @param withVersions also lists the versions in the first round trip, and reads in the second
 *   those that are neither the default nor `known`
 */
export function readPolicy(
  clients: Clients,
  arn: string,
  likely: readonly string[] = [],
  { withVersions = false, known = noneKnown, begun = () => undefined }: ReadingVersions = {},
): Promise<PartReading<ObservedPolicy>> {
  return readingParts(`iam:GetPolicy ${arn}`, async (part) => {
    const early = readOnce([...new Set(likely)], (id) => readPolicyVersion(clients, arn, id));
    const asked = clients.iam.send(new GetPolicyCommand({ PolicyArn: arn }));
    const [answer, listed] = await Promise.all([
      part(`iam:GetPolicy ${arn}`, () => asked, null),
      withVersions
        ? part(`iam:ListPolicyVersions ${arn}`, () => listVersions(clients, arn), null)
        : null,
    ]);
    const policy = answer === null ? null : (answer.Policy ?? {});
    const listedDefault = listed?.find(({ isDefault }) => isDefault)?.id;
    // Where the list of versions does not say either which is in force, nothing of the policy is seen.
    if (policy === null && listedDefault === undefined) await asked;
    if (policy !== null) begun({ tags: tagsOf(policy.Tags), attached: [], trust: "" });
    const defaultVersion = policy?.DefaultVersionId ?? listedDefault ?? "v1";
    const [{ document }, versions] = await Promise.all([
      early(defaultVersion),
      listed === null ? null : withDocuments(listed, known, early),
    ]);
    return {
      arn,
      name: policy?.PolicyName ?? arn.slice(arn.lastIndexOf("/") + 1),
      defaultVersion,
      document,
      attachmentCount: policy?.AttachmentCount ?? 0,
      boundaryUsageCount: policy?.PermissionsBoundaryUsageCount ?? 0,
      ...(policy === null ? { uncounted: true } : {}),
      tags: policy === null ? null : tagsOf(policy.Tags),
      versions,
    };
  });
}

/** The tags of a managed policy, which no listing of the account shows; `null` where they cannot be read. */
export async function readPolicyTags({ iam }: Clients, arn: string): Promise<Tags | null> {
  return iam.send(new GetPolicyCommand({ PolicyArn: arn })).then(
    ({ Policy }) => tagsOf(Policy?.Tags),
    () => null,
  );
}

/** Ids of versions that are remembered to grant no more than is desired, and need no reading. */
type KnownVersions = ReadonlyMap<string, "safe">;

type ReadingVersions = {
  readonly withVersions?: boolean;
  readonly known?: KnownVersions;
  /** Called with the tags, while the documents are read. */
  readonly begun?: (first: Begun) => void;
};

const noneKnown: KnownVersions = new Map();

/**
 * What a managed policy grants: the document of its default version. Most policies never had another
 * than the first, which says whether it is the default one.
 */
export function readPolicyText(clients: Clients, arn: string): Promise<Reading<string>> {
  return reading(`iam:GetPolicy ${arn}`, async () => {
    const first = await readPolicyVersion(clients, arn, "v1").catch(() => null);
    if (first?.isDefault === true) return first.document;
    const { Policy } = await clients.iam.send(new GetPolicyCommand({ PolicyArn: arn }));
    return (await readPolicyVersion(clients, arn, Policy?.DefaultVersionId ?? "v1")).document;
  });
}

type PolicyVersion = { readonly document: string; readonly isDefault: boolean };

async function readPolicyVersion(
  clients: Clients,
  arn: string,
  version: string,
): Promise<PolicyVersion> {
  const { PolicyVersion } = await clients.iam.send(
    new GetPolicyVersionCommand({ PolicyArn: arn, VersionId: version }),
  );
  return {
    document: decodeDocument(PolicyVersion?.Document),
    isDefault: PolicyVersion?.IsDefaultVersion === true,
  };
}

/**
 * All versions, at most five, with the documents of those that are neither the default nor known.
 * One that cannot be read has none, and counts as granting too much.
 */
function withDocuments(
  listed: readonly ListedVersion[],
  known: KnownVersions,
  read: (id: string) => Promise<PolicyVersion>,
): Promise<readonly ObservedPolicyVersion[]> {
  return Promise.all(
    listed.map(async (version): Promise<ObservedPolicyVersion> => {
      if (version.isDefault) return { ...version, document: null };
      if (known.has(version.id)) return { ...version, document: null, knownSafe: true };
      // Without its document a version counts as granting everything; GetPolicy reports the error.
      const { document } = await read(version.id).catch(() => ({ document: null }));
      return { ...version, document };
    }),
  );
}

type ListedVersion = Omit<ObservedPolicyVersion, "document" | "knownSafe">;

async function listVersions({ iam }: Clients, arn: string): Promise<readonly ListedVersion[]> {
  const pages = await Array.fromAsync(
    paginateListPolicyVersions({ client: iam }, { PolicyArn: arn }),
  );
  const versions = pages.flatMap(({ Versions = [] }) =>
    Versions.map(({ VersionId = "", IsDefaultVersion = false, CreateDate }) => ({
      id: VersionId,
      isDefault: IsDefaultVersion,
      createdAt: CreateDate?.toISOString() ?? "",
    })),
  );
  if (!versions.some(({ isDefault }) => isDefault)) throw new TypeError("no default");
  return versions;
}
