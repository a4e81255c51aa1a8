import { accountOfArn } from "../aws/arn.ts";
import type { Fault, Reading } from "../aws/reading.ts";
import { isEnvironmentName } from "../document/name.ts";
import { accountBy } from "../edge/caller.ts";
import { faultOf, isUnreadable } from "../edge/faults.ts";
import { readNamed } from "../edge/parameters.ts";
import { standsAlone } from "../plan/alone.ts";
import type { ControlEntry } from "../plan/control.ts";
import type { DesiredProvider } from "../plan/desired.ts";
import type { Account } from "../trust/index.ts";
import type { Wake } from "../wake/index.ts";
import { isEntryAffected, isNobodyAffected, isWrittenFor } from "./affected.ts";
import { type ControlSurface, entriesIn, listControl, readAgain, readFurther } from "./control.ts";
import { readApprovals } from "./further.ts";
import { wasStopped } from "./listed-records.ts";
import { listingAt, rememberEntries, rememberListing } from "./memory.ts";
import { type Located, locate, nearParameters } from "./near.ts";
import type { ReadParameters } from "./notes.ts";
import { look } from "./observe.ts";
import { once } from "./once.ts";
import { nothingAhead, type ReadAhead } from "./read-ahead.ts";
import type { RunInput } from "./run-input.ts";
import { isFull } from "./run-kind.ts";
import { byName } from "./turn.ts";

/** What a run starts from: the control surface, read only as far as the wake needs it. */
export type Surface = {
  readonly control: ControlSurface;
  readonly account: Account;
  /** The environments of it that the wake affects. */
  readonly entries: readonly ControlEntry[];
  /** Is the event about no environment? Then no more was read than was needed to say so. */
  readonly nobody: boolean;
  /** `null` where every environment has been read. */
  readonly others: Others | null;
  /** What is being read of the account already. */
  readonly ahead: ReadAhead;
  /** What was read beside the environments already; `null`: nothing. */
  readonly beside: ReadParameters | null;
};

/** The environments that were not read, because most decisions are not about them. */
export type Others = {
  /** Can nothing be decided without them? */
  readonly needed: boolean;
  /** What they ask of providers, as far as this process remembers. */
  readonly unseen: ReadonlyMap<string, DesiredProvider>;
  /** Every environment, those that were read before as they were read. */
  readonly all: () => Promise<Exclude<Reading<readonly ControlEntry[]>, { kind: "absent" }>>;
  /** Why they could not be read; `null` where they were, or nobody asked. */
  readonly missed: () => Fault | null;
};

const noControl: ControlSurface = { entries: [], errors: [], anyArn: null, unlisted: null };

/**
 * Reads what a wake is about. A run over a few environments reads them by their names, and the rest
 * only where it is asked for; every other run lists them all.
 */
export async function surfaceOf(input: RunInput): Promise<Surface> {
  const { clients, wake, functionArn } = input;
  const ahead = nothingAhead(wake.calls);
  // A write of state that all share, and nothing else: no environment is looked at.
  if (wake.scopes.length === 0) {
    return empty(await accountBy(clients, [functionArn]), { nobody: false, ahead });
  }
  return (await nearSurface(input, ahead)) ?? wholeSurface(input, ahead);
}

function empty(account: Account, rest: Pick<Surface, "nobody" | "ahead">): Surface {
  return { control: noControl, account, entries: [], others: null, beside: null, ...rest };
}

