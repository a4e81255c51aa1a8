import { readCaller } from "../edge/caller.ts";
import type { Clients } from "../edge/clients.ts";
import { parseJson } from "../json.ts";
import type { PlannedEnvironment } from "../plan/applied.ts";
import { canonical } from "../plan/canonical.ts";
import type { ControlEntry } from "../plan/control.ts";
import { desiredIn } from "../plan/environment.ts";
import type { ObservedRole } from "../plan/observed.ts";
import { trailNameOfCall } from "../report/trail-name.ts";
import { audiencesIn, becomesDefault } from "../report/who-opened.ts";
import { isOwnSession, type RecordedCall } from "../wake/index.ts";
import type { Snapshot } from "./observe.ts";

/** Calls that may open something, with the calls that undo them and what our own correction is filed under. */
const openers: Readonly<Record<string, readonly [corrects: string, ...undoes: string[]]>> = {
  CreateRole: [
    "trust-policy",
    "UpdateAssumeRolePolicy",
    "PutRolePermissionsBoundary",
    "DeleteRolePermissionsBoundary",
    "DeleteRole",
  ],
  UpdateAssumeRolePolicy: ["trust-policy", "UpdateAssumeRolePolicy"],
  AttachRolePolicy: ["attachment", "DetachRolePolicy"],
  PutRolePolicy: ["inline-policy", "PutRolePolicy", "DeleteRolePolicy"],
  CreatePolicy: ["policy", "CreatePolicyVersion", "SetDefaultPolicyVersion", "DeletePolicy"],
  CreatePolicyVersion: ["policy", "CreatePolicyVersion", "SetDefaultPolicyVersion"],
  SetDefaultPolicyVersion: ["policy", "CreatePolicyVersion", "SetDefaultPolicyVersion"],
  AddClientIDToOpenIDConnectProvider: ["oidc-provider", "RemoveClientIDFromOpenIDConnectProvider"],
  // Not its deletion: the one before it may be of the same second.
  CreateOpenIDConnectProvider: ["oidc-provider", "RemoveClientIDFromOpenIDConnectProvider"],
  DeleteRolePermissionsBoundary: ["role", "PutRolePermissionsBoundary"],
  PutRolePermissionsBoundary: [
    "role",
    "PutRolePermissionsBoundary",
    "DeleteRolePermissionsBoundary",
  ],
};

/** Openers whose work is a text. */
const writesText =
  /^(CreateRole|UpdateAssumeRolePolicy|PutRolePolicy|CreatePolicy|CreatePolicyVersion)$/;

/** May the call open something? */
export function mayOpen({ eventName }: RecordedCall): boolean {
  return eventName in openers;
}

/** What is watched by name; a call is compared with it. */
export type Watched = {
  readonly role: Pick<ObservedRole, "name" | "permissionsBoundary">;
  readonly policy: { readonly arn: string };
  readonly provider: { readonly arn: string };
  /** Has it an old name, or is its document gone? Then nothing of it is corrected. */
  readonly isOld: boolean;
};

/** A parameter of the call; empty where it has none of that name. */
export function textIn({ parameters }: RecordedCall, name: string): string {
  const value = parameters[name];
  return typeof value === "string" ? value : "";
}

/** The policy that the call wrote. */
export function documentIn(call: RecordedCall): string {
  const ofRole = call.eventName === "CreateRole";
  return textIn(call, ofRole ? "assumeRolePolicyDocument" : "policyDocument");
}

/** Did the call write a text that its event does not have? Nothing in the account could ever look like it. */
export function isSilent(call: RecordedCall): boolean {
  return writesText.test(call.eventName) && documentIn(call) === "";
}

/**
 * What an environment asks of the thing that a call changed, or has left there under an old name; `null` where
 * that belongs to another environment.
 */
export function watchedFor(
  call: RecordedCall,
  { plan, orphans }: Pick<PlannedEnvironment, "plan" | "orphans">,
): Watched | null {
  const changed = trailNameOfCall(call);
  const isIt = ({ name }: { readonly name: string }) =>
    name.toLowerCase() === changed.toLowerCase();
  const desired = desiredIn(plan);
  if (desired !== null) {
    const { role, policy, provider } = desired;
    if (isIt(role) || [policy.arn, provider.arn].includes(changed))
      return { ...desired, isOld: false };
  }
  const nothing = { role: { name: "", permissionsBoundary: null }, provider: { arn: "" } };
  const role = orphans.roles.find(isIt);
  if (role !== undefined) return { ...nothing, role, policy: { arn: "" }, isOld: true };
  const policy = orphans.policies.find(({ arn }) => arn === changed);
  return policy === undefined ? null : { ...nothing, policy, isOld: true };
}

