import type { Atom, Version } from "./atom.ts";
import type { Family } from "./family.ts";
import type { Effect } from "./readings.ts";

/** A statement by the numbers of its part and its atoms within a family. */
export type Statement = {
  readonly effect: Effect;
  readonly part: number;
  readonly atoms: readonly number[];
  readonly version: Version;
  readonly text: string;
};

export type Policy = readonly Statement[];

/**
 * Policies of one shape: so many statements of these effects, under so many conditions. Its `size` is that
 * of its conditions; where statements differ in who and what as well, a second one counts for one more.
 */
export type Shape = {
  readonly size: number;
  readonly count: number;
  readonly at: (index: number) => Policy;
};

/**
 * All small policies of a family, by shape: an Allow; a Deny; an Allow beside a Deny; two Allows.
 * Each statement has up to the family's number of conditions. None is made before it is asked for.
 */
export function shapesOf(family: Family): readonly Shape[] {
  const forMore = family.parts.length > 1 ? 1 : 0;
  return family.versions.flatMap((version) => {
    const lists = (effect: Effect): readonly (readonly Statement[])[] =>
      Array.from({ length: family.most + 1 }, (_, count) =>
        statementsOf(family, { effect, count, version }),
      );
    const allows = lists("Allow");
    const denies = lists("Deny");
    const two = (statements: Two, size: number): Shape => ({ size: size + forMore, ...statements });
    return [
      ...[...allows, ...denies.slice(0, 1)].map(
        (list, at): Shape => ({ size: at % allows.length, ...alone(list) }),
      ),
      ...allows.flatMap((list, one) =>
        denies.map((others, other) => two(beside(list, others), one + other)),
      ),
      ...allows.flatMap((list, one) =>
        allows
          .slice(0, one + 1)
          .map((others, other) =>
            two(one === other ? twoOf(list) : beside(list, others), one + other),
          ),
      ),
    ].filter(({ count }) => count > 0);
  });
}

type Two = Pick<Shape, "count" | "at">;

function alone(list: readonly Statement[]): Two {
  return { count: list.length, at: (index) => list.slice(index, index + 1) };
}

function beside(list: readonly Statement[], others: readonly Statement[]): Two {
  return {
    count: list.length * others.length,
    at: (index) => {
      const one = Math.floor(index / others.length);
      const other = index % others.length;
      return [...list.slice(one, one + 1), ...others.slice(other, other + 1)];
    },
  };
}

/** Two different statements of one list, in one order: the other order is the same policy. */
function twoOf(list: readonly Statement[]): Two {
  return {
    count: (list.length * (list.length - 1)) / 2,
    at: (index) => {
      const [one, other] = inTriangle(index);
      return [...list.slice(other, other + 1), ...list.slice(one + 1, one + 2)];
    },
  };
}

/** The row and the place in it of a number in a triangle: row 0 has one place, row 1 two. */
export function inTriangle(index: number): readonly [number, number] {
  let row = Math.floor((Math.sqrt(8 * index + 1) - 1) / 2);
  while ((row * (row + 1)) / 2 > index) row -= 1;
  while (((row + 1) * (row + 2)) / 2 <= index) row += 1;
  return [row, index - (row * (row + 1)) / 2];
}

function statementsOf(
  { atoms, parts }: Family,
  {
    effect,
    count,
    version,
  }: { readonly effect: Effect; readonly count: number; readonly version: Version },
): readonly Statement[] {
  const clauses = clausesOf(atoms.length, count);
  return parts.flatMap(({ json }, part) =>
    clauses.map((clause) => ({
      effect,
      part,
      atoms: clause,
      version,
      text: JSON.stringify({
        Effect: effect,
        ...json,
        ...(clause.length === 0 ? {} : { Condition: blockOf(atoms, clause) }),
      }),
    })),
  );
}

/** No atom, each, or each two. */
function clausesOf(atoms: number, count: number): readonly (readonly number[])[] {
  const alone = Array.from({ length: atoms }, (_, at) => [at]);
  if (count < 2) return count === 0 ? [[]] : alone;
  return alone.flatMap(([one = 0]) => alone.slice(one + 1).map(([other = 0]) => [one, other]));
}

/** Two atoms of one operator on one key are written as two spellings of the key, and both must hold. */
function blockOf(atoms: readonly Atom[], numbers: readonly number[]) {
  const block: Record<string, Record<string, readonly string[]>> = {};
  for (const number of numbers) {
    const atom = atoms[number];
    if (atom === undefined) continue;
    const { operator, key, values } = atom;
    const isTaken = block[operator]?.[key] !== undefined;
    block[operator] = { ...block[operator], [isTaken ? key.toUpperCase() : key]: values };
  }
  return block;
}

/** The policy's document, as text. */
export function textOf(policy: Policy): string {
  const version = policy[0]?.version ?? "2012-10-17";
  return `{"Version":"${version}","Statement":[${policy.map(({ text }) => text).join()}]}`;
}
