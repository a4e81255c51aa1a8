import type { Fault } from "../aws/reading.ts";
import type { Clients } from "../edge/clients.ts";
import { faultOf, isNamed } from "../edge/faults.ts";
import {
  deleteParameter,
  readNamed,
  type StoredParameter,
  writeParameter,
} from "../edge/parameters.ts";
import { type ControlEntry, evidenceOf, knownVersions, newestValid } from "../plan/control.ts";
import { digestOf } from "../plan/digest.ts";
import type { EnvironmentResult } from "../report/environment.ts";
import { type KeptOutputs, keptOutputs } from "../report/kept-outputs.ts";
import { outputsParameter } from "../trust/index.ts";
import type { RunContext } from "./run-context.ts";

/** The outputs for jobs as they were read, by parameter; `null` where there are none. */
export type ReadOutputs = ReadonlyMap<string, StoredParameter | null>;

/** The outputs of one environment: what they should hold after a run, and what they hold. */
export type OutputsWork = {
  readonly parameter: string;
  readonly kept: KeptOutputs;
  readonly found: StoredParameter | null;
  /** What was there when a run looked last, as the status has it. */
  readonly last: string | null;
};

/**
 * May there be outputs of this environment for jobs to read? Whatever it has written once is looked
 * after until it is gone.
 */
export function mayHaveOutputs(entry: ControlEntry): boolean {
  const known = knownVersions(evidenceOf(entry), entry).map(({ document }) => document);
  const newest = newestValid(entry)?.document;
  return (
    lastOutputs(entry) !== null ||
    [...known, ...(newest === undefined ? [] : [newest])].some(({ policy }) => policy.readOutputs)
  );
}

function lastOutputs({ status }: ControlEntry): string | null {
  return status?.seen?.outputs ?? null;
}

/** What was asked for by name, with `null` for what does not exist. */
export function outputsIn(
  read: ReadonlyMap<string, StoredParameter>,
  parameters: readonly string[],
): ReadOutputs {
  return new Map(parameters.map((parameter) => [parameter, read.get(parameter) ?? null]));
}

/** What a run looks at in the outputs of one environment, before they are read. */
type Wanted = Omit<OutputsWork, "found"> & { readonly name: string };

/**
 * Holds what jobs read against what they should, for each environment that lets its jobs read or did
 * so. What was not read with the rest is read now; what cannot be read is a fault of its own.
 */
export async function lookAtOutputs(
  run: Pick<RunContext, "clients" | "installation" | "account">,
  results: readonly EnvironmentResult[],
  read: ReadOutputs,
): Promise<{ readonly work: ReadonlyMap<string, OutputsWork>; readonly faults: readonly Fault[] }> {
  const wanted = results.flatMap((result) => wantedOf(run, result, read));
  const late = wanted.map(({ parameter }) => parameter).filter((name) => !read.has(name));
  const further = await readLate(run.clients, late);
  const all = new Map([...read, ...further.read]);
  // A read may be one write old: nobody is accused of what a second one does not show.
  const doubtful = [...workOf(wanted, all).values()].filter(isTampered);
  const second = await readLate(
    run.clients,
    doubtful.map(({ parameter }) => parameter),
  );
  return {
    work: workOf(wanted, new Map([...all, ...second.read])),
    faults: [...further.faults, ...second.faults],
  };
}

function wantedOf(
  { installation, account }: Pick<RunContext, "installation" | "account">,
  result: EnvironmentResult,
  read: ReadOutputs,
): readonly Wanted[] {
  const { entry } = result;
  const { name } = entry;
  const parameter = outputsParameter({ prefix: installation.prefix, environment: name });
  const kept = keptOutputs(result, account);
  const isAsked = kept.kind === "text" || mayHaveOutputs(entry) || isThere(read.get(parameter));
  if (!isAsked || kept.kind === "unknown") return [];
  return [{ name, parameter, kept, last: lastOutputs(entry) }];
}

function isThere(found: StoredParameter | null | undefined): boolean {
  return found !== null && found !== undefined;
}

