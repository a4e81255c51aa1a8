import type { DocumentVersion } from "../plan/control.ts";
import { gainsFromNothing, gainsOf } from "../plan/guard.ts";
import { nothingObserved } from "../plan/observed.ts";
import { heldWidenings } from "../report/edit-widenings.ts";
import type { ReportedWidening } from "../report/report.ts";
import { type Account, type ParameterPlace, roleArn } from "../trust/index.ts";

/**
 * What a held version would let happen, by the documents alone: for a person who may not read the
 * account. Against a role that no document names it says too much, never too little.
 *
 * @param input.applied what is in force; `null` where nothing is, or nobody can show it
 */
export function heldWidening(input: {
  readonly version: DocumentVersion;
  readonly applied: DocumentVersion | null;
  readonly account: Account;
  readonly place: ParameterPlace;
}): readonly ReportedWidening[] {
  const { version, applied, account, place } = input;
  if (version.parsed.kind === "invalid") return [];
  const next = version.parsed.document;
  const now = new Date(version.modifiedAt ?? 0);
  const compared = { next, targets: nothingObserved, boundaries: new Map(), account, place, now };
  const known = applied?.parsed.kind === "valid" ? applied.parsed.document : null;
  const gains =
    known === null
      ? gainsFromNothing(compared)
      : gainsOf({ ...compared, known: [known], role: null });
  const hold = {
    version: version.version,
    digest: version.digest,
    because: "gains",
    gains,
    why: "",
  } as const;
  return heldWidenings(hold, roleArn(account, next.role.path, next.role.name));
}
