import { budgetOf, spend } from "../language/budget.ts";
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
import { filledWith, type Given, guessed, variablesIn } from "../policy/variables.ts";
import {
  type Assignment,
  type Constraint,
  complement,
  type Literal,
  matchedBy,
  present,
} from "./dimension.ts";
import type { Clause, Conjunction } from "./parts.ts";
import { clausesOfUnknown, type Part } from "./terms.ts";

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
};

/** The requests that the unknowns are about. */
type Space = {
  readonly dimensionOf: (key: string) => number;
  readonly literal: (dimension: number, constraint: Constraint) => Literal;
  readonly isPresent: (key: string) => Literal;
  /** Only a key of one value can be a variable. */
  readonly canBeVariable: (key: string) => boolean;
  /** "The unknown is true", as a literal of a dimension of its own. */
  readonly truthOf: (unknown: string) => Literal;
};

/** "The value is what this template stands for." */
type Named = { readonly tested: number; readonly lettered: Lettered; readonly truth: Literal };

/** An unknown as far as it is known: the lists grow as variables are tried with values. */
type Unknown = Parameters<typeof clausesOfUnknown>[0] & Pick<Question, "holdsWhen" | "failsWhen">;

/** More values of variables are not tried for one question: the unknown stays. */
const triedMax = 12;

/** So many pairs of values are held against each other: those of a hundred and fifty variables. */
const tiesMax = 10_000;

/** So many are tried for one solution. */
const proposalsMax = 4;

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
  readonly #ties = budgetOf(tiesMax);
  readonly #implied: Clause[] = [];

  constructor(space: Space) {
    this.#space = space;
  }

  /** Adds an unknown; unknowns with one name are one. */
  add(input: {
    readonly name: string;
    readonly problem: Problem;
    readonly negated?: boolean;
    readonly holdsWhen?: readonly Conjunction[];
    readonly failsWhen?: readonly Conjunction[];
    /** The policy's values that the unknown is about, and what they are asked for. */
    readonly values?: readonly UnclearValue[];
    readonly asked?: AskedOfValue;
  }): Part {
    const { name, negated = false, values = [], asked } = input;
    this.problems.push(input.problem);
    let unknown = this.#byName.get(name);
    if (unknown === undefined) {
      const holdsWhen = [...(input.holdsWhen ?? [])];
      const failsWhen = [...(input.failsWhen ?? [])];
      unknown = { truth: this.#space.truthOf(name), holdsWhen, failsWhen };
      this.#byName.set(name, unknown);
      if (asked !== undefined) this.#ask(asked, values, unknown);
    }
    return { kind: "unknown", ...unknown, negated };
  }

  /** "The value of this dimension is what this unclear value stands for." */
  addValue(input: {
    readonly name: string;
    readonly tested: number;
    readonly value: UnclearValue;
    readonly negated: boolean;
  }): Part {
    const { name, tested, value, negated } = input;
    const { template, problem, variables } = value;
    const isKnown = this.#byName.has(name);
    const least = template === null ? present : matchedBy([widest(template)]);
    const needed = [
      ...variables.map((key) => this.#space.isPresent(key)),
      this.#space.literal(tested, least),
    ];
    const part = this.add({
      name,
      problem,
      negated,
      failsWhen: needed.map((literal) => [complement(literal)]),
      values: [value],
      asked: { tested, constraintWith: matchedBy },
    });
    const truth = this.#byName.get(name)?.truth;
    if (!isKnown && template !== null && truth !== undefined) this.#tie(tested, template, truth);
    return part;
  }

  /** Notes which unknowns follow from which, whatever the variables are. */
  #tie(tested: number, template: Template, truth: Literal): void {
    const written = lettered(template, this.#letters);
    if (written === null) return;
    const added = { tested, lettered: written, truth };
    for (const other of this.#named) {
      if (other.tested !== tested) continue;
      if (!spend(this.#ties, 1)) break;
      for (const [one, next] of [[added, other] as const, [other, added] as const])
        if (surelyWithin(one.lettered, next.lettered))
          this.#implied.push([[complement(one.truth)], [next.truth]]);
    }
    this.#named.push(added);
  }

  /** "The plain part holds, or the unknown about one of these values does." */
  addList(input: {
    readonly plain: Part;
    readonly unknowns: readonly Part[];
    readonly failsWhen: readonly Conjunction[];
    readonly values: readonly UnclearValue[];
    readonly asked: AskedOfValue;
  }): Part {
    const failsWhen = [...input.failsWhen];
    this.#ask(input.asked, input.values, { holdsWhen: [], failsWhen });
    return { kind: "list", parts: [input.plain, ...input.unknowns], failsWhen };
  }

  #ask(
    asked: AskedOfValue,
    values: readonly UnclearValue[],
    known: Pick<Question, "holdsWhen" | "failsWhen">,
  ): void {
    const keys = variablesIn(values);
    if (keys === null) return;
    const question: Question = { ...asked, ...known, values, keys, tried: new Set() };
    this.#settle(question, new Map(keys.map((key) => [key, null])));
    if (!keys.every((key) => this.#space.canBeVariable(key))) return;
    // Most differences show with any value. A solution suggests others.
    this.#settle(question, new Map(keys.map((key) => [key, "x"])));
    this.#questions.push(question);
  }

  /** Notes what holds where variables have these values; false if that is known already. */
  #settle(question: Question, given: Given): boolean {
    const { tried, tested, values } = question;
    const name = JSON.stringify([...given]);
    const patterns = filledWith(values, given);
    if (tried.size > triedMax || tried.has(name) || patterns === null) return false;
    tried.add(name);
    this.settled += 1;
    const here = [...given].map(([key, value]) => this.#isValue(key, value));
    const literal = this.#space.literal(tested, question.constraintWith(patterns));
    question.holdsWhen.push([literal, ...here]);
    question.failsWhen.push([complement(literal), ...here]);
    return true;
  }

  #isValue(key: string, value: string | null): Literal {
    return value === null
      ? complement(this.#space.isPresent(key))
      : this.#space.literal(this.#space.dimensionOf(key), matchedBy([literalPattern(value)]));
  }

  /** What ties unknowns to each other and to the request that they are about. */
  clauses(): readonly Clause[] {
    return [...this.#implied, ...[...this.#byName.values()].flatMap(clausesOfUnknown)];
  }

  /**
   * Tries variables as a solution has them, and as its tested values would have them; false where
   * this adds nothing.
   */
  learn(assignments: readonly Assignment[]): boolean {
    let hasLearned = false;
    for (const question of this.#questions) {
      const { keys, tested, values } = question;
      const found: Given = new Map(
        keys.map((key) => [key, assignments[this.#space.dimensionOf(key)]?.[0] ?? null]),
      );
      const guesses = (assignments[tested] ?? []).flatMap((text) =>
        values.map(({ template }) => (template === null ? [] : [...guessed(template, text)])),
      );
      for (const guess of [[], ...guesses].slice(0, proposalsMax)) {
        if (this.#settle(question, new Map([...found, ...guess]))) hasLearned = true;
      }
    }
    return hasLearned;
  }
}
