import type { Atom, By, Context } from "./atom.ts";
import { fits } from "./values.ts";

/** A reading of IAM's language for small policies, by regular expressions; it shares no code with anything. */

/** Keys of several values, as the documentation lists them. */
const severalValued = new Set(["aws:tagkeys"]);

export function isSeveral(key: string): boolean {
  return severalValued.has(key.toLowerCase());
}

type Operator = {
  readonly set: "ForAnyValue" | "ForAllValues" | null;
  readonly base: string;
  readonly negated: boolean;
  readonly ifExists: boolean;
};

const operators = new Map<string, Operator>();

function operatorOf(name: string): Operator {
  const known = operators.get(name);
  if (known !== undefined) return known;
  const parts = /^(?:(ForAnyValue|ForAllValues):)?(\w+?)(IfExists)?$/.exec(name);
  const written = parts?.[2] ?? name;
  const set = parts?.[1] === "ForAnyValue" || parts?.[1] === "ForAllValues" ? parts[1] : null;
  const operator: Operator = {
    set,
    base: written.replace("Not", ""),
    negated: written.includes("Not"),
    ifExists: parts?.[3] !== undefined,
  };
  operators.set(name, operator);
  return operator;
}

/** Does the atom hold for the context? */
export function holds(atom: Atom, context: Context, by: By): boolean {
  const given = context.get(atom.key.toLowerCase()) ?? [];
  if (atom.operator === "Null") return atom.values.includes(String(given.length === 0));
  const operator = operatorOf(atom.operator);
  if (given.length === 0) return holdsForNone(atom.operator, operator, by);
  const { base, negated } = operator;
  const passes = (value: string): boolean => {
    const fit = atom.values.map((wanted) => fits({ base, wanted, value }, context, by));
    // A value that is not of the operator's type fits nothing; what the negation says is left open.
    if (negated && fit.includes("foreign")) return by.reading.foreignUnderNot;
    return fit.includes(true) !== negated;
  };
  if (operator.set === "ForAnyValue") return given.some(passes);
  if (operator.set === "ForAllValues") return given.every(passes);
  return by.reading.withoutSet === "some" ? given.some(passes) : given.every(passes);
}

function holdsForNone(name: string, operator: Operator, { effect, reading }: By): boolean {
  if (operator.set === "ForAnyValue") return operator.ifExists && reading.anyOfNone[effect];
  if (name === "ForAllValues:StringNotLike") return reading.notLikeOfNone[effect];
  if (operator.set === "ForAllValues" || operator.ifExists) return true;
  return operator.negated;
}
