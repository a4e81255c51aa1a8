import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { logFile, replayed } from "./recorded.ts";
import { type Section, times } from "./section.ts";

const records = 10_000;
const identities = 200;

/** How many times as long a replay of a file takes as `JSON.parse` of it. */
function replayRatio(): number {
  const parts = [...logFile(records, identities)];
  const text = Buffer.concat(parts).toString();
  const parse = best(() => JSON.parse(text));
  return best(() => replayed(parts).result()) / parse;
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
  [100_000, 100_000],
] as const;

type Taken = Readonly<
  Record<"ms" | "counted" | "fingerprints" | "heldMb" | "mostMb" | "listed", number>
>;

const rows = sizes.map(
  ([count, distinct]) =>
    `${count.toLocaleString("en")} records, ${distinct.toLocaleString("en")} identities`,
);

/** What `trust replay` takes of time beside the least that it could, and of memory as files grow. */
export const replay: Section = {
  title: "Replaying a trail's log files",
  about: `
\`trust replay\` reads CloudTrail files as a stream and counts each identity once. *Time* is a multiple of \`JSON.parse\`
of the same bytes, measured for the first row. *Held* is the heap at the end. *Most* is what the process ever had, Node
included; more records of the same identities take no more.`,
  columns: ["file", "time", "held", "most"],
  rows,
  measure: async () =>
    sizes.map(([count, distinct], at) => {
      const taken = memoryOf(count, distinct);
      if (taken.counted !== count) throw new Error(`${taken.counted} records of ${count} counted`);
      const time = at === 0 ? times(replayRatio()) : "";
      return [time, `${taken.heldMb.toFixed(0)} MB`, `${taken.mostMb.toFixed(0)} MB`];
    }),
};

/** Node takes what it may before it cleans up: a small heap shows what is needed. */
function memoryOf(count: number, distinct: number): Taken {
  const script = fileURLToPath(new URL("replay-memory.ts", import.meta.url));
  const heap = distinct > identities ? [] : ["--max-old-space-size=48"];
  const args = ["--expose-gc", ...heap, script, String(count), String(distinct)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }));
}
