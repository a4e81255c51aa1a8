import type { Effect, Reading } from "./readings.ts";

/** A reading of IAM's language for small policies, by regular expressions; it shares no code with anything. */

/** One operator on one key. */
export type Atom = {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
};

/** Keys in lower case with their values; a key that is not there is absent. */
export type Context = ReadonlyMap<string, readonly string[]>;

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

function operatorOf(name: string): Operator {
  const parts = /^(?:(ForAnyValue|ForAllValues):)?(\w+?)(IfExists)?$/.exec(name);
  const written = parts?.[2] ?? name;
  const set = parts?.[1] === "ForAnyValue" || parts?.[1] === "ForAllValues" ? parts[1] : null;
  return {
    set,
    base: written.replace("Not", ""),
    negated: written.includes("Not"),
    ifExists: parts?.[3] !== undefined,
  };
}

/** Does the atom hold for the context, in a statement of this effect, by this reading? */
export function holds(atom: Atom, context: Context, effect: Effect, reading: Reading): boolean {
  const given = context.get(atom.key.toLowerCase()) ?? [];
  if (atom.operator === "Null") return atom.values.includes(String(given.length === 0));
  const operator = operatorOf(atom.operator);
  if (given.length === 0) return holdsForNone(atom.operator, operator, effect, reading);
  const passes = (value: string): boolean =>
    atom.values.some((wanted) => fits(operator.base, wanted, value, context, reading)) !==
    operator.negated;
  if (operator.set === "ForAnyValue") return given.some(passes);
  if (operator.set === "ForAllValues") return given.every(passes);
  return reading.withoutSet === "some" ? given.some(passes) : given.every(passes);
}

function holdsForNone(name: string, operator: Operator, effect: Effect, reading: Reading): boolean {
  if (operator.set === "ForAnyValue") return operator.ifExists && reading.anyOfNone[effect];
  if (name === "ForAllValues:StringNotLike") return reading.notLikeOfNone[effect];
  if (operator.set === "ForAllValues" || operator.ifExists) return true;
  return operator.negated;
}

const number = /^[+-]?\d+(?:\.\d+)?$/;

function fits(
  base: string,
  wanted: string,
  value: string,
  context: Context,
  reading: Reading,
): boolean {
  if (base.startsWith("String")) {
    const text = expression(wanted, base === "StringLike", context);
    return text !== null && new RegExp(`^${text}$`, "s").test(value);
  }
  if (base === "ArnLike" || base === "ArnEquals") {
    const fields = wanted.split(":");
    if (fields.length < 6) return unreadable(value, reading);
    const own = value.split(":");
    return [...fields.slice(0, 5), fields.slice(5).join(":")].every((field, at) => {
      const text = expression(field, true, context);
      const given = at < 5 ? own[at] : own.slice(5).join(":");
      return text !== null && given !== undefined && new RegExp(`^${text}$`, "s").test(given);
    });
  }
  if (base === "Bool") return wanted === value;
  if (base.startsWith("Numeric")) {
    if (!number.test(wanted)) return unreadable(value, reading);
    return relates(base.slice("Numeric".length), Number(value) - Number(wanted));
  }
  throw new Error(`no such operator here: ${base}`);
}

function relates(relation: string, difference: number): boolean {
  switch (relation) {
    case "Equals":
      return difference === 0;
    case "LessThan":
      return difference < 0;
    case "LessThanEquals":
      return difference <= 0;
    case "GreaterThan":
      return difference > 0;
    case "GreaterThanEquals":
      return difference >= 0;
    default:
      throw new Error(`no such relation: ${relation}`);
  }
}

function unreadable(value: string, reading: Reading): boolean {
  if (reading.unreadable === "first") return value === "1" || value.endsWith("/a");
  return reading.unreadable === "all";
}

/** A policy value as a regular expression; null where a variable has no value. */
export function expression(wanted: string, wild: boolean, context: Context): string | null {
  let text = "";
  for (const piece of wanted.match(/\$\{[^}]*\}|./gs) ?? []) {
    const variable = /^\$\{([^,}]*)(?:, '(.*)')?\}$/.exec(piece);
    if (variable !== null) {
      const value = context.get((variable[1] ?? "").toLowerCase())?.[0] ?? variable[2];
      if (value === undefined) return null;
      text += literal(value);
    } else if (wild && piece === "*") text += ".*";
    else if (wild && piece === "?") text += ".";
    else text += literal(piece);
  }
  return text;
}

function literal(text: string): string {
  return text.replace(/[^a-z0-9]/gi, (character) => `\\u${hex(character)}`);
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(4, "0");
}
