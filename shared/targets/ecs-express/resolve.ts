import type { Reading } from "../../aws/reading.ts";
import type { ResolvedEcsService, ShownService } from "../ecs-resolve.ts";
import { type EcsService, ecsServiceName } from "../ecs-service.ts";
import { absenceIn } from "../missing.ts";

/** By `CLUSTER/SERVICE`. */
export type FoundExpress = Reading<ReadonlyMap<string, Reading<ResolvedEcsService>>>;

/** What AWS shows of an Express service. */
export function shownExpress(entry: EcsService, found: FoundExpress): ShownService {
  const reading = readingOf(entry, found);
  return reading.kind === "found" ? reading : { kind: "missing", absence: absenceIn(reading) };
}

function readingOf(entry: EcsService, found: FoundExpress): Reading<ResolvedEcsService> {
  if (found.kind !== "found") return found;
  return found.value.get(ecsServiceName(entry)) ?? { kind: "absent" };
}
