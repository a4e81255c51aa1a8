import { situationsOf } from "../callers/situations.ts";
import type { RequestPrincipal } from "../policy/request.ts";
import type { Literal } from "../solve/dimension.ts";
import type { DifferenceSearch } from "./examples/search.ts";
import { literalsOf } from "./examples/situation-literals.ts";

/**
 * Is it proved that no caller who can exist makes a request of this difference? Keys depend on the
 * caller, and in some tokens on each other; what is not documented is left open, so that a
 * difference that may exist is never called impossible.
 *
 * @param known the caller of a request of the difference that is known already, who may not exist
 */
export function isMadeByNobody(search: DifferenceSearch, known: RequestPrincipal | null): boolean {
  return search.space.callers.every((caller) => {
    const isKnown = caller.id === known?.id && caller.type === known.type;
    if (!isKnown && isNone(search, [search.space.callerIn([caller])])) return true;
    const situations = situationsOf(caller, search.policies);
    return (
      situations?.every((situation) => {
        const tied = search.tiedBy(situation.tie);
        return isNone(tied, literalsOf(situation, tied));
      }) ?? false
    );
  });
}

function isNone(search: DifferenceSearch, literals: readonly Literal[]): boolean {
  return search.seek(literals.map((literal) => [[literal]])).kind === "none";
}
