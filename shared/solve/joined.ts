import type { Rules } from "./difference.ts";
import { type Constraint, present } from "./dimension.ts";
import type { RequestSpace } from "./formulas.ts";
import type { ValueSet } from "./space.ts";
import { type Formula, literalPart } from "./terms.ts";

type Rule = Rules[number];
type TextSet = Extract<ValueSet, { readonly kind: "text" }>;
type PlainSet = TextSet & { readonly set: Extract<TextSet["set"], { readonly kind: "patterns" }> };

/** For fewer rules it is not worth it. */
const fewRules = 8;

/** So many terms of each are looked at. */
const termsMax = 4;

/**
 * The rules of a policy, those of one effect that differ in one term alone as one rule: where the one term asks
 * for some value in a set, and the other for some value in another, the joined one asks for some value in the
 * two sets together, which says the same.
 */
export function joined(rules: Rules, requests: RequestSpace): Rules {
  let left = rules;
  for (let at = 0; at < termsMax && rules.length >= fewRules; at += 1) {
    const groups = Map.groupBy(left, (rule) => nameBut(rule, at, requests));
    left = [...groups.values()].flatMap((group) =>
      group.length > 1 ? joinedAt(group, at, requests) : group,
    );
  }
  return left;
}

/** One name for rules that have all but a set in common; its formula for one that cannot be joined. */
function nameBut({ effect, formula }: Rule, at: number, requests: RequestSpace): string | Formula {
  if (at >= formula.length) return formula;
  let name: string = effect;
  for (const [place, [part, ...others]] of formula.entries()) {
    // One of several is enough, or something about it is not known.
    if (part?.kind !== "literal" || others.length > 0) return formula;
    const { dimension, id } = part.literal;
    if (place === at && !canJoin(requests.constraintOf(part.literal))) return formula;
    name += ` ${dimension} ${place === at || id}`;
  }
  return name;
}

function canJoin({ set, inside, quantifier, absent }: Constraint): boolean {
  return inside && !absent && quantifier === "some" && (set.kind === "listed" || isPlain(set));
}

/** Is it of a string operator, or of no operator? */
const isPlain = (set: ValueSet): set is PlainSet =>
  set.kind === "text" && set.arn === undefined && set.set.kind === "patterns";

function joinedAt(group: Rules, at: number, requests: RequestSpace): Rules {
  const literals = group.flatMap(({ formula }) =>
    (formula[at] ?? []).flatMap((part) => (part.kind === "literal" ? part.literal : [])),
  );
  const [[first], [literal]] = [group, literals];
  if (first === undefined || literal === undefined) return group;
  const sets = literals.map((one) => requests.constraintOf(one).set);
  const texts = sets.flatMap((set) => (set.kind === "listed" ? [...set.texts] : []));
  const patterns = sets.flatMap((set) => (isPlain(set) ? set.set.patterns : []));
  const set: ValueSet =
    texts.length > 0
      ? { kind: "listed", texts: new Set(texts) }
      : { kind: "text", set: { kind: "patterns", patterns } };
  const constraint = { ...present, set, identity: `joined ${literals.map(({ id }) => id)}` };
  const term = [literalPart(requests.literal(literal.dimension, constraint))];
  return [{ ...first, formula: first.formula.with(at, term) }];
}
