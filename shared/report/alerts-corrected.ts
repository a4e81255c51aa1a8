import type { ConditionReason } from "../codes.ts";
import { isRecord } from "../json.ts";
import { beginsOrEnds, type ChangeResult } from "../plan/change.ts";
import { versionOf } from "../plan/choice.ts";
import { besideDoors } from "../plan/closing-changes.ts";
import { knownVersions } from "../plan/control.ts";
import { isCorrection } from "../plan/correction.ts";
import { type EnvironmentPlan, policyVersionOf } from "../plan/environment.ts";
import { foreignOwner, homeTag, isOwnershipTag } from "../plan/ownership.ts";
import { isFoughtOver } from "../plan/quarrel.ts";
import { tagsBefore } from "../plan/tags.ts";
import type { Draft } from "./alert-draft.ts";
import { isOfRemoval } from "./alerts-orphan.ts";
import { describeChange } from "./describe.ts";
import { onlyEnds } from "./ended-entries.ts";
import type { EnvironmentResult } from "./environment.ts";
import { tagAdvice } from "./quarrel-advice.ts";
import { wasReported } from "./reported-key.ts";
import { leftBesideDoors, leftKey } from "./reported-keys.ts";

/** Drift that widened nothing, also beside what did: corrected, or left because the mode says so. */
export function correctedDrafts(result: EnvironmentResult): readonly Draft[] {
  const { plan, results } = result;
  if (plan.adopted.length > 0) return [];
  const isRemoval = isOfRemoval(result);
  const made = results.filter(
    ({ change }) =>
      result.undone?.(change).kind !== "late" && !onlyEnds(change, result) && !isRemoval(change),
  );
  const notable =
    plan.evidence.kind === "former" ? made.filter((each) => !isUpgrade(each, plan)) : made;
  const done = notable.filter(({ outcome }) => outcome === "applied");
  const changes = done.map(({ change }) => change);
  const reverted = result.drift.flatMap(({ found, reported: { disposition } }) =>
    disposition === "reverted" ? [found] : [],
  );
  const rest = besideDoors(done, reverted).filter(
    ({ change }) => !isFoughtOver(result.contended, change, changes),
  );
  // What was away for a moment, and nothing with it, corrects nothing.
  const applied = rest.every(({ change }) => beginsOrEnds(change)) ? [] : rest;
  if (done.length > 0) {
    const isEdit = !isCorrection(result.plan) || result.begunHere === true;
    if (isEdit || applied.length === 0) return [];
    const tags = ownershipLost(applied);
    const opened = openedParts(applied, result);
    const isRest = hasRest(result);
    const count = `${applied.length} ${applied.length === 1 ? "change" : "changes"}`;
    return [
      {
        kind: "drift-corrected",
        severity: tags || opened.length > 0 ? "critical" : "info",
        title: isRest
          ? `what an earlier run left, or drift, corrected (${count})`
          : `drift corrected (${count})`,
        parts: [
          tags
            ? "Tags that mark the owner of the role or policy were changed or removed, or claimed it for another owner. What the record names as ours stays ours."
            : "The account did not match the document.",
          isRest
            ? "An earlier run did not do all that it meant to: what it left may be among these changes, or all of them."
            : "",
          ...applied.map(({ change }) => describeChange(change)),
          ...opened,
          "It was corrected. The report has what was there before.",
          ...(tags
            ? [findTagger]
            : opened.length > 0
              ? [findOpener]
              : unlessItComesBack(result, applied)),
        ],
      },
    ];
  }
  return leftDrafts(result, notable);
}

/** States in which a run has left something of its version to the next one. */
const leaving: ReadonlySet<string> = new Set<ConditionReason>(["Failed", "Skipped", "Interrupted"]);

/**
 * Has no run come to the end of the version in force so far, by its status? Then what is written now may be the rest of
 * that, and nobody's doing.
 */
function hasRest({ plan, entry: { status } }: EnvironmentResult): boolean {
  const at = versionOf(plan.choice);
  if (at === null || status === null) return false;
  const { InSync: inSync, ResourcesResolved: resolved } = status.conditions;
  const isLeft =
    (inSync !== undefined && !inSync.status && leaving.has(inSync.reason)) ||
    // What a target that could not be read is to have is missing until it can.
    resolved?.reason === ("Unreadable" satisfies ConditionReason);
  return isLeft || status.appliedDigest !== at.digest;
}

