import { isRecord, parseJson } from "../json.ts";
import type { PlannedEnvironment } from "../plan/applied.ts";
import { mayClose } from "../plan/closing-changes.ts";
import type { EnvironmentPlan } from "../plan/environment.ts";
import type { Plans } from "./planning.ts";

/**
 * Plans in the order in which a run does them. What closes something comes first. Within that, a run goes
 * on by name where the last one's time was over, so that all have their turn, however often one of them
 * takes long, and whichever came or went meanwhile.
 *
 * @param from the first that the last run did not reach; `null` where it reached all
 */
export function inTurn(plans: Plans, from: string | null): Plans {
  const rank = ({ entry, plan }: PlannedEnvironment) =>
    (closesAnything(plan) ? 0 : 2) + (from !== null && entry.name < from ? 1 : 0);
  const environments = plans.environments.toSorted(
    (a, b) => rank(a) - rank(b) || byName(a.entry, b.entry),
  );
  return { ...plans, environments };
}

/**
 * Is there anything to close, be it by a write that opens as well? Where somebody opened a door, what
 * shuts it may also let in the jobs of the document.
 */
export function closesAnything({ changes, widenings }: EnvironmentPlan): boolean {
  return changes.some(
    (change) => change.effect === "closes" || widenings.some((found) => mayClose(found, change)),
  );
}

type Named = { readonly name: string };

/** The order in which environments are reported. */
export function byName(one: Named, other: Named): number {
  return one.name < other.name ? -1 : one.name > other.name ? 1 : 0;
}

/** Where the time of the last run over all environments was over, as its heartbeat says. */
export function turnIn(heartbeat: string | undefined): string | null {
  const data = parseJson(heartbeat ?? "");
  const next = isRecord(data) ? data["next"] : null;
  return typeof next === "string" ? next : null;
}
