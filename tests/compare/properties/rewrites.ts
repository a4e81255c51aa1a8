import fc from "fast-check";
import { documentOf, type TrustDocument, type TrustStatement, type Values } from "./arbitraries.ts";
import { isObject, listOf } from "./documents.ts";

/** A change of a document's text that changes nothing of its meaning. */
type Rewrite = {
  readonly name: string;
  readonly apply: (document: TrustDocument, choose: (below: number) => number) => TrustDocument;
};

const withStatements = (document: TrustDocument, statements: readonly TrustStatement[]) =>
  documentOf(document.Version, statements);

function shuffled<T>(items: readonly T[], choose: (below: number) => number): T[] {
  const left = [...items];
  const taken: T[] = [];
  while (left.length > 0) taken.push(...left.splice(choose(left.length), 1));
  return taken;
}

/** Each statement with its Condition's values put through a change, key by key. */
function eachCondition(
  document: TrustDocument,
  change: (operator: string, key: string, values: readonly unknown[]) => readonly [string, unknown],
): TrustDocument {
  const statements = document.Statement.map((statement) => {
    const condition = statement["Condition"];
    if (!isObject(condition)) return statement;
    const block = Object.entries(condition).map(([operator, keys]) => {
      const entries = isObject(keys) ? Object.entries(keys) : [];
      return [
        operator,
        Object.fromEntries(entries.map(([key, values]) => change(operator, key, listOf(values)))),
      ] as const;
    });
    return { ...statement, Condition: Object.fromEntries(block) };
  });
  return withStatements(document, statements);
}

const scalars: Rewrite = {
  name: "arrays of one become scalars",
  apply: (document) =>
    eachCondition(document, (_, key, values) => [key, values.length === 1 ? values[0] : values]),
};

const valuesInAnyOrder: Rewrite = {
  name: "values change places and one comes twice",
  apply: (document, choose) =>
    eachCondition(document, (_, key, values) => [
      key,
      shuffled([...values, ...values.slice(0, 1)], choose),
    ]),
};

const keysInOtherLetters: Rewrite = {
  name: "keys in other letters",
  apply: (document) =>
    eachCondition(document, (_, key, values) => [
      [...key]
        .map((letter) =>
          letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
        )
        .join(""),
      values,
    ]),
};

const statementsInAnyOrder: Rewrite = {
  name: "statements change places and one comes twice",
  apply: (document, choose) => {
    const [first] = document.Statement;
    const more = first === undefined ? [] : [first];
    return withStatements(document, shuffled([...document.Statement, ...more], choose));
  },
};

const principalsSpelledOut: Rewrite = {
  name: "the star alone for everybody, the number for the root",
  apply: (document) =>
    withStatements(
      document,
      document.Statement.map((statement) => {
        const text = JSON.stringify(statement["Principal"]);
        if (text === '"*"') return { ...statement, Principal: { AWS: ["*"] } };
        if (text?.includes("123456789012:root")) {
          return { ...statement, Principal: { AWS: "123456789012" } };
        }
        return statement;
      }),
    ),
};

const positiveSplit: Rewrite = {
  name: "a positive list of a plain operator is split over statements",
  apply: (document) => withStatements(document, document.Statement.flatMap(splitOf)),
};

function splitOf(statement: TrustStatement): readonly TrustStatement[] {
  const condition = statement["Condition"];
  if (!isObject(condition)) return [statement];
  for (const [operator, keys] of Object.entries(condition)) {
    const positive = !/Not|^ForAllValues:/.test(operator);
    if (!positive || !isObject(keys)) continue;
    for (const [key, values] of Object.entries(keys)) {
      if (listOf(values).length < 2) continue;
      return listOf(values).map((value) => ({
        ...statement,
        Condition: { ...condition, [operator]: { ...keys, [key]: value } },
      }));
    }
  }
  return [statement];
}

const neverApplies: Rewrite = {
  name: "statements that apply to no request are added",
  apply: (document) =>
    withStatements(document, [
      ...document.Statement,
      {
        Effect: "Allow",
        Principal: "*",
        Action: "*",
        Condition: { StringLike: { "aws:none": "a*" }, Null: { "aws:NONE": true } },
      },
      {
        Effect: "Deny",
        Principal: "*",
        Action: "sts:*",
        Condition: { StringEquals: { "aws:none": "a" }, StringNotLike: { "aws:none": "?" } },
      },
    ]),
};

const otherVersion: Rewrite = {
  name: "the other version where there is no variable",
  apply: (document) =>
    JSON.stringify(document).includes("${")
      ? document
      : documentOf(
          document.Version === "2012-10-17" ? undefined : "2012-10-17",
          document.Statement,
        ),
};

const presenceSplit: Rewrite = {
  name: "a statement once with a key and once without it",
  apply: (document) =>
    withStatements(
      document,
      document.Statement.flatMap((statement) => {
        const condition = isObject(statement["Condition"]) ? statement["Condition"] : {};
        if (Object.hasOwn(condition, "Null")) return [statement];
        const half = (value: Values) => ({
          ...statement,
          Condition: { ...condition, Null: { "aws:PrincipalTag/half": value } },
        });
        return [half("true"), half("false")];
      }),
    ),
};

export const rewrites: readonly Rewrite[] = [
  scalars,
  valuesInAnyOrder,
  keysInOtherLetters,
  statementsInAnyOrder,
  principalsSpelledOut,
  positiveSplit,
  neverApplies,
  otherVersion,
  presenceSplit,
];

/** A document rewritten one to three times. */
export function rewritten(document: TrustDocument): fc.Arbitrary<TrustDocument> {
  const step = fc.record({
    which: fc.constantFrom(...rewrites),
    numbers: fc.array(fc.nat(1000), { minLength: 12, maxLength: 12 }),
  });
  return fc.array(step, { minLength: 1, maxLength: 3 }).map((steps) =>
    steps.reduce((current, { which, numbers }) => {
      let used = 0;
      const choose = (below: number) => {
        used += 1;
        return (numbers[used % numbers.length] ?? 0) % below;
      };
      return which.apply(current, choose);
    }, document),
  );
}
