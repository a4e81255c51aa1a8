import { literalPattern, type Pattern } from "../language/pattern.ts";
import type { UnclearValue } from "../policy/document.ts";
import type { Problem } from "../policy/problem.ts";
import {
  type Lettered,
  lettered,
  surelyWithin,
  type Template,
  widest,
} from "../policy/template.ts";
import { filledWith, guessed, variablesIn } from "../policy/variables.ts";
import {
  type Assignment,
  type Constraint,
  complement,
  type Literal,
  matchedBy,
  present,
} from "./dimension.ts";
import type { Group } from "./groups.ts";
import type { Clause, Conjunction } from "./parts.ts";
import { clauseOfCase, type Part } from "./terms.ts";

/** What is asked of a value of the request, for what the policy's own values have become. */
export type AskedOfValue = {
  /** The dimension of the request's value. */
  readonly tested: number;
  readonly constraintWith: (patterns: readonly Pattern[]) => Constraint;
};

/** A question that is clear once some variables have values, and the cases that are known of it. */
type Question = AskedOfValue & {
  readonly values: readonly UnclearValue[];
  readonly keys: readonly string[];
  readonly tried: Set<string>;
  readonly holdsWhen: Conjunction[];
  readonly failsWhen: Conjunction[];
  /** Of an unknown by itself; null for a list of them. */
  readonly truth: Literal | null;
};

/** The requests that the unknowns are about. */
type Space = {
  readonly dimensionOf: (key: string) => number;
  readonly literal: (dimension: number, constraint: Constraint) => Literal;
  readonly isPresent: (key: string) => Literal;
  /** Only a key of one value can be a variable. */
  readonly canBeVariable: (key: string) => boolean;
  /** Is there a request of which this is so? */
  readonly canHold: (literal: Literal) => boolean;
  /** "The unknown is true", as a literal of a dimension of its own. */
  readonly truthOf: () => Literal;
};

/** "The value is what this template stands for." */
type Named = { readonly tested: number; readonly lettered: Lettered; readonly truth: Literal };

/** An unknown as far as it is known: the lists grow as variables are tried with values. */
type Unknown = Pick<Question, "holdsWhen" | "failsWhen"> & { readonly truth: Literal };

/**
 * Longer values of variables are not tried. Where a key is held against its own value several times, each value that a
 * search finds is several times as long as the one before.
 */
const heldMax = 1_000;

/** More values of variables are not tried for one question: the unknown stays. */
const triedMax = 12;

/** So many values are held against each other. */
const namedMax = 150;

/** So many guesses are tried for one solution. */
const triedAtOnce = 6;

/**
 * Everything about a comparison's statements that is not decided, or only in some cases.
 *
 * A variable has as many values as there are texts, so what a condition with one lets through cannot
 * be written down. But one value is enough to prove a difference: a solution that takes a unknown for
 * true or false suggests values, and with those it is known.
 */
export class Unknowns {
  readonly problems: Problem[] = [];
  /** How often a case was noted: what unknowns are read as changes with it. */
  settled = 0;
  readonly #space: Space;
  readonly #byName = new Map<string, Unknown>();
  readonly #questions: Question[] = [];
  readonly #named: Named[] = [];
  readonly #letters = new Map<string, number>();
  /** What ties unknowns to each other, and to the request that they are about as far as it was asked for. */
  readonly ties: Clause[] = [];
  /** What else there is. */
  #untied: Clause[] = [];

  constructor(space: Space) {
    this.#space = space;
  }

