import type { Trigger } from "../wake/index.ts";
import type { Outcome } from "./report.ts";

/** The JSON of `PREFIX/heartbeat`: one write a run, so that silence can be noticed. */
export function heartbeatOf(input: {
  readonly at: Date;
  readonly runId: string;
  readonly trigger: Trigger;
  readonly outcomes: readonly Outcome[];
  /** Where the next run goes on; `null`, and then not written, where this one reached all. */
  readonly next: string | null;
  /** When the records were listed last, and of which environments one can go by it; `null`: list them. */
  readonly records: { readonly at: string; readonly count: number; readonly of: string } | null;
  /** What the installation is restricted to, by the names of the variables: a command from a shell goes by it. */
  readonly settings: Readonly<Record<string, string>>;
}): string {
  const outcomes: Partial<Record<Outcome, number>> = {};
  for (const outcome of input.outcomes) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  return JSON.stringify({
    at: input.at.toISOString(),
    runId: input.runId,
    trigger: input.trigger,
    environments: input.outcomes.length,
    outcomes,
    ...(input.next === null ? {} : { next: input.next }),
    ...(input.records === null ? {} : { records: input.records }),
    settings: input.settings,
  });
}
