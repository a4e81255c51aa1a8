import { policyName, roleName, type Written } from "../scenarios/documents.ts";
import { namedBy, providerArn } from "./callers.ts";
import type { GroundTargets } from "./ground.ts";
import type { Seen } from "./look.ts";
import { boundaries, grantsOf, type Operation, shown } from "./targets.ts";

/** The names of what a document asks for. */
export const namesOf = ({ role, policy, circleci }: Written) => ({
  role: role?.name ?? roleName,
  policy: policy?.name ?? policyName,
  provider: providerArn(circleci?.organizationId ?? ""),
});

/** What an environment's document is read with. */
export type Reading = {
  readonly prefix: string;
  readonly environment: string;
  /** The name of the parameter with its outputs. */
  readonly outputs: string;
  readonly targets: GroundTargets;
  readonly operations: readonly Operation[];
};

/** By document: most looks ask of the same ones. */
const known = new WeakMap<Written, WeakMap<Reading, ReadonlySet<string>>>();

/** What a document lets sessions do, within its boundary. */
export function desiredOperations(document: Written, reading: Reading): ReadonlySet<string> {
  const ofDocument = known.get(document) ?? new WeakMap<Reading, ReadonlySet<string>>();
  known.set(document, ofDocument);
  const operations = ofDocument.get(reading) ?? grantedBy(document, reading);
  ofDocument.set(reading, operations);
  return operations;
}

function grantedBy(document: Written, reading: Reading): ReadonlySet<string> {
  const granted = grantsOf(document, reading.outputs, reading.targets);
  const boundary = document.role?.permissionsBoundary;
  // The narrow boundary lets repositories and apps through, and nothing else.
  const through = (action: string) =>
    boundary !== boundaries.narrow || /^(ecr|amplify):/.test(action);
  return new Set(
    reading.operations
      .filter((each) => granted.has(shown(each)) && through(each.action))
      .map(shown),
  );
}

/** Role and policy as a document asks for them. */
export function desiredRole(document: Written, reading: Reading, now: Date) {
  const { role } = document;
  const names = namesOf(document);
  const tags = {
    "oidc-reconciler:environment": reading.environment,
    "oidc-reconciler:home": "us-east-1",
    "oidc-reconciler:prefix": reading.prefix,
  };
  return {
    role: {
      name: names.role,
      path: role?.path ?? "/",
      maxSessionSeconds: role?.maxSessionSeconds ?? 3600,
      boundary: role?.permissionsBoundary ?? null,
      tags: { ...role?.tags, ...tags },
      attached: [names.policy],
      inline: [],
      who: namedBy(document, now),
      what: desiredOperations(document, reading),
    },
    policyTags: tags,
  };
}

/** The same as they are. */
export function seenRole({ roles, policies }: Seen, document: Written) {
  const names = namesOf(document);
  return {
    role: roles.find(({ name }) => name === names.role),
    // Nothing hangs on the other tags of a policy, and they are left alone.
    policyTags: Object.fromEntries(
      Object.entries(policies.get(names.policy) ?? {}).filter(([key]) =>
        key.startsWith("oidc-reconciler:"),
      ),
    ),
  };
}

/**
 * The same without tags that the document leaves to others: where strangers tag too, and other documents
 * had the role, one that is there may be anybody's.
 */
export function seenRoleOfMany(seen: Seen, document: Written) {
  const { role, ...others } = seenRole(seen, document);
  if (role === undefined) return { role, ...others };
  const ignored = (document.role?.ignoreTags ?? []).map((key) => key.toLowerCase());
  const isLeft = (key: string) =>
    ignored.some((one) => (one.endsWith("*") ? key.startsWith(one.slice(0, -1)) : key === one));
  const tags = Object.entries(role.tags).filter(([key]) => !isLeft(key.toLowerCase()));
  return { role: { ...role, tags: Object.fromEntries(tags) }, ...others };
}

/** Who can do what, a line for each: whatever the role is called. */
export type Access = ReadonlySet<string>;

/**
 * The lines of a role, or of what a document asks of one. Tags that sessions carry are left out: what no
 * policy asks for opens nothing, and is reported as drift.
 */
export function accessLines(role: {
  readonly who: readonly string[];
  readonly what: ReadonlySet<string>;
  readonly maxSessionSeconds: number;
}): Access {
  const lines = new Set<string>();
  const lengths = [3600, 7200, 43_200].filter((length) => length <= role.maxSessionSeconds);
  for (const caller of role.who) {
    if (role.what.size === 0) continue;
    for (const length of lengths) lines.add(`${caller} stays for ${length} s`);
    for (const operation of role.what) lines.add(`${caller} does ${operation}`);
  }
  return lines;
}

/** Who could do what if this document were written. */
export function desiredAccess(document: Written, reading: Reading, now: Date): Access {
  return accessLines({
    who: namedBy(document, now),
    what: desiredOperations(document, reading),
    maxSessionSeconds: document.role?.maxSessionSeconds ?? 3600,
  });
}
