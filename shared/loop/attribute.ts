import type { Clients } from "../edge/clients.ts";
import { readTrail, type TrailRecord } from "../edge/trail.ts";
import type { DriftWidening, Trace } from "../plan/widening.ts";
import { attributionOf, type Witnessed } from "../report/attribution.ts";
import type { Attribution } from "../report/environment.ts";

/**
 * Asks CloudTrail who opened the doors that were found: one lookup for each role, policy or
 * provider, none where no door was open.
 *
 * @param woken the event that woke this run, which CloudTrail's history may show only minutes later
 */
export async function attributions(
  clients: Clients,
  widenings: readonly DriftWidening[],
  woken: Witnessed | null,
): Promise<(widening: DriftWidening) => Attribution> {
  const early = woken === null ? [] : [woken];
  const known = new Map(
    widenings.map((widening) => [widening, attributionOf(widening.traces, early)] as const),
  );
  const open = widenings.filter((widening) => known.get(widening)?.openedAt === null);
  const names = new Set(open.flatMap(({ traces }) => traces.map(resourceOf)));
  const records: TrailRecord[] = [];
  // One after the other: LookupEvents takes two calls a second.
  for (const name of names) records.push(...(await readTrail(clients, name)));
  return (widening) => {
    const first = known.get(widening);
    return first !== undefined && first.openedAt !== null
      ? first
      : attributionOf(widening.traces, records);
  };
}

function resourceOf(trace: Trace): string {
  switch (trace.kind) {
    case "trust-policy":
    case "attachment":
    case "inline-policy":
      return trace.role;
    case "policy-version":
      return trace.policyArn;
    case "audience":
      return trace.providerArn;
    default:
      return trace satisfies never;
  }
}
