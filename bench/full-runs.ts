import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundleFunction } from "../scripts/bundle.ts";
import { type AccountAsked, type AccountTaken, callMs, type RunTaken } from "./full-runs/taken.ts";
import { said, start } from "./process.ts";

type Size = { readonly environments: number; readonly organisations: number };

/** One scheduled run over so many environments, all of them in sync. */
export type FullRun = Size & AccountTaken & RunTaken;

const schedule = { source: "aws.events", "detail-type": "Scheduled Event" };

const sizes: readonly Size[] = [
  { environments: 10, organisations: 1 },
  { environments: 100, organisations: 1 },
  { environments: 1_000, organisations: 1 },
  { environments: 1_000, organisations: 50 },
  { environments: 5_000, organisations: 1 },
];

/**
 * Plays a scheduled run of the function's bundle over accounts of each size. Account and function have a
 * process each, and each call is delayed by `callMs`, so seconds are measured, not computed.
 */
export async function measureFullRuns(
  wanted: readonly Size[] = sizes,
): Promise<readonly FullRun[]> {
  return withBundle(async (bundle) => {
    const runs: FullRun[] = [];
    for (const size of wanted) runs.push(await measure(size, bundle));
    return runs;
  });
}

/** The function's bundle, and the program that runs it in a process of its own. */
type Bundle = { readonly reconcile: string; readonly program: string };

