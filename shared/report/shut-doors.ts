import type { DriftWidening } from "../plan/drift.ts";

/** A door that an event says was opened, and that was shut again before a run looked. */
export type ShutDoor = {
  readonly found: DriftWidening;
  readonly actor: string | null;
  /** ISO instant, as CloudTrail has it. */
  readonly openedAt: string;
  /** `null`: nobody knows yet; likewise `closedAt`. */
  readonly closedBy: string | null;
  readonly closedAt: string | null;
};
