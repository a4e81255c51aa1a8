import type { RunInput } from "./run-input.ts";

/** A bare event comes from a rule that somebody has put before the function: it counts like the queue's. */
export function sourceOf({ wake }: Pick<RunInput, "wake">): "queue" | "hand" {
  return wake.source === "hand" ? "hand" : "queue";
}

/** Is the run over all environments? */
export function isFull({ wake }: Pick<RunInput, "wake">): boolean {
  return wake.scopes.some(({ kind }) => kind === "every");
}
