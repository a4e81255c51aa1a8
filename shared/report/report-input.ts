import type { ControlEntry } from "../plan/control.ts";
import type { AppliedRecord } from "../plan/record.ts";
import { recordBefore } from "../plan/record-after.ts";
import type { DriftWidening } from "../plan/widening.ts";
import type { Account } from "../trust/index.ts";
import type { Attribution } from "./attribution.ts";
import type { Carriage } from "./outcome.ts";

/** What a run did for one environment, and what else its report is made from. */
export type ReportInput = {
  readonly entry: ControlEntry;
  readonly carriage: Carriage;
  /** The record as it stands in Parameter Store now; left out, as it was read. */
  readonly fence?: { readonly record: AppliedRecord };
  readonly ownsProvider: boolean;
  readonly audienceWidenings: readonly DriftWidening[];
  readonly attribute: (widening: DriftWidening) => Attribution;
  /** The session that this run itself is, where it was asked: our own earlier run is no stranger. */
  readonly ownSession: string | null;
  readonly account: Account;
  readonly periodMinutes: number;
  readonly now: Date;
};

/** The record that this run's next write follows. */
export function recordOf({ fence, entry, carriage }: ReportInput): AppliedRecord {
  return fence?.record ?? recordBefore(entry, carriage.plan.evidence);
}
