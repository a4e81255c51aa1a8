import type { AppliedPlan } from "../plan/applied.ts";
import type { DriftWidening } from "../plan/widening.ts";
import type { Account } from "../trust/index.ts";
import type { Attribution } from "./attribution.ts";

/** What a run did for one environment, and what else its report is made from. */
export type ReportInput = AppliedPlan & {
  readonly attribute: (widening: DriftWidening) => Attribution;
  /** The session that this run itself is, where it was asked: our own earlier run is no stranger. */
  readonly ownSession: string | null;
  readonly account: Account;
  readonly periodMinutes: number;
  readonly now: Date;
};
