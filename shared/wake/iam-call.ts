import { iamArn } from "../aws/arn.ts";
import { type Fields, fieldsAt, regionAt, textAt } from "../aws/event-fields.ts";
import type { OwnNames } from "../document/installation.ts";
import { type IamOperations, iamOperations } from "./iam-operations.ts";
import { mayBeOwnPolicy, mayBeOwnProvider, mayBeOwnRole } from "./names.ts";
import { ignored, type Message, type RecordedCall, sentTo } from "./wake.ts";

const operationsByCall: ReadonlyMap<string, IamOperations> = new Map(
  iamOperations.flatMap((group) => group.calls.map((call) => [call, group] as const)),
);

/**
 * Where a call of IAM sends a run: to the role, policy or provider that it changed, unless the
 * installation's names rule out that it is ours.
 */
export function messageOfIamCall(record: Fields, call: RecordedCall, names: OwnNames): Message {
  const { eventName, account } = call;
  const operations = operationsByCall.get(eventName);
  if (operations === undefined) return ignored("iam", `The call ${eventName} is not watched.`);
  switch (operations.changes) {
    case null:
      return ignored("iam", `The call ${eventName} ${operations.why}.`);
    case "role": {
      const name = roleNameIn(record);
      if (name === null) return unnamed(eventName);
      if (mayBeOwnRole(name, names)) return sentTo("iam", { kind: "role", account, name }, [call]);
      return ignored("iam", `The role ${name} does not match ${names.roleNames}.`);
    }
    case "policy": {
      const arn = policyArnIn(record, account);
      if (arn === null) return unnamed(eventName);
      // Who creates a policy only gives its name, and IAM numbers its versions.
      const made = fieldsAt(fieldsAt(record, "responseElements"), "policyVersion");
      const madeVersion = textAt(made, "versionId");
      const version = madeVersion === null ? {} : { madeVersion };
      const parameters = { ...call.parameters, ...version, policyArn: arn };
      const named = { ...call, parameters };
      if (mayBeOwnPolicy(arn, names))
        return sentTo("iam", { kind: "policy", account, arn }, [named]);
      const pattern = names.policyNames ?? "the form of a policy's ARN";
      return ignored("iam", `The policy ${arn} does not match ${pattern}.`);
    }
    case "provider": {
      const arn = providerArnIn(record, account);
      if (arn === null) return unnamed(eventName);
      // Who creates a provider only gives its URL.
      const named = { ...call, parameters: { ...call.parameters, openIDConnectProviderArn: arn } };
      if (mayBeOwnProvider(arn, names)) {
        return sentTo("iam", { kind: "provider", account, arn }, [named]);
      }
      const why = "is not CircleCI's for an organisation of this installation";
      return ignored("iam", `The provider ${arn} ${why}.`);
    }
    default:
      return operations satisfies never;
  }
}

function unnamed(eventName: string): Message {
  return ignored("iam", `The record of ${eventName} does not say what it changed.`);
}

/** The caller names the role, except where it is made from a template: then the answer does. */
function roleNameIn(record: Fields): string | null {
  const made = fieldsAt(fieldsAt(record, "responseElements"), "role");
  return textAt(fieldsAt(record, "requestParameters"), "roleName") ?? textAt(made, "roleName");
}

/** The caller gives the policy's ARN, except where the policy is created: then the answer does. */
function policyArnIn(record: Fields, account: string | null): string | null {
  const request = fieldsAt(record, "requestParameters");
  const made = fieldsAt(fieldsAt(record, "responseElements"), "policy");
  const arn = textAt(request, "policyArn") ?? textAt(made, "arn");
  if (arn !== null) return arn;
  const name = textAt(request, "policyName");
  if (name === null || account === null) return null;
  const path = textAt(request, "path") ?? "/";
  return iamArn({ id: account, partition: partitionOf(record) }, `policy${path}${name}`);
}

/** How CloudTrail spells the capitals of this member is not documented: take each likely one. */
const providerArnSpellings = [
  "openIDConnectProviderArn",
  "openIdConnectProviderArn",
  "OpenIDConnectProviderArn",
] as const;

function providerArnIn(record: Fields, account: string | null): string | null {
  const request = fieldsAt(record, "requestParameters");
  const response = fieldsAt(record, "responseElements");
  const arn = textAt(request, ...providerArnSpellings) ?? textAt(response, ...providerArnSpellings);
  if (arn !== null) return arn;
  const url = textAt(request, "url")?.replace(/^https:\/\//i, "");
  if (url === undefined || account === null) return null;
  return iamArn({ id: account, partition: partitionOf(record) }, `oidc-provider/${url}`);
}

/** IAM's records carry the Region of the partition's one IAM endpoint. */
function partitionOf(record: Fields): string {
  const region = regionAt(record, "awsRegion") ?? "";
  if (region.startsWith("cn-")) return "aws-cn";
  if (region.startsWith("us-gov-")) return "aws-us-gov";
  if (region.startsWith("eusc-")) return "aws-eusc";
  return "aws";
}
