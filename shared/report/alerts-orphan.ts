import { knownVersions } from "../plan/control.ts";
import type { Left } from "../plan/removal.ts";
import { type Draft, sentence } from "./alert-draft.ts";
import type { EnvironmentResult } from "./environment.ts";
import { retainedKey, stuckKey, wasReported } from "./reported-keys.ts";
import { shortName } from "./words.ts";

/** What a removed parameter, or a name that is not used any more, leaves behind. */
export function orphanDrafts(result: EnvironmentResult): readonly Draft[] {
  const gone = result.plan.choice.kind === "orphaned";
  const removal = gone ? goneDrafts(result) : removedDrafts(result);
  return [
    ...removal,
    // What an alert of this run says already is not said twice.
    ...(removal.length > 0 ? [] : stuckDrafts(result)),
    ...(gone ? releasedDrafts(result) : retainedDrafts(result)),
  ];
}

/** Who else holds what is to be removed, and how to go on: reported once for each holder. */
function stuckDrafts(result: EnvironmentResult): readonly Draft[] {
  const fresh = result.left.filter((left) => !wasReported(result, stuckKey(left)));
  if (fresh.length === 0) return [];
  const names = fresh.map(({ id }) => shortName(id)).join(", ");
  return [
    {
      kind: "orphaned",
      severity: "warning",
      title: `${names} cannot be removed yet`,
      parts: fresh.map(stayText),
    },
  ];
}

function stayText({ id, message }: Left): string {
  return `${shortName(id)} stays. ${sentence(message)}`;
}

function removedNames(result: EnvironmentResult): readonly string[] {
  return result.results
    .filter(({ change, outcome }) => change.action === "delete" && outcome === "applied")
    .filter(({ change: { step } }) =>
      ["delete-role", "delete-policy", "delete-provider"].includes(step.do),
    )
    .map(({ change }) => shortName(change.id));
}

function goneDrafts(result: EnvironmentResult): readonly Draft[] {
  const { entry } = result;
  const before = entry.status?.conditions.SpecValid;
  const removed = removedNames(result);
  if (before?.reason === "ParameterGone" && removed.length === 0) return [];
  const [known] = knownVersions(result.plan.evidence, entry);
  const kept = [...result.orphans.roles, ...result.orphans.policies, ...result.orphans.tagged];
  const { left } = result;
  const stays = kept.filter(
    ({ arn }) => !removed.includes(shortName(arn)) && !left.some(({ id }) => id === arn),
  );
  const what =
    known === undefined
      ? ""
      : `; it kept role ${known.document.role.name} and policy ${known.document.policy.name}`;
  return [
    {
      kind: "orphaned",
      severity: "warning",
      title: "the parameter is gone",
      parts: [
        `${entry.parameter} was deleted${what}.`,
        removed.length > 0 ? `onRemove is delete: ${removed.join(", ")} removed.` : "",
        stays.length === 0
          ? ""
          : `${stays.map(({ arn }) => shortName(arn)).join(", ")} ${stays.length === 1 ? "stays" : "stay"} as ${stays.length === 1 ? "it is" : "they are"}, watched and not kept right: onRemove is retain, the record does not name it, the mode forbids it, or it failed and the next run tries again.`,
        ...left.map(stayText),
        "Put the document back to have them kept, or remove them by hand.",
      ],
    },
  ];
}

function releasedDrafts({ orphans, entry }: EnvironmentResult): readonly Draft[] {
  const { released } = orphans;
  if (released.length === 0) return [];
  return [
    {
      kind: "orphaned",
      severity: "info",
      title: `${released.map(shortName).join(", ")} released`,
      parts: [
        `All tags of this environment were taken off ${released.join(", ")}: nobody watches over it from here any more.`,
        `${entry.name} is forgotten once nothing of it is left.`,
      ],
    },
  ];
}

/** A rename with `onRemove: delete` removes the old name, and says so. */
function removedDrafts(result: EnvironmentResult): readonly Draft[] {
  const removed = removedNames(result);
  if (removed.length === 0) return [];
  const names = removed.join(", ");
  return [
    {
      kind: "orphaned",
      severity: "warning",
      title: `${names} removed`,
      parts: [
        `Version ${result.report.version} names others, and onRemove was delete in what was in force: ${names} removed.`,
        ...result.left.map(stayText),
        "The report keeps what was there.",
      ],
    },
  ];
}

/** A rename or a move leaves no second door unmentioned. */
function retainedDrafts(result: EnvironmentResult): readonly Draft[] {
  const { retained } = result;
  const fresh = retained.filter((arn) => !wasReported(result, retainedKey(arn)));
  if (fresh.length === 0) return [];
  const one = fresh.length === 1;
  const names = fresh.map(shortName).join(", ");
  return [
    {
      kind: "orphaned",
      severity: "warning",
      title: `${names} ${one ? "is" : "are"} not kept any more`,
      parts: [
        `Version ${result.report.version} names others, and ${fresh.join(", ")} ${one ? "was" : "were"} this environment's.`,
        "They stay as they are and are watched; jobs may still get in through them.",
        "Remove them by hand once no job needs them; taking all tags of ours off ends the watch.",
      ],
    },
  ];
}
