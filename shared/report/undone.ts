import { parseJson } from "../json.ts";
import { canonical } from "../plan/canonical.ts";
import type { Change, Step } from "../plan/change.ts";
import { lateMs } from "../plan/last-writes.ts";
import type { RecordedCall } from "../wake/index.ts";
import { trailNameOfChange } from "./trail-name.ts";
import { becomesDefault } from "./who-opened.ts";

/**
 * Why a correction was due, as CloudTrail shows it: somebody undid what is desired; or the same thing
 * was written a moment ago and nothing since, so what was read is older than that; or it does not say.
 */
export type Undone =
  | { readonly kind: "by"; readonly actor: string | null }
  | { readonly kind: "late" }
  | { readonly kind: "unknown" };

const unknownUndone: Undone = { kind: "unknown" };

/** The calls that do what a step does, and those that undo it. */
type Calls = readonly [does: string, ...undoes: string[]];

const calls: Readonly<Partial<Record<Step["do"], Calls>>> = {
  "update-trust-policy": ["UpdateAssumeRolePolicy", "UpdateAssumeRolePolicy"],
  attach: ["AttachRolePolicy", "DetachRolePolicy"],
  detach: ["DetachRolePolicy", "AttachRolePolicy"],
  "delete-inline-policy": ["DeleteRolePolicy", "PutRolePolicy"],
  "create-policy-version": [
    "CreatePolicyVersion",
    "CreatePolicyVersion",
    "SetDefaultPolicyVersion",
  ],
  "delete-policy-version": ["DeletePolicyVersion", "CreatePolicyVersion"],
  "update-role": ["UpdateRole", "UpdateRole", "UpdateRoleDescription"],
  "put-boundary": [
    "PutRolePermissionsBoundary",
    "PutRolePermissionsBoundary",
    "DeleteRolePermissionsBoundary",
  ],
  "delete-boundary": ["DeleteRolePermissionsBoundary", "PutRolePermissionsBoundary"],
  "tag-role": ["TagRole", "TagRole", "UntagRole"],
  "untag-role": ["UntagRole", "TagRole"],
  "tag-policy": ["TagPolicy", "TagPolicy", "UntagPolicy"],
  "tag-provider": [
    "TagOpenIDConnectProvider",
    "TagOpenIDConnectProvider",
    "UntagOpenIDConnectProvider",
  ],
  "add-audience": ["AddClientIDToOpenIDConnectProvider", "RemoveClientIDFromOpenIDConnectProvider"],
  "remove-audience": [
    "RemoveClientIDFromOpenIDConnectProvider",
    "AddClientIDToOpenIDConnectProvider",
  ],
  "create-role": ["CreateRole", "DeleteRole"],
  "create-policy": ["CreatePolicy", "DeletePolicy"],
  "create-provider": ["CreateOpenIDConnectProvider", "DeleteOpenIDConnectProvider"],
};

/**
 * Why a correction was due, by the newest call about just what it corrects.
 *
 * @param records of the role, policy or provider, in any order
 * @param times `begun` is when this run had planned and not yet written
 */
export function undoneBy(
  change: Change,
  records: readonly RecordedCall[],
  { begun, now }: { readonly begun: Date; readonly now: Date },
): Undone {
  const { step } = change;
  const [does, ...undoes] = calls[step.do] ?? [];
  if (does === undefined) return unknownUndone;
  const isDoing = (record: RecordedCall) =>
    record.eventName === does && (!undoes.includes(does) || isSame(step, record));
  // Times are whole seconds.
  const second = Math.floor(begun.getTime() / 1000) * 1000;
  const own = records
    .filter(({ eventName }) => eventName === does || undoes.includes(eventName))
    .filter((record) => isAbout(change, record))
    // What this run has just written itself says nothing of what it found.
    .filter((record) => !isDoing(record) || timeOf(record) < second)
    // Of two calls within one second nobody knows which came last: better a report too many than too few.
    .toSorted(
      (left, right) =>
        timeOf(right) - timeOf(left) || Number(isDoing(left)) - Number(isDoing(right)),
    );
  const [newest] = own;
  if (newest === undefined) return unknownUndone;
  if (!isDoing(newest)) return { kind: "by", actor: newest.actor };
  if (now.getTime() - timeOf(newest) < lateMs) return { kind: "late" };
  // The newest call is not in the history yet: who undid it before is the likeliest.
  const before = own.find((record) => undoes.includes(record.eventName) && !isSame(step, record));
  return before === undefined ? unknownUndone : { kind: "by", actor: before.actor };
}

