import type * as z from "zod/mini";
import type { TargetKind } from "./kind.ts";
import { kinds } from "./kinds.ts";
import type { Collected } from "./missing.ts";
import type { NewGrant } from "./new-grant.ts";

type Kinds = typeof kinds;

/** The field of a kind in `deploy`, by which everything of it is kept. */
export type KindName = keyof Kinds;

type TypesOf<Kind> =
  Kind extends TargetKind<infer Entry, infer Question, infer Found, infer Resolved>
    ? {
        readonly entry: Entry;
        readonly question: Question;
        readonly found: Found;
        readonly resolved: Resolved;
      }
    : never;

type Types = { readonly [Name in KindName]: TypesOf<Kinds[Name]> };

/** What there is of one kind. */
export type OfKind<Name extends KindName> = {
  readonly entries: readonly Types[Name]["entry"][];
  readonly written: readonly unknown[];
  readonly question: Types[Name]["question"];
  readonly found: Types[Name]["found"];
  readonly resolved: readonly Types[Name]["resolved"][];
  readonly resolution: Collected<Types[Name]["resolved"]> & {
    readonly granted: readonly NewGrant[];
  };
  readonly schema: z.ZodMiniType<readonly Types[Name]["entry"][]>;
  readonly memory: z.ZodMiniType<readonly Types[Name]["resolved"][]>;
};

/** One thing that there is of every kind. */
export type ByKind<Thing extends keyof OfKind<KindName>> = {
  readonly [Name in KindName]: OfKind<Name>[Thing];
};

/** The kinds, each with its own types. */
export const targetKinds: {
  readonly [Name in KindName]: TargetKind<
    Types[Name]["entry"],
    Types[Name]["question"],
    Types[Name]["found"],
    Types[Name]["resolved"]
  >;
} = kinds;

/** The kinds' names, in their order. */
export const kindNames: readonly KindName[] = Object.keys(kinds).filter(
  (name): name is KindName => name in kinds,
);

/** Makes one thing of every kind. */
export function byKind<Thing extends keyof OfKind<KindName>>(
  make: <Name extends KindName>(name: Name) => OfKind<Name>[Thing],
): ByKind<Thing> {
  return whole<Thing>(Object.fromEntries(kindNames.map((name) => [name, make(name)])));
}

/** Makes one thing of every kind, all at the same time. */
export async function byKindAtOnce<Thing extends keyof OfKind<KindName>>(
  make: <Name extends KindName>(name: Name) => Promise<OfKind<Name>[Thing]>,
): Promise<ByKind<Thing>> {
  const made = kindNames.map(async (name) => [name, await make(name)] as const);
  return whole<Thing>(Object.fromEntries(await Promise.all(made)));
}

function whole<Thing extends keyof OfKind<KindName>>(made: object): ByKind<Thing> {
  if (!isWhole<Thing>(made)) throw new Error("a kind of deploy target was left out");
  return made;
}

/** That each value is of its own kind, `make` says by its type. */
function isWhole<Thing extends keyof OfKind<KindName>>(made: object): made is ByKind<Thing> {
  return kindNames.every((name) => name in made);
}