/** Does the account look as the call has left it? Nobody waits for what cannot be read. */
export function isShown(
  call: RecordedCall,
  snapshot: Snapshot,
  { role: { name }, policy: { arn }, provider }: Watched,
): boolean {
  const role = snapshot.role(name);
  const policy = snapshot.policy(arn);
  const found = snapshot.provider(provider.arn);
  if (role.kind === "unreadable" || policy.kind === "unreadable") return true;
  switch (call.eventName) {
    case "CreateRole":
      return (
        role.kind === "found" && isSame(call, role.value.trustPolicy) && isBoundBy(call, role.value)
      );
    case "UpdateAssumeRolePolicy":
      return role.kind === "found" && isSame(call, role.value.trustPolicy);
    case "AttachRolePolicy":
      return role.kind === "found" && role.value.attached.includes(textIn(call, "policyArn"));
    case "PutRolePolicy": {
      const inline = role.kind === "found" ? role.value.inline : [];
      return inline.some(
        ({ name: known, document }) =>
          known === textIn(call, "policyName") && document !== null && isSame(call, document),
      );
    }
    case "CreatePolicy":
      return policy.kind === "found" && isSame(call, policy.value.document);
    case "CreatePolicyVersion":
      return (
        call.parameters["setAsDefault"] !== true ||
        (policy.kind === "found" && isSame(call, policy.value.document))
      );
    case "SetDefaultPolicyVersion":
      return policy.kind === "found" && policy.value.defaultVersion === textIn(call, "versionId");
    case "AddClientIDToOpenIDConnectProvider":
    case "CreateOpenIDConnectProvider": {
      if (found.kind !== "found") return true;
      const { audiences } = found.value;
      return audiencesIn(call).every((audience) => audiences.includes(audience));
    }
    default:
      return isBoundBy(call, role.kind === "found" ? role.value : { permissionsBoundary: null });
  }
}

function isBoundBy(
  call: RecordedCall,
  { permissionsBoundary }: { readonly permissionsBoundary: string | null },
): boolean {
  return (permissionsBoundary ?? "") === textIn(call, "permissionsBoundary");
}

function isSame(call: RecordedCall, document: string): boolean {
  return canonical(parseJson(documentIn(call))) === canonical(parseJson(document));
}

/** Has an installation's own function made the call? Where nobody can say who we are, it has not. */
export async function isOwnCall(
  { actor }: Pick<RecordedCall, "actor">,
  clients: Clients,
): Promise<boolean> {
  if (actor?.includes(":assumed-role/") !== true) return false;
  const caller = await readCaller(clients).catch(() => null);
  return caller !== null && isOwnSession(actor, caller.arn);
}

/** Has a run of ours corrected the same thing since the call? The record has when. */
export function wasCorrectedSince(
  call: RecordedCall,
  record: ControlEntry["record"] | undefined,
): boolean {
  const quarrels = record?.kind === "found" ? record.record.quarrels : [];
  const corrects = `${openers[call.eventName]?.[0] ?? ""} `;
  return quarrels.some(
    ({ resource, at }) =>
      resource.startsWith(corrects) && at.some((instant) => isSince(instant, call)),
  );
}

/** Does a call undo another one? CloudTrail's times are whole seconds: what was done in the same one may have come after. */
export function isUndoing(other: RecordedCall, call: RecordedCall): boolean {
  const [, ...undoes] = openers[call.eventName] ?? [];
  if (!undoes.includes(other.eventName) || trailNameOfCall(other) !== trailNameOfCall(call))
    return false;
  const same = (name: string) => textIn(other, name) === textIn(call, name);
  const audiences = audiencesIn(call);
  const item =
    (textIn(other, "policyName") === "" || same("policyName")) &&
    (other.eventName !== "DetachRolePolicy" || same("policyArn")) &&
    audiencesIn(other).every((audience) => audiences.includes(audience));
  const content = same("policyDocument") && same("versionId") && same("permissionsBoundary");
  const isAgain = content && other.eventName === call.eventName;
  return isSince(other.at, call) && item && !isAgain && isAnotherDefault(other, call);
}

/** A version that is made undoes another one by becoming the default, and none undoes itself. */
function isAnotherDefault(other: RecordedCall, call: RecordedCall): boolean {
  if (other.eventName === "CreatePolicyVersion" && !becomesDefault(other)) return false;
  const versionIn = (each: RecordedCall) =>
    textIn(each, "versionId") || textIn(each, "madeVersion");
  return versionIn(other) === "" || versionIn(other) !== versionIn(call);
}

/** Is an instant not before a call? Texts do not sort as times do: 12:00:00.5Z is before 12:00:00Z in the alphabet. */
export function isSince(instant: string | null, { at }: RecordedCall): boolean {
  return Date.parse(instant ?? "") >= Date.parse(at ?? "");
}
