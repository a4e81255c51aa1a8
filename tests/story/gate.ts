import { readdirSync, readFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { RecordedCall } from "../../sandbox/index.ts";

export type RoundTrips = {
  /** Every call, as `service:Operation`, in the order in which they were asked. */
  readonly calls: readonly string[];
  /** How often something waited for answers. */
  readonly sequential: number;
  /** The same of what was answered before the first write in IAM; `null` where nothing was written. */
  readonly beforeWrite: { readonly calls: number; readonly sequential: number } | null;
};

/** Holds answers back, and says what that came to. */
export type Gate = {
  /** Is awaited before each answer. */
  readonly held: (call: RecordedCall | undefined) => Promise<void>;
  readonly taken: () => RoundTrips;
};

/** So often nothing else was asked for when everything that could go on without an answer had its turn. */
const quietTurns = 40;

/**
 * Holds all answers back until nobody asks for more, and then lets all of them through at once: each group is one
 * round trip that something had to wait for. No time passes, so that no slow machine counts more of them.
 */
export function openGate(): Gate {
  const groups: string[][] = [];
  let group: string[] = [];
  let waiting: (() => void)[] = [];
  let quiet = 0;
  const watch = async (): Promise<void> => {
    for (quiet = 0; quiet < quietTurns; quiet += 1) await setImmediate();
    groups.push(group);
    const passed = waiting;
    group = [];
    waiting = [];
    for (const pass of passed) pass();
  };
  return {
    held: (call) =>
      new Promise((pass) => {
        group.push(nameOf(call));
        waiting.push(pass);
        quiet = 0;
        if (waiting.length === 1) void watch();
      }),
    taken: () => {
      const first = groups.findIndex((calls) => calls.some(isIamWrite));
      const before = groups.slice(0, first);
      return {
        calls: groups.flat(),
        sequential: groups.length,
        beforeWrite: first < 0 ? null : { calls: before.flat().length, sequential: before.length },
      };
    },
  };
}

function nameOf(call: RecordedCall | undefined): string {
  if (call === undefined) throw new Error("An answer was held that no call has.");
  return `${call.service}:${call.operation}`;
}

const isIamWrite = (call: string): boolean => /^iam:(?!Get|List)/.test(call);

const shared = fileURLToPath(new URL("../../shared/", import.meta.url));

/** Loads all that runs load only when they need it: reading a file takes turns, which are not a round trip. */
export async function loadAll(): Promise<void> {
  for (const file of readdirSync(shared, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".ts")) continue;
    const from = pathToFileURL(`${shared}${file}`);
    const text = readFileSync(from, "utf8");
    for (const [, late = ""] of text.matchAll(/\bimport\(\s*"(\.[^"]+)"/g)) {
      await import(fileURLToPath(new URL(late, from)));
    }
  }
}
