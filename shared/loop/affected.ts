import type { EnvironmentDocument, Installation } from "../document/index.ts";
import type { Clients } from "../edge/clients.ts";
import { candidatesOf } from "../plan/choice.ts";
import {
  type ControlEntry,
  type Evidence,
  evidenceOf,
  isQuiet,
  type KnownRecord,
  rememberedTargets,
  watchedNames,
  writtenNames,
} from "../plan/control.ts";
import { noTargets } from "../targets/index.ts";
import type { Account } from "../trust/index.ts";
import { isAffected, type Scope, type Wake, type WatchedEnvironment } from "../wake/index.ts";
import { readRecords } from "./records.ts";

/** What says whether an event affects an environment: far less than what a run knows of it. */
export type WatchedEntry = {
  readonly name: string;
  /** Is it simply as its status says? Else its record may name what is not listed here. */
  readonly quiet: boolean;
  /** Every document that may be in force; `null`: one that nobody can read. */
  readonly documents: readonly WatchedEnvironment["document"][];
  readonly names: WatchedEnvironment["names"];
};

/** Reduces an environment to what events are held against. */
export function watchedEntry(entry: ControlEntry): WatchedEntry {
  const evidence = evidenceOf(entry);
  const documents = candidatesOf(entry, evidence).map(({ document }) =>
    watched(document, entry, evidence),
  );
  const unread = evidence.kind === "none" ? nothingNamed : null;
  return {
    name: entry.name,
    quiet: isQuiet(entry),
    documents: documents.length > 0 ? documents : [unread],
    names: watchedNames(evidence, entry),
  };
}

/**
 * Whether a wake affects an environment. Where either of two documents may be in force, either can be
 * affected; where none can be, the environment is affected only if the wake names it.
 */
export function isEntryAffected(entry: ControlEntry, wake: Scopes, account: Account): boolean {
  return isWatchedAffected(watchedEntry(entry), wake, account);
}

/**
 * Was a role or policy written for the environment, as far as its record says? A document can name
 * another's, and anybody can write a tag.
 */
export function isWrittenFor(entry: ControlEntry, scope: Scope, account: Account): boolean {
  const { name } = entry;
  const names = writtenNames(evidenceOf(entry), entry);
  return isAffected({ scopes: [scope] }, { name, account, document: nothingNamed, names });
}

type Scopes = Pick<Wake, "scopes">;

/** The same of what was kept of it. */
export function isWatchedAffected(
  { name, documents, names }: WatchedEntry,
  wake: Scopes,
  account: Account,
): boolean {
  return documents.some((document) => isAffected(wake, { name, account, document, names }));
}

/** No document of the environment can be read, and none ever was in force. */
const nothingNamed: WatchedEnvironment["document"] = {
  circleci: { organizationId: "" },
  role: { name: "" },
  policy: { name: "" },
  targets: { deploy: noTargets, last: null, outputs: {} },
};

function watched(
  { circleci, role, policy, deploy }: EnvironmentDocument,
  entry: ControlEntry,
  evidence: Evidence,
): NonNullable<WatchedEnvironment["document"]> {
  const last = rememberedTargets(evidence);
  const outputs = entry.status?.outputs ?? {};
  return {
    circleci: { organizationId: circleci.organizationId },
    role: { name: role.name },
    policy: { name: policy.name },
    targets: { deploy, last, outputs },
  };
}

/**
 * Whether a wake affects no environment at all, which is asked before anything else is read. The
 * listing decides it for an environment that has not changed; for any other the record is read too.
 *
 * @returns the records that were read for it, by environment
 */
export async function isNobodyAffected(
  clients: Clients,
  installation: Installation,
  given: {
    readonly entries: readonly ControlEntry[];
    readonly wake: Wake;
    readonly account: Account;
  },
): Promise<{ readonly nobody: boolean; readonly records: ReadonlyMap<string, KnownRecord> }> {
  const { entries, wake, account } = given;
  const none = new Map<string, KnownRecord>();
  const isListed = (entry: ControlEntry) =>
    entry.newest?.parsed.kind === "valid" || isNamed(entry, wake);
  if (entries.some((entry) => isListed(entry) && isEntryAffected(entry, wake, account))) {
    return { nobody: false, records: none };
  }
  const others = entries.filter((entry) => !isQuiet(entry));
  if (others.length === 0 || wake.scopes.every(({ kind }) => kind === "named")) {
    return { nobody: true, records: none };
  }
  const names = others.map(({ name }) => name);
  const records = await readRecords(clients, installation, names);
  const nobody = others.every((entry) => {
    const record = records.get(entry.name) ?? entry.record;
    return !isEntryAffected({ ...entry, record }, wake, account);
  });
  return { nobody, records };
}

function isNamed({ name }: ControlEntry, { scopes }: Wake): boolean {
  return scopes.some((scope) => scope.kind === "named" && scope.environments.includes(name));
}
