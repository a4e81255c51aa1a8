import {
  accountAt,
  type Fields,
  fieldsAt,
  instantAt,
  regionAt,
  textAt,
} from "../aws/event-fields.ts";
import type { OwnNames } from "../document/installation.ts";
import { environmentNameOf } from "../document/name.ts";
import { hasTargets, touchedByEvent } from "./target.ts";
import { messageOfTrailEvent } from "./trail.ts";
import { ignored, type Message, type RecordedCall, sentTo } from "./wake.ts";

/**
 * Where an event of EventBridge sends a run: the only thing that is believed of an event. An
 * unknown or broken one sends it nowhere and says why. Never throws.
 *
 * Source: EventBridge user guide, "Events from AWS services"; Systems Manager user guide,
 * "Reference: Amazon EventBridge event patterns for Systems Manager".
 */
export function messageOfEvent(event: Fields, prefix: string, names: OwnNames): Message {
  const source = textAt(event, "source");
  const detailType = textAt(event, "detail-type");
  // Only AWS can put an event whose source begins with `aws.`.
  if (source === null || detailType === null || !source.startsWith("aws.")) {
    return ignored("manual", "The event does not come from AWS.");
  }
  if (isSchedule(source, detailType)) return sentTo("schedule", { kind: "every" }, []);
  if (detailType === "AWS API Call via CloudTrail") {
    return messageOfTrailEvent(event, prefix, names);
  }
  if (source === "aws.ssm") return messageOfParameterEvent(event, detailType, prefix);
  const service = source.slice("aws.".length);
  if (hasTargets(service)) return messageOfTargetEvent(event, detailType, service);
  return ignored("manual", "No event of this source changes what is reconciled.");
}

/**
 * A change of a parameter. The reconciler writes its own state itself, and those writes send
 * events too: only documents count.
 */
function messageOfParameterEvent(event: Fields, detailType: string, prefix: string): Message {
  if (detailType !== "Parameter Store Change") {
    return ignored("parameter", "The event does not report a change of a parameter.");
  }
  const detail = fieldsAt(event, "detail");
  const name = textAt(detail, "name");
  if (name === null) return ignored("parameter", "The event names no parameter.");
  const environment = environmentNameOf(name, prefix);
  if (environment === null) {
    return ignored("parameter", `The parameter is not below ${prefix}/environments/.`);
  }
  const call = callOf(event, textAt(detail, "operation") ?? detailType);
  const { account } = call;
  return sentTo("parameter", { kind: "named", account, environments: [environment] }, [call]);
}

function messageOfTargetEvent(event: Fields, detailType: string, service: string): Message {
  const target = touchedByEvent(service, detailType, event);
  if (target === "unwatched") {
    return ignored("target", "The event does not report a change of a deploy target.");
  }
  const region = regionAt(event, "region");
  if (region === null) return ignored("target", "The event names no Region.");
  if (target === null) {
    return ignored("target", "The event names no repository, service or app.");
  }
  const call = callOf(event, detailType);
  return sentTo("target", { kind: "target", account: call.account, region, target }, [call]);
}

/** The services' own events say when, never who. */
function callOf(event: Fields, eventName: string): RecordedCall {
  const at = instantAt(event, "time");
  return { eventName, actor: null, at, account: accountAt(event, "account"), parameters: {} };
}

/** A rule's schedule and EventBridge Scheduler's own; both may be what `serverless.yml` sets up. */
function isSchedule(source: string, detailType: string): boolean {
  return (
    detailType === "Scheduled Event" && (source === "aws.events" || source === "aws.scheduler")
  );
}
