import { changesMade } from "../plan/applied.ts";
import type { Change } from "../plan/change.ts";
import { comingOf, versionOf } from "../plan/choice.ts";
import { knownVersions, onRemoveOf } from "../plan/control.ts";
import type { Left } from "../plan/removal.ts";
import { type Draft, sentence } from "./alert-draft.ts";
import { shortName } from "./describe.ts";
import type { EnvironmentResult } from "./environment.ts";
import { wasReported } from "./reported-key.ts";
import { newlyRetained, releasedKey, stuckKey } from "./reported-keys.ts";

/** What a deleted document, or a name that is no longer used, leaves behind. */
export function orphanDrafts(result: EnvironmentResult): readonly Draft[] {
  const gone = result.plan.choice.kind === "orphaned";
  const removal = gone ? goneDrafts(result) : removedDrafts(result);
  return [
    ...removal,
    // What an alert of this run says already is not reported twice.
    ...(removal.length > 0 ? [] : stuckDrafts(result)),
    ...releasedDrafts(result, gone),
    ...(gone ? [] : [...retainedDrafts(result), ...letGoDrafts(result)]),
  ];
}

/** Who else holds what is to be removed, and what to do: reported once for each holder. */
function stuckDrafts(result: EnvironmentResult): readonly Draft[] {
  const fresh = freshlyStuck(result);
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

function freshlyStuck(result: EnvironmentResult): readonly Left[] {
  return result.left.filter((left) => !wasReported(result, stuckKey(left)));
}

/**
 * Is a change a step towards deleting what has an earlier name, and does an alert of this run name that, as
 * deleted or as what cannot be deleted yet? What somebody does later to something that cannot go is neither.
 */
export function isOfRemoval(result: EnvironmentResult): (change: Change) => boolean {
  const { results, orphans } = result;
  const steps = changesMade(results).map(({ step }) => step);
  const roles = steps.flatMap((step) => (step.do === "delete-role" ? [step.name] : []));
  const stuck = freshlyStuck(result).map(({ id }) => id);
  const locked = orphans.roles.flatMap(({ arn, name }) => (stuck.includes(arn) ? [name] : []));
  const arns = steps.flatMap((step) =>
    step.do === "delete-policy" || step.do === "delete-provider" ? [step.arn] : [],
  );
  return ({ step }) => {
    // A policy that is made again may have the name of a role that goes.
    if (step.do === "create-policy") return false;
    return "name" in step ? [...roles, ...locked].includes(step.name) : arns.includes(step.arn);
  };
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
      : ` It managed role ${known.document.role.name} and policy ${known.document.policy.name}.`;
  return [
    {
      kind: "orphaned",
      severity: "warning",
      title: "the document was deleted",
      parts: [
        `${entry.parameter} was deleted.${what}`,
        begunText(result, stays.length > 0),
        removed.length > 0
          ? `Deleted, because it said onRemove: delete: ${removed.join(", ")}.`
          : "",
        stays.length === 0
          ? ""
          : `${stays.map(({ arn }) => shortName(arn)).join(", ")} ${stays.length === 1 ? "stays" : "stay"}, still watched but no longer corrected: ${whyKept(result)}.`,
        ...left.map(stayText),
        nextText(result, { isDeleted: removed.length > 0, isLeft: stays.length + left.length > 0 }),
      ],
    },
  ];
}

const outOfTime: ReadonlySet<string> = new Set(["TimeUp", "Interrupted"]);

/** Did the run end before it had deleted everything? The next one goes on by itself. */
function isPutOff({ faults }: EnvironmentResult): boolean {
  return faults.some(({ code }) => outOfTime.has(code));
}

/** What a reader does now: he deletes nothing himself that a later run deletes. */
function nextText(
  result: EnvironmentResult,
  { isDeleted, isLeft }: { readonly isDeleted: boolean; readonly isLeft: boolean },
): string {
  const { plan, entry, left } = result;
  const [known] = knownVersions(plan.evidence, entry);
  const saysDelete =
    known?.document.mode === "enforce" && onRemoveOf(plan.evidence, entry) === "delete";
  if (saysDelete && isPutOff(result) && left.length === 0) {
    return "Put the document back to have it managed again.";
  }
  if (isLeft || !saysDelete) {
    return "Put the document back to have it managed again, or remove what is left yourself.";
  }
  return isDeleted
    ? "Put the document back to have it made again."
    : "It said onRemove: delete: a later run deletes what this one could not read. Put the document back to keep it.";
}

/**
 * Nobody has said of a version that has begun, and did not come into force, what it lets happen: what it opens may have
 * been written all the same, and no run compares with anything else from now on.
 */
function begunText({ plan: { evidence } }: EnvironmentResult, isLeft: boolean): string {
  const begun = evidence.kind === "record" ? evidence.record.begun : null;
  if (begun === null) return "";
  const { role, policy } = begun.document;
  const said = `Version ${begun.version} had begun to be written and was not applied`;
  return isLeft
    ? `${said}: the jobs that it names may get in by role ${role.name}, and do what it grants by policy ${policy.name}. Look at both before you keep them.`
    : `${said}: the jobs that it names may have got in until now.`;
}

function whyKept(result: EnvironmentResult): string {
  const { plan, entry } = result;
  const { evidence } = plan;
  if (evidence.kind === "missing") return "it is not known what the document said about onRemove";
  if (onRemoveOf(evidence, entry) === "retain") return "the document said onRemove: retain";
  return isPutOff(result)
    ? "this run had no time left for it, and the next one goes on"
    : "the record does not name it, the mode forbids the deletion, or the deletion failed and the next run tries again";
}

function releasedDrafts(result: EnvironmentResult, gone: boolean): readonly Draft[] {
  const { orphans, entry } = result;
  const released = orphans.released.filter((arn) => !wasReported(result, releasedKey(arn)));
  if (released.length === 0) return [];
  return [
    {
      kind: "orphaned",
      severity: "info",
      title: `${released.map(shortName).join(", ")} released`,
      parts: [
        `The tags of this environment were removed from ${released.join(", ")}, so it is no longer watched.`,
        gone
          ? `Once nothing of ${entry.name} is left, its record and status are deleted. There is nothing to do.`
          : "A policy that it has and that this environment still uses is detached from it before it grants more.",
      ],
    },
  ];
}

/**
 * ARNs of what this run leaves under earlier names and the next one deletes: the version that this run has
 * brought into force says `onRemove: delete`, and the one before it did not.
 */
export function goesNext(result: EnvironmentResult): readonly string[] {
  const { plan, entry, orphans, retained, writes } = result;
  const { choice, evidence } = plan;
  const at = comingOf(choice, evidence);
  if (at === null || writes !== "allowed") return [];
  const { document, digest } = at;
  const isApplied = result.record?.applied?.digest === digest;
  if (!isApplied || document.mode !== "enforce" || document.onRemove !== "delete") return [];
  if (onRemoveOf(evidence, entry) === "delete") return [];
  const named = [...orphans.roles, ...orphans.policies].map(({ arn }) => arn);
  return retained.filter((arn) => named.includes(arn));
}

/** The version that has the names in force, which need not be the newest. */
function versionAt({ plan, report }: EnvironmentResult): number | null {
  return versionOf(plan.choice)?.version ?? report.version;
}

/** A rename with `onRemove: delete` deletes what had the old name, and says so. */
function removedDrafts(result: EnvironmentResult): readonly Draft[] {
  const removed = removedNames(result);
  if (removed.length === 0) return [];
  const names = removed.join(", ");
  return [
    {
      kind: "orphaned",
      severity: "warning",
      title: `${names} deleted`,
      parts: [
        `Version ${versionAt(result)} uses other names, and ${whoSaysDelete(result)} onRemove: delete. Deleted: ${names}.`,
        ...result.left.map(stayText),
        "The report has what was there. Jobs need the ARN of the new role.",
      ],
    },
  ];
}

/** A rename is judged by the version before it; what is left after that, by the version in force. */
function whoSaysDelete({ plan: { choice, evidence } }: EnvironmentResult): string {
  const inForce = evidence.kind === "record" ? evidence.record.applied?.digest : undefined;
  const at = versionOf(choice);
  const isOwn = at?.digest === inForce && at?.document.onRemove === "delete";
  return isOwn ? "says" : "the version in force before says";
}

/** What a rename leaves behind still admits jobs, so it is reported. */
function retainedDrafts(result: EnvironmentResult): readonly Draft[] {
  const fresh = newlyRetained(result);
  if (fresh.length === 0) return [];
  const going = goesNext(result).filter((arn) => fresh.includes(arn));
  const staying = fresh.filter((arn) => !going.includes(arn));
  return [
    ...(going.length === 0 ? [] : [goingDraft(result, going)]),
    ...(staying.length === 0 ? [] : [stayingDraft(result, staying)]),
  ];
}

function goingDraft(result: EnvironmentResult, going: readonly string[]): Draft {
  const it = going.length === 1 ? "it" : "them";
  const version = versionAt(result);
  return {
    kind: "orphaned",
    severity: "warning",
    title: `${going.map(shortName).join(", ")} will be deleted`,
    parts: [
      `Version ${version} uses other names, and ${going.join(", ")} belonged to this environment.`,
      `This run leaves ${it}, because the version in force before says onRemove: retain. Version ${version} says onRemove: delete, so the next run deletes ${it}, unless somebody else uses ${it}.`,
      "Jobs need the ARN of the new role.",
    ],
  };
}

function stayingDraft(result: EnvironmentResult, fresh: readonly string[]): Draft {
  const one = fresh.length === 1;
  const names = fresh.map(shortName).join(", ");
  return {
    kind: "orphaned",
    severity: "warning",
    title: `${names} ${one ? "is" : "are"} no longer managed`,
    parts: [
      `Version ${versionAt(result)} uses other names, and ${fresh.join(", ")} belonged to this environment.`,
      `${one ? "It stays and is" : "They stay and are"} still watched. Jobs may still be able to use ${one ? "it" : "them"}.`,
      `Remove ${one ? "it" : "them"} yourself once no job needs ${one ? "it" : "them"}. To end the watch, remove the tags oidc-reconciler:… instead.`,
    ],
  };
}

/** An old role loses the policy that it shares with the role in force, before that grants more. */
function letGoDrafts(result: EnvironmentResult): readonly Draft[] {
  const { results, orphans, plan } = result;
  if (plan.kind !== "planned") return [];
  const made = results.filter(({ outcome }) => outcome === "applied").map(({ change }) => change);
  const old = [...orphans.roles, ...orphans.loose];
  return made.flatMap((change): readonly Draft[] => {
    const { step, id } = change;
    // What is removed is said elsewhere.
    if (
      step.do !== "detach" ||
      !plan.changes.includes(change) ||
      !old.some(({ name }) => name === step.name)
    )
      return [];
    return [
      {
        kind: "orphaned",
        severity: "warning",
        title: `${shortName(id)} was detached from role/${step.name}`,
        parts: [
          `${shortName(id)} is to grant more to the jobs that version ${versionAt(result)} names. role/${step.name} has an old name and may let in others.`,
          "Jobs that still use the old role can do nothing now. Give them the ARN of the new role.",
        ],
      },
    ];
  });
}
