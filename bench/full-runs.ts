import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleFunction } from "../scripts/bundle.ts";
import { type AccountTaken, callMs, type RunTaken } from "./full-runs/taken.ts";

type Size = { readonly environments: number; readonly organisations: number };

/** One scheduled run over so many environments, all of them in sync. */
export type FullRun = Size & AccountTaken & RunTaken;

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
  const folder = mkdtempSync(join(tmpdir(), "full-runs-"));
  try {
    await bundleFunction("reconcile", folder);
    const runs: FullRun[] = [];
    for (const size of wanted) runs.push(await measure(size, join(folder, "reconcile.mjs")));
    return runs;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(size: Size, bundle: string): Promise<FullRun> {
  const account = start("account", [size.environments, size.organisations], process.env);
  try {
    const environment = await said<Readonly<Record<string, string>>>(account);
    const run = await said<RunTaken>(
      start("function", [bundle], {
        ...environment,
        POWERTOOLS_LOG_LEVEL: "WARN",
        POWERTOOLS_METRICS_DISABLED: "true",
      }),
    );
    account.send("what was called");
    const taken = { ...size, ...(await said<AccountTaken>(account)), ...run };
    const { environments, outcomes, errors } = taken;
    if (outcomes["in-sync"] !== environments || errors.length > 0) {
      throw new Error(`not a quiet run: ${JSON.stringify({ outcomes, errors })}`);
    }
    return taken;
  } finally {
    account.kill();
  }
}

function start(
  script: string,
  given: readonly (string | number)[],
  env: NodeJS.ProcessEnv,
): ChildProcess {
  const file = fileURLToPath(new URL(`full-runs/${script}.ts`, import.meta.url));
  return fork(file, given.map(String), { env });
}

/** The next message of a process that we have written ourselves. */
async function said<Message>(child: ChildProcess): Promise<Message> {
  const died = once(child, "exit").then(([code]) => {
    throw new Error(`a process of the bench ended with ${code}`);
  });
  const [message] = await Promise.race([once(child, "message"), died]);
  return message;
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

// By itself, `npx node bench/full-runs.ts`, or with sizes: `npx node bench/full-runs.ts 1000 5000/50`.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const asked = process.argv.slice(2).map((text): Size => {
    const [environments = 1, organisations = 1] = text.split("/").map(Number);
    return { environments, organisations };
  });
  const runs = await measureFullRuns(asked.length === 0 ? sizes : asked);
  for (const line of fullRunTable(runs)) console.log(line);
}
