import type { PermissionStatement, TrustStatement } from "../policy/document.ts";
import { identityOfPatterns } from "../policy/match.ts";
import { nameOf } from "../solve/formulas.ts";

type Statement = TrustStatement | PermissionStatement;
type Sides<T> = { readonly before: readonly T[]; readonly after: readonly T[] };

/**
 * Do two sides have the same statements, whatever the order of these, of their conditions and of the values?
 * They say the same then, also where it is not known what a condition means. False means "not seen": it is looked
 * for only where both sides are of as many characters, and the same ones, so that it costs other pairs nothing.
 *
 * @param texts the policies that the statements are from
 */
export function isReordered(texts: Sides<string>, statements: Sides<Statement>): boolean {
  const isLikely =
    sumOf(texts.before, ({ length }) => length) === sumOf(texts.after, ({ length }) => length) &&
    sumOf(texts.before, sumOfCharacters) === sumOf(texts.after, sumOfCharacters);
  return isLikely && nameOfAll(statements.before) === nameOfAll(statements.after);
}

function sumOf(texts: readonly string[], measure: (text: string) => number): number {
  return texts.reduce((sum, text) => sum + measure(text), 0);
}

function sumOfCharacters(text: string): number {
  let sum = 0;
  for (let at = 0; at < text.length; at += 1) sum += text.charCodeAt(at);
  return sum;
}

const inOrder = (names: readonly string[]): string => JSON.stringify(names.toSorted());

const nameOfAll = (statements: readonly Statement[]): string =>
  inOrder(statements.map(nameOfStatement));

function nameOfStatement(statement: Statement): string {
  const { effect, actions, conditions } = statement;
  const about =
    "resources" in statement
      ? [
          statement.resources.kind,
          identityOfPatterns(statement.resources.patterns),
          inOrder(statement.resources.unclear.map(({ name }) => name)),
        ]
      : [
          statement.principals.kind,
          inOrder(statement.principals.principals.map((one) => Object.values(one).join(" "))),
        ];
  return JSON.stringify([
    effect,
    actions.kind,
    identityOfPatterns(actions.patterns),
    ...about,
    inOrder(conditions.map(nameOf)),
  ]);
}
