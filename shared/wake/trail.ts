import { environmentNameOf } from "../spec/index.ts";
import {
  accountAt,
  arnAt,
  type Fields,
  fieldsAt,
  instantAt,
  member,
  regionAt,
  textAt,
} from "./fields.ts";
import { type Cause, nothing, type StatusWrite, type Touched, type Wake, wakeBy } from "./wake.ts";
import {
  parameterEvents,
  policyEvents,
  providerEvents,
  roleEvents,
  type TargetService,
  targetEvents,
  targetServices,
} from "./watched.ts";

const roleEventNames = new Set<string>(roleEvents);
const policyEventNames = new Set<string>(policyEvents);
const providerEventNames = new Set<string>(providerEvents);
const parameterEventNames = new Set<string>(parameterEvents);
const targetEventNames = new Map<string, ReadonlySet<string>>(
  targetServices.map((service) => [service, new Set<string>(targetEvents[service])]),
);

/**
 * Reads an "AWS API Call via CloudTrail" event: who called what, and where that sends a run.
 * Calls that failed changed nothing and send it nowhere.
 *
 * Source: CloudTrail user guide, "CloudTrail record contents"; IAM user guide, "Logging IAM and
 * AWS STS API calls with AWS CloudTrail".
 */
export function wakeOfTrailEvent(event: Fields, prefix: string): Wake {
  const record = fieldsAt(event, "detail");
  const service = textAt(record, "eventSource")?.replace(/\.amazonaws\.com(\.cn)?$/, "") ?? "";
  const trigger = service === "iam" ? "iam" : service === "ssm" ? "parameter" : "target";
  const eventName = textAt(record, "eventName");
  if (eventName === null) return nothing(trigger, "The CloudTrail record names no call.");
  const cause = causeOf(event, record, eventName);
  const failed = member(record, "errorCode") ?? member(record, "errorMessage");
  if (failed !== undefined && failed !== null) {
    return nothing(trigger, `The call ${eventName} failed and changed nothing.`, cause);
  }
  if (service === "iam") return wakeOfIamCall(record, cause);
  if (service === "ssm") return wakeOfParameterCall(record, cause, prefix);
  const target = targetServices.find((name) => name === service);
  if (target !== undefined) return wakeOfTargetCall(event, record, cause, target);
  return nothing("manual", "No call of this service changes what is reconciled.", cause);
}

function causeOf(event: Fields, record: Fields, eventName: string): Cause {
  const identity = fieldsAt(record, "userIdentity");
  return {
    eventName,
    // A service that acts for itself has no ARN; its name would not be one.
    actor: arnAt(identity, "arn"),
    // Never the time of delivery: that can be minutes after the call.
    at: instantAt(record, "eventTime"),
    account: accountAt(record, "recipientAccountId") ?? accountAt(event, "account"),
    resource: null,
    parameters: Object.fromEntries(Object.entries(fieldsAt(record, "requestParameters") ?? {})),
  };
}

function wakeOfIamCall(record: Fields, cause: Cause): Wake {
  const request = fieldsAt(record, "requestParameters");
  const response = fieldsAt(record, "responseElements");
  const touched = roleEventNames.has(cause.eventName)
    ? roleTouched(request)
    : policyEventNames.has(cause.eventName)
      ? policyTouched(request, response, record, cause)
      : providerEventNames.has(cause.eventName)
        ? providerTouched(request, response, record, cause)
        : undefined;
  if (touched === undefined) {
    return nothing("iam", `The call ${cause.eventName} is none that is watched.`, cause);
  }
  if (touched === null) {
    return nothing("iam", `The record of ${cause.eventName} does not say what it touched.`, cause);
  }
  return wakeBy("iam", touched, { ...cause, resource: touched });
}

type IamTouched = Extract<Touched, { kind: "role" | "policy" | "provider" }>;

function roleTouched(request: Fields): IamTouched | null {
  const name = textAt(request, "roleName");
  return name === null ? null : { kind: "role", name };
}