/** `null`: only a listing of all environments shows which the wake is about. */
async function nearSurface(input: RunInput, ahead: ReadAhead): Promise<Surface | null> {
  const { clients, wake, installation, functionArn } = input;
  if (isFull(input) || input.proposed !== undefined) return null;
  const expected = functionArn === null ? null : accountOfArn(functionArn);
  const located = await locate(input, expected, ahead);
  if (located === null) return null;
  const { names, remembered } = located;
  if (names.length === 0) {
    const nobody = mayAffectNobody(wake);
    return nobody ? empty(await accountBy(clients, [functionArn]), { nobody, ahead }) : null;
  }
  if (expected !== null) lookAhead(input, remembered, { account: expected, ahead });
  const { prefix } = installation;
  const touched = touchedBy(wake);
  const [read, approvals] = await Promise.all([
    readNamed(clients, nearParameters(prefix, names)).catch(unlessUnreadable),
    // Where it is refused, it is asked for once more with what else is read of these environments.
    names.every(touched) ? readApprovals(clients, prefix, names).catch(() => null) : null,
  ]);
  if (read === null) return null;
  const [anyArn = null] = [...read.values()].flatMap(({ arn }) => arn ?? []);
  if (await mayHaveLeft(input, read, names)) return null;
  const account = await accountBy(clients, [anyArn, functionArn]);
  const found = entriesIn(read, names, installation);
  const entries = found.filter((entry) => isEntryAffected(entry, wake, account));
  if (!isEverybody(located, { found, entries, wake, account })) return null;
  const near = { ...noControl, anyArn, entries };
  const others = othersThan(input, entries, account);
  // Where nothing can be decided without them, they are read at once.
  if (others.needed) void others.all();
  lookAhead(input, entries, { account, ahead });
  const control = await readFurther(clients, installation, near, {
    touched,
    approvals,
    records: new Map(entries.map(({ name, record }) => [name, record])),
  });
  if (input.memory !== undefined) rememberEntries(input.memory, entries);
  return {
    control,
    account,
    entries: control.entries,
    nobody: entries.length === 0 && mayAffectNobody(wake),
    others,
    ahead,
    beside: read,
  };
}

/** A strange answer about one of some environments says nothing of the others: a listing may. */
function unlessUnreadable(thrown: unknown): null {
  if (thrown instanceof Error && isUnreadable(thrown)) return null;
  throw thrown;
}

/** Has a run that was stopped left an environment of which only a listing of the records is sure to know? */
async function mayHaveLeft(
  input: RunInput,
  read: ReadParameters,
  names: readonly string[],
): Promise<boolean> {
  if (!wasStopped(input, read)) return false;
  const { namesLeft } = await import("./unnamed.ts");
  return namesLeft(input, read, names).catch(() => true);
}

/** Were all found that the wake is about? What was only remembered may be somebody else's today. */
function isEverybody(
  { names, owned }: Located,
  given: {
    readonly found: readonly ControlEntry[];
    readonly entries: readonly ControlEntry[];
    readonly wake: Wake;
    readonly account: Account;
  },
): boolean {
  const { found, entries, wake, account } = given;
  // A person gets an error that names the environments there are.
  if (wake.source === "hand" && found.length < names.length) return false;
  return owned.every((scope) => entries.some((entry) => isWrittenFor(entry, scope, account)));
}

/** Begins to look at the account for environments that are most likely what the run is about. */
function lookAhead(
  { clients, installation, memory, clock }: RunInput,
  entries: readonly ControlEntry[],
  given: { readonly account: Account; readonly ahead: ReadAhead },
): void {
  if (entries.length === 0) return;
  const looking = { ...given, installation, memory, now: clock() };
  look(clients, entries, looking).catch(() => undefined);
}

function othersThan(input: RunInput, near: readonly ControlEntry[], account: Account): Others {
  const { clients, memory } = input;
  let missed: Fault | null = null;
  return {
    needed: !near.every(standsAlone),
    unseen: listingAt(memory, clients.time.now())?.asked ?? new Map(),
    missed: () => missed,
    all: once(async () => {
      try {
        return { kind: "found", value: await everyone(input, near, account) } as const;
      } catch (thrown) {
        missed = faultOf("reading the other environments", thrown);
        return { kind: "unreadable", fault: missed } as const;
      }
    }),
  };
}

