import type { Quantifier, Relation } from "./document.ts";

/** What the name of an operator stands for, prefix and suffix taken off. */
export type Operator =
  | {
      readonly kind: "string";
      readonly negated: boolean;
      readonly wildcards: boolean;
      readonly anyCase: boolean;
    }
  | { readonly kind: "arn"; readonly negated: boolean }
  | { readonly kind: "binary" }
  | { readonly kind: "bool" }
  | { readonly kind: "number"; readonly negated: boolean; readonly relation: Relation }
  | { readonly kind: "date"; readonly negated: boolean; readonly relation: Relation }
  | { readonly kind: "address"; readonly negated: boolean }
  | { readonly kind: "null" };

const relations: readonly (readonly [string, Relation, boolean])[] = [
  ["Equals", "equal", false],
  ["NotEquals", "equal", true],
  ["LessThan", "less", false],
  ["LessThanEquals", "less-or-equal", false],
  ["GreaterThan", "greater", false],
  ["GreaterThanEquals", "greater-or-equal", false],
];

const string = (negated: boolean, wildcards: boolean, anyCase: boolean): Operator => ({
  kind: "string",
  negated,
  wildcards,
  anyCase,
});

/**
 * Every operator that IAM documents, by its name.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
const operators: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ["StringEquals", string(false, false, false)],
  ["StringNotEquals", string(true, false, false)],
  ["StringEqualsIgnoreCase", string(false, false, true)],
  ["StringNotEqualsIgnoreCase", string(true, false, true)],
  ["StringLike", string(false, true, false)],
  ["StringNotLike", string(true, true, false)],
  ["ArnEquals", { kind: "arn", negated: false }],
  ["ArnLike", { kind: "arn", negated: false }],
  ["ArnNotEquals", { kind: "arn", negated: true }],
  ["ArnNotLike", { kind: "arn", negated: true }],
  ["BinaryEquals", { kind: "binary" }],
  ["Bool", { kind: "bool" }],
  ["IpAddress", { kind: "address", negated: false }],
  ["NotIpAddress", { kind: "address", negated: true }],
  ["Null", { kind: "null" }],
  ...relations.map(([name, relation, negated]): [string, Operator] => [
    `Numeric${name}`,
    { kind: "number", negated, relation },
  ]),
  ...relations.map(([name, relation, negated]): [string, Operator] => [
    `Date${name}`,
    { kind: "date", negated, relation },
  ]),
]);

const operatorsInLowerCase: ReadonlySet<string> = new Set(
  [...operators.keys()].map((name) => name.toLowerCase()),
);

export type ReadOperator =
  | {
      readonly kind: "known";
      readonly operator: Operator;
      readonly quantifier: Quantifier;
      readonly ifExists: boolean;
    }
  /** IAM has such an operator, but whether it takes this spelling or combination is not documented. */
  | { readonly kind: "unclear"; readonly why: string }
  | { readonly kind: "unknown" };

const nameGrammar = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/;

export function readOperator(name: string): ReadOperator {
  const parts = nameGrammar.exec(name);
  const operator = operators.get(parts?.[2] ?? "");
  if (parts === null || operator === undefined) return misspelt(name);
  const quantifier: Quantifier =
    parts[1] === "ForAllValues" ? "for-all" : parts[1] === "ForAnyValue" ? "for-any" : "none";
  const ifExists = parts[3] !== undefined;
  if (operator.kind === "null") {
    if (ifExists) return { kind: "unknown" };
    if (quantifier !== "none") {
      return {
        kind: "unclear",
        why: "Null asks whether a key is there; a set operator before it has no documented meaning",
      };
    }
  }
  return { kind: "known", operator, quantifier, ifExists };
}

function misspelt(name: string): ReadOperator {
  const base = name.toLowerCase().replace(/^(forallvalues|foranyvalue):/, "");
  const known =
    operatorsInLowerCase.has(base) || operatorsInLowerCase.has(base.replace(/ifexists$/, ""));
  if (!known || base === "nullifexists") return { kind: "unknown" };
  return {
    kind: "unclear",
    why: "whether IAM takes an operator's name in another case is not documented",
  };
}
