import type { Atom } from "./evaluator.ts";
import type { Family } from "./families.ts";
import type { Effect } from "./readings.ts";

/** A statement by the numbers of its part and its atoms within a family. */
export type Statement = {
  readonly effect: Effect;
  readonly part: number;
  readonly atoms: readonly number[];
};

export type Policy = readonly Statement[];

/** No condition, each atom alone, and each two that one Condition element can hold. */
function clausesOf(atoms: readonly Atom[], most: 1 | 2): readonly (readonly number[])[] {
  const alone = atoms.map((_, at) => [at]);
  if (most === 1) return [[], ...alone];
  const pairs = atoms.flatMap((one, at) =>
    atoms.flatMap((other, after) =>
      after > at && (one.operator !== other.operator || one.key !== other.key) ? [[at, after]] : [],
    ),
  );
  return [[], ...alone, ...pairs];
}

/**
 * All small policies of a family: one Allow under up to two conditions, one that lets all in beside a
 * Deny under up to two, and two statements under up to one each.
 */
export function policiesOf({ atoms, parts }: Family): readonly Policy[] {
  const statements = (effect: Effect, most: 1 | 2): readonly Statement[] =>
    parts.flatMap((_, part) =>
      clausesOf(atoms, most).map((clause) => ({ effect, part, atoms: clause })),
    );
  const bare = statements("Allow", 1).filter((statement) => statement.atoms.length === 0);
  const small = statements("Allow", 1);
  const denies = statements("Deny", parts.length > 1 ? 1 : 2);
  const withDeny = [
    ...bare.flatMap((allow) => denies.map((deny) => [allow, deny])),
    ...(parts.length > 1 ? [] : small).flatMap((allow) =>
      denies.filter((deny) => deny.atoms.length === 1).map((deny) => [allow, deny]),
    ),
  ];
  const two = small.flatMap((one, at) => small.slice(at + 1).map((other) => [one, other]));
  return [...statements("Allow", 2).map((statement) => [statement]), ...withDeny, ...two];
}

/** The policy's document, as text. */
export function textOf({ atoms, parts }: Family, policy: Policy): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: policy.map((statement) => ({
      Effect: statement.effect,
      ...parts[statement.part]?.json,
      ...(statement.atoms.length === 0 ? {} : { Condition: blockOf(atoms, statement.atoms) }),
    })),
  });
}

function blockOf(atoms: readonly Atom[], numbers: readonly number[]) {
  const block: Record<string, Record<string, readonly string[]>> = {};
  for (const number of numbers) {
    const atom = atoms[number];
    if (atom !== undefined)
      block[atom.operator] = { ...block[atom.operator], [atom.key]: atom.values };
  }
  return block;
}
