import type { Reading } from "../../aws/reading.ts";
import { isRoleIn } from "../arns.ts";
import { isTaskFamily, type ShownService } from "../ecs-resolve.ts";
import { type EcsService, ecsServiceArn, ecsServiceName } from "../ecs-service.ts";
import type { Place } from "../kind.ts";
import { type Absence, absenceIn } from "../missing.ts";

/** A service as ECS describes it. */
export type FoundService = {
  readonly arn: string;
  /** Does ECS manage the resources of the service, in Express mode? */
  readonly isExpress: boolean;
  /** `ECS`, `CODE_DEPLOY` or `EXTERNAL`. */
  readonly controller: string;
  /** The task definition that it runs; `null` where task sets have their own. */
  readonly runs: TaskDefinition | null;
};

/** A task definition's family, whatever the revision, and the roles of its tasks. */
export type TaskDefinition = {
  readonly familyArn: string;
  readonly roles: readonly string[];
};

/** By `CLUSTER/SERVICE`. */
export type FoundServices = Reading<ReadonlyMap<string, Reading<FoundService>>>;

/**
 * What AWS shows of a service. One that `ecs:UpdateService` does not deploy, or that only an ARN
 * without its cluster names, counts as one that does not exist.
 */
export function shownService(entry: EcsService, found: FoundServices, place: Place): ShownService {
  const reading = readingOf(entry, found);
  if (reading.kind !== "found") return { kind: "missing", absence: absenceIn(reading) };
  const arn = ecsServiceArn(place, entry);
  const { runs } = reading.value;
  const detail = whyUnfit(reading.value, arn, place);
  if (detail !== null || runs === null) {
    const absence: Absence = {
      why: "absent",
      detail: detail ?? "does not exist with a task definition",
    };
    return { kind: "missing", absence };
  }
  // ECS can pass nothing else, and IAM refuses the whole policy for a text that is not an ARN.
  const passRoles = runs.roles.filter((role) => isRoleIn(place.account, role));
  const taskFamilyArn = `${runs.familyArn}:*`;
  return { kind: "found", value: { ...entry, arn, taskFamilyArn, passRoles } };
}

function readingOf(entry: EcsService, found: FoundServices): Reading<FoundService> {
  if (found.kind !== "found") return found;
  return found.value.get(ecsServiceName(entry)) ?? { kind: "absent" };
}

/** Finishes a sentence whose subject is the service; `null` where jobs can deploy it. */
function whyUnfit(
  { arn, isExpress, controller, runs }: FoundService,
  expected: string,
  place: Place,
): string | null {
  if (isExpress) {
    return "does not exist as a plain service (it is an Express service: name it in deploy.ecsExpress)";
  }
  if (controller !== "ECS") {
    return `does not exist with the deployment controller ECS (it has ${controller}, whose services ecs:UpdateService does not deploy)`;
  }
  if (arn !== expected) {
    return `does not exist under an ARN with its cluster (it has ${arn}: migrate it to the long format)`;
  }
  if (runs !== null && !isTaskFamily(place, `${runs.familyArn}:*`)) {
    return `does not exist with a task definition of this account and Region (it has ${runs.familyArn})`;
  }
  return null;
}
