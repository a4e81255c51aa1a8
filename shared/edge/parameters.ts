import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParametersCommand,
  type Parameter,
  type ParameterHistory,
  PutParameterCommand,
  paginateGetParameterHistory,
  paginateGetParametersByPath,
  UnlabelParameterVersionCommand,
} from "@aws-sdk/client-ssm";
import { atMost } from "./at-once.ts";
import type { Clients } from "./clients.ts";
import { isNamed } from "./faults.ts";
import { keepHeapSmall } from "./heap.ts";
import { onceMore } from "./once-more.ts";

/** A parameter as Parameter Store gave it. */
export type StoredParameter = {
  readonly name: string;
  readonly version: number;
  readonly value: string;
  /** `String`, `StringList` or `SecureString`, whose value comes encrypted. */
  readonly type: string;
  /** Names account and partition; `null` where the answer has none. */
  readonly arn: string | null;
  /** When this version was put, ISO with milliseconds; `null` where the answer has no date. */
  readonly modifiedAt: string | null;
};

/** One version of a parameter, from its history. */
type HistoryEntry = {
  readonly version: number;
  readonly value: string;
  readonly type: string;
  readonly modifiedAt: string | null;
  /** ARN of who put it. */
  readonly by: string | null;
  readonly labels: readonly string[];
};

/** One version of a parameter, by its number. */
type VersionOf = { readonly name: string; readonly version: number };

/** At most this many names in one GetParameters (SSM API reference). */
const namesPerCall = 10;

/** So many pages are a crowd: ten parameters come in one. */
const manyPages = 10;

/** Reads are forty a second for the whole account and Region. */
const callsAtOnce = 8;

/**
 * Everything below a path, of all pages.
 *
 * @param options `recursive: false` returns only what is directly below the path
 */
export function readParameters(
  clients: Clients,
  path: string,
  options: { readonly recursive?: boolean } = {},
): Promise<readonly StoredParameter[]> {
  return readAndTake(clients, path, (parameter) => parameter, options);
}

/**
 * The same, of which only what `take` makes of each parameter is kept. It is made page by page, while
 * the next one is still to come. One of which a page does not say all is asked for by its name: it is neither gone, nor
 * does anybody else wait for it.
 */
export async function readAndTake<Taken>(
  clients: Clients,
  path: string,
  take: (parameter: StoredParameter) => Taken,
  options: { readonly recursive?: boolean } = {},
): Promise<readonly Taken[]> {
  const found: Taken[] = [];
  const pages = paginateGetParametersByPath(
    { client: clients.ssm, pageSize: 10 },
    { Path: path, Recursive: options.recursive ?? true },
  );
  let page = 0;
  // No page is kept: of many, what the SDK makes of them would be most of a run's memory.
  for await (const { Parameters = [] } of pages) {
    page += 1;
    if (page === manyPages) keepHeapSmall();
    const known = Parameters.flatMap(stored);
    const others = Parameters.flatMap(({ Name = "" }) =>
      known.some(({ name }) => name === Name) ? [] : Name,
    );
    found.push(...[...known, ...(await readByName(clients, others))].map(take));
  }
  return found;
}

function stored(parameter: Parameter): StoredParameter[] {
  const { Name, Version, Value, ARN, Type = "String", LastModifiedDate } = parameter;
  // The SDK hands on what an answer of JSON has, whatever its types say.
  const isText = typeof Value === "string" && Value !== "";
  if (typeof Name !== "string" || typeof Version !== "number" || !isText) return [];
  return [
    {
      name: Name,
      version: Version,
      value: Value,
      type: typeIn(Type),
      arn: typeof ARN === "string" ? ARN : null,
      modifiedAt: LastModifiedDate?.toISOString() ?? null,
    },
  ];
}

/** What an answer says in the place of a type may be no text. */
function typeIn(type: unknown): string {
  return typeof type === "string" ? type : "parameter of no known type";
}

/** The newest version of each parameter, by name; what does not exist is left out. */
export async function readNamed(
  clients: Clients,
  names: readonly string[],
): Promise<ReadonlyMap<string, StoredParameter>> {
  const found = await readByName(clients, names);
  return new Map(found.map((parameter) => [parameter.name, parameter]));
}

/**
 * Reads versions by their numbers; what Parameter Store no longer has is left out. Answers are
 * matched by name and version, because not every answer repeats the selector.
 */
export async function readVersions(
  clients: Clients,
  versions: readonly VersionOf[],
): Promise<ReadonlyMap<string, StoredParameter>> {
  const names = versions.map(keyOf);
  const found = await readByName(clients, names);
  return new Map(found.map((parameter) => [keyOf(parameter), parameter]));
}

/** The version of each parameter that has a label; a parameter without it is left out. */
export async function readLabelled(
  clients: Clients,
  names: readonly string[],
  label: string,
): Promise<ReadonlyMap<string, StoredParameter>> {
  const found = await readByName(
    clients,
    names.map((name) => `${name}:${label}`),
  );
  return new Map(found.map((parameter) => [parameter.name, parameter]));
}

/** How a version is asked for: `NAME:VERSION`. */
export function keyOf({ name, version }: VersionOf): string {
  return `${name}:${version}`;
}

async function readByName(
  clients: Clients,
  names: readonly string[],
): Promise<readonly StoredParameter[]> {
  // Parameter Store refuses a name that is given twice.
  const wanted = [...new Set(names)];
  const chunks: string[][] = [];
  for (let at = 0; at < wanted.length; at += namesPerCall) {
    chunks.push(wanted.slice(at, at + namesPerCall));
  }
  const answers = await atMost(callsAtOnce, chunks, (chunk) => askedFor(clients, chunk));
  return answers.flat();
}

