import type { TargetQuestion } from "../edge/targets/readers.ts";
import { candidatesOf } from "../plan/choice.ts";
import type { PlanContext } from "../plan/context.ts";
import {
  type ControlEntry,
  type Evidence,
  evidenceOf,
  hasName,
  isQuiet,
  onRemoveOf,
  rememberedTargets,
  unique,
  watchedNames,
  writtenNames,
} from "../plan/control.ts";
import { areOfPolicy } from "../plan/known-versions.ts";
import type { WrittenNames } from "../plan/record.ts";
import { byKind, targetKinds } from "../targets/index.ts";
import { type Account, policyArn, providerArn } from "../trust/index.ts";
import type { RecordedCall } from "../wake/index.ts";

/*
 * What a look at the account asks for, decided from documents, statuses and records alone.
 */

/**
 * Up to this many environments each is read by name, in six calls at once; above, the account is
 * read in pages, so that reads grow with pages and not with environments.
 */
export const readByNameMax = 4;

/** What is read by its name. */
export type Wanted = {
  readonly roles: ReadonlySet<string>;
  /** Policy ARNs with the default version they had last. */
  readonly policies: ReadonlyMap<string, PolicyHint>;
  readonly providers: ReadonlySet<string>;
};

type PolicyHint = { readonly version: string | null; readonly harmless: readonly string[] };

/** The roles, policies and providers that environments name. */
export function wantedOf(entries: readonly ControlEntry[], account: Account): Wanted {
  const roles = new Set<string>();
  const policies = new Map<string, PolicyHint>();
  const providers = new Set<string>();
  for (const entry of entries) {
    const evidence = evidenceOf(entry);
    const names = watchedNames(evidence, entry);
    const documents = candidatesOf(entry, evidence).map(({ document }) => document);
    const { policyVersion: version = null, harmlessVersions: harmless = [] } =
      entry.status?.seen ?? {};
    for (const name of [...documents.map(({ role }) => role.name), ...names.roles]) {
      roles.add(name);
    }
    for (const name of [...documents.map(({ policy }) => policy.name), ...names.policies]) {
      const arn = policyArn(account, name);
      const isHinted = areOfPolicy(entry.status, arn);
      policies.set(arn, isHinted ? { version, harmless } : { version: null, harmless: [] });
    }
    for (const organization of [
      ...documents.map(({ circleci }) => circleci.organizationId),
      ...names.organizations,
    ]) {
      providers.add(providerArn(account, organization));
    }
  }
  return { roles, policies, providers };
}

/** Is the account read whole, in pages? */
export function readsWhole(
  entries: readonly ControlEntry[],
  firstDocument: "hold" | "apply",
): boolean {
  return (
    entries.length > readByNameMax || entries.some((entry) => needsAllRoles(entry, firstDocument))
  );
}

/**
 * Must every role of the account be seen? Where neither record nor status is left, only the tags of
 * all roles tell a first document from a lost one; and whether what is to be removed can be depends
 * on who else holds it.
 */
function needsAllRoles(entry: ControlEntry, firstDocument: "hold" | "apply"): boolean {
  const evidence = evidenceOf(entry);
  if (entry.newest === null) {
    return evidence.kind === "missing" || onRemoveOf(evidence, entry) === "delete";
  }
  if (evidence.kind === "missing" || hasLeftovers(entry, evidence)) return true;
  return evidence.kind === "none" && (firstDocument === "apply" || entry.newest.version > 1);
}

/** Is anything left under other names that was to be removed, and could not be? */
function hasLeftovers(entry: ControlEntry, evidence: Evidence): boolean {
  if (onRemoveOf(evidence, entry) !== "delete") return false;
  const { roles, policies, organizations } = writtenNames(evidence, entry);
  const documents = candidatesOf(entry, evidence).map(({ document }) => document);
  return (
    roles.some((name) => !documents.some(({ role }) => hasName([role.name], name))) ||
    policies.some((name) => !documents.some(({ policy }) => hasName([policy.name], name))) ||
    organizations.some((id) => !documents.some(({ circleci }) => circleci.organizationId === id))
  );
}

