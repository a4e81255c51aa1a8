import type { AppliedPlan } from "../plan/applied.ts";
import { versionOf } from "../plan/choice.ts";
import type { AppliedRecord } from "../plan/record.ts";
import type { Adopted } from "../plan/resource-claims.ts";
import { type ReportedKey, reportedBefore, wasReported } from "./reported-key.ts";
import { adoptedKey } from "./reported-keys.ts";

/**
 * What a version takes over and is to be reported in this run: once something is written, and once. A
 * run that cannot finish has changed what was somebody's all the same, before any tag says so.
 */
export function adoptedNow(result: AppliedPlan): readonly Adopted[] {
  const { plan, results, writes } = result;
  const begins = writes === "allowed" && results.some(({ outcome }) => outcome === "applied");
  return begins ? plan.adopted.filter(({ id }) => !wasReported(result, adoptedKey(id))) : [];
}

/** Keys of what was reported as taken over: remembered until the version is applied. */
export function keysOfAdopted(
  result: AppliedPlan & { readonly record: AppliedRecord | null },
): readonly ReportedKey[] {
  const { choice } = result.plan;
  if (result.record?.applied?.digest === versionOf(choice)?.digest) return [];
  const before = reportedBefore(result).filter(({ kind }) => kind === "adopted");
  return [...before, ...adoptedNow(result).map(({ id }) => adoptedKey(id))];
}