async function withBundle<Result>(play: (bundle: Bundle) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "full-runs-"));
  const program = join(folder, "function.mjs");
  try {
    await bundleFunction("reconcile", folder);
    // As JavaScript: where Node takes the types out itself, that is 30 MB of the process.
    const entryPoints = [fileOf("function")];
    await build({ entryPoints, outfile: program, bundle: true, platform: "node", format: "esm" });
    return await play({ reconcile: join(folder, "reconcile.mjs"), program });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(size: Size, bundle: Bundle): Promise<FullRun> {
  return withAccount(size, bundle, async ({ begin, account }) => {
    const run = await begin().run(schedule);
    const taken = { ...size, ...(await account<AccountTaken>({ ask: "calls" })), ...run };
    const { environments, outcomes, errors } = taken;
    if (outcomes["in-sync"] !== environments || errors.length > 0) {
      throw new Error(`not a quiet run: ${JSON.stringify({ outcomes, errors })}`);
    }
    return taken;
  });
}

/** A function whose process lives on between its runs, as Lambda's does. */
type FunctionProcess = { readonly run: (event: unknown) => Promise<RunTaken> };

type Place = {
  /** Begins a process of the function. */
  readonly begin: () => FunctionProcess;
  readonly account: <Answer>(asked: AccountAsked) => Promise<Answer>;
};

/** An account and, in it, any number of processes of the function. */
async function withAccount<Result>(
  { environments, organisations }: Size,
  bundle: Bundle,
  play: (place: Place) => Promise<Result>,
): Promise<Result> {
  const account = start(fileOf("account"), [environments, organisations], process.env);
  const functions: ChildProcess[] = [];
  try {
    const variables = await said<Readonly<Record<string, string>>>(account);
    const env = {
      ...variables,
      POWERTOOLS_LOG_LEVEL: "WARN",
      POWERTOOLS_METRICS_DISABLED: "true",
      // As the stack sets it (serverless.yml).
      MALLOC_ARENA_MAX: "1",
    };
    return await play({
      begin: () => {
        const child = start(bundle.program, [bundle.reconcile], env);
        functions.push(child);
        return { run: (event) => asked(child, event) };
      },
      account: (question) => asked(account, question),
    });
  } finally {
    for (const child of [account, ...functions]) child.kill();
  }
}

function asked<Answer>(child: ChildProcess, question: unknown): Promise<Answer> {
  child.send(question ?? {});
  return said(child);
}

function fileOf(program: string): string {
  return fileURLToPath(new URL(`full-runs/${program}.ts`, import.meta.url));
}

/** The table of the full runs, for a screen. */
export function fullRunTable(runs: readonly FullRun[]): readonly string[] {
  const columns = ["organisations", "calls", "round trips", "s", "CPU s", "MB", "heap MB"];
  const head = ["full run over".padEnd(20), ...columns.map((column) => column.padStart(14))];
  const lines = runs.map((run) => {
    const cells = [
      String(run.organisations),
      String(run.calls),
      String(run.roundTrips),
      run.seconds.toFixed(1),
      run.cpuSeconds.toFixed(1),
      run.rssMb.toFixed(0),
      run.heapMb.toFixed(0),
    ];
    const name = `${run.environments} environments`.padEnd(20);
    return [name, ...cells.map((cell) => cell.padStart(14))].join("");
  });
  return [
    head.join(""),
    ...lines,
    `(each call takes ${callMs} ms; MB: the most that the process had, Node included)`,
  ];
}

/** The same, measured now. */
export async function fullRunLines(): Promise<readonly string[]> {
  return fullRunTable(await measureFullRuns());
}

/** A run that was woken by one event: a trust policy that somebody has opened. */
export type EventRun = AccountTaken &
  RunTaken & {
    readonly environments: number;
    /** Had the process made a run over all environments before? */
    readonly warm: boolean;
  };

const eventSizes = [1, 100, 1_000, 5_000];

/** What one event costs among so many environments, in a new process and in one that has run before. */
export async function measureEvents(
  wanted: readonly number[] = eventSizes,
): Promise<readonly EventRun[]> {
  return withBundle(async (bundle) => {
    const runs: EventRun[] = [];
    for (const environments of wanted) {
      const size = { environments, organisations: 1 };
      runs.push(...(await withAccount(size, bundle, (place) => eventsIn(place, environments))));
    }
    return runs;
  });
}

async function eventsIn({ begin, account }: Place, environments: number) {
  const runs: EventRun[] = [];
  for (const warm of [false, true]) {
    const { run } = begin();
    if (warm) await run(schedule);
    const event = await account<unknown>({ ask: "open" });
    const taken = await run(event);
    runs.push({ environments, warm, ...(await account<AccountTaken>({ ask: "calls" })), ...taken });
    if (taken.outcomes["reconciled"] !== 1) throw new Error(JSON.stringify(taken));
  }
  return runs;
}

/** The table of the events, for a screen. */
export function eventTable(runs: readonly EventRun[]): readonly string[] {
  const columns = ["calls", "round trips", "calls before", "trips before", "s", "MB"];
  const head = ["an opened trust".padEnd(34), ...columns.map((column) => column.padStart(14))];
  const lines = runs.map((run) => {
    const cells = [
      String(run.calls),
      String(run.roundTrips),
      String(run.beforeWrite?.calls ?? "–"),
      String(run.beforeWrite?.roundTrips ?? "–"),
      run.seconds.toFixed(1),
      run.rssMb.toFixed(0),
    ];
    const name = `among ${run.environments}, ${run.warm ? "after a full run" : "in a new process"}`;
    return [name.padEnd(34), ...cells.map((cell) => cell.padStart(14))].join("");
  });
  return [head.join(""), ...lines, "(before: answered before the write that shuts the door)"];
}

// By itself, `npx node bench/full-runs.ts`, or with sizes: `npx node bench/full-runs.ts 1000 5000/50`.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const given = process.argv.slice(2).map((text): Size => {
    const [environments = 1, organisations = 1] = text.split("/").map(Number);
    return { environments, organisations };
  });
  const runs = await measureFullRuns(given.length === 0 ? sizes : given);
  for (const line of fullRunTable(runs)) console.log(line);
  const events = await measureEvents(
    given.length === 0 ? eventSizes : given.map(({ environments }) => environments),
  );
  for (const line of eventTable(events)) console.log(line);
}
