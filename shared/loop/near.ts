import { seenIn } from "../aws/reading.ts";
import { isEnvironmentName } from "../document/name.ts";
import { readPolicy, readPolicyText, readProvider, readRole } from "../edge/identity.ts";
import { standsAlone } from "../plan/alone.ts";
import { type ControlEntry, isQuiet, unique } from "../plan/control.ts";
import type { Tags } from "../plan/observed.ts";
import { environmentTag, homeTag, prefixTag } from "../plan/ownership.ts";
import { type Account, outputsParameter } from "../trust/index.ts";
import {
  mayBeOwnPolicy,
  mayBeOwnProvider,
  mayBeOwnRole,
  type Scope,
  type Wake,
} from "../wake/index.ts";
import { isWatchedAffected } from "./affected.ts";
import { type Listing, listingAt, ownersIn } from "./memory.ts";
import { aheadOf, namedIn, newVersions, type ReadAhead } from "./read-ahead.ts";
import { recordParameter } from "./records.ts";
import type { RunInput } from "./run-input.ts";

/** More are not looked up one by one: a burst of events may as well look at everything. */
const nearMax = 10;

/** Of as many policies of a role without our tags the tags are read, and of as many roles of such a policy. */
const besideMax = 2;

/** The environments that a wake is about, as far as their names could be found. */
export type Located = {
  readonly names: readonly string[];
  /** Roles and policies that must have been written for one of these. */
  readonly owned: readonly Scope[];
  /** Those of them that a run has read before, and of which it is known what is to be looked at. */
  readonly remembered: readonly ControlEntry[];
};

/**
 * Finds which environments a wake is about without a look at all of them: a document's event names
 * its environment, a role or policy carries the name as a tag, and what this process remembers of the
 * last run spares even that look. A name that is found is only where to look first.
 *
 * @param ahead takes what was read of roles and policies on the way
 * @returns `null` where only a listing of all environments shows it
 */
export async function locate(
  input: Pick<RunInput, "clients" | "installation" | "memory" | "wake">,
  account: Account | null,
  ahead: ReadAhead,
): Promise<Located | null> {
  const { wake, memory } = input;
  const listing = listingAt(memory, input.clients.time.now());
  const locating = { ...input, listing, account, ahead, seen: new Map() };
  const found = await Promise.all(wake.scopes.map((scope) => locateScope(scope, locating)));
  if (found.some((each) => each === null)) return null;
  const names = [...new Set(found.flatMap((each) => each ?? []))];
  if (names.length > nearMax) return null;
  const owned = wake.scopes.filter(
    ({ kind }, index) => (kind === "role" || kind === "policy") && found[index]?.length !== 0,
  );
  const remembered = names.flatMap((name) => memory?.entries.get(name) ?? []);
  const isSure = (entry: ControlEntry) => isQuiet(entry) || standsAlone(entry);
  return { names, owned, remembered: remembered.filter(isSure) };
}

type Locating = Pick<RunInput, "clients" | "installation" | "memory"> & {
  readonly listing: Listing | null;
  readonly account: Account | null;
  readonly ahead: ReadAhead;
  /** What was seen first of roles and policies; several events may lead to one. */
  readonly seen: Map<string, Promise<Seen | null>>;
};

async function locateScope(scope: Scope, given: Locating): Promise<readonly string[] | null> {
  switch (scope.kind) {
    case "named":
      return scope.environments;
    case "role":
      return ownerOf("role", scope.name, given);
    case "policy":
      return ownerOf("policy", scope.arn, given);
    case "target":
      return targetOwners(scope, given);
    // A provider is shared by all of its organisation.
    case "provider":
    case "every":
      return null;
    default:
      return scope satisfies never;
  }
}

/** By what is remembered, or else by the tags of the role or policy itself. */
async function ownerOf(
  kind: "role" | "policy",
  id: string,
  given: Locating,
): Promise<readonly string[] | null> {
  const { memory, listing } = given;
  const known = memory === undefined ? [] : ownersIn(memory, kind, id.split("/").at(-1) ?? id);
  if (known.length > 0) return known;
  const seen = await seenOf(kind, id, given);
  const tagged = seen === null ? undefined : environmentIn(seen.tags, given);
  if (tagged !== undefined) return [tagged];
  // It is nobody's, by its tags and by all environments as they were listed last.
  if (listing !== null) return [];
  const beside = await ownersBeside(kind, id, { ...given, attached: seen?.attached ?? [] });
  return beside.length > 0 ? beside : null;
}

/**
 * Of a role without our tags the environments of the policies that it holds, or held until a moment ago; of a policy
 * those of the roles that did.
 */
