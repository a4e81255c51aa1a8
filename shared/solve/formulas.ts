import { budgetOf } from "../language/budget.ts";
import type { Pattern } from "../language/pattern.ts";
import { absenceOf, absenceProblem, hasUnclearAbsence, holdsOnAbsence } from "../policy/absence.ts";
import type { ConditionTest, Effect, PolicyCondition, UnclearValue } from "../policy/document.ts";
import { listedMultiplicity, type Multiplicity, multiplicityOf } from "../policy/keys.ts";
import { identityOfTest } from "../policy/match.ts";
import type { Problem } from "../policy/problem.ts";
import type { RequestContext } from "../policy/request.ts";
import {
  type Assignment,
  type Constraint,
  complement,
  Dimension,
  dimensionAt,
  type Literal,
  present,
} from "./dimension.ts";
import { type Group, type Groups, groupsOf } from "./groups.ts";
import { listedSpace, spaceOfKey, stringSpace, type ValueSet, type ValueSpace } from "./space.ts";
import { type Formula, literalPart, type Part, type Term } from "./terms.ts";
import { Unknowns } from "./unknowns.ts";

/** Enough to see that a key can have a value. */
const heldSteps = 1_000;

/** The part of a statement that all kinds of policies share. */
type ConditionedStatement = {
  readonly effect: Effect;
  readonly conditions: readonly PolicyCondition[];
};

/**
 * The dimensions of a comparison and the unknowns met while statements were turned into formulas.
 *
 * One of these serves one comparison: what type a key has and how many values follows from all
 * statements of both sides together.
 */
export class RequestSpace {
  readonly dimensions: Dimension[] = [];
  /** Everything that is not decided, or only in some cases. */
  readonly unknowns = new Unknowns(this);
  /** Keys for which some questions cannot be decided, whatever the conditions on them. */
  readonly unclearKeys: Problem[] = [];
  readonly keys = new Map<string, number>();
  readonly #multiplicities = new Map<string, Multiplicity>();
  readonly #spaces = new Map<string, ValueSpace>();
  readonly #groups: Groups;

  /** @param isGrouped one question for values that are in the same conditions, which leaves more open */
  constructor(statements: readonly ConditionedStatement[], isGrouped = false) {
    const all = isGrouped ? statements.flatMap(({ conditions }) => conditions) : [];
    this.#groups = groupsOf(all, (condition, value) => nameOfValues(condition, [value]));
    const uses = new Map<string, PolicyCondition[]>();
    for (const { conditions } of statements) {
      for (const condition of conditions) {
        const known = uses.get(condition.key);
        if (known === undefined) uses.set(condition.key, [condition]);
        else known.push(condition);
      }
    }
    for (const [key, conditions] of uses) this.#addUses(key, conditions);
  }

