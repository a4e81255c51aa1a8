import type { Holding, Situation } from "../callers/situations.ts";
import type { Literal } from "./dimension.ts";
import { type Asked, matchesOneOf } from "./sought.ts";
import { complement } from "./terms.ts";

/**
 * A situation as what a request has to satisfy. A key that is tested as a number, a date or an
 * address is left open: its values are told apart by other means than their text.
 */
export function literalsOf(situation: Situation, asked: Asked): readonly Literal[] {
  const { caller, cannot, holds } = situation;
  const { space, conditions } = asked;
  const literals = [
    space.callerIn(({ type, id }) => type === caller.type && id === caller.id),
    space.actionIn((action) => !cannot.includes(action)),
  ];
  for (const [key, holding] of holds) {
    const isOpen =
      "values" in holding &&
      conditions.some((one) => one.key === key && untextual.has(one.test.kind));
    if (space.space.keys.has(key) && !isOpen) literals.push(...literalsOfKey(asked, key, holding));
  }
  return literals;
}

const untextual: ReadonlySet<string> = new Set(["number", "date", "address", "binary"]);

function literalsOfKey(asked: Asked, key: string, holding: Holding): readonly Literal[] {
  const here = asked.space.space.isPresent(key);
  switch (holding.kind) {
    case "absent":
      return [complement(here)];
    case "present":
      return [here];
    case "never":
      return [complement(matchesOneOf(asked, key, holding.values))];
    case "among":
      return [
        matchesOneOf(asked, key, holding.values),
        ...(holding.except.length === 0
          ? []
          : [complement(matchesOneOf(asked, key, holding.except))]),
      ];
    default:
      return holding satisfies never;
  }
}