  /** Adds an unknown; unknowns with one name are one. */
  add(input: {
    readonly name: string;
    readonly problem: Problem;
    readonly negated?: boolean;
    readonly holdsWhen?: readonly Literal[];
    readonly failsWhen?: readonly Literal[];
    /** The policy's values that the unknown is about, and what they are asked for. */
    readonly values?: readonly UnclearValue[];
    readonly asked?: AskedOfValue;
  }): Part {
    const { name, negated = false, values = [], asked } = input;
    this.problems.push(input.problem);
    let unknown = this.#byName.get(name);
    if (unknown === undefined) {
      const holdsWhen = (input.holdsWhen ?? []).map((literal) => [literal]);
      const failsWhen = (input.failsWhen ?? []).map((literal) => [literal]);
      unknown = { truth: this.#space.truthOf(), holdsWhen, failsWhen };
      this.#byName.set(name, unknown);
      if (asked !== undefined) this.#ask(asked, values, unknown);
    }
    return { kind: "unknown", ...unknown, negated };
  }

  /** "The value of this dimension is what one of these unclear values stands for." */
  addValues(input: {
    readonly name: string;
    readonly tested: number;
    readonly values: Group;
    readonly negated: boolean;
  }): Part {
    const { name, tested, values, negated } = input;
    const [{ template, problem, variables }, ...more] = values;
    if (this.#byName.has(name)) return this.add({ name, problem, negated });
    const widths = values.flatMap((value) =>
      value.template === null ? [] : widest(value.template),
    );
    const least = widths.length < values.length ? present : matchedBy(widths);
    const inAll = variables.filter((key) => more.every((value) => value.variables.includes(key)));
    const needed = [
      ...inAll.map((key) => this.#space.isPresent(key)),
      this.#space.literal(tested, least),
    ];
    const part = this.add({
      name,
      problem,
      negated,
      failsWhen: needed.map(complement),
      values,
      asked: { tested, constraintWith: matchedBy },
    });
    if (template !== null && more.length === 0 && part.kind === "unknown")
      this.#tie(tested, template, part.truth);
    return part;
  }

  /** Notes which unknowns follow from which, whatever the variables are. */
  #tie(tested: number, template: Template, truth: Literal): void {
    const written = lettered(template, this.#letters);
    if (written === null || this.#named.length === namedMax) return;
    const added = { tested, lettered: written, truth };
    for (const other of this.#named) {
      if (other.tested !== tested) continue;
      this.#tieWithin(added, other);
      this.#tieWithin(other, added);
    }
    this.#named.push(added);
  }

  #tieWithin(narrow: Named, wide: Named): void {
    if (surelyWithin(narrow.lettered, wide.lettered))
      this.ties.push([[complement(narrow.truth)], [wide.truth]]);
  }

  /** "One of these parts holds": the clear values' own, and the unknown about each other value. */
  addList(input: {
    readonly parts: readonly Part[];
    readonly failsWhen: readonly Conjunction[];
    readonly values: readonly UnclearValue[];
    readonly asked: AskedOfValue;
  }): Part {
    const failsWhen = [...input.failsWhen];
    this.#ask(input.asked, input.values, { holdsWhen: [], failsWhen, truth: null });
    return { kind: "list", parts: input.parts, failsWhen };
  }

  #ask(
    asked: AskedOfValue,
    values: readonly UnclearValue[],
    known: Pick<Question, "holdsWhen" | "failsWhen" | "truth">,
  ): void {
    const keys = variablesIn(values);
    if (keys === null) return;
    const question: Question = { ...asked, ...known, values, keys, tried: new Set() };
    if (!isNothingWithout(question)) this.#settle(question, () => null);
    if (!keys.every((key) => this.#space.canBeVariable(key))) return;
    // Most differences show with any value. A solution suggests others.
    this.#settle(question, () => "x");
    this.#questions.push(question);
  }

  /** Notes what holds where variables have these values. */
  #settle(question: Question, held: (key: string) => string | null): void {
    const { keys, tried, tested, truth, values } = question;
    const given = new Map(keys.map((key) => [key, held(key)]));
    const texts = [...given.values()];
    const name = JSON.stringify(texts);
    const isLong = texts.some((text) => text !== null && text.length > heldMax);
    if (isLong || tried.size > triedMax || tried.has(name)) return;
    const patterns = filledWith(values, given);
    if (patterns === null) return;
    tried.add(name);
    if (patterns.length === 0 && isNothingWithout(question)) return;
    this.settled += 1;
    const here = [...given].map(([key, value]) => this.#isValue(key, value));
    const literal = this.#space.literal(tested, question.constraintWith(patterns));
    const [holds, fails] = [
      [literal, ...here],
      [complement(literal), ...here],
    ];
    question.holdsWhen.push(holds);
    question.failsWhen.push(fails);
    if (truth !== null)
      this.#untied.push(clauseOfCase(truth, holds), clauseOfCase(complement(truth), fails));
  }

  #isValue(key: string, value: string | null): Literal {
    return value === null
      ? complement(this.#space.isPresent(key))
      : this.#space.literal(this.#space.dimensionOf(key), matchedBy([literalPattern(value)]));
  }

  /** Adds those of the other ties for which this is so; false where none is added. */
  tie(isWanted: (clause: Clause) => boolean): boolean {
    const untied = this.#untied;
    this.#untied = [];
    for (const clause of untied) (isWanted(clause) ? this.ties : this.#untied).push(clause);
    return this.#untied.length < untied.length;
  }

  /**
   * Tries variables as a solution has them, and as the texts of those unknowns would have them that it takes to
   * match. Gives what was tried; nothing where this adds nothing.
   */
  learn(found: readonly Assignment[]): readonly (readonly Assignment[])[] {
    const guess = [...found];
    const tried = [found, guess];
    for (const { truth, tested, values, constraintWith } of this.#questions) {
      // "One value matches none" is false where each is matched.
      const matched = `${constraintWith([]).inside}`;
      if (truth === null || found[truth.dimension]?.[0] !== matched) continue;
      for (const text of found[tested] ?? []) {
        for (const { template } of values) {
          for (const [key, value] of template === null ? [] : guessed(template, text)) {
            if (!this.#space.canHold(this.#isValue(key, value))) continue;
            const at = this.#space.dimensionOf(key);
            if (guess[at] !== found[at] && tried.length < triedAtOnce) tried.push([...guess]);
            guess[at] = [value];
          }
        }
      }
    }
    const before = this.settled;
    for (const one of tried) {
      const held = (key: string): string | null => one[this.#space.dimensionOf(key)]?.[0] ?? null;
      for (const question of this.#questions) this.#settle(question, held);
    }
    return this.settled > before ? tried : [];
  }
}

/** Is it about one value, with a variable without which nothing matches? That is known of it already. */
function isNothingWithout({ values: [only, ...more], constraintWith }: Question): boolean {
  const hasVariable = only !== undefined && only.variables.length > 0;
  return hasVariable && more.length === 0 && constraintWith === matchedBy;
}
