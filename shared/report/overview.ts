import * as z from "zod/mini";
import { environmentNameOf } from "../document/index.ts";
import { parseJson } from "../json.ts";
import { type Conditions, conditionNames, parseStatus, type Status } from "../plan/status.ts";

/** One environment as its document and its status show it: nothing is asked of IAM. */
export type EnvironmentOverview = {
  readonly name: string;
  /** The newest version of the document; `null` where the parameter is gone and a status is left. */
  readonly version: number | null;
  readonly appliedVersion: number | null;
  readonly heldVersion: number | null;
  /** Empty where no run has looked at the document yet, or the status cannot be read. */
  readonly conditions: Partial<Conditions>;
  readonly outputs: Readonly<Record<string, string>>;
};

const heartbeatSchema = z.object({
  at: z.string(),
  runId: z.string(),
  trigger: z.string(),
  environments: z.int(),
  outcomes: z.record(z.string(), z.int()),
});

export type ShownHeartbeat = z.infer<typeof heartbeatSchema> & { readonly ageSeconds: number };

/** What `status` answers. */
export type Overview = {
  readonly heartbeat: ShownHeartbeat | null;
  readonly environments: readonly EnvironmentOverview[];
};

/** An overview, and the parameters whose text is nothing that the reconciler writes. */
export type Looked = { readonly overview: Overview; readonly spoilt: readonly string[] };

/** A parameter as it was read. */
type Read = { readonly name: string; readonly version: number; readonly value: string };

/**
 * The state of environments out of the parameters that hold it. It never throws, whatever somebody
 * has written there: what cannot be read counts as missing, and its parameter is named.
 *
 * @param given.heartbeat the text of `PREFIX/heartbeat`; null where there is none
 */
export function overviewOf(given: {
  readonly prefix: string;
  readonly documents: readonly Read[];
  readonly statuses: readonly Read[];
  readonly heartbeat: string | null;
  readonly now: Date;
}): Looked {
  const { prefix } = given;
  const versions = byName(given.documents, `${prefix}/environments/`);
  const statuses = byName(given.statuses, `${prefix}/status/`);
  const read = new Map([...statuses].map(([name, { value }]) => [name, parseStatus(value)]));
  const names = [...new Set([...versions.keys(), ...statuses.keys()])].toSorted();
  const heartbeat = given.heartbeat === null ? null : shownHeartbeat(given.heartbeat, given.now);
  const isSpoilt = given.heartbeat !== null && heartbeat === null;
  return {
    overview: {
      heartbeat,
      environments: names.map((name) =>
        environmentOf(name, versions.get(name)?.version ?? null, read.get(name) ?? null),
      ),
    },
    spoilt: [
      ...[...read].flatMap(([name, status]) =>
        status === null ? [`${prefix}/status/${name}`] : [],
      ),
      ...(isSpoilt ? [`${prefix}/heartbeat`] : []),
    ],
  };
}

function byName(parameters: readonly Read[], folder: string): ReadonlyMap<string, Read> {
  return new Map(
    parameters.flatMap((parameter) => {
      const below = parameter.name.startsWith(folder) ? parameter.name.slice(folder.length) : "";
      const name = environmentNameOf(`/environments/${below}`, "");
      return name === null ? [] : [[name, parameter] as const];
    }),
  );
}

function environmentOf(
  name: string,
  version: number | null,
  status: Status | null,
): EnvironmentOverview {
  return {
    name,
    version,
    appliedVersion: status?.appliedVersion ?? null,
    heldVersion: status?.heldVersion ?? null,
    conditions: status?.conditions ?? {},
    outputs: status?.outputs ?? {},
  };
}

function shownHeartbeat(text: string, now: Date): ShownHeartbeat | null {
  const { success, data } = z.safeParse(heartbeatSchema, parseJson(text));
  const at = success ? Date.parse(data.at) : Number.NaN;
  if (!success || Number.isNaN(at)) return null;
  // The clock that wrote it may be ahead of this one.
  return { ...data, ageSeconds: Math.max(0, Math.floor((now.getTime() - at) / 1000)) };
}

/** So many periods of the schedule may pass without a run: the alarm `no-heartbeat` waits as long. */
const periodsMax = 2;

/** Has no run over all environments ended for too long, or never? */
export function isStale(heartbeat: ShownHeartbeat | null, periodMinutes: number): boolean {
  return heartbeat === null || heartbeat.ageSeconds > staleAfterMinutes(periodMinutes) * 60;
}

export function staleAfterMinutes(periodMinutes: number): number {
  return periodsMax * periodMinutes;
}

/** Is the document in force whole, with nothing that waits for a person or the next run? */
export function isSettled(environment: EnvironmentOverview): boolean {
  const { version, appliedVersion, heldVersion, conditions } = environment;
  return (
    version !== null &&
    version === appliedVersion &&
    heldVersion === null &&
    conditionNames.every((name) => conditions[name]?.status === true)
  );
}
