import type { Call } from "../server/operation.ts";
import type { Directory } from "./state.ts";

/** Records when, where and for which service an access key was last used. */
export function recordKeyUse(directory: Directory, call: Call): void {
  const key = directory.accessKeys.get(call.caller.accessKeyId);
  if (key === undefined) return;
  const { now: at, region, service } = call;
  directory.accessKeys.set(key.id, { ...key, lastUsed: { at, region, service } });
}