async function ownersBeside(
  kind: "role" | "policy",
  id: string,
  { attached, ...given }: Locating & Pick<Seen, "attached">,
): Promise<readonly string[]> {
  const isRole = kind === "role";
  const [about, wanted] = isRole ? ["roleName", "policyArn"] : ["policyArn", "roleName"];
  const called = ["AttachRolePolicy", "DetachRolePolicy"].flatMap((call) =>
    namedIn(given.ahead, call, [about, id], wanted),
  );
  const own = unique([...attached, ...called]).filter((each) =>
    (isRole ? mayBeOwnPolicy : mayBeOwnRole)(each, given.installation),
  );
  // Somebody else's role may hold any number of policies.
  const seen = await Promise.all(
    own.slice(0, besideMax).map((each) => seenOf(isRole ? "policy" : "role", each, given)),
  );
  return unique(
    seen.flatMap((each) => (each === null ? [] : (environmentIn(each.tags, given) ?? []))),
  );
}

function environmentIn(
  tags: Tags,
  { installation: { prefix, home } }: Pick<RunInput, "installation">,
): string | undefined {
  const ours = tags[prefixTag] === prefix && (tags[homeTag] ?? home) === home;
  const name = ours ? tags[environmentTag] : undefined;
  // Anybody can write a tag; Parameter Store refuses all names of a call for one that cannot be.
  return name !== undefined && isEnvironmentName(name) ? name : undefined;
}

/** What the first answers say of a role or policy. */
type Seen = { readonly tags: Tags; readonly attached: readonly string[] };

/** A role that was deleted shows no tags any more: where all are listed without them, they are at once. */
function seenOf(kind: "role" | "policy", id: string, given: Locating): Promise<Seen | null> | null {
  const isGone = namedIn(given.ahead, "DeleteRole", ["roleName", id], "roleName").length > 0;
  if (kind === "role" && isGone && given.listing === null) return null;
  return aheadOf(given.seen, [`${kind} ${id}`], () =>
    kind === "role" ? seenOfRole(id, given) : seenOfPolicy(id, given),
  );
}

/** As soon as they are known; the documents come later, and what is attached is read meanwhile. */
function seenOfRole(name: string, given: Locating): Promise<Seen | null> {
  const { clients, ahead } = given;
  return new Promise((resolve) => {
    const role = aheadOf(ahead.roles, [name.toLowerCase()], () =>
      readRole(clients, name, {
        begun: ({ tags, attached, trust }) => {
          resolve({ tags, attached });
          if (environmentIn(tags, given) === undefined) return;
          const added = namedIn(ahead, "AttachRolePolicy", ["roleName", name], "policyArn");
          for (const arn of attached) readAttached(arn, { ...given, isNew: added.includes(arn) });
          readTrusted(trust, given);
        },
      }),
    );
    // Another one may have begun it.
    role.then(
      (reading) => resolve(seenIn(reading)),
      () => resolve(null),
    );
  });
}

/**
 * A policy that can be ours is read with its versions, of which most have the first alone, and of any
 * other only what it grants.
 */
function readAttached(
  arn: string,
  { clients, ahead, installation, isNew }: Locating & { readonly isNew: boolean },
): void {
  if (!isNew && mayBeOwnPolicy(arn, installation)) {
    aheadOf(ahead.policies, [arn], () => readPolicy(clients, arn, ["v1"], { withVersions: true }));
  } else {
    aheadOf(ahead.texts, [arn], () => readPolicyText(clients, arn));
  }
}

/** The provider that the role names; the document says later whether it is the right one. */
function readTrusted(trust: string, { clients, ahead, installation }: Locating): void {
  const [arn] = /arn:[\w:-]{1,60}:oidc-provider\/[^"]{1,200}/.exec(trust) ?? [];
  if (arn === undefined || !mayBeOwnProvider(arn, installation)) return;
  aheadOf(ahead.providers, [arn], () => readProvider(clients, arn));
}

function seenOfPolicy(arn: string, { clients, ahead }: Locating): Promise<Seen | null> {
  return new Promise((resolve) => {
    const policy = aheadOf(ahead.policies, [arn], () =>
      readPolicy(clients, arn, newVersions(ahead, arn), {
        withVersions: true,
        begun: resolve,
      }),
    );
    policy.then(
      (reading) => {
        const tags = seenIn(reading)?.tags ?? null;
        resolve(tags === null ? null : { tags, attached: [] });
      },
      () => resolve(null),
    );
  });
}

/** Nothing of a deploy target says who deploys to it: only a listing of all documents does. */
function targetOwners(
  scope: Scope,
  { listing, account }: Pick<Locating, "listing" | "account">,
): readonly string[] | null {
  if (listing === null || account === null) return null;
  const wake: Pick<Wake, "scopes"> = { scopes: [scope] };
  return [...listing.watched.values()]
    .filter((each) => !each.quiet || isWatchedAffected(each, wake, account))
    .map(({ name }) => name);
}

/** Everything that Parameter Store has of some environments, and the journal and heartbeat of all. */
export function nearParameters(prefix: string, environments: readonly string[]): readonly string[] {
  return [
    ...environments.flatMap((environment) => [
      `${prefix}/environments/${environment}`,
      `${prefix}/status/${environment}`,
      recordParameter(prefix, environment),
      outputsParameter({ prefix, environment }),
    ]),
    `${prefix}/journal`,
    `${prefix}/heartbeat`,
  ];
}
