import type { KeptDeny } from "../plan/denies.ts";
import { desiredIn } from "../plan/environment.ts";
import { type Draft, doneBy, roleOf } from "./alert-draft.ts";
import type { Attribution } from "./attribution.ts";
import type { EnvironmentResult } from "./environment.ts";
import { isSameSideAgain, takingOff } from "./quarrels.ts";
import { denyWidening } from "./report-widenings.ts";
import { denyKey, wasContended, wasReported } from "./reported-keys.ts";

/** A responder's *Revoke active sessions*: it stays, and people must know until when. */
export function revokedDrafts(result: EnvironmentResult): readonly Draft[] {
  const fresh = result.plan.kept.filter(
    (deny) => !wasReported(result, denyKey(deny)) && !isPutBack(result, deny),
  );
  const [first] = fresh;
  if (first === undefined) return [];
  const until = fresh.map((deny) => `${deny.id} until ${deny.until}`).join(", ");
  const whose = first.issuedBefore === null ? "" : ` that began before ${first.issuedBefore}`;
  return [
    {
      kind: "sessions-revoked",
      severity: "critical",
      title: "the role's sessions were revoked",
      parts: [
        `A policy that only denies was put on ${roleOf(result)}. It refuses sessions${whose}.`,
        doneBy(revokedBy(result, first)),
        `It stays: ${until}. Everything else is still enforced.`,
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
  return takingOff(role, deny).some((change) =>
    isSameSideAgain({ ...result, contended }, change, actor),
  );
}

function revokedBy({ plan, attribute }: EnvironmentResult, deny: KeptDeny): Attribution {
  return attribute(denyWidening(deny, desiredIn(plan)?.role.name ?? ""));
}
