import { comparePermissions, grantsBeyond, mayWiden } from "../compare/index.ts";
import { type Access, accessAfter, inlineId, type Source } from "./access.ts";
import type { Change, Effect } from "./change.ts";
import { allowsNothing, everything, onlyWith } from "./statements.ts";

/**
 * Gives each change the effect that it has at its place in the order.
 *
 * `closes` is a promise about more than the step before and the step after: what closes goes on
 * after a failure, so it must open nothing whichever of the earlier steps did not happen. A policy
 * is therefore taken off together with every other that may still be there or may be there by
 * then: taking it off closes only where none of them allows what it denies.
 *
 * @param lasting ids of policies that no step of this plan takes off, so that what they deny
 *   stays denied
 */
export function withEffects(input: {
  readonly start: Access;
  readonly changes: readonly Change[];
  readonly lasting: readonly string[];
}): readonly Change[] {
  const { start, lasting } = input;
  const lastingDenies = start.sources
    .filter(({ id }) => lasting.includes(id))
    .flatMap(({ document }) => (document === null ? [] : (onlyWith("Deny", document) ?? [])));
  let access = start;
  let possible: readonly Source[] = start.sources;
  return input.changes.map((change) => {
    const effect = effectOf(change, access, { possible, lastingDenies });
    access = accessAfter(access, change.step);
    possible = distinct([...possible, ...access.sources, ...asItWas(change, start)]);
    return { ...change, effect };
  });
}

/** A policy that is attached although its new version was not written has its old document. */
function asItWas({ step }: Change, start: Access): readonly Source[] {
  const document = step.do === "attach" ? start.documents.get(step.arn) : undefined;
  return step.do !== "attach" || document === undefined ? [] : [{ id: step.arn, document }];
}

type Surroundings = {
  /** Every policy, and every document of it, that the role may hold at this point. */
  readonly possible: readonly Source[];
  readonly lastingDenies: readonly string[];
};

function effectOf(change: Change, access: Access, around: Surroundings): Effect {
  const { step } = change;
  switch (step.do) {
    case "detach":
      return withdrawal(step.arn, access.documents.get(step.arn) ?? null, around);
    case "delete-inline-policy": {
      const id = inlineId(step.policy);
      return withdrawal(
        id,
        access.sources.find((source) => source.id === id)?.document ?? null,
        around,
      );
    }
    case "create-policy-version":
      return rewriting(step.arn, access.documents.get(step.arn) ?? null, step.document, around);
    case "put-boundary":
      return boundaryEffect(access.boundary, access.documents.get(step.boundary) ?? null);
    default:
      // The effect of the others depends on nothing else: the code that makes the change states it.
      return change.effect;
  }
}

function withdrawal(id: string, document: string | null, around: Surroundings): Effect {
  const others = around.possible.filter((source) => source.id !== id);
  // Where nothing else allows anything, all permissions go with it, whatever it says.
  if (others.every((source) => source.document !== null && allowsNothing(source.document))) {
    return "closes";
  }
  if (document === null) return "opens";
  return leavesDenied({ document, instead: null, others, around }) ? "closes" : "opens";
}

function rewriting(
  id: string,
  document: string | null,
  instead: string,
  around: Surroundings,
): Effect {
  if (document === null) return "opens";
  const { widening } = comparePermissions({ before: [document], after: [instead] });
  if (mayWiden(widening)) return "opens";
  const others = around.possible.filter((source) => source.id !== id);
  return leavesDenied({ document, instead, others, around }) ? "closes" : "opens";
}

/** Is all that the others allow as much denied without `document` as it was with it? */
function leavesDenied(input: {
  readonly document: string;
  readonly instead: string | null;
  readonly others: readonly Source[];
  readonly around: Surroundings;
}): boolean {
  const denied = onlyWith("Deny", input.document);
  if (denied === null) return true;
  const allowed = input.others.map((source) =>
    source.document === null ? everything : onlyWith("Allow", source.document),
  );
  const stillDenied = input.instead === null ? null : onlyWith("Deny", input.instead);
  const left = [...allowed, stillDenied, ...input.around.lastingDenies].filter(
    (document) => document !== null,
  );
  const beyond = grantsBeyond({
    granted: { policies: left, boundary: null },
    known: [{ policies: [...left, denied], boundary: null }],
  });
  return !mayWiden(beyond);
}

/**
 * A boundary where there was none only takes away; so does one that allows no more than the one
 * that was there. Source: IAM User Guide, "Permissions boundaries for IAM entities".
 */
export function boundaryEffect(before: Source | null, after: string | null): Effect {
  if (before === null) return "closes";
  if (before.document === null || after === null) return "opens";
  const { widening } = comparePermissions({ before: [before.document], after: [after] });
  return mayWiden(widening) ? "opens" : "closes";
}

function distinct(sources: readonly Source[]): readonly Source[] {
  const seen = new Map(sources.map((source) => [`${source.id}\n${source.document}`, source]));
  return [...seen.values()];
}
