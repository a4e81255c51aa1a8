import type { PlannedEnvironment } from "../plan/applied.ts";
import type { PlanContext } from "../plan/context.ts";
import type { ControlEntry } from "../plan/control.ts";
import type { DesiredProvider } from "../plan/desired.ts";
import type { Organisation } from "../plan/organisation.ts";
import { isAnythingLeft } from "../plan/orphans.ts";
import type { Holders } from "../plan/removal.ts";
import type { WritePermission } from "../plan/writes.ts";
import type { EnvironmentReport } from "../report/report.ts";
import type { Snapshot } from "./observe.ts";

/** What a pass plans from: its context, the control surface and one look at the account. */
export type Planning = PlanContext & {
  /** Every environment of the prefix that was read: they share names and providers. */
  readonly all: readonly ControlEntry[];
  /** What environments that were not read ask of providers, as far as anybody remembers, by ARN. */
  readonly unseen: ReadonlyMap<string, DesiredProvider>;
  /** Those that this run looks at. */
  readonly entries: readonly ControlEntry[];
  readonly snapshot: Snapshot;
  /** Whether environments may settle; `null`: each is asked for whole later. */
  readonly settling: Settling | null;
};

/** What decides of which environments no more than their reports is held once they are planned. */
type Settling = {
  readonly permission: WritePermission;
  /** Those that this run has written something for already. */
  readonly except: ReadonlySet<string>;
};

export type Plans = {
  readonly environments: readonly PlannedEnvironment[];
  /** The reports of the others: nothing is to be written for them, and nothing more to be said. */
  readonly settled: readonly EnvironmentReport[];
  readonly organisations: readonly Organisation[];
  /** The account's roles, where it was read whole; `null` where roles were read by name. */
  readonly holders: Holders | null;
};

/** What is planned, and what from. */
export type Planned = { readonly planning: Planning; readonly plans: Plans };

/** Is nothing to be written, nothing left to be removed or to be forgotten, and nobody in the way? */
export function isIdle({ environments, organisations }: Plans): boolean {
  return (
    environments.every(
      ({ plan, orphans }) =>
        plan.changes.length + plan.blocked.length === 0 &&
        plan.choice.kind === "newest" &&
        !isAnythingLeft(orphans) &&
        Object.values(orphans.gone).flat().length === 0,
    ) && organisations.every(({ plan }) => plan.closing.length + plan.opening.length === 0)
  );
}
