import { comparePermissions, compareTrust, isEquivalent, mayWiden } from "../compare/index.ts";
import type { DriftWidening, Trace } from "../plan/widening.ts";
import type { RecordedCall } from "../wake/index.ts";
import { type Attribution, unknownAttribution } from "./attribution.ts";

/**
 * Who opened a door and when: the newest record whose own parameters say just what was found.
 * Where none does, nobody is named; being the latest to touch a role proves nothing.
 *
 * @param admitted the example: of several parts that were opened, those count that grant it
 */
export function attributionOf(
  traces: readonly Trace[],
  records: readonly RecordedCall[],
  admitted: DriftWidening["admitted"] = null,
): Attribution {
  const granting = traces.length > 1 ? traces.filter((trace) => grants(trace, admitted)) : [];
  const shown = granting.length === 0 ? traces : granting;
  for (const record of newestFirst(records)) {
    if (shown.some((trace) => opens(trace, record))) {
      return { actor: record.actor, openedAt: record.at };
    }
  }
  return unknownAttribution;
}

/** Does a policy by itself grant what the example shows, or a boundary let it? */
function grants(trace: Trace, admitted: DriftWidening["admitted"]): boolean {
  // Within another boundary any of the policies may grant it.
  if (trace.kind === "boundary") return true;
  if (admitted === null || !("resource" in admitted) || trace.kind === "trust-policy") return false;
  if (!("document" in trace) || trace.document === null) return false;
  const { action: Action, resource: Resource } = admitted;
  const Statement = { Effect: "Allow", Action, Resource };
  const after = [JSON.stringify({ Version: "2012-10-17", Statement })];
  return !mayWiden(comparePermissions({ before: [trace.document], after }).widening);
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
        trace.document !== null &&
        samePermissions(text("policyDocument"), trace.document)
      );
    case "policy-version":
      if (text("policyArn") !== trace.policyArn) return false;
      if (eventName === "SetDefaultPolicyVersion") {
        return trace.version === undefined || text("versionId") === trace.version;
      }
      return (
        (becomesDefault({ eventName, parameters }) || eventName === "CreatePolicy") &&
        samePermissions(text("policyDocument"), trace.document)
      );
    case "boundary":
      if (!sameRole(trace.role)) return false;
      if (eventName === "DeleteRolePermissionsBoundary") return trace.boundary === null;
      return (
        (eventName === "PutRolePermissionsBoundary" || eventName === "CreateRole") &&
        text("permissionsBoundary") === (trace.boundary ?? "")
      );
    case "audience":
      return (
        (eventName === "AddClientIDToOpenIDConnectProvider" || eventName === creation) &&
        isOfProvider(trace, parameters) &&
        audiencesIn({ parameters }).includes(trace.audience)
      );
    case "provider-setting":
      return setsOnProvider(trace, eventName, parameters);
    default:
      return trace satisfies never;
  }
}

/** Does a call make a version that is the default from then on? Any other one opens and ends nothing. */
export function becomesDefault({
  eventName,
  parameters,
}: Pick<RecordedCall, "eventName" | "parameters">): boolean {
  return eventName === "CreatePolicyVersion" && parameters["setAsDefault"] === true;
}

const creation = "CreateOpenIDConnectProvider";

/** Created with it, or updated: the record has the setting among its parameters, by its own name. */
function setsOnProvider(
  trace: Extract<Trace, { readonly kind: "provider-setting" }>,
  eventName: string,
  parameters: RecordedCall["parameters"],
): boolean {
  const isSetting = eventName === "UpdateOpenIDConnectProvider" || eventName === creation;
  const name = trace.name.toLowerCase();
  const sets = Object.keys(parameters).some((key) => key.toLowerCase() === name);
  return isSetting && isOfProvider(trace, parameters) && sets;
}

/** Who creates a provider only gives its URL. */
function isOfProvider(
  { providerArn }: { readonly providerArn: string },
  { openIDConnectProviderArn: arn, url }: RecordedCall["parameters"],
): boolean {
  if (typeof arn === "string" || typeof url !== "string") return arn === providerArn;
  return providerArn.endsWith(`:oidc-provider/${url.replace(/^https:\/\//, "")}`);
}

/** The audience that a call adds or takes off, or all of those that a provider is made with. */
export function audiencesIn({ parameters }: Pick<RecordedCall, "parameters">): readonly string[] {
  return Object.entries(parameters).flatMap(([key, value]) =>
    /^clientId(List)?$/i.test(key) ? [value].flat().filter((each) => typeof each === "string") : [],
  );
}

function sameTrust(left: string, right: string): boolean {
  return left !== "" && isEquivalent(compareTrust({ before: [left], after: [right] }));
}

function samePermissions(left: string, right: string): boolean {
  return left !== "" && isEquivalent(comparePermissions({ before: [left], after: [right] }));
}
