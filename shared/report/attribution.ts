import type { RecordedCall } from "../wake/index.ts";

/** Who opened a door and when, as CloudTrail recorded it; null where it is not known. */
export type Attribution = Pick<RecordedCall, "actor"> & { readonly openedAt: RecordedCall["at"] };

export const unknownAttribution: Attribution = { actor: null, openedAt: null };
