import type { Change } from "./change.ts";
import type { Difference } from "./difference.ts";

/** The writes of one role whose order decides what access exists between two of them. */
export type Parts = {
  /** Detachments, deleted inline policies: they only ever close. */
  readonly stray: readonly Change[];
  readonly trust: Change | null;
  readonly trustDifference: Difference<unknown>;
  /** Prune and write of the deploy policy's new version; empty where it stays. */
  readonly policy: readonly Change[];
  readonly policyDifference: Difference<unknown>;
  readonly boundary: Change | null;
  readonly boundaryEffect: "none" | "set" | "removed" | "replaced";
  readonly settings: Change | null;
  readonly attach: Change | null;
  readonly tags: readonly Change[];
  /**
   * A deploy policy of what is both there and desired, for the one case in which neither order is
   * safe; `null` where the two have nothing in common, which needs the policy detached instead.
   */
  readonly between: readonly Change[] | null;
  /** Takes the deploy policy off and puts it back; `null` where it is not attached. */
  readonly bracket: { readonly detach: Change; readonly attach: Change } | null;
};

const gains = (difference: Difference<unknown>): boolean => difference.gains !== false;
const loses = (difference: Difference<unknown>): boolean => difference.loses !== false;

/**
 * Puts what narrows before what widens, so that a run that stops between any two writes has left
 * no access that is neither what was there nor what is desired.
 *
 * Access is the product of who gets in (T) and what they may do (P). Writing P' and then T' passes
 * through T×P', writing T' first passes through T'×P. The first is safe where P' ⊆ P or T ⊆ T',
 * the second where T' ⊆ T or P ⊆ P'. Where all four fail, P first shrinks to what P and P' share.
 */
export function inSafeOrder(parts: Parts): readonly Change[] {
  const present = (change: Change | null): readonly Change[] => (change === null ? [] : [change]);
  const closingSettings = parts.settings?.effect === "closes" ? present(parts.settings) : [];
  const otherSettings = parts.settings?.effect === "closes" ? [] : present(parts.settings);
  const boundary = present(parts.boundary);
  // A tag on the role is a principal tag of its sessions: what a stray one admits goes early.
  const untag = parts.tags.filter(({ step }) => step.do === "untag-role");
  const tag = parts.tags.filter(({ step }) => step.do !== "untag-role");
  return [
    ...parts.stray,
    ...untag,
    ...(parts.boundaryEffect === "set" ? boundary : []),
    ...closingSettings,
    ...middle(parts, present(parts.trust), boundary),
    ...(parts.boundaryEffect === "removed" ? boundary : []),
    ...present(parts.attach),
    ...otherSettings,
    ...tag,
  ];
}

function middle(
  parts: Parts,
  trust: readonly Change[],
  boundary: readonly Change[],
): readonly Change[] {
  const { policy, trustDifference, policyDifference } = parts;
  const trustGains = trust.length > 0 && gains(trustDifference);
  const policyGains = policy.length > 0 && gains(policyDifference);
  if (parts.boundaryEffect === "replaced") {
    // What two boundaries share is not known here: nothing may pass while something opens.
    if (trustGains || policyGains) return bracketed(parts, [...boundary, ...trust, ...policy]);
    return [...trust, ...policy, ...boundary];
  }
  if (!trustGains) return [...trust, ...policy];
  if (!policyGains || !loses(trustDifference)) return [...policy, ...trust];
  if (!loses(policyDifference)) return [...trust, ...policy];
  if (parts.between !== null) return [...parts.between, ...trust, ...policy];
  return bracketed(parts, [...trust, ...policy]);
}

function bracketed(parts: Parts, inside: readonly Change[]): readonly Change[] {
  // An attachment that is planned anyway comes later, after all of this.
  if (parts.bracket === null || parts.attach !== null) return inside;
  return [parts.bracket.detach, ...inside, parts.bracket.attach];
}
