import type { Budget } from "../language/budget.ts";
import type { ConditionTest, Effect, PolicyCondition, UnclearValue } from "../policy/document.ts";
import type { Problem } from "../policy/problem.ts";
import { type Constraint, Dimension, type Literal, present } from "./dimension.ts";
import { type Multiplicity, multiplicityOf } from "./keys.ts";
import { identityOfTest } from "./match.ts";
import type { Conjunction } from "./solve.ts";
import { listedSpace, spaceOfKey, type ValueSet, type ValueSpace } from "./space.ts";
import { complement, type Formula, type Part, type Term } from "./terms.ts";

/** The part of a statement that all kinds of policies share. */
export type ConditionedStatement = {
  readonly effect: Effect;
  readonly conditions: readonly PolicyCondition[];
};

/**
 * The dimensions of a comparison and the doubts met while statements were turned into formulas.
 *
 * One of these serves one comparison: what type a key has and how many values follows from all
 * statements of both sides together.
 */
export class RequestSpace {
  readonly dimensions: Dimension[] = [];
  readonly doubts: Problem[] = [];
  /** Keys for which some questions cannot be decided, whatever the conditions on them. */
  readonly vague: Problem[] = [];
  readonly keys = new Map<string, number>();
  private readonly multiplicities = new Map<string, Multiplicity>();
  private readonly truths = new Map<string, Literal>();
  private readonly spaces = new Map<string, ValueSpace>();
  private readonly budget: Budget;

  constructor(statements: readonly ConditionedStatement[], budget: Budget) {
    this.budget = budget;
    const uses = new Map<string, PolicyCondition[]>();
    for (const { conditions } of statements) {
      for (const condition of conditions) {
        const known = uses.get(condition.key);
        if (known === undefined) uses.set(condition.key, [condition]);
        else known.push(condition);
      }
    }
    for (const [key, conditions] of uses) this.addUses(key, conditions);
  }

  private addUses(key: string, conditions: readonly PolicyCondition[]): void {
    const plain = conditions.filter((condition) => condition.quantifier === "none");
    const multiplicity = multiplicityOf(key, {
      withSetOperator: plain.length < conditions.length,
      without: plain.some((condition) => condition.test.kind !== "null"),
      underNull: plain.some((condition) => condition.test.kind === "null"),
    });
    this.multiplicities.set(key, multiplicity);
    const { space, isComplete } = spaceOfKey(conditions.map((condition) => condition.test));
    this.spaces.set(key, space);
    this.dimensionOf(key);
    const { keyText = key, where = "" } = conditions[0] ?? {};
    if (multiplicity === "unclear") {
      const message = `Whether a request can hold several values of ${keyText} is not documented.`;
      this.vague.push({ code: "value-count-unclear", message, where });
    }
    if (!isComplete) {
      const message = `${keyText} is tested by operators of different types; what they let through together is not always decidable.`;
      this.vague.push({ code: "mixed-types", message, where });
    }
  }

  /** Adds a dimension that is always there and has one value. */
  addDimension(name: string, space: ValueSpace): number {
    const dimension = new Dimension({
      name,
      space,
      multiplicity: "one",
      canBeAbsent: false,
      budget: this.budget,
    });
    return this.dimensions.push(dimension) - 1;
  }

  /** The dimension of a context key, in lower case. */
  dimensionOf(key: string): number {
    const known = this.keys.get(key);
    if (known !== undefined) return known;
    const dimension = new Dimension({
      name: key,
      space: this.spaces.get(key) ?? spaceOfKey([]).space,
      multiplicity: this.multiplicities.get(key) ?? "one",
      canBeAbsent: true,
      budget: this.budget,
    });
    const index = this.dimensions.push(dimension) - 1;
    this.keys.set(key, index);
    return index;
  }

