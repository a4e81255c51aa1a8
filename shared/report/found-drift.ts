import { isShut, isShutOnOldRole } from "../plan/closing-changes.ts";
import type { KeptDeny } from "../plan/denies.ts";
import type { DriftWidening } from "../plan/drift.ts";
import type { ReportedWidening } from "./report.ts";
import type { ReportInput } from "./report-input.ts";
import { reportedExample } from "./reported-example.ts";
import type { ShutDoor } from "./shut-doors.ts";

/** A door that was found open, and what is reported of it. */
export type FoundDrift = { readonly found: DriftWidening; readonly reported: ReportedWidening };

/** What was found open in the account: corrected, or left and why. */
export function foundDriftOf(
  input: ReportInput,
  /** The ARN of the role that the environment has or asks for. */
  role: string,
): readonly FoundDrift[] {
  const { audienceWidenings, attribute, now } = input;
  const { plan, orphans } = input;
  const own = [...plan.widenings, ...audienceWidenings].map((found) => {
    return { found, reverted: isShut(found, input) };
  });
  const left = orphans.widenings.map((found) => {
    return { found, reverted: isShutOnOldRole(found, input) };
  });
  return [...own, ...left].map(({ found, reverted }) => ({
    found,
    reported: {
      source: "drift",
      ...reportedExample(found, found.former ?? role),
      disposition: reverted ? "reverted" : "observed",
      undecided: found.undecided,
      ...attribute(found),
      closedAt: reverted ? now.toISOString() : null,
    },
  }));
}

/** A door that was shut again, and what is reported of it. */
export type ReportedShutDoor = ShutDoor & { readonly reported: ReportedWidening };

/** What was opened and shut again before the run looked. Where nobody knows when, it was shut by now. */
export function shutDoorsOf(
  { shut, now }: Pick<ReportInput, "shut" | "now">,
  role: string,
): readonly ReportedShutDoor[] {
  return shut.map((door) => ({
    ...door,
    reported: {
      source: "drift",
      ...reportedExample(door.found, door.found.former ?? role),
      disposition: "observed",
      undecided: door.found.undecided,
      actor: door.actor,
      openedAt: door.openedAt,
      closedAt: door.closedAt ?? now.toISOString(),
    },
  }));
}

/** What to ask CloudTrail for where a policy that only denies was put on the role. */
export function denyWidening(deny: KeptDeny, role: string): DriftWidening {
  const { kind, id, document } = deny;
  return {
    resource: "permissions",
    admitted: null,
    undecided: [],
    isImpossible: false,
    traces: [
      kind === "inline"
        ? { kind: "inline-policy", role, name: id, document }
        : { kind: "attachment", role, policyArn: id, document },
    ],
  };
}
