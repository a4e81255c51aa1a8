import type * as z from "zod/mini";
import type { environmentSchema } from "./schema.ts";

type Deep<T> = T extends readonly (infer Item)[]
  ? readonly Deep<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Deep<T[Key]> }
    : T;

type Parsed = Deep<z.output<typeof environmentSchema>>;
type Deploy = Required<Omit<Parsed["deploy"], "ecsExpress">>;

/** The guards of an environment: over who gets in, and over what they may then do. */
export type OnWiden = Readonly<Record<"trust" | "permissions", "hold" | "apply">>;

/** An ECS Express service and the cluster it runs in. */
export type EcsExpressTarget = { readonly cluster: string; readonly service: string };

/**
 * The desired state of one environment, with every default filled in. UUIDs and thumbprints are in
 * lower case, `until` is UTC in whole seconds, lists hold no value twice. `amplify[].branches` is
 * empty where every branch is meant. `onWiden` has both guards, also where one word was written.
 */
export type EnvironmentDocument = Omit<Parsed, "deploy" | "onWiden"> & {
  readonly onWiden: OnWiden;
  readonly deploy: Deploy & { readonly ecsExpress: readonly EcsExpressTarget[] };
};

/** One project whose jobs may assume the role. */
export type ProjectEntry = Exclude<EnvironmentDocument["trust"]["projects"], "all">[number];

export type AmplifyTarget = EnvironmentDocument["deploy"]["amplify"][number];
export type Mode = EnvironmentDocument["mode"];
export type OnRemove = EnvironmentDocument["onRemove"];
