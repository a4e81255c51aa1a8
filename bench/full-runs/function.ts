/**
 * The function's bundle in a process of its own. Started by `full-runs.ts` with the bundle's file; runs with
 * each event that it is sent, and says what the run took.
 */
import { isRecord } from "../../shared/json.ts";
import { peakMemoryMb } from "../peak-memory.ts";
import type { RunTaken } from "./taken.ts";

const context = {
  functionName: "reconcile",
  invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:reconcile",
  getRemainingTimeInMillis: () => 600_000,
};
const megabyte = 1024 * 1024;

async function loaded(file: string): Promise<(event: unknown, context: unknown) => unknown> {
  const module: unknown = await import(file);
  const handler = isRecord(module) ? module["handler"] : undefined;
  if (typeof handler !== "function") throw new Error(`${file} exports no handler`);
  return (event, given) => handler(event, given);
}

function listIn(report: unknown, name: string): readonly Readonly<Record<string, unknown>>[] {
  const list = isRecord(report) ? report[name] : undefined;
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

type Handler = Awaited<ReturnType<typeof loaded>>;

async function take(handler: Handler, event: unknown): Promise<RunTaken> {
  let heap = 0;
  const timer = setInterval(() => {
    heap = Math.max(heap, process.memoryUsage().heapUsed);
  }, 20);
  const before = process.cpuUsage();
  const from = performance.now();
  const report = await handler(event, context);
  const seconds = (performance.now() - from) / 1000;
  const { user, system } = process.cpuUsage(before);
  clearInterval(timer);
  const outcomes = listIn(report, "environments").map(({ outcome }) => String(outcome));
  return {
    seconds,
    cpuSeconds: (user + system) / 1_000_000,
    rssMb: peakMemoryMb(),
    heapMb: heap / megabyte,
    outcomes: Object.fromEntries(
      [...Map.groupBy(outcomes, (outcome) => outcome)].map(([key, { length }]) => [key, length]),
    ),
    errors: listIn(report, "errors").map(({ message }) => String(message)),
  };
}

const handler = await loaded(process.argv[2] ?? "");
process.on("message", async (event) => process.send?.(await take(handler, event)));
