import type { Reading } from "../../aws/reading.ts";
import { isRoleIn } from "../arns.ts";
import { isTaskFamily, type ResolvedEcsService, type ShownService } from "../ecs-resolve.ts";
import { type EcsService, ecsServiceArn, ecsServiceName } from "../ecs-service.ts";
import type { Place } from "../kind.ts";
import { absenceIn } from "../missing.ts";

/** By `CLUSTER/SERVICE`. */
export type FoundExpress = Reading<ReadonlyMap<string, Reading<ResolvedEcsService>>>;

/**
 * What AWS shows of an Express service. IAM refuses the whole policy for a text that is not an ARN, and one with a
 * wildcard would grant more: what is not of the form of the service's own counts as one that does not exist.
 */
export function shownExpress(entry: EcsService, found: FoundExpress, place: Place): ShownService {
  const reading = readingOf(entry, found);
  if (reading.kind !== "found") return { kind: "missing", absence: absenceIn(reading) };
  const { value } = reading;
  if (value.arn !== ecsServiceArn(place, entry) || !isTaskFamily(place, value.taskFamilyArn)) {
    const detail = "does not exist with a task definition of this account and Region";
    return { kind: "missing", absence: { why: "absent", detail } };
  }
  // ECS can pass nothing else.
  const passRoles = value.passRoles.filter((role) => isRoleIn(place.account, role));
  return { kind: "found", value: { ...value, passRoles } };
}

function readingOf(entry: EcsService, found: FoundExpress): Reading<ResolvedEcsService> {
  if (found.kind !== "found") return found;
  return found.value.get(ecsServiceName(entry)) ?? { kind: "absent" };
}
