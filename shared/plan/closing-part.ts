import { isRecord } from "../json.ts";
import type { Change, Step } from "./change.ts";
import { closedTrust } from "./closing-trust.ts";
import { asData } from "./role.ts";
import { closedPermissions } from "./shrink.ts";

/**
 * What of a change can be made although nothing may be opened now. One write replaces a whole
 * document, so it may close a door and let somebody in at once: its closing part leaves only what is
 * both there and desired. A later run finds that, and opens the rest.
 *
 * @returns `null` where the change closes nothing
 */
export function closingPart(change: Change): Change | null {
  if (change.bracket === "open") return change.meanwhile ?? null;
  if (change.effect === "closes") return change;
  const closed = closedStep(change);
  if (closed === null) return null;
  return { ...change, ...closed, reason: `${change.reason}; what opens waits`, effect: "closes" };
}

function closedStep({ step, before }: Change): { step: Step; after: unknown } | null {
  switch (step.do) {
    case "update-trust-policy": {
      const trustPolicy = closedTrust(JSON.stringify(before), step.trustPolicy);
      if (trustPolicy === null) return null;
      return { step: { ...step, trustPolicy }, after: asData(trustPolicy) };
    }
    case "create-policy-version": {
      const found = isRecord(before) ? before["document"] : null;
      const document = closedPermissions(JSON.stringify(found), step.document);
      if (document === null) return null;
      return { step: { ...step, document }, after: { document: asData(document) } };
    }
    // Nothing else replaces what lets somebody in. Another boundary takes its place while the deploy
    // policy is off the role, or while nobody gets in.
    default:
      return null;
  }
}
