import type { Change } from "./change.ts";
import { closingPart } from "./closing-part.ts";
import type { DriftWidening } from "./drift.ts";

/**
 * The changes of a role, with what of their bracket shuts a door that somebody opened. What begins a bracket is there for
 * what opens in it; where it is also what shuts a door that nothing else does, it is written where nothing may open too,
 * and stays: nothing is put back.
 *
 * Nobody may come in while any door is open that such an order was taken for. The deploy policy goes where another boundary
 * is a door; and where a trust policy is one that cannot be corrected first, since IAM refuses to write it on a role
 * that has not the boundary which the installation asks for (docs/decisions/0015-bounded-by-iam.md). So it does where such a
 * trust policy is only to get narrower, and is put back then as ever.
 *
 * @param isBounded does the installation ask for a boundary?
 */
export function shutByBrackets(
  changes: readonly Change[],
  widenings: readonly DriftWidening[],
  isBounded: boolean,
): readonly Change[] {
  const begin = changes.find(({ bracket }) => bracket === "open");
  if (begin?.effect !== "closes") return changes;
  const isDoor = isDoorFor(begin, { changes, widenings, isBounded });
  if (!isDoor && !(isBounded && begin.step.do === "detach" && changes.some(narrowsTrust))) {
    return changes;
  }
  return changes.map((change) => {
    if (change === begin) return { ...begin, meanwhile: { ...begin, bracket: "shut" } };
    if (change.bracket !== "close" || !isDoor) return change;
    const { putBack: _back, ...last } = change;
    return last;
  });
}

function narrowsTrust(change: Change): boolean {
  return change.step.do === "update-trust-policy" && closingPart(change) !== null;
}

function isDoorFor(
  { step }: Change,
  given: {
    readonly changes: readonly Change[];
    readonly widenings: readonly DriftWidening[];
    readonly isBounded: boolean;
  },
): boolean {
  const { changes, widenings, isBounded } = given;
  if (step.do !== "detach") return widenings.length > 0;
  const isReplaced = changes.some(
    (change) => change.step.do === "put-boundary" && change.effect !== "closes",
  );
  const isDoor = ({ resource, traces }: DriftWidening) =>
    traces.some(({ kind }) => kind === "boundary") || (isBounded && resource === "trust-policy");
  return isReplaced && widenings.some(isDoor);
}
