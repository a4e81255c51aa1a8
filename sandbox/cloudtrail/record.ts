import { randomUUID } from "node:crypto";
import { wholeSeconds } from "../eventbridge/event.ts";
import type { FinishedCall } from "../server/record.ts";
import { identityOf, type RoleArnOf } from "./identity.ts";
import { recordedName } from "./names.ts";
import { requestParameters, responseElements } from "./parameters.ts";
import { type Resource, resourcesOf } from "./resources.ts";

/** A call in CloudTrail's event history. */
export type TrailRecord = {
  readonly ordinal: number;
  readonly at: Date;
  readonly region: string;
  readonly id: string;
  readonly name: string;
  readonly source: string;
  readonly readOnly: boolean;
  readonly username: string | null;
  readonly accessKeyId: string | null;
  readonly resources: readonly Resource[];
  /** The record itself, in CloudTrail's own shape. Of a read it is made when somebody asks for it. */
  readonly event: () => Readonly<Record<string, unknown>>;
};

/** IAM is global; its calls are recorded in this Region. */
export const globalRegion = "us-east-1";

/** Data calls, which are not in the event history. */
const dataCalls = new Set([
  "lambda Invoke",
  "s3 GetObject",
  "s3 PutObject",
  "sns Publish",
  "events PutEvents",
  "sqs SendMessage",
  "sqs ReceiveMessage",
  "sqs DeleteMessage",
  "sqs ChangeMessageVisibility",
]);

/** Whether a call is a management event that CloudTrail keeps. */
export function isKept({ call, outcome }: FinishedCall): boolean {
  if (dataCalls.has(`${call.service} ${call.operation}`)) return false;
  const code = outcome.kind === "refused" ? outcome.error.code : null;
  if (call.service === "ssm" && code === "ParameterNotFound") return false;
  return code !== "InvalidAction" && code !== "UnknownOperationException" && call.operation !== "";
}

/**
 * The record of a call, in the shape of the CloudTrail User Guide, "CloudTrail record contents".
 * `sessionBegan` is when the caller's session was first seen.
 */
export function recordOf(
  finished: FinishedCall,
  known: {
    readonly ordinal: number;
    readonly roleArnOf: RoleArnOf;
    readonly sessionBegan: string;
  },
): TrailRecord {
  const { call, readOnly, outcome } = finished;
  const { userIdentity, username } = identityOf(finished, known);
  const region = call.service === "iam" ? globalRegion : call.region;
  const id = randomUUID();
  const source = `${call.service}.amazonaws.com`;
  const error =
    outcome.kind === "refused"
      ? { errorCode: errorCode(finished), errorMessage: errorMessage(finished) }
      : {};
  const event = () => ({
    eventVersion: "1.11",
    userIdentity,
    eventTime: wholeSeconds(call.now),
    eventSource: source,
    eventName: recordedName(call),
    awsRegion: region,
    sourceIPAddress: call.sourceIp,
    userAgent: call.userAgent,
    ...error,
    requestParameters: requestParameters(finished),
    responseElements: responseElements(finished),
    requestID: call.requestId,
    eventID: id,
    readOnly,
    eventType: "AwsApiCall",
    managementEvent: true,
    recipientAccountId: call.account,
    eventCategory: "Management",
  });
  return {
    ordinal: known.ordinal,
    at: call.now,
    region,
    id,
    name: recordedName(call),
    source,
    readOnly,
    username,
    accessKeyId: call.caller.accessKeyId === "" ? null : call.caller.accessKeyId,
    resources: resourcesOf(finished),
    event: readOnly ? event : kept(event()),
  };
}

/** What a write says of itself: what it was given may change later. */
function kept<Value>(value: Value): () => Value {
  return () => value;
}

/** Errors of IAM and STS that are recorded under the names of their shapes, not their codes. */
const shapeNames = new Set([
  "NoSuchEntity",
  "EntityAlreadyExists",
  "LimitExceeded",
  "DeleteConflict",
  "ConcurrentModification",
  "EntityTemporarilyUnmodifiable",
  "MalformedPolicyDocument",
  "InvalidInput",
  "UnmodifiableEntity",
  "PolicyNotAttachable",
  "OpenIdIdpCommunicationError",
  "InvalidIdentityToken",
  "IDPCommunicationError",
  "IDPRejectedClaim",
  "PackedPolicyTooLarge",
]);

function errorCode({ outcome }: FinishedCall): string {
  const code = outcome.kind === "refused" ? outcome.error.code : "";
  return shapeNames.has(code) ? `${code}Exception` : code;
}

/** The record does not say why STS refused a token. This is all that it has. */
function errorMessage({ call, outcome }: FinishedCall): string {
  const refused = outcome.kind === "refused" ? outcome.error : null;
  const silent = call.operation === "AssumeRoleWithWebIdentity" && refused?.code === "AccessDenied";
  return silent ? "An unknown error occurred" : (refused?.message ?? "");
}
