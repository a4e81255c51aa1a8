/**
 * A drill: proof that the loop takes off what nobody asked for. `ground.ts` says whether the loop
 * would do anything, `tag.ts` which tag harms nobody, `sight.ts` when it is really gone. Nothing here
 * calls AWS: the command `drill` does.
 */

import type { EnvironmentDocument, Mode } from "../document/index.ts";
import type { DocumentVersion, KnownRecord } from "../plan/control.ts";
import type { Status } from "../plan/status.ts";

/** Whether a drill in an environment would show anything, and on which document's role. */
type Ground =
  | { readonly kind: "ready"; readonly document: EnvironmentDocument }
  | { readonly kind: "refused"; readonly why: string };

/**
 * Where a drill can show something: a version is in force, and the loop corrects what differs. The
 * mode is that of the newest version that is neither invalid nor held, or, where no run has looked
 * since, also of the version before it: in doubt nobody would take the tag off.
 */
export function groundOf(given: {
  readonly newest: DocumentVersion | null;
  readonly status: Pick<Status, "heldVersion" | "heldDigest"> | null;
  readonly record: KnownRecord;
}): Ground {
  const { newest, record } = given;
  if (newest === null) {
    return refused("its parameter is gone, and what is left of it is only watched");
  }
  if (record.kind === "misfit") {
    return refused(`the record of what is in force cannot be believed: ${record.why}`);
  }
  const known = record.kind === "found" ? record.record : null;
  const inForce = known?.applied ?? null;
  if (known === null || inForce === null) {
    return refused("no version of its document is in force, so it has no role that is kept");
  }
  const passive = [modeOfNewest(given), known.mode].find(
    (mode) => mode === "observe" || mode === "suspend",
  );
  if (passive !== undefined) {
    return refused(`its mode is ${passive}, so nobody would take the tag off`);
  }
  return { kind: "ready", document: (known.begun ?? inForce).document };
}

function refused(why: string): Ground {
  return { kind: "refused", why };
}

function modeOfNewest({
  newest,
  status,
}: Pick<Parameters<typeof groundOf>[0], "newest" | "status">): Mode | null {
  if (newest === null || newest.parsed.kind === "invalid") return null;
  const isHeld = status?.heldVersion === newest.version && status.heldDigest === newest.digest;
  return isHeld ? null : newest.parsed.document.mode;
}