async function everyone(
  { clients, installation, memory }: RunInput,
  near: readonly ControlEntry[],
  account: Account,
): Promise<readonly ControlEntry[]> {
  const names = new Set(near.map(({ name }) => name));
  const listed = await listControl(clients, installation, { insists: true });
  const rest = listed.entries.filter(({ name }) => !names.has(name));
  const control = await readFurther(clients, installation, { ...listed, entries: rest });
  const all = [...control.entries, ...near].toSorted(byName);
  if (memory !== undefined) rememberListing(memory, all, { account, at: clients.time.now() });
  return all;
}

async function wholeSurface(input: RunInput, ahead: ReadAhead): Promise<Surface> {
  const { clients, wake, installation, functionArn } = input;
  const { proposed } = input;
  const found = await listControl(clients, installation, { proposed, insists: false });
  const account = await accountBy(clients, [found.anyArn, functionArn]);
  const known = found.unlisted === null ? found : await withRecorded(input, found, account);
  const unlisted = await readUnlisted(input, known.entries);
  const listed = { ...known, entries: [...known.entries, ...unlisted].toSorted(byName) };
  const affected = mayAffectNobody(wake)
    ? await isNobodyAffected(clients, installation, { entries: listed.entries, wake, account })
    : { nobody: false, records: new Map() };
  const base = { account, others: null, ahead, beside: null };
  // What could not be listed whole is nothing to go by.
  const memory = found.unlisted === null ? input.memory : undefined;
  if (affected.nobody) {
    remember({ clients, memory }, listed.entries, account);
    return { ...base, control: listed, entries: [], nobody: true };
  }
  const kept = listed.entries.flatMap(({ name, record }) =>
    record.kind === "unread" ? [] : [[name, record] as const],
  );
  const further = { touched: touchedBy(wake), records: new Map([...affected.records, ...kept]) };
  const control = await readFurther(clients, installation, listed, further);
  remember({ clients, memory }, control.entries, account);
  const entries = control.entries.filter((entry) => isEntryAffected(entry, wake, account));
  return { ...base, control, entries, nobody: false };
}

/**
 * Where statuses could not be listed, records name the environments that have no document. Nobody knows which
 * there are where the records cannot be listed either: a run could then take their audiences for anybody's.
 *
 * @throws what AWS answers where the records cannot be listed
 */
async function withRecorded(
  input: RunInput,
  listed: ControlSurface,
  account: Account,
): Promise<ControlSurface> {
  const { unnamedOf } = await import("./unnamed.ts");
  const unnamed = await unnamedOf({ ...input, account }, listed.entries);
  return { ...listed, entries: [...listed.entries, ...unnamed].toSorted(byName) };
}

/** Environments that the wake names and no document or status does: a record may be left of them. */
async function readUnlisted(
  { clients, installation, wake }: RunInput,
  listed: readonly ControlEntry[],
): Promise<readonly ControlEntry[]> {
  const known = new Set(listed.map(({ name }) => name));
  const named = wake.scopes.flatMap((scope) => (scope.kind === "named" ? scope.environments : []));
  const missing = [...new Set(named)].filter((name) => !known.has(name) && isEnvironmentName(name));
  return missing.length === 0 ? [] : readAgain(clients, installation, missing);
}

function remember(
  { memory, clients }: Pick<RunInput, "clients"> & { readonly memory: RunInput["memory"] },
  entries: readonly ControlEntry[],
  account: Account,
): void {
  if (memory === undefined) return;
  rememberEntries(memory, entries);
  rememberListing(memory, entries, { account, at: clients.time.now() });
}

/** A person gets an error for a name that does not exist, and a write of state is always reported. */
function mayAffectNobody({ source, scopes, writes }: Wake): boolean {
  return source !== "hand" && writes.length === 0 && scopes.every(({ kind }) => kind !== "every");
}

/** Environments of which somebody has just edited or labelled the parameter. */
function touchedBy(wake: Wake): (name: string) => boolean {
  if (wake.trigger !== "parameter") return () => false;
  const names = new Set(
    wake.scopes.flatMap((scope) => (scope.kind === "named" ? scope.environments : [])),
  );
  return (name) => names.has(name);
}