/** A policy is named by its ARN, but for its creation, where the answer holds the ARN. */
function policyTouched(
  request: Fields,
  response: Fields,
  record: Fields,
  cause: Cause,
): IamTouched | null {
  const arn = textAt(request, "policyArn") ?? textAt(fieldsAt(response, "policy"), "arn");
  if (arn !== null) return { kind: "policy", arn };
  const name = textAt(request, "policyName");
  if (name === null || cause.account === null) return null;
  const path = textAt(request, "path") ?? "/";
  return {
    kind: "policy",
    arn: `arn:${partitionOf(record)}:iam::${cause.account}:policy${path}${name}`,
  };
}

/** CloudTrail's spelling of the capitals in this member is not documented: take each likely one. */
const providerArnSpellings = [
  "openIDConnectProviderArn",
  "openIdConnectProviderArn",
  "OpenIDConnectProviderArn",
] as const;

function providerTouched(
  request: Fields,
  response: Fields,
  record: Fields,
  cause: Cause,
): IamTouched | null {
  const arn = textAt(request, ...providerArnSpellings) ?? textAt(response, ...providerArnSpellings);
  if (arn !== null) return { kind: "provider", arn };
  const url = textAt(request, "url")?.replace(/^https:\/\//, "");
  if (url === undefined || cause.account === null) return null;
  return {
    kind: "provider",
    arn: `arn:${partitionOf(record)}:iam::${cause.account}:oidc-provider/${url}`,
  };
}

/** IAM's records carry the Region of the partition's one IAM endpoint. */
function partitionOf(record: Fields): string {
  const region = regionAt(record, "awsRegion") ?? "";
  if (region.startsWith("cn-")) return "aws-cn";
  if (region.startsWith("us-gov-")) return "aws-us-gov";
  return "aws";
}

function wakeOfParameterCall(record: Fields, cause: Cause, prefix: string): Wake {
  if (!parameterEventNames.has(cause.eventName)) {
    return nothing("parameter", `The call ${cause.eventName} changes no parameter.`, cause);
  }
  const parameter = parameterNamed(fieldsAt(record, "requestParameters"), prefix);
  if (parameter === null) {
    return nothing("parameter", `The parameter is not one under ${prefix}.`, cause);
  }
  const told: Cause = { ...cause, resource: { kind: "parameter", name: parameter } };
  const environment = environmentNameOf(parameter, prefix);
  if (environment !== null) {
    return wakeBy("parameter", { kind: "named", environments: [environment] }, told);
  }
  const owner = statusOwner(parameter, prefix);
  if (owner === null) return nothing("parameter", "The parameter holds no document.", told);
  const { actor, at } = cause;
  const write: StatusWrite = { environment: owner, parameter, actor, at };
  return wakeBy("parameter", { kind: "named", environments: [owner] }, told, write);
}

/** The environment whose status this parameter holds, or null. */
export function statusOwner(parameter: string, prefix: string): string | null {
  const start = `${prefix}/status/`;
  if (!parameter.startsWith(start)) return null;
  return environmentNameOf(`${prefix}/environments/${parameter.slice(start.length)}`, prefix);
}

/** `DeleteParameters` lists names, ten at most; the first under the prefix stands for all. */
const namesMax = 10;

function parameterNamed(request: Fields, prefix: string): string | null {
  const listed = member(request, "names");
  const candidates: readonly unknown[] = Array.isArray(listed)
    ? listed.slice(0, namesMax)
    : [textAt(request, "name")];
  for (const candidate of candidates) {
    if (typeof candidate !== "string") continue;
    const name = candidate.replace(/^arn:[a-z-]+:ssm:[a-z0-9-]*:\d*:parameter/, "");
    if (name.startsWith(`${prefix}/`)) return name;
  }
  return null;
}

function wakeOfTargetCall(
  event: Fields,
  record: Fields,
  cause: Cause,
  service: TargetService,
): Wake {
  if (targetEventNames.get(service)?.has(cause.eventName) !== true) {
    return nothing("target", `The call ${cause.eventName} changes no deploy target.`, cause);
  }
  const region = regionAt(record, "awsRegion") ?? regionAt(event, "region");
  if (region === null) return nothing("target", "The record names no Region.", cause);
  const request = fieldsAt(record, "requestParameters");
  const id = textAt(request, "repositoryName", "serviceName", "serviceArn", "service", "appId");
  return wakeBy(
    "target",
    { kind: "region", region, service },
    { ...cause, resource: { kind: "target", service, id: id ?? textAt(request, "name") } },
  );
}
