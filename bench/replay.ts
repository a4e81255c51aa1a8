import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { logFile, replayed } from "./recorded.ts";

const records = 10_000;
const identities = 200;

/** What `trust replay` takes of time beside the least that it could, and of memory as files grow. */
export function replayLines(): readonly string[] {
  return [...timeLines(), "", ...memoryLines()];
}

function timeLines(): readonly string[] {
  const parts = [...logFile(records, identities)];
  const text = Buffer.concat(parts).toString();
  const parse = best(() => JSON.parse(text));
  const replay = best(() => replayed(parts).result());
  const size = (text.length / 1024 / 1024).toFixed(1);
  return [
    `replay of ${records} records, ${identities} identities, ${size} MB`,
    `${"JSON.parse of the same, whole".padEnd(40)}${parse.toFixed(0).padStart(9)} ms`,
    `${"replay, in parts of 64 KB".padEnd(40)}${replay.toFixed(0).padStart(9)} ms, ${(replay / parse).toFixed(1)} times`,
  ];
}

/** The best of five, after one that warms up. */
function best(task: () => unknown): number {
  task();
  const times = [1, 2, 3, 4, 5].map(() => {
    const from = performance.now();
    task();
    return performance.now() - from;
  });
  return Math.min(...times);
}

const sizes = [
  [10_000, 200],
  [100_000, 200],
  [1_000_000, 200],
  [1_000_000, 1_000_000],
] as const;

type Taken = Readonly<
  Record<"ms" | "counted" | "fingerprints" | "heldMb" | "mostMb" | "listed", number>
>;

function memoryLines(): readonly string[] {
  const columns = ["identities", "listed", "s", "fingerprints", "held", "most"];
  const head = ["records".padEnd(12), ...columns.map((column) => column.padStart(13))].join("");
  const lines = sizes.map(([count, distinct]) => {
    const taken = memoryOf(count, distinct);
    if (taken.counted !== count) throw new Error(`${taken.counted} records of ${count} counted`);
    const cells = [
      String(distinct),
      String(taken.listed),
      (taken.ms / 1000).toFixed(1),
      `${(taken.fingerprints / 1024 / 1024).toFixed(1)} MB`,
      `${taken.heldMb.toFixed(0)} MB`,
      `${taken.mostMb.toFixed(0)} MB`,
    ];
    return [String(count).padEnd(12), ...cells.map((cell) => cell.padStart(13))].join("");
  });
  return [
    head,
    ...lines,
    "(held: the heap at the end; most: what the process ever had, Node included)",
  ];
}

/** Node takes what it may before it cleans up: a small heap shows what is needed. */
function memoryOf(count: number, distinct: number): Taken {
  const script = fileURLToPath(new URL("replay-memory.ts", import.meta.url));
  const heap = distinct > identities ? [] : ["--max-old-space-size=48"];
  const args = ["--expose-gc", ...heap, script, String(count), String(distinct)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }));
}