  #addUses(key: string, conditions: readonly PolicyCondition[]): void {
    const plain = conditions.filter((condition) => condition.quantifier === "none");
    const multiplicity = multiplicityOf(key, {
      withSetOperator: plain.length < conditions.length,
      without: plain.some((condition) => condition.test.kind !== "null"),
      underNull: plain.some((condition) => condition.test.kind === "null"),
    });
    this.#multiplicities.set(key, multiplicity);
    const { space, isComplete } = spaceOfKey(
      conditions.map((condition) => condition.test),
      key,
    );
    this.#spaces.set(key, space);
    this.dimensionOf(key);
    const { keyText = key, where = "" } = conditions[0] ?? {};
    if (multiplicity === "unclear") {
      const message = `Whether a request can hold several values of ${keyText} is not documented. Test a key with a documented number.`;
      this.unclearKeys.push({ code: "value-count-unclear", message, where });
    }
    if (!isComplete) {
      const message = `${keyText} is tested by operators of different types, or of another than its values are; what they let through is not always decidable. Use the type of its values.`;
      this.unclearKeys.push({ code: "mixed-types", message, where });
    }
  }

  /** Is something asked about several values together? */
  get isGrouped(): boolean {
    return this.#groups.size > 0;
  }

  /** Adds a dimension that is always there and has one value. */
  addDimension(space: ValueSpace): number {
    const dimension = new Dimension({
      space,
      multiplicity: "one",
      canBeAbsent: false,
    });
    return this.dimensions.push(dimension) - 1;
  }

  /** The dimension of a context key, in lower case. */
  dimensionOf(key: string): number {
    const known = this.keys.get(key);
    if (known !== undefined) return known;
    const dimension = new Dimension({
      space: this.#spaces.get(key) ?? stringSpace(null),
      multiplicity: this.#multiplicities.get(key) ?? "one",
      canBeAbsent: true,
    });
    const index = this.dimensions.push(dimension) - 1;
    this.keys.set(key, index);
    return index;
  }

  literal(dimension: number, constraint: Constraint): Literal {
    return { dimension, id: dimensionAt(this.dimensions, dimension).number(constraint) };
  }

  /** What a literal says of its dimension. */
  constraintOf({ dimension, id }: Literal): Constraint {
    return dimensionAt(this.dimensions, dimension).constraint(id);
  }

  /** "The value is in this set", for a dimension that is always there or a key that must be. */
  within(dimension: number, set: ValueSet, identity: string): Literal {
    return this.literal(dimension, {
      set,
      identity,
      inside: true,
      quantifier: "some",
      absent: false,
    });
  }

  /** The context of the request that a solution stands for. */
  contextOf(assignments: readonly Assignment[]): RequestContext {
    const context = new Map<string, readonly string[]>();
    for (const [key, dimension] of this.keys) {
      const values = assignments[dimension];
      if (values !== null && values !== undefined) context.set(key, values);
    }
    return context;
  }

  isPresent(key: string): Literal {
    return this.literal(this.dimensionOf(key), present);
  }

  /** "The unknown is true": a dimension for each unknown. */
  truthOf(): Literal {
    const dimension = this.addDimension(listedSpace(["false", "true"]));
    return this.within(dimension, { kind: "listed", texts: new Set(["true"]) }, "true");
  }

  /** Everything that keeps a question about these requests from being decided. */
  get problems(): readonly Problem[] {
    return [...this.unknowns.problems, ...this.unclearKeys];
  }

  /** Only a key of one value can be a variable, whatever else it is used for. */
  canBeVariable(key: string): boolean {
    return this.multiplicity(key) === "one" && listedMultiplicity(key) === "one";
  }

  /** Can a request satisfy a literal, beside what else is asked? */
  canHold({ dimension: at, id }: Literal): boolean {
    const dimension = dimensionAt(this.dimensions, at);
    return dimension.narrow(dimension.start, id, budgetOf(heldSteps)).feasible === "yes";
  }

  multiplicity(key: string): Multiplicity {
    return this.#multiplicities.get(key) ?? "one";
  }

  /** The formula of a statement's conditions. */
  conditionFormula(statement: ConditionedStatement): Formula {
    return statement.conditions.flatMap((condition) => this.#termsOf(condition, statement.effect));
  }

  #termsOf(condition: PolicyCondition, effect: Effect): readonly Term[] {
    const { test } = condition;
    if (test.kind === "unclear") {
      const name = nameOf(condition);
      return [[this.unknowns.add({ name, problem: test.problem })]];
    }
    if (test.kind === "null") return this.#termsOfNull(condition, test.operands);
    const terms = this.#termsOfTest(condition);
    if (!hasUnclearAbsence(condition)) return terms;
    // Beside whatever is unclear about a value, never in its place.
    const onAbsence = this.#unknownAbsence(condition, effect);
    return terms.map((term) => [...term, onAbsence]);
  }

  /** Where it is unclear what the condition makes of an absent key, this says that it fails. */
  #termsOfTest(condition: PolicyCondition): readonly Term[] {
    const multiplicity = this.multiplicity(condition.key);
    if (multiplicity !== "one" && condition.quantifier === "none")
      return [this.#termWithoutSetOperator(condition)];
    if (condition.unclear.length === 0) return [[this.#plainPart(condition)]];
    return multiplicity === "one"
      ? this.#termsWithUnclearValues(condition)
      : this.#termsOfSeveral(condition);
  }

  #termsOfNull(condition: PolicyCondition, operands: readonly boolean[]): readonly Term[] {
    const here = this.isPresent(condition.key);
    const parts = operands.map((operand) => literalPart(operand ? complement(here) : here));
    for (const value of condition.unclear) {
      parts.push(
        this.unknowns.add({
          name: JSON.stringify(["Null", condition.key, value.name]),
          problem: value.problem,
        }),
      );
    }
    return [parts];
  }

  #plainPart(condition: PolicyCondition): Part {
    return literalPart(this.literal(this.dimensionOf(condition.key), constraintOf(condition)));
  }

  /** The documentation asks for a set operator on such a key; without one only absence is clear. */
  #termWithoutSetOperator(condition: PolicyCondition): Term {
    const { operator, keyText, where } = condition;
    const message = `${keyText} can have several values; what ${operator} means for it without ForAllValues or ForAnyValue is not documented. Write one of them.`;
    const absent = [complement(this.isPresent(condition.key))];
    return [
      this.unknowns.add({
        name: nameOf(condition),
        problem: { code: "set-operator-missing", message, where },
        ...(absenceOf(condition) ? { holdsWhen: absent } : { failsWhen: absent }),
      }),
    ];
  }

  /**
   * "The key is absent, and the condition holds then": one question for all conditions of an
   * operator on a key, whatever their values, but not for an Allow and a Deny together.
   */
  #unknownAbsence(condition: PolicyCondition, effect: Effect): Part {
    return this.unknowns.add({
      name: JSON.stringify(["absent", effect, condition.operator, condition.key]),
      problem: absenceProblem(condition),
      failsWhen: [this.isPresent(condition.key)],
    });
  }

  /** One value at most: a positive list is "or" over its values, a negated one "and not". */
  #termsWithUnclearValues(condition: PolicyCondition): readonly Term[] {
    const { test, unclear: values } = condition;
    const tested = this.dimensionOf(condition.key);
    const plain = this.#plainPart(condition);
    const groups = this.#groups.get(condition) ?? values.map((value): Group => [value]);
    const unknowns = groups.map((group) => this.#oneOf(condition, group));
    if (test.negated) return [plain, ...unknowns].map((part) => [part]);
    const absent = [complement(this.isPresent(condition.key))];
    const failsWhen = holdsOnAbsence(condition) ? [] : [absent];
    const constraintWith = (filled: readonly Pattern[]): Constraint =>
      constraintOf(withPatterns(condition, filled));
    const asked = { tested, constraintWith };
    // Nothing satisfies an empty list: without it, one value leaves no choice.
    const isNever = failsWhen.length > 0 && "patterns" in test && test.patterns.length === 0;
    const parts = isNever ? unknowns : [plain, ...unknowns];
    return [[this.unknowns.addList({ parts, values, failsWhen, asked })]];
  }

  /** "The key is there, and has one of these": the same for an operator and its negation, where they can be read. */
  #oneOf(condition: PolicyCondition, values: Group): Part {
    return this.unknowns.addValues({
      name: nameOfValues(condition, values),
      tested: this.dimensionOf(condition.key),
      values,
      negated: condition.test.negated,
    });
  }

  /**
   * Several values, some of the policy's unclear: "one value matches", or "one matches none". What a
   * set operator says is one of these or its opposite, and something of its own where the key is
   * absent.
   */
  #termsOfSeveral(condition: PolicyCondition): readonly Term[] {
    const { key, test, unclear: values } = condition;
    const isForAll = condition.quantifier === "for-all";
    const tested = this.dimensionOf(key);
    const inside = isForAll === test.negated;
    const here = this.isPresent(key);
    const constraintWith = (filled: readonly Pattern[]): Constraint => {
      const constraint = constraintOf(withPatterns(condition, filled));
      return { ...constraint, inside, quantifier: "some", absent: false };
    };
    // The clear values decide where one is matched, or where none is left that they do not match.
    const byPlain = this.literal(tested, constraintWith([]));
    const one = this.unknowns.add({
      name: JSON.stringify([
        inside,
        nameOf({ ...condition, operator: comparisonOf(condition, values) }),
      ]),
      problem: values[0]?.problem ?? absenceProblem(condition),
      negated: isForAll,
      ...(inside
        ? { holdsWhen: [byPlain], failsWhen: [complement(here)] }
        : { failsWhen: [complement(byPlain)] }),
      values,
      asked: { tested, constraintWith },
    });
    const onAbsence = holdsOnAbsence(condition);
    if (isForAll) return onAbsence ? [[one]] : [[one], [literalPart(here)]];
    return [onAbsence ? [one, literalPart(complement(here))] : [one]];
  }
}