/**
 * Of which policies the tags are read beside an account that is read whole: of all, if they are few;
 * else of as many in each period, all in turn. What differs by then is asked again until it does not.
 */
export function policiesInTurn(
  entries: readonly ControlEntry[],
  { account, installation, now }: Looking,
): readonly string[] {
  const all = unique(
    entries.flatMap((entry) =>
      writtenNames(evidenceOf(entry), entry).policies.map((name) => policyArn(account, name)),
    ),
  );
  return someInTurn(all, readByNameMax, { installation, now });
}

type Looking = Pick<PlanContext, "account" | "installation" | "now">;

/** All of them, if they are few; else as many in each period, so that all have their turn. */
function someInTurn<T>(
  all: readonly T[],
  max: number,
  { installation, now }: Pick<Looking, "installation" | "now">,
): readonly T[] {
  if (all.length <= max) return all;
  const period = Math.floor(now.getTime() / (installation.periodMinutes * 60_000));
  const first = (period * max) % all.length;
  return [...all, ...all].slice(first, first + max);
}

/** So many environments are read by name in each run while the account cannot be listed: six calls each. */
const unlistedMax = 20;

/** Which environments a run reads by name while the account cannot be listed: those of its events, then in turn. */
export function withoutListing(
  entries: readonly ControlEntry[],
  calls: readonly RecordedCall[],
  given: Looking,
): readonly ControlEntry[] {
  const called = new Set(
    calls.flatMap(({ parameters: { roleName, policyArn: arn } }) => {
      const role = typeof roleName === "string" ? roleName.toLowerCase() : "";
      return entries.filter((entry) => {
        const { roles, policies } = wantedOf([entry], given.account);
        const isPolicy = typeof arn === "string" && policies.has(arn);
        return isPolicy || [...roles].some((name) => name.toLowerCase() === role);
      });
    }),
  );
  const others = entries.filter((entry) => !called.has(entry));
  return [...called, ...someInTurn(others, unlistedMax, given)].slice(0, unlistedMax);
}

/** What to look up, by Region: what all documents that may be in force there ask for. */
export function questionsOf(entries: readonly ControlEntry[]): readonly TargetQuestion[] {
  const asked = entries.flatMap((entry) => {
    const evidence = evidenceOf(entry);
    const last = rememberedTargets(evidence);
    const outputs = entry.status?.outputs ?? {};
    return candidatesOf(entry, evidence).map(({ document: { deploy } }) => ({
      deploy,
      last,
      outputs,
    }));
  });
  return [...Map.groupBy(asked, ({ deploy }) => deploy.region)].map(([region, documents]) => ({
    region,
    ...byKind<"question">((name) =>
      targetKinds[name].ask(
        documents.map(({ deploy, last, outputs }) => ({
          entries: deploy[name],
          last: last?.[name] ?? [],
          outputs,
        })),
      ),
    ),
  }));
}

/**
 * A record that says no more than the status is set aside: so the same is asked of the same environment,
 * whether its record was read or not.
 */
export function asListed(entry: ControlEntry): ControlEntry {
  if (entry.record.kind !== "found" || !isQuiet(entry)) return entry;
  const listed: ControlEntry = { ...entry, record: { kind: "unread" } };
  const [own, shown] = [entry, listed].map((each) => writtenNames(evidenceOf(each), each));
  const { begun, applied } = entry.record.record;
  const isSame = begun === null && applied?.digest === entry.newest?.digest && isShown(own, shown);
  return isSame ? listed : entry;
}

/** Is every name among those that are shown? */
function isShown(names: WrittenNames | undefined, shown: WrittenNames | undefined): boolean {
  if (names === undefined || shown === undefined) return false;
  return (["roles", "policies", "organizations"] as const).every((kind) =>
    names[kind].every((name) => hasName(shown[kind], name)),
  );
}
