import type { Reading } from "../aws/reading.ts";
import { environmentNameOf } from "../document/index.ts";
import { isEnvironmentName } from "../document/name.ts";
import { faultOf } from "../edge/faults.ts";
import { readAndTake } from "../edge/parameters.ts";
import type { ControlEntry } from "../plan/control.ts";
import { readAgain } from "./control.ts";
import { type FoundParameters, leftInJournal } from "./listed-records.ts";
import { rememberEntries, rememberListing } from "./memory.ts";
import { recordParameter } from "./records.ts";
import type { RunContext } from "./run-context.ts";
import type { RunInput } from "./run-input.ts";

type Asking = Pick<RunContext, "clients" | "installation" | "memory" | "account">;

/**
 * Lists all records for environments of which nothing else is left: a person has deleted the document
 * before a stopped run came to write the status, or somebody has deleted both.
 *
 * @param all every environment that has a document or a status
 * @returns those environments, each with what is there when it is asked for by its name: a listing may
 * have missed the document
 */
export async function readUnnamed(
  run: Asking,
  all: readonly ControlEntry[],
): Promise<Exclude<Reading<readonly ControlEntry[]>, { kind: "absent" }>> {
  try {
    return { kind: "found", value: await unnamedOf(run, all) };
  } catch (thrown) {
    const what = "listing the records, which may name environments that nothing else does";
    return { kind: "unreadable", fault: faultOf(what, thrown) };
  }
}

/**
 * The same for a run that has nothing to go by without them.
 *
 * @throws what AWS answers where they cannot be read
 */
export async function unnamedOf(
  { clients, installation, memory, account }: Asking,
  all: readonly ControlEntry[],
): Promise<readonly ControlEntry[]> {
  const { prefix } = installation;
  const known = new Set(all.map(({ name }) => name));
  const folder = recordParameter(prefix, "");
  const listed = await readAndTake(clients, folder.slice(0, -1), ({ name }) =>
    environmentNameOf(`${prefix}/environments/${name.slice(folder.length)}`, prefix),
  );
  const names = listed.flatMap((name) => (name === null || known.has(name) ? [] : name));
  const unnamed = names.length === 0 ? [] : await readAgain(clients, installation, names);
  if (memory !== undefined && unnamed.length > 0) {
    rememberEntries(memory, unnamed);
    rememberListing(memory, [...all, ...unnamed], { account, at: clients.time.now() });
  }
  return unnamed;
}

/**
 * May runs that were stopped have left an environment of which only the record is there? Those that the
 * journal names are read by their names: an alert that nobody takes stays in it, and no event costs a listing for
 * that.
 *
 * @param known environments that are read already
 * @throws what AWS answers where not all of it can be read
 */
export async function namesLeft(
  run: RunInput,
  found: FoundParameters,
  known: readonly string[],
): Promise<boolean> {
  const { clients, installation } = run;
  const left = leftInJournal(run, found);
  // What had no room in it is only counted.
  if (left === null || left.some(({ more }) => Object.keys(more).length > 0)) return true;
  const named = new Set(left.flatMap(({ alerts }) => alerts.map((alert) => alert.environment)));
  const names = [...named].filter((name) => isEnvironmentName(name) && !known.includes(name));
  if (names.length === 0) return false;
  const entries = await readAgain(clients, installation, names);
  return entries.some(({ newest, status }) => newest === null && status === null);
}
