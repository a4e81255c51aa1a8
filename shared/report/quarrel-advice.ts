import { isRecord } from "../json.ts";
import { safeText } from "../language/visible.ts";
import type { Change } from "../plan/change.ts";
import { versionOf } from "../plan/choice.ts";
import { newestValid } from "../plan/control.ts";
import { foreignOwner } from "../plan/ownership.ts";
import { tagsBefore } from "../plan/tags.ts";
import type { EnvironmentResult } from "./environment.ts";
import { takesDenyOff } from "./quarrels.ts";

type Of = Pick<EnvironmentResult, "entry" | "plan" | "fence" | "installation">;

/**
 * What people can do about what is undone again and again, by what it is: where the document decides it, and who is
 * to leave it where no document can. A sentence each, in which names and tags of strangers may be repeated.
 *
 * @param changes the corrections that are fought over
 */
export function quarrelAdvice(of: Of, changes: readonly Change[]): readonly string[] {
  const isMade = changes.some(
    ({ step }) => step.do === "create-role" || step.do === "create-policy",
  );
  // What is made again is attached again: nobody took it off.
  const others = changes.filter(({ step }) => !(isMade && step.do === "attach"));
  return [
    ...new Set([...tagAdvice(of, changes), ...others.flatMap((change) => advice(of, change))]),
  ];
}

function advice(of: Of, change: Change): readonly string[] {
  const { step, before } = change;
  const { parameter } = of.entry;
  switch (step.do) {
    case "update-trust-policy":
      return [
        `A job of CircleCI gets in by circleci.organizationId and an entry with its id, origin and refs under trust.projects of ${parameter}. Anyone else needs a role of their own.`,
      ];
    case "detach":
    case "delete-inline-policy":
      return takesDenyOff(change, of.fence.record.denies)
        ? [
            `A policy that only denies may be somebody's answer to an incident, so ask them first. A Deny that has to last belongs into the boundary that role.permissionsBoundary of ${parameter} names.`,
          ]
        : [permissionsAdvice(parameter)];
    case "create-policy-version":
    case "delete-policy-version":
      return [permissionsAdvice(parameter)];
    case "attach":
      return [
        `The deploy policy is taken off. If jobs should not do what it grants, take those targets out of deploy in ${parameter}. If they should, have the role ${step.name} left out of the rule that takes it off.`,
      ];
    case "update-role":
      return settingAdvice(step, before, parameter);
    case "put-boundary":
    case "delete-boundary":
      return [boundaryAdvice(of, before)];
    case "tag-role":
    case "tag-policy":
    case "tag-provider":
      return missingTagAdvice(Object.keys(step.tags), parameter);
    case "add-audience":
    case "remove-audience":
      return [
        `The provider's audiences are the organisation's id and what circleci.audiences lists in ${parameter} and the other documents of that organisation. List there what jobs ask for, and nothing else.`,
      ];
    case "set-thumbprints":
      return [
        `The provider's thumbprints are those in circleci.thumbprints of ${parameter}. An empty list leaves alone what IAM has.`,
      ];
    case "create-role":
    case "create-policy":
    case "create-provider":
      return [
        `What is deleted is made again as long as ${parameter} asks for it. To have it removed, set onRemove: delete there, and delete the parameter once that version is applied.`,
      ];
    case "untag-role":
    case "delete-provider":
    case "delete-role":
    case "delete-policy":
      return [];
    default:
      return step satisfies never;
  }
}

function permissionsAdvice(parameter: string): string {
  return `What jobs may do follows from deploy in ${parameter}, so a deploy target belongs there. Any other permission needs a role of its own.`;
}

function settingAdvice(
  step: Extract<Change["step"], { do: "update-role" }>,
  before: unknown,
  parameter: string,
): readonly string[] {
  const found = isRecord(before) ? before : {};
  const sessions =
    found["maxSessionSeconds"] === step.maxSessionSeconds
      ? []
      : [
          `How long sessions may last is role.maxSessionSeconds in ${parameter}: if another time is right, write it there.`,
        ];
  const description =
    found["description"] === step.description
      ? []
      : ["The role's description is the reconciler's own: the other side has to leave it."];
  return [...sessions, ...description];
}

