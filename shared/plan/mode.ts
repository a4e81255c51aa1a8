import type { EnvironmentDocument } from "../document/index.ts";
import { versionOf } from "./choice.ts";
import type { PlanContext } from "./context.ts";
import type { EnvironmentPlan } from "./environment.ts";

/** What is decided of an environment before it is planned. */
export type Decided = Pick<EnvironmentPlan, "choice" | "evidence">;

/** The mode of the newest version that is neither invalid nor held: the one chosen now, or last. */
export function modeOf({ choice, evidence }: Decided): EnvironmentDocument["mode"] {
  const record = evidence.kind === "record" ? evidence.record.mode : null;
  const chosen = versionOf(choice)?.document.mode ?? null;
  return (choice.kind === "newest" ? chosen : (record ?? chosen)) ?? "enforce";
}

/** The mode that forbids every write, in a dry run as in any other; `null` where none does. */
export function passiveMode(
  decided: Decided,
  { force }: Pick<PlanContext, "force">,
): "observe" | "suspend" | null {
  const mode = modeOf(decided);
  return mode === "enforce" || (mode === "observe" && force) ? null : mode;
}
