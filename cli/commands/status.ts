import type { Clients } from "../../shared/edge/clients.ts";
import { readLabelled, readNamed, readParameters } from "../../shared/edge/parameters.ts";
import { approvalLabel } from "../../shared/loop/further.ts";
import { blockLines } from "../../shared/report/blocks.ts";
import {
  type EnvironmentOverview,
  isSettled,
  isStale,
  type Looked,
  overviewOf,
} from "../../shared/report/overview.ts";
import { overviewBlocks } from "../../shared/report/overview-lines.ts";
import { failureOf } from "../aws-failure.ts";
import { command } from "../command.ts";
import { CommandError } from "../command-error.ts";
import { checkNames, unknownAmong } from "../environment-names.ts";
import { exitCodes } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { ready, settingsAsInstalled } from "../settings.ts";
import { type Seen, watch } from "../watch.ts";

export const status = command({
  name: "status",
  summary: "Show how each environment is, what waits for a person, and the last run",
  usage: ["[NAME…] [--watch]"],
  description: [
    "Reads what the last runs wrote: conditions, held versions and outputs of the named environments, or of all of them, and when the last run over all of them ended. Asks Parameter Store and nothing else.",
    "A last run is too long ago if it ended more than two periods of the schedule ago. A period has 15 minutes, or as many as OIDC_SCHEDULE_MINUTES says.",
  ],
  operands: { name: "NAME", least: 0, most: Number.POSITIVE_INFINITY },
  options: {
    watch: { summary: "Look again every five seconds, and show what has changed, until Ctrl-C" },
  },
  examples: [
    { line: "oidc-reconciler status", does: "Show all environments" },
    {
      line: "oidc-reconciler status production --watch",
      does: "Wait for an edit to come into force",
    },
  ],
  exits: {
    ok: "All are ready, nothing is held, and the last run is not too long ago",
    failed: "AWS refused or did not answer",
    usage: "The command line or a setting cannot be used, or there is no such environment",
    differs: "Something is held, not ready or not in sync, or runs have stopped",
  },
  run: async (input, io) => {
    checkNames(input.operands);
    if (input.has("watch") && input.has("json")) {
      throw new CommandError("--json prints one value and --watch prints many: leave one out.");
    }
    const look = await lookerAt(input.operands, io);
    if (input.has("watch")) return watch(io, look);
    const { looked, blocks, exit } = await look();
    return {
      exit,
      json: looked.overview,
      view: blockLines(blocks),
      warnings: looked.spoilt.map(
        (name) => `${name} holds nothing that the reconciler wrote. See in CloudTrail who put it.`,
      ),
    };
  },
});

type Look = () => Promise<Seen & { readonly looked: Looked }>;

/** Looks at the named environments, or at all. @throws CommandError for one that is not there */
async function lookerAt(names: readonly string[], io: Io): Promise<Look> {
  const { settings, invocation } = await ready(io);
  const { prefix } = settings;
  let isFirst = true;
  return async () => {
    const read = await readAll(invocation.clients, prefix, names);
    const looked = overviewOf({ ...read, prefix, now: io.clock() });
    const installed = (await settingsAsInstalled(read.heartbeat, io)) ?? settings;
    const { periodMinutes } = installed.installation;
    const { environments, heartbeat } = looked.overview;
    const missing = names.find((name) => environments.every((each) => each.name !== name));
    // One that goes away while somebody watches is a change, not a mistake.
    if (missing !== undefined && isFirst)
      throw await unknownAmong(invocation.clients, prefix, missing);
    isFirst = false;
    const settled = environments.every(isSettled) && !isStale(heartbeat, periodMinutes);
    return {
      looked,
      blocks: overviewBlocks(looked, {
        prefix,
        periodMinutes,
        approved: await approvedAmong(environments, invocation.clients, prefix),
      }),
      exit: settled && looked.spoilt.length === 0 ? exitCodes.ok : exitCodes.differs,
    };
  };
}

/** Environments whose held version somebody has approved since the last run. */
async function approvedAmong(
  environments: readonly EnvironmentOverview[],
  clients: Clients,
  prefix: string,
): Promise<readonly string[]> {
  const held = environments.filter(({ heldVersion }) => heldVersion !== null);
  const parameter = ({ name }: EnvironmentOverview) => `${prefix}/environments/${name}`;
  const labelled = await reading("ssm:GetParameters", () =>
    readLabelled(clients, held.map(parameter), approvalLabel),
  );
  return held
    .filter((each) => labelled.get(parameter(each))?.version === each.heldVersion)
    .map(({ name }) => name);
}

/** The parameters of the named environments by ten, or of all in pages; and the heartbeat. */
async function readAll(clients: Clients, prefix: string, names: readonly string[]) {
  const folders = [`${prefix}/environments`, `${prefix}/status`] as const;
  const heartbeat = `${prefix}/heartbeat`;
  if (names.length > 0) {
    const wanted = names.flatMap((name) => folders.map((folder) => `${folder}/${name}`));
    const read = await reading("ssm:GetParameters", () =>
      readNamed(clients, [...wanted, heartbeat]),
    );
    const parameters = [...read.values()];
    return {
      documents: parameters,
      statuses: parameters,
      heartbeat: read.get(heartbeat)?.value ?? null,
    };
  }
  const listing = (folder: string) =>
    reading("ssm:GetParametersByPath", () => readParameters(clients, folder));
  const [documents, statuses, read] = await Promise.all([
    listing(folders[0]),
    listing(folders[1]),
    reading("ssm:GetParameters", () => readNamed(clients, [heartbeat])),
  ]);
  return { documents, statuses, heartbeat: read.get(heartbeat)?.value ?? null };
}

async function reading<T>(action: string, read: () => Promise<T>): Promise<T> {
  return read().catch((thrown: unknown) => {
    throw failureOf(thrown, action);
  });
}