/**
 * What does not exist comes in a list of its own beside the rest (SSM, GetParameters): of a name in neither list the
 * answer says nothing. Some emulators refuse the whole call for a label or version that does not exist. Either is asked
 * for by itself then.
 */
async function askedFor(
  clients: Clients,
  names: readonly string[],
): Promise<readonly StoredParameter[]> {
  const each = async (some: readonly string[]) =>
    (await atMost(callsAtOnce, some, (name) => askedFor(clients, [name]))).flat();
  try {
    const { Parameters = [], InvalidParameters = [] } = await clients.ssm.send(
      new GetParametersCommand({ Names: [...names] }),
    );
    const found = Parameters.flatMap(stored);
    const said = [...found.map(({ name }) => name), ...InvalidParameters];
    const unsaid = names.filter((name) => !said.some((one) => `${name}:`.startsWith(`${one}:`)));
    if (names.length > 1) return [...found, ...(await each(unsaid))];
    // Nobody says in which spelling a missing one is listed.
    if (said.length > 0) return found;
    throw new TypeError("left out");
  } catch (thrown) {
    const isAbsent = notFound.some((name) => isNamed(thrown, name));
    if (!isAbsent) throw thrown;
    return names.length === 1 ? [] : await each(names);
  }
}

const notFound = ["ParameterNotFound", "ParameterVersionNotFound"];

/** Does the parameter really not exist? A listing that lacks it may be stale. */
export async function isGone(clients: Clients, name: string): Promise<boolean> {
  try {
    await clients.ssm.send(new GetParameterCommand({ Name: name }));
    return false;
  } catch (thrown) {
    if (isNamed(thrown, "ParameterNotFound")) return true;
    throw thrown;
  }
}

/** Every version that Parameter Store still has, at most a hundred, newest first. */
export async function readHistory(
  clients: Clients,
  name: string,
): Promise<readonly HistoryEntry[]> {
  const pages = await Array.fromAsync(
    paginateGetParameterHistory({ client: clients.ssm, pageSize: 50 }, { Name: name }),
  );
  return pages
    .flatMap(({ Parameters = [] }) => Parameters.flatMap(historyEntry))
    .toSorted((left, right) => right.version - left.version);
}

function historyEntry(entry: ParameterHistory): HistoryEntry[] {
  const { Version, Value, Type = "String", LastModifiedDate, LastModifiedUser, Labels } = entry;
  if (typeof Version !== "number" || typeof Value !== "string") return [];
  return [
    {
      version: Version,
      value: Value,
      type: typeIn(Type),
      modifiedAt: LastModifiedDate?.toISOString() ?? null,
      by: typeof LastModifiedUser === "string" ? LastModifiedUser : null,
      labels: Array.isArray(Labels) ? Labels : [],
    },
  ];
}

/**
 * Writes a text as soon as the pace of writes allows, once more where that is refused, or the answer cannot be read.
 *
 * @param options without a tier the present one stays; Intelligent-Tiering makes a parameter
 *   advanced if its text needs more than 4 KB; `isDue` says whether to write it still once it was refused
 * @returns the new version; 0 where the answer has none
 */
export async function writeParameter(
  clients: Clients,
  name: string,
  value: string,
  options: { readonly tier?: "Intelligent-Tiering"; readonly isDue?: () => boolean } = {},
): Promise<number> {
  const put = async () => {
    await clients.pace.write();
    return clients.ssm.send(
      new PutParameterCommand({
        Name: name,
        Value: value,
        Type: "String",
        Overwrite: true,
        ...(options.tier === undefined ? {} : { Tier: options.tier }),
      }),
    );
  };
  const again = { isDue: options.isDue, isSame: true };
  const answer = await onceMore("ssm:PutParameter", put, again);
  return answer.Version ?? 0;
}

/** What fits into a parameter of the standard tier, in bytes (SSM, PutParameter). */
const standardBytesMax = 4096;

/**
 * Writes a parameter that does not exist yet; Parameter Store itself refuses it where there is one, so
 * that of two writers one wins and nobody's document is overwritten.
 *
 * @returns the version; null where the parameter exists
 */
export async function createParameter(
  clients: Clients,
  name: string,
  value: string,
): Promise<number | null> {
  const isLong = Buffer.byteLength(value) > standardBytesMax;
  try {
    const answer = await clients.ssm.send(
      new PutParameterCommand({
        Name: name,
        Value: value,
        Type: "String",
        Overwrite: false,
        ...(isLong ? { Tier: "Advanced" } : {}),
      }),
    );
    return answer.Version ?? 1;
  } catch (thrown) {
    if (isNamed(thrown, "ParameterAlreadyExists")) return null;
    throw thrown;
  }
}

/**
 * Deletes a parameter, if it is there.
 *
 * @returns false where Parameter Store knows of none
 */
export async function deleteParameter(clients: Clients, name: string): Promise<boolean> {
  try {
    await clients.ssm.send(new DeleteParameterCommand({ Name: name }));
    return true;
  } catch (thrown) {
    if (isNamed(thrown, "ParameterNotFound")) return false;
    throw thrown;
  }
}

/** Takes a label off a version: an old version with a label blocks the hundred-and-first edit. */
export async function removeLabel(
  clients: Clients,
  name: string,
  version: number,
  label: string,
): Promise<void> {
  await clients.ssm.send(
    new UnlabelParameterVersionCommand({ Name: name, ParameterVersion: version, Labels: [label] }),
  );
}
