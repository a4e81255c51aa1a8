import { type Access, accessAfter, judgeOf } from "./access.ts";
import type { Change } from "./change.ts";
import { closingPart } from "./closing-part.ts";
import { withEffects } from "./effects.ts";
import type { TagChanges } from "./tags.ts";

/** The writes of one role whose order decides what access exists between two of them. */
export type Parts = {
  /** Policies that are not ours and go, and whose going only closes. */
  readonly unmanaged: readonly Change[];
  /** Others that go: they deny what something else may allow, or could not be read. */
  readonly guarding: readonly Change[];
  /** Policies that only deny and whose time is over. */
  readonly over: readonly Change[];
  readonly trust: {
    /** One write, or none; likewise `last`, `boundary`, `settings` and `attach`. */
    readonly first: Block;
    /** Takes off the Deny statements that the first write keeps. */
    readonly last: Block;
    /** For the case in which nothing else is safe: nobody in, all that, and back again. Mostly nobody asks. */
    readonly locked: (inside: Block) => Block;
  };
  /** Prune and write of the deploy policy's new version; empty where it stays. */
  readonly policy: readonly Change[];
  /**
   * The same by way of a deploy policy of what is both there and desired, for the one case in
   * which neither order of trust and policy is safe; `null` where the two have nothing in common.
   * Asked for only then, for it takes many comparisons.
   */
  readonly between: () => { readonly before: Block; readonly policy: Block } | null;
  /** Deletions of policy versions that are not the default. */
  readonly versions: readonly Change[];
  readonly boundary: Block;
  readonly settings: Block;
  readonly attach: Block;
  readonly tags: TagChanges;
  /** Takes the deploy policy off and puts it back; `null` where it is not attached. */
  readonly bracket: { readonly detach: Change; readonly attach: Change } | null;
};

/**
 * Puts what narrows before what widens, so that a run that stops between any two writes has left
 * no access that is neither what was there nor what is desired.
 *
 * Access is the product of who gets in (T), what they may do (P) and for how long. Writing P' and
 * then T' passes through T×P', writing T' first passes through T'×P; each is safe or not by what
 * the documents say, and so is each place of a policy that denies. So the orders are tried, the
 * plainest first, and the engine decides on every state between: the first order is taken in which none
 * has more than the one before it and what is desired. A step that closes needs no second look; the
 * last order lets nobody in meanwhile, and is always safe.
 *
 * @param start the access that is there
 * @param lasting ids of policies that stay although they are not ours
 */
export function inSafeOrder(
  parts: Parts,
  start: Access,
  lasting: readonly string[],
): readonly Change[] {
  let goal: Access | null = null;
  let changes: readonly Change[] = [];
  for (const candidate of candidates(parts)) {
    changes = withEffects({ start, changes: withoutRepeats(candidate), lasting });
    if (changes.every(({ effect }) => effect !== "opens")) return changes;
    // Every order ends in the same access.
    goal ??= changes.map(({ step }) => step).reduce(accessAfter, start);
    if (isSafe(changes, start, goal)) return changes;
  }
  return changes;
}

/**
 * Only what closes, for a run in which nothing may open. What closes does so whatever else has
 * happened, so no order of it needs to be proved.
 */
export function onlyClosing(
  parts: Parts,
  start: Access,
  lasting: readonly string[],
): readonly Change[] {
  const changes = [
    ...parts.unmanaged,
    ...parts.tags.early,
    ...narrowing(parts),
    ...parts.trust.first,
    ...parts.policy,
    ...parts.versions,
  ];
  const closing = closingMeanwhile(
    withEffects({ start, changes: withoutRepeats(changes), lasting }),
  );
  const isWritten = closing.some(({ step }) => step.do === "create-policy-version");
  return closing.filter(({ follows }) => follows === undefined || isWritten);
}

/** The changes that can be made while something else is waited for: of each, what only closes. */
export function closingMeanwhile(changes: readonly Change[]): readonly Change[] {
  return changes.flatMap((change) => closingPart(change) ?? []);
}

/** Does each step leave no more than what was there just before it, or is desired? */
function isSafe(changes: readonly Change[], start: Access, goal: Access): boolean {
  let access = start;
  for (const { step, effect } of changes) {
    const before = access;
    access = accessAfter(before, step);
    if (effect === "opens" && !judgeOf(before, goal)(access)) return false;
  }
  return true;
}

/** A version that was pruned for room is not deleted a second time. */
export function withoutRepeats(changes: readonly Change[]): readonly Change[] {
  const seen = new Set<string>();
  return changes.filter(({ step, id }) => {
    if (step.do !== "delete-policy-version") return true;
    const isNew = !seen.has(id);
    seen.add(id);
    return isNew;
  });
}

