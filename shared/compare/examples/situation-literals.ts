import type { Holding, Situation } from "../../callers/situations.ts";
import { patternText } from "../../language/pattern.ts";
import { complement, type Literal } from "../../solve/dimension.ts";
import { type DifferenceSearch, matchesOneOf } from "./search.ts";

/**
 * A situation as what a request has to satisfy. A key that is tested as a number, a date or an
 * address, or as another type than its values have, is left open, but for whether it is there: the
 * search distinguishes its values by other means than their text.
 */
export function literalsOf(situation: Situation, search: DifferenceSearch): readonly Literal[] {
  const { caller, cannot, holds } = situation;
  const { space, conditions } = search;
  const literals = [space.callerIn([caller]), space.actionIn((action) => !cannot.includes(action))];
  for (const [key, holding] of holds) {
    if (!space.requests.keys.has(key)) continue;
    if (!isOpenKey(conditions, key, holding)) literals.push(...literalsOfKey(search, key, holding));
    else if (holding.kind === "among") literals.push(space.requests.isPresent(key));
  }
  return literals;
}

/** Does the documents' way to test a key leave open which of its values a caller has? */
export function leavesOpen({ holds }: Situation, { conditions }: DifferenceSearch): boolean {
  return [...holds].some(([key, holding]) => isOpenKey(conditions, key, holding));
}

function isOpenKey(
  conditions: DifferenceSearch["conditions"],
  key: string,
  holding: Holding,
): boolean {
  if (!("values" in holding)) return false;
  return conditions.some(({ key: tested, test: { kind } }) => {
    if (tested !== key) return false;
    const domain = domains.get(kind);
    if (domain === undefined) return untextual.has(kind);
    return !holding.values.every((value) => domain.test(patternText(value)));
  });
}

const untextual: ReadonlySet<string> = new Set(["number", "date", "address", "binary"]);
/** Texts of one type: beside a value of another type, which no test of it takes, nothing is proved. */
const domains: ReadonlyMap<string, RegExp> = new Map([
  ["bool", /^(?:true|false)$/],
  ["arn", /^arn:/],
]);

function literalsOfKey(
  search: DifferenceSearch,
  key: string,
  holding: Holding,
): readonly Literal[] {
  const here = search.space.requests.isPresent(key);
  switch (holding.kind) {
    case "absent":
      return [complement(here)];
    case "present":
      return [here];
    case "accepted": {
      const set = { kind: "text", set: holding.set } as const;
      const { requests } = search.space;
      return [requests.within(requests.dimensionOf(key), set, holding.identity)];
    }
    case "never":
      return [complement(matchesOneOf(search, key, holding.values))];
    case "among":
      return [
        matchesOneOf(search, key, holding.values),
        ...(holding.except.length === 0
          ? []
          : [complement(matchesOneOf(search, key, holding.except))]),
      ];
    default:
      return holding satisfies never;
  }
}
