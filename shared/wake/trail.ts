import {
  accountAt,
  arnAt,
  type Fields,
  fieldsAt,
  instantAt,
  member,
  regionAt,
  textAt,
} from "../aws/event-fields.ts";
import type { OwnNames } from "../document/installation.ts";
import { messageOfIamCall } from "./iam-call.ts";
import { messageOfParameterCall } from "./parameter-call.ts";
import { hasTargets, touchedByCall } from "./target.ts";
import { ignored, type Message, type RecordedCall, sentTo } from "./wake.ts";

/**
 * Reads an "AWS API Call via CloudTrail" event: who called what, and where that sends a run.
 * Calls that failed changed nothing and send it nowhere.
 *
 * Source: CloudTrail user guide, "CloudTrail record contents"; IAM user guide, "Logging IAM and
 * AWS STS API calls with AWS CloudTrail".
 */
export function messageOfTrailEvent(event: Fields, prefix: string, names: OwnNames): Message {
  const record = fieldsAt(event, "detail");
  const service = textAt(record, "eventSource")?.replace(/\.amazonaws\.com(\.cn)?$/, "") ?? "";
  const trigger = service === "iam" ? "iam" : service === "ssm" ? "parameter" : "target";
  const eventName = textAt(record, "eventName");
  if (eventName === null) return ignored(trigger, "The CloudTrail record names no call.");
  const failed = member(record, "errorCode") ?? member(record, "errorMessage");
  if (failed !== undefined && failed !== null) {
    return ignored(trigger, `The call ${eventName} failed and changed nothing.`);
  }
  const call = callOf(event, record, eventName);
  if (service === "iam") return messageOfIamCall(record, call, names);
  if (service === "ssm") return messageOfParameterCall(record, call, prefix);
  if (hasTargets(service)) return messageOfTargetCall(event, record, call, service);
  return ignored("manual", "No call of this service changes what is reconciled.");
}

function callOf(event: Fields, record: Fields, eventName: string): RecordedCall {
  return {
    eventName,
    // A service that acts for itself has no ARN; its name would not be one.
    actor: arnAt(fieldsAt(record, "userIdentity"), "arn"),
    // Never the time of delivery: that can be minutes after the call.
    at: instantAt(record, "eventTime"),
    account: accountAt(record, "recipientAccountId") ?? accountAt(event, "account"),
    parameters: fieldsAt(record, "requestParameters"),
  };
}

function messageOfTargetCall(
  event: Fields,
  record: Fields,
  call: RecordedCall,
  service: string,
): Message {
  const target = touchedByCall(service, call.eventName, record);
  if (target === "unwatched") {
    return ignored("target", `The call ${call.eventName} changes no deploy target.`);
  }
  const region = regionAt(record, "awsRegion") ?? regionAt(event, "region");
  if (region === null) return ignored("target", "The record names no Region.");
  if (target === null) {
    return ignored("target", `The record of ${call.eventName} does not say what it changed.`);
  }
  return sentTo("target", { kind: "target", account: call.account, region, target }, [call]);
}
