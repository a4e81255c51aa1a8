import type { KeptDeny } from "../plan/denies.ts";
import { desiredIn } from "../plan/environment.ts";
import { denyRemoval } from "../plan/role.ts";
import { type Draft, doneBy, roleOf } from "./alert-draft.ts";
import type { Attribution } from "./attribution.ts";
import type { EnvironmentResult } from "./environment.ts";
import { denyWidening } from "./found-drift.ts";
import { isSameSideAgain } from "./quarrels.ts";
import { wasReported } from "./reported-key.ts";
import { denyKey } from "./reported-keys.ts";
import { wasContended } from "./reported-quarrels.ts";

/**
 * A responder's *Revoke active sessions*, or a policy that denies and was there when the role was taken
 * over: it stays, and people must know until when.
 */
export function revokedDrafts(result: EnvironmentResult): readonly Draft[] {
  const fresh = result.plan.kept.filter(
    (deny) => !wasReported(result, denyKey(deny)) && !isPutBack(result, deny),
  );
  const [first] = fresh;
  if (first === undefined) return [];
  const until = fresh.map((deny) => `${deny.id} until ${deny.until}`).join(", ");
  const { issuedBefore } = first;
  const refused =
    issuedBefore === null
      ? "It refuses what it names in every session"
      : `It refuses sessions that began before ${issuedBefore}`;
  return [
    {
      kind: "sessions-revoked",
      severity: "critical",
      title:
        issuedBefore === null
          ? "the role has a policy that only denies"
          : "the role's sessions were revoked",
      parts: [
        `A policy that only denies is on ${roleOf(result)}, and no document asks for it. ${refused}.`,
        doneBy(revokedBy(result, first)),
        `It stays: ${until}. Then it is taken off. Everything else is still enforced.`,
        `To remove it earlier, run once with {"environments":["${result.entry.name}"],"force":true}.`,
      ],
    },
  ];
}

/** Is it put there again and again, and reported as a quarrel with the very side that did it now? Nobody knows who is new. */
function isPutBack(result: EnvironmentResult, deny: KeptDeny): boolean {
  const { actor } = revokedBy(result, deny);
  const role = desiredIn(result.plan)?.role;
  if (role === undefined || actor === null) return false;
  const before = result.fence.record.quarrels.filter((quarrel) => wasContended(result, quarrel));
  const contended = [...before, ...result.contended];
  return denyRemoval(role, deny).some((change) =>
    isSameSideAgain({ ...result, contended }, change, actor),
  );
}

function revokedBy({ plan, attribute }: EnvironmentResult, deny: KeptDeny): Attribution {
  return attribute(denyWidening(deny, desiredIn(plan)?.role.name ?? ""));
}
