import { compareTrust, mayWiden } from "../compare/index.ts";
import { isRecord } from "../json.ts";
import type { Change } from "./change.ts";
import { type EnvironmentPlan, isTrustUnseen } from "./environment.ts";
import type { Organisation } from "./organisation.ts";
import { denyingAudience } from "./statements.ts";

/**
 * Would a provider's change let somebody into a role of this environment who is not meant to get
 * in? Ours test the audience, so it would only where the role's trust is not right and could not be
 * corrected, or could not be seen.
 *
 * @param input.isUncorrected the trust policy differs and was not corrected in this run
 */
export function opensTrustOf(input: {
  readonly change: Change;
  readonly plan: EnvironmentPlan;
  readonly isUncorrected: boolean;
}): boolean {
  const { change, plan } = input;
  const { step } = change;
  // What cannot be seen may be open, if this environment ever had a role.
  if (isTrustUnseen(plan)) return plan.evidence.kind !== "none";
  if (!input.isUncorrected) return false;
  const trust = plan.changes.find(({ resource }) => resource === "trust-policy");
  if (trust === undefined) return false;
  const found = JSON.stringify(trust.before);
  if (step.do !== "add-audience") return gains(JSON.stringify(trust.after), found);
  const withoutAudience = denyingAudience(found, step.arn, step.audience);
  return withoutAudience === null || gains(withoutAudience, found);
}

/** Does this change of a provider let nobody in who was not let in before, whatever trusts it? */
export function admitsNoMore({ effect, step, before }: Change): boolean {
  if (effect === "closes" || step.do === "tag-provider") return true;
  // A thumbprint that is only taken off.
  if (step.do !== "set-thumbprints" || !isRecord(before)) return false;
  const found = [before["thumbprints"]].flat();
  return step.thumbprints.every((pin) => found.includes(pin));
}

/** Environments that nobody has looked at, and whose trust policies the opening of their provider may open. */
export function unseenMembers(organisations: readonly Organisation[]): ReadonlySet<string> {
  const opened = organisations.filter(({ plan: { opening } }) =>
    opening.some((change) => !admitsNoMore(change)),
  );
  return new Set(opened.flatMap(({ others }) => others));
}

function gains(before: string, after: string): boolean {
  return mayWiden(compareTrust({ before: [before], after: [after] }).widening);
}