/**
 * Do the calls that woke a run say that somebody undid a write after it was made? Then what shows it
 * undone is not late.
 *
 * @param since when the last writes were made
 */
export function isUndoneSince(
  change: Change,
  woken: readonly RecordedCall[],
  { since, now }: { readonly since: string; readonly now: Date },
): boolean {
  // IAM takes a name in any case, and the call repeats it as it was written.
  const name = trailNameOfChange(change).toLowerCase();
  const isName = (value: unknown) => typeof value === "string" && value.toLowerCase() === name;
  const records = woken
    .filter(({ parameters }) => Object.values(parameters).some(isName))
    .filter((record) => timeOf(record) > Date.parse(since));
  return undoneBy(change, records, { begun: now, now }).kind === "by";
}

function timeOf({ at }: RecordedCall): number {
  return at === null ? 0 : Date.parse(at) || 0;
}

/** Is a call about the very thing that a step writes? The history was asked for its role or policy. */
function isAbout({ step, before }: Change, { eventName, parameters }: RecordedCall): boolean {
  switch (step.do) {
    case "attach":
    case "detach":
      return parameters["policyArn"] === step.arn;
    case "delete-inline-policy":
      return parameters["policyName"] === step.policy;
    case "delete-policy-version":
      return parameters["versionId"] === step.version || isOfDocument(parameters, before);
    case "add-audience":
    case "remove-audience":
      return parameters["clientID"] === step.audience;
    case "untag-role":
      return keysIn(parameters).some((key) => step.keys.includes(key));
    case "tag-role":
    case "tag-policy":
    case "tag-provider":
      return keysIn(parameters).some((key) => Object.hasOwn(step.tags, key));
    case "create-policy-version":
      return eventName !== "CreatePolicyVersion" || becomesDefault({ eventName, parameters });
    default:
      return before !== undefined;
  }
}

/** Which number a version got is not among the parameters of the call that made it. */
function isOfDocument({ policyDocument }: RecordedCall["parameters"], before: unknown): boolean {
  const isVersion = typeof before === "object" && before !== null && "document" in before;
  return isVersion && sameJson(policyDocument, JSON.stringify(before.document));
}

/** Does a call leave behind what a step does? */
function isSame(step: Step, { parameters }: RecordedCall): boolean {
  switch (step.do) {
    case "update-trust-policy":
      return sameJson(parameters["policyDocument"], step.trustPolicy);
    case "create-policy-version":
      return sameJson(parameters["policyDocument"], step.document);
    case "put-boundary":
      return parameters["permissionsBoundary"] === step.boundary;
    case "update-role":
      return (
        parameters["description"] === step.description &&
        Number(parameters["maxSessionDuration"]) === step.maxSessionSeconds
      );
    case "tag-role":
    case "tag-policy":
    case "tag-provider": {
      const tags = new Map(tagsIn(parameters));
      return Object.entries(step.tags).every(([key, value]) => tags.get(key) === value);
    }
    default:
      return false;
  }
}

function sameJson(one: unknown, other: string): boolean {
  return typeof one === "string" && canonical(parseJson(one)) === canonical(parseJson(other));
}

function keysIn(parameters: RecordedCall["parameters"]): readonly string[] {
  const { tagKeys } = parameters;
  const keys = Array.isArray(tagKeys) ? tagKeys.map(String) : [];
  return [...keys, ...tagsIn(parameters).map(([key]) => key)];
}

function tagsIn({ tags }: RecordedCall["parameters"]): readonly (readonly [string, string])[] {
  if (!Array.isArray(tags)) return [];
  return tags.flatMap((tag: unknown) => {
    if (typeof tag !== "object" || tag === null || !("key" in tag)) return [];
    return [[String(tag.key), "value" in tag ? String(tag.value) : ""] as const];
  });
}