/** What is asked of unclear values: whether the key has one of them. */
function nameOfValues(condition: PolicyCondition, values: readonly UnclearValue[]): string {
  const names = values.length === 1 ? values.map(({ name }) => name) : namesOf(values);
  return JSON.stringify([comparisonOf(condition, values), condition.key, ...names]);
}

/**
 * What an operator compares by, whatever its prefix and its suffix; nor does its negation matter, but for what is
 * not of the operator's type: whether that fits the one where it does not fit the other is not documented.
 */
function comparisonOf({ test }: PolicyCondition, values: readonly UnclearValue[]): string {
  if (test.kind === "string") return JSON.stringify([test.kind, test.wildcards, test.anyCase]);
  const kind = "relation" in test ? `${test.kind} ${test.relation}` : test.kind;
  return test.negated && values.some(({ template }) => template === null) ? `not ${kind}` : kind;
}

/** The condition with further patterns beside its own. */
function withPatterns(condition: PolicyCondition, more: readonly Pattern[]): PolicyCondition {
  const { test } = condition;
  if (test.kind !== "string" && test.kind !== "arn") return condition;
  return { ...condition, test: { ...test, patterns: [...test.patterns, ...more] } };
}

function constraintOf(condition: PolicyCondition): Constraint {
  const { test } = condition;
  return {
    set: setOf(test),
    // What a typed operator and its negation make of another type's value is not written down: two questions.
    identity: `${test.negated && test.kind !== "string"} ${identityOfTest(test)}`,
    inside: !test.negated,
    quantifier: condition.quantifier === "for-all" ? "each" : "some",
    absent: holdsOnAbsence(condition),
  };
}

function setOf(test: ConditionTest): ValueSet {
  if (test.kind !== "string" && test.kind !== "arn") return { kind: "typed", test };
  const set = { kind: "patterns", patterns: test.patterns } as const;
  return { kind: "text", set, ...(test.kind === "arn" ? { arn: test } : {}) };
}

/**
 * Conditions with one name are the same question: order and repetition of values do not matter, nor
 * does how a value is spelled that has a meaning. A text alone would not do, for the versions of
 * the language read one text in two ways.
 */
export function nameOf({ operator, key, test, unclear }: PolicyCondition): string {
  return JSON.stringify([operator, key, identityOfTest(test), ...namesOf(unclear)]);
}

function namesOf(values: readonly UnclearValue[]): readonly string[] {
  return [...new Set(values.map(({ name }) => name))].sort();
}
