import type { AppliedPlan } from "../plan/applied.ts";
import type { PlanContext } from "../plan/context.ts";
import type { DriftWidening } from "../plan/widening.ts";
import type { Attribution } from "./attribution.ts";

/** What a run did for one environment, and what else its report is made from. */
export type ReportInput = AppliedPlan &
  Pick<PlanContext, "account" | "installation" | "now"> & {
    readonly attribute: (widening: DriftWidening) => Attribution;
    /** The session that this run itself is, where it was asked: our own earlier run is not a stranger. */
    readonly ownSession: string | null;
  };
