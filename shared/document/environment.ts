import type * as z from "zod/mini";
import type { DeployTargets } from "../targets/index.ts";
import type { environmentSchema } from "./schema.ts";

type Deep<T> = T extends readonly (infer Item)[]
  ? readonly Deep<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Deep<T[Key]> }
    : T;

type Parsed = Deep<z.output<typeof environmentSchema>>;

/** The guards of an environment: over who gets in, and over what they may then do. */
export type OnWiden = Readonly<Record<"trust" | "permissions", "hold" | "apply">>;

/**
 * The desired state of one environment, with every default filled in. UUIDs and thumbprints are in
 * lower case, `until` is UTC in whole seconds, lists hold no value twice. Every target has its
 * words, also where a name alone was written. `onWiden` has both guards, also where one word was written.
 */
export type EnvironmentDocument = Omit<Parsed, "deploy" | "onWiden"> & {
  readonly onWiden: OnWiden;
  readonly deploy: DeployTargets;
};

/** One project whose jobs may assume the role. */
export type ProjectEntry = Exclude<EnvironmentDocument["trust"]["projects"], "all">[number];

export type Mode = EnvironmentDocument["mode"];