  literal(dimension: number, constraint: Constraint): Literal {
    const id = this.dimensions[dimension]?.number(constraint);
    if (id === undefined) throw new Error("a constraint names a dimension that is not there");
    return { dimension, id };
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

  isPresent(key: string): Literal {
    return this.literal(this.dimensionOf(key), present);
  }

  /** A doubt, known by a name: doubts with one name are one doubt. */
  doubt(input: {
    readonly name: string;
    readonly problem: Problem;
    readonly negated: boolean;
    readonly sureWhen?: readonly Conjunction[];
    readonly failsWhen?: readonly Conjunction[];
  }): Part {
    this.doubts.push(input.problem);
    let truth = this.truths.get(input.name);
    if (truth === undefined) {
      const dimension = this.addDimension(`doubt: ${input.name}`, listedSpace(["false", "true"]));
      truth = this.within(dimension, { kind: "listed", texts: new Set(["true"]) }, "true");
      this.truths.set(input.name, truth);
    }
    const { negated, sureWhen = [], failsWhen = [] } = input;
    return { kind: "doubt", truth, negated, sureWhen, failsWhen };
  }

  multiplicity(key: string): Multiplicity {
    return this.multiplicities.get(key) ?? "one";
  }

  /** The formula of a statement's conditions. */
  conditionFormula(statement: ConditionedStatement): Formula {
    return statement.conditions.flatMap((condition) => this.termsOf(condition, statement.effect));
  }

  private termsOf(condition: PolicyCondition, effect: Effect): readonly Term[] {
    const { test } = condition;
    if (test.kind === "unclear") {
      const name = nameOf(condition);
      return [[this.doubt({ name, problem: test.problem, negated: false })]];
    }
    if (test.kind === "null") return this.termsOfNull(condition, test.operands);
    const terms = this.termsOfTest(condition);
    if (!hasUnclearAbsence(condition)) return terms;
    // Beside whatever is unclear about a value, never in its place.
    const onAbsence = this.absenceDoubt(condition, effect);
    return terms.map((term) => [...term, onAbsence]);
  }

  /** Where it is unclear what the condition makes of an absent key, this says that it fails. */
  private termsOfTest(condition: PolicyCondition): readonly Term[] {
    const multiplicity = this.multiplicity(condition.key);
    if (multiplicity === "several" && condition.quantifier === "none")
      return [this.termWithoutSetOperator(condition)];
    if (condition.unclear.length === 0) return [[this.plainPart(condition)]];
    if (multiplicity !== "one") return [[this.wholeDoubt(condition)]];
    return this.termsWithUnclearValues(condition);
  }

  private termsOfNull(condition: PolicyCondition, operands: readonly boolean[]): readonly Term[] {
    const here = this.isPresent(condition.key);
    const parts: Part[] = operands.map((operand) => ({
      kind: "literal",
      literal: operand ? complement(here) : here,
    }));
    for (const value of condition.unclear) {
      parts.push(
        this.doubt({
          name: `Null|${condition.key}|${value.name}`,
          problem: value.problem,
          negated: false,
        }),
      );
    }
    return [parts];
  }

  private plainPart(condition: PolicyCondition): Part {
    return {
      kind: "literal",
      literal: this.literal(this.dimensionOf(condition.key), constraintOf(condition)),
    };
  }

  /** The documentation asks for a set operator on such a key; without one only absence is clear. */
  private termWithoutSetOperator(condition: PolicyCondition): Term {
    const message = `${condition.keyText} can have several values; what ${condition.operator} means for it without ForAllValues or ForAnyValue is not documented.`;
    return [
      this.wholeDoubt(condition, { code: "set-operator-missing", message, where: condition.where }),
    ];
  }

  private wholeDoubt(condition: PolicyCondition, problem?: Problem): Part {
    const absent = [[complement(this.isPresent(condition.key))]];
    const onAbsence = holdsOnAbsence(condition);
    return this.doubt({
      name: nameOf(condition),
      problem: problem ??
        condition.unclear[0]?.problem ?? {
          code: "unclear",
          message: "Not documented.",
          where: condition.where,
        },
      negated: false,
      ...(onAbsence ? { sureWhen: absent } : { failsWhen: absent }),
    });
  }

  /**
   * "The key is absent, and the condition holds then": one question for all conditions of an
   * operator on a key, whatever their values, but not for an Allow and a Deny together.
   */
  private absenceDoubt(condition: PolicyCondition, effect: Effect): Part {
    return this.doubt({
      name: JSON.stringify(["absent", effect, condition.operator, condition.key]),
      problem: absenceProblem(condition),
      negated: false,
      failsWhen: [[this.isPresent(condition.key)]],
    });
  }

  /** One value at most: a positive list is "or" over its values, a negated one "and not". */
  private termsWithUnclearValues(condition: PolicyCondition): readonly Term[] {
    const { test } = condition;
    const plain = this.plainPart(condition);
    const doubts = condition.unclear.map((value) => this.valueDoubt(condition, value));
    return test.negated ? [[plain], ...doubts.map((doubt) => [doubt])] : [[plain, ...doubts]];
  }

  private valueDoubt(condition: PolicyCondition, value: UnclearValue): Part {
    const { test } = condition;
    const here = this.isPresent(condition.key);
    const matchesAbsent = holdsOnAbsence(condition) !== test.negated;
    // Without a value for its variable, the text matches nothing that is there.
    const valueless: Conjunction[] = value.variables.map((variable) => {
      const gone = complement(this.isPresent(variable));
      return matchesAbsent ? [gone, here] : [gone];
    });
    const absent: Conjunction[] = [[complement(here)]];
    const kind = `${test.kind}|${"relation" in test ? test.relation : condition.operator.replace("Not", "")}`;
    return this.doubt({
      name: `${kind}|${condition.key}|${matchesAbsent}|${value.name}`,
      problem: value.problem,
      negated: test.negated,
      ...(matchesAbsent
        ? { sureWhen: absent, failsWhen: valueless }
        : { failsWhen: [...absent, ...valueless] }),
    });
  }
}

/** Does the condition hold where its key is absent? Where that is unclear, it may. */
export function absenceOf(condition: PolicyCondition): boolean {
  if (condition.ifExists || condition.quantifier === "for-all") return true;
  return condition.quantifier === "none" && condition.test.negated;
}

/** Does it hold there for certain? */
function holdsOnAbsence(condition: PolicyCondition): boolean {
  return absenceOf(condition) && !hasUnclearAbsence(condition);
}

/**
 * The two cases in which the documentation is at odds with itself: IfExists says yes and
 * ForAnyValue no, and one table shows "no match" for ForAllValues:StringNotLike where the text
 * says that ForAllValues holds.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
export function hasUnclearAbsence(condition: PolicyCondition): boolean {
  if (condition.quantifier === "for-any") return condition.ifExists;
  return (
    condition.quantifier === "for-all" &&
    !condition.ifExists &&
    condition.operator.endsWith("StringNotLike")
  );
}

/** What to say of such a condition. */
export function absenceProblem({ operator, keyText, where }: PolicyCondition): Problem {
  const message = `Whether ${operator} holds when ${keyText} is absent is documented in two ways.`;
  return { code: "unclear-absence", message, where };
}

function constraintOf(condition: PolicyCondition): Constraint {
  const { test } = condition;
  return {
    set: setOf(test),
    identity: identityOfTest(test),
    inside: !test.negated,
    quantifier: condition.quantifier === "for-all" ? "each" : "some",
    absent: holdsOnAbsence(condition),
  };
}

function setOf(test: ConditionTest): ValueSet {
  if (test.kind === "string" || test.kind === "arn") {
    return { kind: "text", set: { kind: "patterns", patterns: test.patterns } };
  }
  return { kind: "typed", test };
}

/**
 * Conditions with one name are the same question: order and repetition of values do not matter, nor
 * does how a value is spelled that has a meaning. A text alone would not do, for the versions of
 * the language read one text in two ways.
 */
function nameOf(condition: PolicyCondition): string {
  const { operator, key, test, unclear } = condition;
  const texts = test.kind === "unclear" ? test.operands : unclear.map(({ name }) => name);
  const identity = test.kind === "unclear" ? "" : identityOfTest(test);
  return JSON.stringify([operator, key, identity, ...[...new Set(texts)].sort()]);
}
