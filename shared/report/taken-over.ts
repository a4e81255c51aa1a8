import { policyVersionOf } from "../plan/environment.ts";
import { alertOf } from "./alert.ts";
import type { EnvironmentResult } from "./environment.ts";
import type { Alert } from "./report.ts";

/** Environments whose status an earlier release wrote, and whose record was made now: one alert. */
export function takenOverAlert(results: readonly EnvironmentResult[]): readonly Alert[] {
  const names = results
    .filter(({ plan, record }) => plan.evidence.kind === "former" && record !== null)
    .map(({ entry }) => entry.name);
  const [first] = names;
  if (first === undefined) return [];
  const many = names.length > 1;
  return [
    alertOf({
      kind: "adopted",
      severity: "info",
      environment: first,
      title: many
        ? `${names.length} environments were taken over from an earlier release`
        : `${first}: taken over from an earlier release`,
      parts: [
        ...newerVersions(results).map(
          (id) =>
            `${id} was newer than the default version of its policy and granted more. Someone else had created it, so it was deleted.`,
        ),
        `Each now has a record of what is in force: ${names.join(", ")}.`,
        "The account matches what the statuses said was applied. Nobody gained access.",
        "There is nothing to do.",
      ],
    }),
  ];
}

/** Older versions are our own past; a newer one that is not the default is someone else's. */
function newerVersions(results: readonly EnvironmentResult[]): readonly string[] {
  return results.flatMap(({ plan, results }) => {
    const version = policyVersionOf(plan);
    if (plan.evidence.kind !== "former" || version === null) return [];
    const inForce = Number(version.slice(1));
    return results.flatMap(({ change, outcome }) =>
      outcome === "applied" &&
      change.step.do === "delete-policy-version" &&
      Number(change.step.version.slice(1)) > inForce
        ? [change.id]
        : [],
    );
  });
}
