import type { Effect, Reading } from "./readings.ts";

/** One operator on one key. */
export type Atom = {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
};

/** Keys in lower case with their values; a key that is not there is absent. */
export type Context = ReadonlyMap<string, readonly string[]>;

export type Version = "2008-10-17" | "2012-10-17";

/** What an atom is read by: the statement's effect, the document's version, the answers to open questions. */
export type By = { readonly effect: Effect; readonly version: Version; readonly reading: Reading };
