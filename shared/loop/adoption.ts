import type { Fault } from "../aws/reading.ts";
import type { EnvironmentDocument } from "../document/index.ts";
import { readAccount } from "../edge/account-listing.ts";
import type { Clients } from "../edge/clients.ts";
import { audienceInUse, providerToAdopt, surplusAudiences } from "../plan/adoption.ts";
import { candidatesOf } from "../plan/choice.ts";
import { ownerOf, type PlanContext } from "../plan/context.ts";
import {
  type ControlEntry,
  type Evidence,
  evidenceOf,
  knownVersions,
  newestValid,
  writtenNames,
} from "../plan/control.ts";
import { audiencesOf } from "../plan/desired.ts";
import type { ObservedProvider } from "../plan/observed.ts";
import type { Blocked } from "../plan/resource-claims.ts";
import { providerArn } from "../trust/index.ts";
import type { Snapshot } from "./observe.ts";

type Adopting = Pick<PlanContext, "account" | "installation"> & { readonly snapshot: Snapshot };

/** A provider that an environment's newest document would take over, with what nobody asks of it. */
type Adoption = { readonly provider: ObservedProvider; readonly surplus: readonly string[] };

/** What all environments together have of providers, and ask of them. */
export type ProviderUse = {
  /** Organisations whose providers were written by us. */
  readonly written: ReadonlySet<string>;
  /** By organisation. */
  readonly asked: ReadonlyMap<string, ReadonlySet<string>>;
  /** By organisation, the environments in force there that hold an edit which widens their trust. */
  readonly guards: ReadonlyMap<string, ReadonlySet<string>>;
};

/** Looks at each environment once, however many ask. */
export function providerUseOf(
  all: readonly ControlEntry[],
  evidence: ReadonlyMap<string, Evidence>,
): ProviderUse {
  const written = new Set<string>();
  const asked = new Map<string, Set<string>>();
  const guards = new Map<string, Set<string>>();
  for (const entry of all) {
    const known: Evidence = evidence.get(entry.name) ?? { kind: "none" };
    for (const id of writtenNames(known, entry).organizations) written.add(id);
    for (const { document } of candidatesOf(entry, known)) {
      const { organizationId } = document.circleci;
      const audiences = asked.get(organizationId) ?? new Set();
      for (const audience of audiencesOf(document)) audiences.add(audience);
      asked.set(organizationId, audiences);
    }
    for (const { document } of knownVersions(known, entry)) {
      if (document.onWiden.trust !== "hold") continue;
      const { organizationId } = document.circleci;
      guards.set(organizationId, (guards.get(organizationId) ?? new Set()).add(entry.name));
    }
  }
  return { written, asked, guards };
}

/** Of the newest document; `null` where its provider is not there, ours already, or somebody's. */
export function adoptionOf(
  entry: ControlEntry,
  use: ProviderUse,
  adopting: Adopting,
): Adoption | null {
  const document = newestValid(entry)?.document;
  return document === undefined ? null : adoptionBy(document, entry, use, adopting);
}

/** Of any document of an environment. */
export function adoptionBy(
  document: EnvironmentDocument,
  entry: ControlEntry,
  { written, asked }: ProviderUse,
  adopting: Adopting,
): Adoption | null {
  const { snapshot, account } = adopting;
  const { organizationId } = document.circleci;
  const provider = providerToAdopt({
    document,
    observed: snapshot.provider(providerArn(account, organizationId)),
    written,
    owner: ownerOf(adopting, entry),
  });
  if (provider === null) return null;
  const surplus = surplusAudiences(provider, asked.get(organizationId) ?? new Set());
  return { provider, surplus };
}

/** Claims of roles that ask for an audience which the adoption would take off. */
export function usesOf(
  adoption: Adoption | null,
  document: EnvironmentDocument,
  { snapshot }: Pick<Adopting, "snapshot">,
): readonly Blocked[] {
  if (adoption === null || adoption.surplus.length === 0) return [];
  return audienceInUse({ document, ...adoption, roles: snapshot.allRoles });
}

/** Only a listing of the whole account shows who asks for an audience that would be taken off. */
export function unreadUsersOf(adoption: Adoption | null, { snapshot }: Adopting): Fault | null {
  if (adoption === null || adoption.surplus.length === 0 || snapshot.whole) return null;
  return {
    code: "AccountUnreadable",
    message: `the account's roles could not be read, and one of them may ask for ${adoption.surplus.join(", ")}: ${adoption.provider.arn} is not taken over before that is known`,
    kind: "transient",
  };
}

/**
 * The snapshot with every role of the account, where a document would take over a provider with
 * audiences that nobody asks for, and the look read roles by name.
 */
export async function withAllRoles(
  clients: Clients,
  planning: Adopting & {
    /** Every environment of the prefix: what any of them asks for stays on the provider. */
    readonly all: readonly ControlEntry[];
    readonly entries: readonly ControlEntry[];
  },
): Promise<Snapshot> {
  const { all, entries, snapshot } = planning;
  if (snapshot.whole) return snapshot;
  const use = providerUseOf(all, new Map(all.map((entry) => [entry.name, evidenceOf(entry)])));
  const asks = entries.some((entry) => (adoptionOf(entry, use, planning)?.surplus.length ?? 0) > 0);
  if (!asks) return snapshot;
  const account = await readAccount(clients);
  if (account.kind !== "found") return snapshot;
  const { roles, instanceProfiles } = account.value;
  return { ...snapshot, allRoles: [...roles.values()], instanceProfiles, whole: true };
}
