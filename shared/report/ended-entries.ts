import { parseJson } from "../json.ts";
import { canonical } from "../plan/canonical.ts";
import type { Change } from "../plan/change.ts";
import { versionOf } from "../plan/choice.ts";
import { writtenTrust } from "../plan/policy-texts.ts";
import type { ReportInput } from "./report-input.ts";

/**
 * Does a change only take off statements whose entries have ended? The document says so itself, and
 * nobody did anything.
 *
 * @see docs/decisions/0009-ends-by-themselves.md
 */
export function onlyEnds(
  { step, before }: Change,
  { plan, account, now }: Pick<ReportInput, "plan" | "account" | "now">,
): boolean {
  const document = versionOf(plan.choice)?.document;
  if (step.do !== "update-trust-policy" || document === undefined) return false;
  const { projects } = document.trust;
  const ends = projects === "all" ? [] : projects.flatMap(({ until }) => until ?? []);
  const ended = ends.filter((until) => Date.parse(until) <= now.getTime());
  // As it was before the first of them, and after each.
  return [0, ...ended].some((at) =>
    writtenTrust(document, account, new Date(at)).some(
      (text) => ended.length > 0 && canonical(parseJson(text)) === canonical(before),
    ),
  );
}
