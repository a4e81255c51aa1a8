import { changesMade } from "../plan/applied.ts";
import type { Change } from "../plan/change.ts";
import { desiredIn } from "../plan/environment.ts";
import { environmentTag, homeTag, ownershipOf, prefixTag } from "../plan/ownership.ts";
import { isFoughtOver } from "../plan/quarrel.ts";
import type { Quarrel } from "../plan/record.ts";
import { denyRemoval } from "../plan/role.ts";
import { tagsBefore } from "../plan/tags.ts";
import type { Draft } from "./alert-draft.ts";
import type { EnvironmentResult } from "./environment.ts";
import { quarrelAdvice } from "./quarrel-advice.ts";
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
  const resources = [...new Set(quarrels.map(({ resource }) => resource))].join(", ");
  const actors = [...new Set(quarrels.flatMap(({ actor }) => actor ?? []))].join(" and ");
  const corrections = correctionsOf(result);
  const changes = corrections.filter((change) => isFoughtOver(quarrels, change));
  const isWaitedOut = changes.some(
    ({ step, effect }) => step.do === "untag-role" && effect === "neutral",
  );
  return {
    kind: "contended",
    severity: "critical",
    title: `a correction is undone again and again (${resources})`,
    parts: [
      ...quarrels.map((quarrel) => {
        const { resource, at } = quarrel;
        const why = changes.find((change) => isFoughtOver([quarrel], change))?.reason;
        return `${resource} was changed in the same way ${at.length} times since ${at[0]}${why === undefined ? "" : `: ${why}`}.`;
      }),
      `The other side is ${actors || "not known: CloudTrail shows no matching call yet"}.`,
      `What opens access is still closed every time, without another alert.${isWaitedOut ? " Tags that change nobody's access are corrected less and less often." : ""}`,
      ...rivalsOf(result, quarrels).map(
        (owner) =>
          `Its tags claim that it belongs to ${owner}. Anyone who may tag it can write that, so ask before you believe it. If both have it in force, keep it in one of the two documents alone.`,
      ),
      ...quarrelAdvice(result, changes),
      "If none of this is right, stop the other side.",
    ],
  };
}

/** What this run corrected, and the policies that only deny which it would correct if they did not stay. */
function correctionsOf({ plan, results }: EnvironmentResult): readonly Change[] {
  const role = desiredIn(plan)?.role;
  const kept = role === undefined ? [] : plan.kept.flatMap((deny) => denyRemoval(role, deny));
  return [...changesMade(results), ...kept];
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
