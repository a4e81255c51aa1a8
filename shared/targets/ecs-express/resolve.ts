import type { Reading } from "../../aws/reading.ts";
import type { ResolvedEcsService, ShownService } from "../ecs-resolve.ts";
import { type EcsService, ecsServiceName } from "../ecs-service.ts";
import { absenceIn } from "../missing.ts";

/** By `CLUSTER/SERVICE`. */
export type FoundExpress = ReadonlyMap<string, Reading<ResolvedEcsService>>;

/** What AWS shows of an Express service. */
export function shownExpress(entry: EcsService, found: FoundExpress): ShownService {
  const reading = found.get(ecsServiceName(entry)) ?? { kind: "absent" };
  return reading.kind === "found" ? reading : { kind: "missing", absence: absenceIn(reading) };
}