function workOf(wanted: readonly Wanted[], read: ReadOutputs): ReadonlyMap<string, OutputsWork> {
  return new Map(
    wanted.flatMap(({ name, ...rest }): readonly (readonly [string, OutputsWork])[] => {
      const found = read.get(rest.parameter);
      return found === undefined ? [] : [[name, { ...rest, found }]];
    }),
  );
}

async function readLate(
  clients: Clients,
  parameters: readonly string[],
): Promise<{ readonly read: ReadOutputs; readonly faults: readonly Fault[] }> {
  return readNamed(clients, parameters).then(
    (read) => ({ read: outputsIn(read, parameters), faults: [] }),
    (thrown: unknown) => {
      return { read: new Map(), faults: [faultOf("reading the outputs for jobs", thrown)] };
    },
  );
}

/**
 * Did somebody else write or delete what jobs read? What was found is neither what should be
 * there nor what was there when a run looked last.
 */
export function isTampered({ kept, found, last }: OutputsWork): boolean {
  return kept.kind === "text" && !isRight(kept.text, found) && fingerprint(found) !== last;
}

function isRight(text: string, found: StoredParameter | null): boolean {
  return fingerprint(found) === digestOf(text);
}

/** Do jobs read what they should, and is it what was there last, by what was read alone? */
export function areOutputsRight(
  run: Pick<RunContext, "installation" | "account">,
  results: readonly EnvironmentResult[],
  read: ReadOutputs,
): boolean {
  const wanted = results.flatMap((result) => wantedOf(run, result, read));
  const work = [...workOf(wanted, read).values()];
  const isSettled = ({ kept, found, last }: OutputsWork) =>
    (kept.kind === "text" ? isRight(kept.text, found) : found === null) &&
    fingerprint(found) === last;
  return work.length === wanted.length && work.every(isSettled);
}

/** We never write a list or an encrypted text. */
function fingerprint(found: StoredParameter | null): string | null {
  if (found === null) return null;
  return digestOf(found.type === "String" ? found.value : `${found.type}: ${found.value}`);
}

/** What the parameter holds now, as the status remembers it, and what went wrong. */
export type PutOutputs = { readonly last: string | null; readonly faults: readonly Fault[] };

/** Corrects what jobs read, or takes it away where no job may read it any more. */
export async function putOutputs(clients: Clients, work: OutputsWork): Promise<PutOutputs> {
  const { kept, parameter, found, last } = work;
  switch (kept.kind) {
    case "text":
      if (isRight(kept.text, found)) return { last: fingerprint(found), faults: [] };
      return written(clients, parameter, { text: kept.text, found });
    case "none":
      if (found === null) return { last: null, faults: [] };
      return deleteParameter(clients, parameter).then(
        () => ({ last: null, faults: [] }),
        (thrown: unknown) => failed(`ssm:DeleteParameter ${parameter}`, thrown, found),
      );
    case "unknown":
      return { last, faults: [] };
    default:
      return kept satisfies never;
  }
}

async function written(
  clients: Clients,
  parameter: string,
  { text, found }: { readonly text: string; readonly found: StoredParameter | null },
): Promise<PutOutputs> {
  let left = found;
  try {
    try {
      await putText(clients, parameter, text);
    } catch (thrown) {
      if (!isUnfit(thrown)) throw thrown;
      await deleteParameter(clients, parameter);
      left = null;
      await putText(clients, parameter, text);
    }
    return { last: digestOf(text), faults: [] };
  } catch (thrown) {
    return failed(`ssm:PutParameter ${parameter}`, thrown, left);
  }
}

async function putText(clients: Clients, parameter: string, text: string): Promise<void> {
  await writeParameter(clients, parameter, text, { tier: "Intelligent-Tiering" });
}

/**
 * Somebody made the parameter so that no text of ours goes into it: of another type, with a pattern
 * that texts must match, or with a label on the oldest of a hundred versions.
 */
function isUnfit(thrown: unknown): boolean {
  return isNamed(
    thrown,
    "HierarchyTypeMismatch",
    "ParameterPatternMismatch",
    "ParameterMaxVersionLimitExceeded",
  );
}

/** What is left was reported; the next run tries again, and does not repeat the alert. */
function failed(call: string, thrown: unknown, left: StoredParameter | null): PutOutputs {
  return { last: fingerprint(left), faults: [faultOf(call, thrown)] };
}
