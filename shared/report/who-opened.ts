import { comparePermissions, compareTrust, isEquivalent } from "../compare/index.ts";
import type { Trace } from "../plan/widening.ts";
import type { RecordedCall } from "../wake/index.ts";
import { type Attribution, unknownAttribution } from "./attribution.ts";

/**
 * Who opened a door and when: the newest record whose own parameters say just what was found.
 * Where none does, nobody is named; being the latest to touch a role proves nothing.
 */
export function attributionOf(
  traces: readonly Trace[],
  records: readonly RecordedCall[],
): Attribution {
  for (const record of newestFirst(records)) {
    if (traces.some((trace) => opens(trace, record))) {
      return { actor: record.actor, openedAt: record.at };
    }
  }
  return unknownAttribution;
}

function newestFirst(records: readonly RecordedCall[]): readonly RecordedCall[] {
  const time = ({ at }: RecordedCall) => (at === null ? 0 : Date.parse(at) || 0);
  return records.toSorted((left, right) => time(right) - time(left));
}

function opens(trace: Trace, { eventName, parameters }: RecordedCall): boolean {
  const text = (name: string): string => {
    const value = parameters[name];
    return typeof value === "string" ? value : "";
  };
  const sameRole = (role: string) => text("roleName").toLowerCase() === role.toLowerCase();
  switch (trace.kind) {
    case "trust-policy":
      if (!sameRole(trace.role)) return false;
      if (eventName === "UpdateAssumeRolePolicy") {
        return sameTrust(text("policyDocument"), trace.document);
      }
      return (
        eventName === "CreateRole" && sameTrust(text("assumeRolePolicyDocument"), trace.document)
      );
    case "attachment":
      return (
        eventName === "AttachRolePolicy" &&
        sameRole(trace.role) &&
        text("policyArn") === trace.policyArn
      );
    case "inline-policy":
      return (
        eventName === "PutRolePolicy" &&
        sameRole(trace.role) &&
        text("policyName") === trace.name &&
        samePermissions(text("policyDocument"), trace.document)
      );
    case "policy-version":
      if (text("policyArn") !== trace.policyArn) return false;
      if (eventName === "SetDefaultPolicyVersion") return true;
      return (
        (eventName === "CreatePolicyVersion" || eventName === "CreatePolicy") &&
        samePermissions(text("policyDocument"), trace.document)
      );
    case "boundary":
      if (!sameRole(trace.role)) return false;
      if (trace.boundary === null) return eventName === "DeleteRolePermissionsBoundary";
      return (
        eventName === "PutRolePermissionsBoundary" && text("permissionsBoundary") === trace.boundary
      );
    case "audience":
      return (
        eventName === "AddClientIDToOpenIDConnectProvider" &&
        text("openIDConnectProviderArn") === trace.providerArn &&
        text("clientID") === trace.audience
      );
    case "provider-setting":
      return setsOnProvider(trace, eventName, parameters);
    default:
      return trace satisfies never;
  }
}

/** Created with it, or updated: the record has the setting among its parameters, by its own name. */
function setsOnProvider(
  { providerArn, name }: Extract<Trace, { readonly kind: "provider-setting" }>,
  eventName: string,
  parameters: RecordedCall["parameters"],
): boolean {
  const url = parameters["url"];
  const provider =
    eventName === "UpdateOpenIDConnectProvider"
      ? parameters["openIDConnectProviderArn"] === providerArn
      : eventName === "CreateOpenIDConnectProvider" &&
        typeof url === "string" &&
        providerArn.endsWith(`:oidc-provider/${url.replace(/^https:\/\//, "")}`);
  const sets = Object.keys(parameters).some((key) => key.toLowerCase() === name.toLowerCase());
  return provider && sets;
}

function sameTrust(left: string, right: string): boolean {
  return left !== "" && isEquivalent(compareTrust({ before: [left], after: [right] }));
}

function samePermissions(left: string, right: string): boolean {
  return left !== "" && isEquivalent(comparePermissions({ before: [left], after: [right] }));
}
