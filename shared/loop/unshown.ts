import { readCaller } from "../edge/caller.ts";
import { readTrail } from "../edge/trail.ts";
import { parseJson } from "../json.ts";
import { canonical } from "../plan/canonical.ts";
import { desiredIn } from "../plan/environment.ts";
import { isOwnSession, type RecordedCall } from "../wake/index.ts";
import { readRecords } from "./control.ts";
import { isIdle, type Planned } from "./planning.ts";
import type { RunContext } from "./run-context.ts";

/** A read shows a write that is older than that. */
const lateMs = 60_000;

/** Calls that may open something, with the calls that undo them and what our own correction is filed under. */
const openers: Readonly<Record<string, readonly [corrects: string, ...undoes: string[]]>> = {
  UpdateAssumeRolePolicy: ["trust-policy", "UpdateAssumeRolePolicy"],
  AttachRolePolicy: ["attachment", "DetachRolePolicy"],
  PutRolePolicy: ["inline-policy", "PutRolePolicy", "DeleteRolePolicy"],
  CreatePolicyVersion: ["policy", "CreatePolicyVersion", "SetDefaultPolicyVersion"],
  SetDefaultPolicyVersion: ["policy", "CreatePolicyVersion", "SetDefaultPolicyVersion"],
  AddClientIDToOpenIDConnectProvider: ["oidc-provider", "RemoveClientIDFromOpenIDConnectProvider"],
  DeleteRolePermissionsBoundary: ["role", "PutRolePermissionsBoundary"],
  PutRolePermissionsBoundary: [
    "role",
    "PutRolePermissionsBoundary",
    "DeleteRolePermissionsBoundary",
  ],
};

/** Is a call so young that a read may not show it, and one that may open something? */
function mayBeUnshown({ eventName, at }: RecordedCall, now: Date): boolean {
  return at !== null && eventName in openers && now.getTime() - Date.parse(at) < lateMs;
}

/**
 * Environments for which an event has come before the change it reports: the account does not show it,
 * nobody has undone it by the next events or the history, and no run of ours has corrected it.
 *
 * @param explained calls of which it is known why they do not show; more are added
 */
export async function unshownIn(
  run: RunContext,
  { planning, plans }: Planned,
  explained: Set<RecordedCall>,
): Promise<readonly string[]> {
  // What is found is corrected at once, and not after a wait.
  if (!isIdle(plans)) return [];
  const now = run.clock();
  const young = run.wake.calls.filter((call) => mayBeUnshown(call, now) && !explained.has(call));
  const names: string[] = [];
  for (const call of young) {
    const environment = plans.environments.find(({ plan }) => isAbout(call, desiredIn(plan)));
    const desired = environment === undefined ? null : desiredIn(environment.plan);
    if (environment === undefined || desired === null) continue;
    if (isShown(call, planning.snapshot, desired)) continue;
    if (await isExplained(run, call, environment.entry.name)) explained.add(call);
    else names.push(environment.entry.name);
  }
  return names;
}

type Desired = NonNullable<ReturnType<typeof desiredIn>>;

function textIn({ parameters }: RecordedCall, name: string): string {
  const value = parameters[name];
  return typeof value === "string" ? value : "";
}

/** CloudTrail spells the ARN of a provider in more than one way. */
function thingIn(call: RecordedCall): string {
  const role = textIn(call, "roleName");
  if (role !== "") return role;
  const names = ["policyArn", "openIDConnectProviderArn", "openIdConnectProviderArn"];
  return names.map((name) => textIn(call, name)).find((text) => text !== "") ?? "";
}

function isAbout(call: RecordedCall, desired: Desired | null): boolean {
  if (desired === null) return false;
  const { role, policy, provider } = desired;
  const thing = thingIn(call);
  return (
    [policy.arn, provider.arn].includes(thing) || role.name.toLowerCase() === thing.toLowerCase()
  );
}

/** Does the account look as the call has left it? Nobody waits for what cannot be read. */
function isShown(
  call: RecordedCall,
  snapshot: Planned["planning"]["snapshot"],
  { role: { name }, policy: { arn }, provider }: Desired,
): boolean {
  const role = snapshot.role(name);
  const policy = snapshot.policy(arn);
  const found = snapshot.provider(provider.arn);
  if (role.kind === "unreadable" || policy.kind === "unreadable") return true;
  switch (call.eventName) {
    case "UpdateAssumeRolePolicy":
      return role.kind === "found" && isSame(call, role.value.trustPolicy);
    case "AttachRolePolicy":
      return role.kind === "found" && role.value.attached.includes(textIn(call, "policyArn"));
    case "PutRolePolicy": {
      const inline = role.kind === "found" ? role.value.inline : [];
      return inline.some((each) => each.name === textIn(call, "policyName"));
    }
    case "CreatePolicyVersion":
      return (
        call.parameters["setAsDefault"] !== true ||
        (policy.kind === "found" && isSame(call, policy.value.document))
      );
    case "SetDefaultPolicyVersion":
      return policy.kind === "found" && policy.value.defaultVersion === textIn(call, "versionId");
    case "AddClientIDToOpenIDConnectProvider":
      return found.kind !== "found" || found.value.audiences.includes(textIn(call, "clientID"));
    default: {
      const boundary = role.kind === "found" ? (role.value.permissionsBoundary ?? "") : "";
      return boundary === textIn(call, "permissionsBoundary");
    }
  }
}

function isSame(call: RecordedCall, document: string): boolean {
  return canonical(parseJson(textIn(call, "policyDocument"))) === canonical(parseJson(document));
}

/** Our own call, one that was undone since, or one whose work we have corrected since. */
async function isExplained(
  run: RunContext,
  call: RecordedCall,
  environment: string,
): Promise<boolean> {
  const { clients, wake, installation } = run;
  if (wake.calls.some((other) => isUndoing(other, call))) return true;
  if (call.actor?.includes(":assumed-role/") === true) {
    const caller = await readCaller(clients).catch(() => null);
    if (caller !== null && isOwnSession(call.actor, caller.arn)) return true;
  }
  const [records, history] = await Promise.all([
    readRecords(clients, installation, [environment]),
    readTrail(clients, thingIn(call), { notBefore: call.at, signal: AbortSignal.timeout(3_000) }),
  ]);
  if (history.some((other) => isUndoing(other, call))) return true;
  const known = records.get(environment);
  const quarrels = known?.kind === "found" ? known.record.quarrels : [];
  const corrects = openers[call.eventName]?.[0] ?? "";
  return quarrels.some(
    ({ resource, at }) =>
      resource.startsWith(`${corrects} `) && at.some((instant) => isSince(instant, call)),
  );
}

/** CloudTrail's times are whole seconds: what was done in the same one may have come after. */
function isUndoing(other: RecordedCall, call: RecordedCall): boolean {
  const [, ...undoes] = openers[call.eventName] ?? [];
  if (!undoes.includes(other.eventName) || thingIn(other) !== thingIn(call)) return false;
  const same = (name: string) => textIn(other, name) === textIn(call, name);
  const item = same("policyName") && same("clientID");
  const content = same("policyDocument") && same("versionId") && same("permissionsBoundary");
  return isSince(other.at, call) && item && !(content && other.eventName === call.eventName);
}

/** Texts do not sort as times do: 12:00:00.5Z is before 12:00:00Z in the alphabet. */
function isSince(instant: string | null, { at }: RecordedCall): boolean {
  return Date.parse(instant ?? "") >= Date.parse(at ?? "");
}