/** A tag may come with another value each time, and so never be a quarrel: what leaves it is said each time. */
function unlessItComesBack(
  result: EnvironmentResult,
  applied: readonly ChangeResult[],
): readonly string[] {
  return [
    "There is nothing to do, unless it comes back: then someone else manages the same thing.",
    ...tagAdvice(
      result,
      applied.map(({ change }) => change),
    ),
  ];
}

const findTagger = "Find out who may tag the role and the policy.";
const findOpener = "Find out who may change the role, its tags and the provider.";

/**
 * What somebody opened by a setting of the role: an edit that does the same is held. What a version in force
 * has, and an edit would end, nobody opened.
 */
function openedParts(
  results: readonly ChangeResult[],
  { plan, entry }: EnvironmentResult,
): readonly string[] {
  const inForce = knownVersions(plan.evidence, entry).map(({ document }) => document);
  const secondsInForce = inForce.map(({ role }) => role.maxSessionSeconds);
  const pinsInForce = inForce.flatMap(({ circleci }) => circleci.thumbprints);
  return results.flatMap(({ change: { step, effect, before } }): readonly string[] => {
    if (step.do === "set-thumbprints") {
      const pinned = [...step.thumbprints, ...pinsInForce].map((pin) => pin.toLowerCase());
      const found = isRecord(before) ? [before["thumbprints"]].flat() : [];
      return found.every((pin) => pinned.includes(String(pin).toLowerCase()))
        ? []
        : ["Tokens could be signed with the keys of another server than those that are pinned."];
    }
    if (effect !== "closes") return [];
    if (step.do === "update-role" && isRecord(before)) {
      const seconds = before["maxSessionSeconds"];
      if (secondsInForce.some((known) => known === seconds)) return [];
      return [
        `Sessions could last ${seconds} s instead of ${step.maxSessionSeconds} s, and one that began meanwhile lasts as long as it asked for.`,
      ];
    }
    return (step.do === "untag-role" || step.do === "tag-role") && isCorrection(plan)
      ? ["A policy of the role asks for such a tag, which is a principal tag of every session."]
      : [];
  });
}

function leftDrafts(result: EnvironmentResult, notable: readonly ChangeResult[]): readonly Draft[] {
  const beside = leftBesideDoors(result);
  const left = notable.filter((each) => beside.includes(each));
  const passive = result.writes === "observe" || result.writes === "suspend";
  if (!passive || left.length === 0 || wasReported(result, leftKey(result))) return [];
  // What was never written differs from nothing: it is reported as the first document that it is.
  if (result.plan.evidence.kind === "none") return [];
  const tags = ownershipLost(left);
  const opened = openedParts(left, result);
  return [
    {
      kind: "drift-corrected",
      severity: tags || opened.length > 0 ? "critical" : "info",
      title: `drift found and not corrected (${left.length} ${left.length === 1 ? "change" : "changes"})`,
      parts: [
        tags
          ? "Tags that mark the owner of the role or policy were changed or removed, or claim it for another owner."
          : "The account does not match the document. This would be done:",
        ...left.map(({ change }) => describeChange(change)),
        ...opened,
        `Nothing was changed: the mode is ${result.writes}.`,
        tags ? findTagger : `To have it corrected, set mode: enforce in ${result.entry.parameter}.`,
      ],
    },
  ];
}

/**
 * What the release before did otherwise is not drift: it set no home tag, and left policy versions
 * that it had replaced. A newer version than the default is somebody else's.
 */
function isUpgrade({ change }: ChangeResult, plan: EnvironmentPlan): boolean {
  const { step } = change;
  if (step.do === "delete-policy-version") {
    const policyVersion = policyVersionOf(plan);
    return policyVersion !== null && numberOf(step.version) < numberOf(policyVersion);
  }
  if (!("tags" in step) || step.do === "create-role" || step.do === "create-policy") return false;
  const keys = Object.keys(step.tags);
  return keys.length === 1 && keys[0] === homeTag && !Object.hasOwn(tagsBefore(change), homeTag);
}

/** IAM counts the versions of a policy up: v1, v2 and so on, and uses no number twice. */
function numberOf(version: string): number {
  return Number(version.slice(1));
}

/** Was a tag of ours lost or changed, or did someone claim what is ours for another owner? */
function ownershipLost(results: readonly ChangeResult[]): boolean {
  return results.some(({ change }) => {
    const { step } = change;
    if (step.do === "tag-role" || step.do === "tag-policy" || step.do === "tag-provider") {
      return Object.keys(step.tags).some(isOwnershipTag);
    }
    if (step.do !== "untag-role") return false;
    const had = tagsBefore(change);
    return step.keys.some((key) => foreignOwner(key, had[key] ?? "") !== null);
  });
}
