/**
 * The kinds of deploy target. Each is a folder that says everything of it; the other rooms ask all of
 * them in turn, and CONTRIBUTING.md says how to add one.
 */
import * as z from "zod/mini";
import { type ByKind, byKind, type KindName, kindNames, targetKinds } from "./by-kind.ts";

export {
  type ByKind,
  byKind,
  byKindAtOnce,
  type KindName,
  kindNames,
  type OfKind,
  targetKinds,
} from "./by-kind.ts";
export { grantsOf } from "./in-force.ts";
export type { Piece, TouchedTarget, Unseen } from "./kind.ts";
export type { MissingName } from "./missing.ts";
export type { NewGrant } from "./new-grant.ts";
export { variableOf } from "./output-names.ts";
export type { PolicyPart } from "./policy-part.ts";

/** What a document deploys to: each target once, with its words in their order. */
export type DeployTargets = { readonly region: string } & ByKind<"entries">;

/** The deploy targets of an environment that were found, with the ARNs that AWS gave them. */
export type ResolvedTargets = ByKind<"resolved">;

/** Names no target. */
export const noTargets: DeployTargets = { region: "", ...byKind<"entries">(() => []) };

/** Resolved targets as status and record hold them. */
export const resolvedTargetsSchema = z.object(
  byKind<"memory">((name) => {
    const list = z.readonly(z.array(targetKinds[name].memory));
    // The first release had these kinds: a record without them is spoilt.
    return targetKinds[name].writtenWhenEmpty ? list : z._default(list, []);
  }),
);

/** Lists by kind as records hold them: without those that an earlier release does not know. */
export function remembered(
  lists: Readonly<Record<KindName, readonly unknown[]>>,
): Readonly<Record<string, readonly unknown[]>> {
  const known = kindNames.filter(
    (name) => targetKinds[name].writtenWhenEmpty || lists[name].length > 0,
  );
  return Object.fromEntries(known.map((name) => [name, lists[name]]));
}
