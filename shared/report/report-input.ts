import type { AppliedPlan } from "../plan/applied.ts";
import type { Change } from "../plan/change.ts";
import type { PlanContext } from "../plan/context.ts";
import type { DriftWidening } from "../plan/widening.ts";
import type { Attribution } from "./attribution.ts";
import type { ShutDoor } from "./shut-doors.ts";
import type { Undone } from "./undone.ts";

/** What a run did for one environment, and what else its report is made from. */
export type ReportInput = AppliedPlan &
  Pick<PlanContext, "account" | "installation" | "now"> & {
    readonly attribute: (widening: DriftWidening) => Attribution;
    /** Why a correction that was made before is due again; left out where nobody asked. */
    readonly undone?: (change: Change) => Undone;
    /** The session that this run itself is, where it was asked: our own earlier run is not a stranger. */
    readonly ownSession: string | null;
    /** What was opened and shut again before this run looked. */
    readonly shut: readonly ShutDoor[];
  };
