import { alertOf } from "./alert.ts";
import type { Draft } from "./alert-draft.ts";
import { contendedDrafts } from "./alerts-contended.ts";
import { correctedDrafts } from "./alerts-corrected.ts";
import { editDrafts } from "./alerts-edit.ts";
import { holderDrafts } from "./alerts-holders.ts";
import { orphanDrafts } from "./alerts-orphan.ts";
import { revokedDrafts } from "./alerts-revoked.ts";
import { stateDrafts } from "./alerts-state.ts";
import { widenedDrafts } from "./alerts-widened.ts";
import type { EnvironmentResult } from "./environment.ts";
import type { Alert } from "./report.ts";

export { takenOverAlert } from "./taken-over.ts";

/**
 * The alerts of one environment: for what happened in this run, and for each state that changed
 * since the last status. A state that stays is never reported twice.
 */
export function alertsOf(result: EnvironmentResult): readonly Alert[] {
  const name = result.entry.name;
  const drafts: readonly Draft[] = [
    ...widenedDrafts(result),
    ...contendedDrafts(result),
    ...revokedDrafts(result),
    ...editDrafts(result),
    ...correctedDrafts(result),
    ...stateDrafts(result),
    ...orphanDrafts(result),
    ...holderDrafts(result),
  ];
  return drafts.map(({ title, ...draft }) =>
    alertOf({ ...draft, environment: name, title: `${name}: ${title}` }),
  );
}
