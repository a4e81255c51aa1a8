import { compareTrust, grantsBeyond, mayWiden } from "../compare/index.ts";
import type { Step } from "./change.ts";
import type { ObservedPolicy, ObservedRole } from "./observed.ts";
import { allowsNothing, everything } from "./statements.ts";

/** A policy that a role holds; `null` where its document could not be read. */
export type Source = {
  /** An ARN, or `inline/NAME`. */
  readonly id: string;
  readonly document: string | null;
};

/** All that decides who may do what with a role, and for how long. */
export type Access = {
  readonly trust: string;
  readonly sources: readonly Source[];
  readonly boundary: Source | null;
  readonly seconds: number;
  /** Default documents of managed policies by ARN, attached or not; absent: not read. */
  readonly documents: ReadonlyMap<string, string>;
};

/** The id of an inline policy among a role's sources. */
export function inlineId(name: string): string {
  return `inline/${name}`;
}

/** What a role and its policies come to. */
export function accessOf(
  role: ObservedRole,
  policy: ObservedPolicy | null,
  others: ReadonlyMap<string, string>,
): Access {
  const documents = new Map(others);
  if (policy !== null) documents.set(policy.arn, policy.document);
  const sourceOf = (id: string): Source => ({ id, document: documents.get(id) ?? null });
  return {
    trust: role.trustPolicy,
    sources: [
      ...role.attached.map(sourceOf),
      ...role.inline.map(({ name, document }) => ({ id: inlineId(name), document })),
    ],
    boundary: role.permissionsBoundary === null ? null : sourceOf(role.permissionsBoundary),
    seconds: role.maxSessionSeconds,
    documents,
  };
}

/** The access after one more write. Tags, descriptions and providers are not part of it. */
export function accessAfter(access: Access, step: Step): Access {
  const { sources, documents } = access;
  const sourceOf = (id: string): Source => ({ id, document: documents.get(id) ?? null });
  const without = (id: string) => sources.filter((source) => source.id !== id);
  switch (step.do) {
    case "update-trust-policy":
      return { ...access, trust: step.trustPolicy };
    case "update-role":
      return { ...access, seconds: step.maxSessionSeconds };
    case "put-boundary":
      return { ...access, boundary: sourceOf(step.boundary) };
    case "delete-boundary":
      return { ...access, boundary: null };
    case "attach":
      return { ...access, sources: [...without(step.arn), sourceOf(step.arn)] };
    case "detach":
      return { ...access, sources: without(step.arn) };
    case "delete-inline-policy":
      return { ...access, sources: without(inlineId(step.policy)) };
    case "create-policy":
    case "create-policy-version": {
      const written = { id: step.arn, document: step.document };
      return {
        ...access,
        documents: new Map([...documents, [step.arn, step.document]]),
        sources: sources.map((source) => (source.id === step.arn ? written : source)),
      };
    }
    default:
      return access;
  }
}

/** Answers whether an access lies within what was there and what is to be, by the engine. */
export type Judge = (access: Access) => boolean;

/**
 * A judge over one plan; it remembers what it has compared.
 *
 * Access is the product of who gets in, what they may do and for how long. A product lies within
 * two others where it lies within one of them, or where it lies within both in all parts but one
 * and in that one within the two together.
 */
export function judgeOf(start: Access, goal: Access): Judge {
  const trustWithin = remembered(
    (trust: string) => trust,
    (inner, before) => !mayWiden(compareTrust({ before, after: [inner] }).widening),
  );
  const grantWithin = remembered(grantKey, isGrantWithin);
  return (access) => {
    if (givesNothing(access)) return true;
    const [old, wanted] = [start, goal].map((outer) => ({
      trust: trustWithin(access.trust, outer.trust),
      grant: grantWithin(access, outer),
      time: access.seconds <= outer.seconds,
    }));
    if (old === undefined || wanted === undefined) return false;
    const both = (part: keyof typeof old) => old[part] && wanted[part];
    const either = (part: keyof typeof old) => old[part] || wanted[part];
    if (old.trust && old.grant && old.time) return true;
    if (wanted.trust && wanted.grant && wanted.time) return true;
    if (both("grant") && both("time")) return either("trust");
    if (both("trust") && both("grant")) return either("time");
    return both("trust") && both("time") && grantWithin(access, start, goal);
  };
}

/** A decision that is made once for the same names. */
function remembered<Asked>(
  nameOf: (asked: Asked) => string,
  decide: (inner: Asked, outer: readonly Asked[]) => boolean,
): (inner: Asked, ...outer: readonly Asked[]) => boolean {
  const known = new Map<string, boolean>();
  return (inner, ...outer) => {
    const key = [inner, ...outer].map(nameOf).join("\n");
    const answer = known.get(key) ?? decide(inner, outer);
    known.set(key, answer);
    return answer;
  };
}

/** Nobody gets in, or nothing is allowed, whatever the rest says. */
function givesNothing({ trust, sources }: Access): boolean {
  if (allowsNothing(trust)) return true;
  return sources.every(({ document }) => document !== null && allowsNothing(document));
}

/**
 * Is what one access grants granted by the others? What could not be read is held for the worst:
 * only where the same policies could not be read on either side is there an answer, and it must
 * be yes for a policy that grants nothing and for one that grants everything.
 */
function isGrantWithin(inner: Access, outer: readonly Access[]): boolean {
  if (outer.some((access) => grantKey(access) === grantKey(inner))) return true;
  const unread = unreadOf(inner);
  if (outer.some((access) => unreadOf(access) !== unread)) return false;
  const bounded = (access: Access): string | null => access.boundary?.document ?? null;
  for (const access of outer) {
    const { boundary } = access;
    const isUnread = boundary !== null && boundary.document === null;
    // The same boundary on both sides takes the same away from both.
    if (isUnread && inner.boundary?.id !== boundary.id) return false;
  }
  return (unread === "" ? [[]] : [[], [everything]]).every((instead) => {
    const grant = (access: Access) => ({
      policies: [...access.sources.flatMap(({ document }) => document ?? []), ...instead],
      boundary: bounded(access),
    });
    return !mayWiden(grantsBeyond({ granted: grant(inner), known: outer.map(grant) }));
  });
}

/** The same for the same policies within the same boundary, in whatever order they are held. */
function grantKey({ sources, boundary }: Access): string {
  const held = sources.map(({ id, document }) => JSON.stringify([id, document])).toSorted();
  return JSON.stringify([held, boundary]);
}

function unreadOf({ sources }: Access): string {
  return sources
    .flatMap(({ id, document }) => (document === null ? [id] : []))
    .toSorted()
    .join();
}
