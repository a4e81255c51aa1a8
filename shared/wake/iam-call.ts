import { iamArn } from "../aws/arn.ts";
import { type Fields, fieldsAt, regionAt, textAt } from "../aws/event-fields.ts";
import type { OwnNames } from "../document/installation.ts";
import { type IamOperations, iamOperations } from "./iam-operations.ts";
import { mayBeOwnPolicy, mayBeOwnProvider, mayBeOwnRole } from "./names.ts";
import { type Cause, ignores, type Message, type Scope, sendsTo } from "./wake.ts";

const operationsByCall: ReadonlyMap<string, IamOperations> = new Map(
  iamOperations.flatMap((group) => group.calls.map((call) => [call, group] as const)),
);

type IamScope = Extract<Scope, { kind: "role" | "policy" | "provider" }>;

/**
 * Where a call of IAM sends a run: to the role, policy or provider that it changed, unless the
 * installation's names say that it can be none of ours.
 */
export function messageOfIamCall(record: Fields, cause: Cause, names: OwnNames): Message {
  const { eventName } = cause;
  const touched = touchedBy(record, cause);
  if (touched === undefined)
    return ignores("iam", `The call ${eventName} ${whyHarmless(eventName)}.`);
  if (touched === null) {
    return ignores("iam", `The record of ${eventName} does not say what it touched.`);
  }
  const stranger = strangerOf(touched, names);
  return stranger === null ? sendsTo("iam", [touched], cause) : ignores("iam", stranger);
}

/** Undefined for a call that is not watched, null where the record does not say. */
function touchedBy(record: Fields, cause: Cause): IamScope | null | undefined {
  const concerns = operationsByCall.get(cause.eventName)?.concerns ?? null;
  switch (concerns) {
    case null:
      return undefined;
    case "role":
      return roleTouched(record, cause);
    case "policy":
      return policyTouched(record, cause);
    case "provider":
      return providerTouched(record, cause);
    default:
      return concerns satisfies never;
  }
}

function whyHarmless(eventName: string): string {
  return operationsByCall.get(eventName)?.why ?? "is none that is watched";
}

/** Why it can be none of ours, in one sentence; null where it can. */
function strangerOf(touched: IamScope, names: OwnNames): string | null {
  switch (touched.kind) {
    case "role":
      return mayBeOwnRole(touched.name, names)
        ? null
        : `The role ${touched.name} is none of ${names.roleNames}.`;
    case "policy":
      return mayBeOwnPolicy(touched.arn, names)
        ? null
        : `The policy ${touched.arn} is none of ${names.policyNames ?? "this service's ARNs"}.`;
    case "provider":
      return mayBeOwnProvider(touched.arn, names)
        ? null
        : `The provider ${touched.arn} is none of CircleCI's for an organisation of this installation.`;
    default:
      return touched satisfies never;
  }
}

/** A role is named by its caller, but where it is made from a template: then by the answer. */
function roleTouched(record: Fields, { account }: Cause): IamScope | null {
  const made = fieldsAt(fieldsAt(record, "responseElements"), "role");
  const name =
    textAt(fieldsAt(record, "requestParameters"), "roleName") ?? textAt(made, "roleName");
  return name === null ? null : { kind: "role", account, name };
}

/** A policy is named by its ARN, but for its creation, where the answer holds the ARN. */
function policyTouched(record: Fields, { account }: Cause): IamScope | null {
  const request = fieldsAt(record, "requestParameters");
  const made = fieldsAt(fieldsAt(record, "responseElements"), "policy");
  const arn = textAt(request, "policyArn") ?? textAt(made, "arn");
  if (arn !== null) return { kind: "policy", account, arn };
  const name = textAt(request, "policyName");
  if (name === null || account === null) return null;
  const path = textAt(request, "path") ?? "/";
  const built = iamArn({ id: account, partition: partitionOf(record) }, `policy${path}${name}`);
  return { kind: "policy", account, arn: built };
}

/** CloudTrail's spelling of the capitals in this member is not documented: take each likely one. */
const providerArnSpellings = [
  "openIDConnectProviderArn",
  "openIdConnectProviderArn",
  "OpenIDConnectProviderArn",
] as const;

function providerTouched(record: Fields, { account }: Cause): IamScope | null {
  const request = fieldsAt(record, "requestParameters");
  const response = fieldsAt(record, "responseElements");
  const arn = textAt(request, ...providerArnSpellings) ?? textAt(response, ...providerArnSpellings);
  if (arn !== null) return { kind: "provider", account, arn };
  const url = textAt(request, "url")?.replace(/^https:\/\//i, "");
  if (url === undefined || account === null) return null;
  const built = iamArn({ id: account, partition: partitionOf(record) }, `oidc-provider/${url}`);
  return { kind: "provider", account, arn: built };
}

/** IAM's records carry the Region of the partition's one IAM endpoint. */
function partitionOf(record: Fields): string {
  const region = regionAt(record, "awsRegion") ?? "";
  if (region.startsWith("cn-")) return "aws-cn";
  if (region.startsWith("us-gov-")) return "aws-us-gov";
  if (region.startsWith("eusc-")) return "aws-eusc";
  return "aws";
}
