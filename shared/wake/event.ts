import { environmentNameOf } from "../spec/index.ts";
import {
  accountAt,
  type Fields,
  fieldsAt,
  instantAt,
  isFields,
  member,
  regionAt,
  textAt,
} from "./fields.ts";
import { refusedPayload, wakeOfPayload } from "./payload.ts";
import { wakeOfTrailEvent } from "./trail.ts";
import { type Cause, nothing, type Touched, type Wake, type WakeRefused, wakeBy } from "./wake.ts";
import { type TargetService, targetDetailTypes, targetServices } from "./watched.ts";

/**
 * Where an event sends a run: the only thing that is believed of an event.
 *
 * Takes whatever Lambda was invoked with and the parameters' prefix (`/oidc-reconciler`). An
 * object with `source` or `detail-type` is an event of EventBridge; an unknown or broken one looks
 * at nothing and says why. Everything else is a payload by hand, and refused unless it is exactly
 * right. Never throws.
 *
 * Source: EventBridge user guide, "Events from AWS services"; Systems Manager user guide,
 * "Reference: Amazon EventBridge event patterns for Systems Manager".
 */
export function wakeOf(event: unknown, prefix: string): Wake | WakeRefused {
  if (event === undefined || event === null) return wakeOfPayload({});
  if (!isFields(event)) return refusedPayload(event);
  const isEvent =
    member(event, "source") !== undefined || member(event, "detail-type") !== undefined;
  return isEvent ? wakeOfEvent(event, prefix) : wakeOfPayload(event);
}

function wakeOfEvent(event: Fields, prefix: string): Wake {
  const source = textAt(event, "source");
  const detailType = textAt(event, "detail-type");
  // Only AWS can put an event whose source begins with `aws.`.
  if (source === null || detailType === null || !source.startsWith("aws.")) {
    return nothing("manual", "The event is none that AWS sends.");
  }
  if (isSchedule(source, detailType)) return wakeBy("schedule", { kind: "every" });
  if (detailType === "AWS API Call via CloudTrail") return wakeOfTrailEvent(event, prefix);
  if (source === "aws.ssm") return wakeOfParameterEvent(event, detailType, prefix);
  const service = targetServices.find((name) => source === `aws.${name}`);
  if (service !== undefined) return wakeOfTargetEvent(event, detailType, service);
  return nothing("manual", "No event of this source changes what is reconciled.");
}

/**
 * A change of a parameter. The reconciler writes status and heartbeat itself, and those writes
 * send events too: only documents count.
 */
function wakeOfParameterEvent(event: Fields, detailType: string, prefix: string): Wake {
  if (detailType !== "Parameter Store Change") {
    return nothing("parameter", "The event tells of no change of a parameter.");
  }
  const detail = fieldsAt(event, "detail");
  const name = textAt(detail, "name");
  if (name === null) return nothing("parameter", "The event names no parameter.");
  const environment = environmentNameOf(name, prefix);
  if (environment === null) {
    return nothing("parameter", `The parameter is none of ${prefix}/environments/.`);
  }
  const cause = causeOf(event, textAt(detail, "operation") ?? detailType, {
    kind: "parameter",
    name,
  });
  return wakeBy("parameter", { kind: "named", environments: [environment] }, cause);
}

function wakeOfTargetEvent(event: Fields, detailType: string, service: TargetService): Wake {
  if (!targetDetailTypes[service].some((known) => known === detailType)) {
    return nothing("target", "The event tells of no change of a deploy target.");
  }
  const region = regionAt(event, "region");
  if (region === null) return nothing("target", "The event names no Region.");
  const id = firstText(member(event, "resources")) ?? textAt(fieldsAt(event, "detail"), "appId");
  const cause = causeOf(event, detailType, { kind: "target", service, id });
  return wakeBy("target", { kind: "region", region, service }, cause);
}

function firstText(list: unknown): string | null {
  return Array.isArray(list) ? textAt({ first: list[0] }, "first") : null;
}

/** The services' own events say when, never who. */
function causeOf(event: Fields, eventName: string, resource: Touched): Cause {
  const at = instantAt(event, "time");
  const account = accountAt(event, "account");
  return { eventName, actor: null, at, account, resource, parameters: {} };
}

/** A rule's schedule and EventBridge Scheduler's own; both may be what `serverless.yml` sets up. */
function isSchedule(source: string, detailType: string): boolean {
  return (
    detailType === "Scheduled Event" && (source === "aws.events" || source === "aws.scheduler")
  );
}
