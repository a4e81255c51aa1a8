import { allow, deny, policy, sub } from "../../tests/compare/pairs/vocabulary.ts";
import { randomFrom } from "../../tests/compare/properties/requests.ts";
import type { WildPair } from "./random.ts";

/** The largest first: most values with variables, and most statements about a key of several values. */
const valuesMax = 30;
const setsMax = 12;

/**
 * Pairs that spend what a comparison may take: some dozens of values with variables and wildcards in several
 * statements, and statements that each ask something else of all values of one key. What is true of them nobody
 * knows beforehand.
 */
export function crowdedPairs(count: number, seed: number): readonly WildPair[] {
  const random = randomFrom(seed);
  const below = (most: number): number => Math.floor(random() * most);
  const one = <T>(items: readonly [T, ...T[]]): T => items[below(items.length)] ?? items[0];
  const some = (least: number, most: number, make: () => string): readonly string[] =>
    Array.from({ length: least + below(most - least) }, make);

  const variable = (): string => `\${aws:PrincipalTag/k${below(valuesMax)}}`;
  const value = (): string => {
    const own = variable();
    const forms = [own, `a-${own}`, `${own}*`, `*${own}`, `*-${own}-?*`] as const;
    return one([...forms, `${own}/${variable()}`]);
  };
  const ofVariables = (values: readonly string[]): string => {
    const statement = (at: number) => {
      const operator = one(["StringLike", "StringLike", "StringNotLike", "StringEquals"]);
      const list = [...values.filter(() => random() < 0.9), ...some(0, 2, value)];
      const condition = { [operator]: { [sub]: list } };
      return at > 0 && random() < 0.4 ? deny(condition) : allow(condition);
    };
    return policy(...Array.from({ length: 1 + below(4) }, (_, at) => statement(at)));
  };

  const piece = (): string => one(["a", "b", "c", "*", "?"]);
  const pattern = (): string =>
    some(1, 6, piece).join("") + (random() < 0.1 ? "${aws:PrincipalTag/u, 'a'}" : "");
  const ofSets = () => {
    const tests = Array.from({ length: 1 + below(3) }, () => {
      const quantifier = one(["ForAnyValue", "ForAllValues"]);
      const operator = one(["Like", "NotLike", "Equals", "NotEqualsIgnoreCase"]);
      const name = `${quantifier}:String${operator}${one(["", "IfExists"])}`;
      return [name, { "aws:TagKeys": some(1, random() < 0.2 ? 12 : 3, pattern) }] as const;
    });
    const condition = Object.fromEntries(tests);
    return random() < 0.4 ? deny(condition) : allow(condition);
  };

  return Array.from({ length: count }, (_, at) => {
    if (at % 2 === 0) {
      const values = some(8, valuesMax, value);
      return { title: "values", before: ofVariables(values), after: ofVariables(values) };
    }
    const before = Array.from({ length: setsMax }, ofSets);
    const after = before.with(below(setsMax), ofSets());
    return { title: "sets", before: policy(...before), after: policy(...after) };
  });
}