function boundaryAdvice({ entry, installation }: Of, before: unknown): string {
  const found = isRecord(before) ? before["permissionsBoundary"] : null;
  if (installation.permissionsBoundary !== null) {
    return "The permissions boundary is the installation's, for each role that it keeps: settle it by the stack parameter permissionsBoundary.";
  }
  return typeof found === "string"
    ? `If that permissions boundary is right, ${lineIn(entry.parameter)}: permissionsBoundary: ${JSON.stringify(found)}`
    : `If the role should have no permissions boundary, take role.permissionsBoundary out of ${entry.parameter}.`;
}

/** What comes before a line of YAML, which ends the sentence: no full stop becomes a part of it. */
function lineIn(parameter: string): string {
  return `write this under role in ${parameter}, in place of such a line if it has one, and approve that version if it is held`;
}

/** Tags that the other side takes off, or gives another value. */
function missingTagAdvice(keys: readonly string[], parameter: string): readonly string[] {
  const asked = keys.filter((key) => !isOwn(key));
  const own = keys.length > asked.length ? [ownAdvice] : [];
  if (asked.length === 0) return own;
  return [
    ...own,
    `role.tags in ${parameter} has ${named(asked)}. Write the right value there, or take it out there and name the key in role.ignoreTags.`,
  ];
}

const ownAdvice =
  "Tags that begin with oidc-reconciler: say who keeps a role, policy or provider: the other side has to leave them.";

/** A document cannot name these, which are the reconciler's, among those to be left. */
function isOwn(key: string): boolean {
  return key.toLowerCase().startsWith("oidc-reconciler:");
}

/** Why a tag that the other side sets may not stay, by a line in the document; `plain`: it may. */
type TagKind = "own" | "claim" | "hidden" | "asked-for" | "plain";

function tagKind(key: string, value: string, { effect }: Change): TagKind {
  if (isOwn(key)) return "own";
  if (foreignOwner(key, value) !== null) return "claim";
  if (safeText(key) !== key) return "hidden";
  return effect === "neutral" ? "plain" : "asked-for";
}

/** Tags that the other side sets: those that may stay with the very line that leaves them. */
export function tagAdvice(
  { entry, plan }: Pick<Of, "entry" | "plan">,
  changes: readonly Change[],
): readonly string[] {
  const set = changes
    .filter(({ step }) => step.do === "untag-role")
    .flatMap((change) =>
      Object.entries(tagsBefore(change)).map(([key, value]) => ({
        key,
        kind: tagKind(key, value, change),
      })),
    );
  const document = (newestValid(entry) ?? versionOf(plan.choice))?.document;
  const about = (kind: TagKind, advise: (keys: readonly string[]) => string) => {
    const keys = new Set(set.filter((tag) => tag.kind === kind).map(({ key }) => key));
    return keys.size === 0 ? [] : [advise([...keys])];
  };
  return [
    ...about("own", () => ownAdvice),
    ...about(
      "claim",
      (keys) =>
        `The role is claimed for somebody else by ${named(keys)}. No document can leave that there: have the role taken out of what sets it.`,
    ),
    ...about(
      "hidden",
      (keys) =>
        `Not every character of ${named(keys)} can be seen, so no document can name it: the other side has to stop setting it.`,
    ),
    ...about(
      "asked-for",
      (keys) =>
        `A policy of the role asks for ${named(keys)}, so setting that changes what sessions may do. If it is right, set it in role.tags of ${entry.parameter}.`,
    ),
    ...about("plain", (keys) => {
      const ignored = [...new Set([...(document?.role.ignoreTags ?? []), ...keys])];
      return ignored.length > ignoredMax
        ? ""
        : `If ${named(keys)} may stay, ${lineIn(entry.parameter)}: ignoreTags: ${JSON.stringify(ignored)}`;
    }),
  ];
}

/** So many keys a document may name in `role.ignoreTags`. */
const ignoredMax = 20;

function named(keys: readonly string[]): string {
  const list = keys.map((key) => JSON.stringify(key)).join(", ");
  return `the ${keys.length === 1 ? "tag" : "tags"} ${list}`;
}
