import type { EnvironmentDocument } from "../document/index.ts";
import type { ResolvedTargets } from "../targets/index.ts";
import {
  type ControlEntry,
  evidenceOf,
  isOfUnknownAge,
  knownVersions,
  rememberedTargets,
} from "./control.ts";

/** What is in force in one environment. */
export type InForce =
  | {
      readonly kind: "applied";
      readonly name: string;
      readonly version: number;
      readonly digest: string;
      readonly document: EnvironmentDocument;
      /** What its targets resolved to last. */
      readonly targets: ResolvedTargets;
      /** Is there no newer version, which waits or is not looked at yet? */
      readonly isNewest: boolean;
    }
  /** Nothing that could be shown; `why` finishes a sentence whose subject is the environment. */
  | { readonly kind: "nothing"; readonly name: string; readonly why: string };

/** What is in force for people who look on: by the record, or where it says nothing, why not. */
export function inForceOf(entry: ControlEntry): InForce {
  const { name, newest } = entry;
  const evidence = evidenceOf(entry);
  const nothing = (why: string): InForce => ({ kind: "nothing", name, why });
  if (evidence.kind === "missing") return nothing(`cannot be shown (${evidence.why})`);
  // A status that is too long says nothing of it at all.
  if (isOfUnknownAge(entry) && entry.status?.seen !== null) {
    return nothing("cannot be shown (no status says how new its record is)");
  }
  const [at] = knownVersions(evidence, entry);
  const targets = rememberedTargets(evidence);
  if (at === undefined || targets === null) return nothing("has no version in force");
  const { version, digest, document } = at;
  const isNewest = newest?.version === version && newest.digest === digest;
  return { kind: "applied", name, version, digest, document, targets, isNewest };
}
