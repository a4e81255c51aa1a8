import { byKind, type ResolvedTargets } from "../../shared/targets/index.ts";

/** No target of any kind. */
export const none: ResolvedTargets = byKind<"resolved">(() => []);