type Block = readonly Change[];

function* candidates(parts: Parts): Generator<Block> {
  const early = [...parts.unmanaged, ...parts.tags.early];
  if (!parts.tags.both) yield* openCandidates(parts, early);
  yield [...early, ...locked(parts)];
}

function* openCandidates(parts: Parts, early: Block): Generator<Block> {
  const { guarding, trust, policy } = parts;
  const reversed = guarding.toReversed();
  const leaves = guarding.length > 1 ? [guarding, reversed] : [guarding];
  if (!isReplaced(parts)) {
    for (const leave of leaves) {
      for (const blocks of orders(trust.first, policy, leave)) {
        yield [...early, ...narrowing(parts), ...blocks.flat(), ...closing(parts)];
      }
    }
    const between = policy.length === 0 ? null : parts.between();
    for (const leave of between === null ? [] : leaves) {
      const { before, policy: last } = between ?? { before: [], policy: [] };
      for (const blocks of orders(trust.first, last, leave)) {
        yield [...early, ...narrowing(parts), ...before, ...blocks.flat(), ...closing(parts)];
      }
    }
  }
  for (const leave of leaves) yield [...early, ...bracketed(parts, leave), ...ending(parts)];
}

/** All orders of three blocks, those that begin with what closes by itself first. */
function orders(trust: Block, policy: Block, leave: Block): readonly (readonly Block[])[] {
  const closesFirst =
    trust.some(({ effect }) => effect !== "closes") && policy.length > 0
      ? [policy, trust]
      : [trust, policy];
  const [one = [], two = []] = closesFirst;
  const all = [
    [one, two, leave],
    [two, one, leave],
    [leave, one, two],
    [leave, two, one],
    [one, leave, two],
    [two, leave, one],
  ];
  return leave.length === 0 ? all.slice(0, 2) : all;
}

/** A boundary in the place of another that is not proved to allow more. */
function isReplaced({ boundary }: Parts): boolean {
  return boundary.some(({ step, effect }) => step.do === "put-boundary" && effect !== "closes");
}

function boundaryIf(parts: Parts, where: "narrower" | "other" | "removed"): Block {
  const other = isReplaced(parts) ? "other" : "narrower";
  return parts.boundary.filter(
    ({ step }) => (step.do === "delete-boundary" ? "removed" : other) === where,
  );
}

function settingsIf({ settings }: Parts, closes: boolean): Block {
  return settings.filter(({ effect }) => (effect === "closes") === closes);
}

/** IAM may ask for the boundary before it lets anybody change the role's settings. */
function narrowing(parts: Parts): Block {
  return [...boundaryIf(parts, "narrower"), ...settingsIf(parts, true)];
}

/** What comes once trust and policy are right. */
function closing(parts: Parts): Block {
  return [...parts.versions, ...boundaryIf(parts, "removed"), ...parts.attach, ...ending(parts)];
}

/** What opens all by itself, and last of all what only denies. */
function ending(parts: Parts): Block {
  const rest = [...settingsIf(parts, false), ...parts.tags.late, ...parts.over];
  return [...rest, ...parts.trust.last];
}

/**
 * Everything that is not safe side by side while the deploy policy is off the role. The boundary
 * comes first: IAM may refuse to change a role that has another.
 */
function bracketed(parts: Parts, leave: Block): Block {
  const inside = [
    ...leave,
    ...boundaryIf(parts, "other"),
    ...settingsIf(parts, true),
    ...parts.trust.first,
    ...parts.policy,
    ...parts.versions,
  ];
  const first = boundaryIf(parts, "narrower");
  const last = boundaryIf(parts, "removed");
  if (parts.bracket === null) return [...first, ...inside, ...last, ...parts.attach];
  return [
    ...first,
    { ...parts.bracket.detach, bracket: "open" },
    ...inside.map((change) => ({ ...change, bracket: "inside" }) as const),
    { ...parts.bracket.attach, bracket: "close" },
    ...last,
  ];
}

/** The same while nobody can come in. */
function locked(parts: Parts): Block {
  const { boundary, settings, trust, policy, versions, attach, tags, guarding, over } = parts;
  // What IAM may refuse for good comes first: nothing is opened by then, and what nobody may come in for is undone.
  return trust.locked([
    ...guarding,
    ...boundary,
    ...tags.late,
    ...settings,
    ...policy,
    ...versions,
    ...attach,
    ...over,
  ]);
}
