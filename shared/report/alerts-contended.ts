import { environmentTag, homeTag, ownershipOf, prefixTag } from "../plan/ownership.ts";
import { isFoughtOver } from "../plan/quarrel.ts";
import type { Quarrel } from "../plan/record.ts";
import { tagsBefore } from "../plan/tags.ts";
import type { Draft } from "./alert-draft.ts";
import type { EnvironmentResult } from "./environment.ts";
import { quarrelsOver, wasContended } from "./reported-quarrels.ts";

/**
 * Someone undoes corrections again and again: one alert that names the other side, and one at the end,
 * whatever it is that one call of theirs changes.
 */
export function contendedDrafts(result: EnvironmentResult): readonly Draft[] {
  const fresh = result.contended.filter((quarrel) => !wasContended(result, quarrel));
  const over = quarrelsOver(result, result.contended, result.now);
  const last = over.toSorted((one, other) => other.getTime() - one.getTime()).slice(0, 1);
  return [...(fresh.length === 0 ? [] : [contendedDraft(result, fresh)]), ...last.map(overDraft)];
}

function contendedDraft(result: EnvironmentResult, quarrels: readonly Quarrel[]): Draft {
  const tags = result.results.some(
    ({ change }) => change.step.do === "untag-role" && isFoughtOver(quarrels, change),
  );
  const resources = [...new Set(quarrels.map(({ resource }) => resource))].join(", ");
  const actors = [...new Set(quarrels.flatMap(({ actor }) => actor ?? []))].join(" and ");
  return {
    kind: "contended",
    severity: "critical",
    title: `a correction is undone again and again (${resources})`,
    parts: [
      ...quarrels.map(
        ({ resource, at }) =>
          `${resource} was changed in the same way ${at.length} times since ${at[0]}.`,
      ),
      `The other side is ${actors || "not known: CloudTrail shows no matching call yet"}.`,
      "What opens access is still closed every time, without another alert. Tags that change nobody's access are corrected less and less often.",
      ...rivalsOf(result, quarrels).map(
        (owner) =>
          `Its tags claim that it belongs to ${owner}. Anyone who may tag it can write that, so ask before you believe it. If both have it in force, keep it in one of the two documents alone.`,
      ),
      tags
        ? `If its tags may stay, name them in role.ignoreTags of ${result.entry.parameter}. If not, stop the other side.`
        : "Stop the other side, or put what it needs into the document.",
    ],
  };
}

/**
 * Who claims in tags, each time, what the record names: another installation may have it in force too. It is
 * a claim and no proof, for anyone who may tag a resource can forge it.
 */
function rivalsOf({ results }: EnvironmentResult, quarrels: readonly Quarrel[]): readonly string[] {
  const claims = results.flatMap(({ change }) => {
    const { step } = change;
    if (step.do !== "tag-role" && step.do !== "tag-policy") return [];
    const { [prefixTag]: prefix = "", [homeTag]: home = "" } = step.tags;
    const environment = step.tags[environmentTag] ?? null;
    const claimed = ownershipOf(tagsBefore(change), { prefix, home, environment });
    return claimed.kind === "foreign" && isFoughtOver(quarrels, change) ? [claimed.owner] : [];
  });
  return [...new Set(claims)];
}

function overDraft(last: Date): Draft {
  return {
    kind: "contended",
    severity: "info",
    title: "a correction is no longer undone",
    parts: [
      `What was undone again and again has stayed as the document says since ${last.toISOString()}.`,
      "There is nothing to do. If it begins again, it is reported again.",
    ],
  };
}
