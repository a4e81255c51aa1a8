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

/**
 * Every operator that IAM documents, by its name.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
const operators: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ...[false, true].flatMap((negated): [string, Operator][] => {
    const not = negated ? "Not" : "";
    const string = { kind: "string", negated } as const;
    return [
      [`String${not}Equals`, { ...string, wildcards: false, anyCase: false }],
      [`String${not}EqualsIgnoreCase`, { ...string, wildcards: false, anyCase: true }],
      [`String${not}Like`, { ...string, wildcards: true, anyCase: false }],
      [`Arn${not}Equals`, { kind: "arn", negated }],
      [`Arn${not}Like`, { kind: "arn", negated }],
      [`${not}IpAddress`, { kind: "address", negated }],
    ];
  }),
  ...relations.flatMap(([name, relation, negated]): [string, Operator][] => [
    [`Numeric${name}`, { kind: "number", negated, relation }],
    [`Date${name}`, { kind: "date", negated, relation }],
  ]),
  ["BinaryEquals", { kind: "binary" }],
  ["Bool", { kind: "bool" }],
  ["Null", { kind: "null" }],
]);

const operatorsInLowerCase: ReadonlySet<string> = new Set(
  [...operators.keys()].map((name) => name.toLowerCase()),
);

type ReadOperator =
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
