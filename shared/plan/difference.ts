import {
  admitsNobody,
  comparePermissions,
  compareTrust,
  type Grant,
  grantsBeyond,
  type PermissionWitness,
  type Witness,
} from "../compare/index.ts";

/**
 * What changes between two documents. `true` is proved, `false` is proved not, `null` is not
 * decided and is treated as `true` by everybody who asks.
 */
export type Difference<Proof> = {
  readonly gains: boolean | null;
  readonly loses: boolean | null;
  /** Is what is gained something that a caller who can exist asks for? `null` counts as `true`. */
  readonly possible: boolean | null;
  /** Admitted by `after` and not by `before`; `null` where `gains` is not proved. */
  readonly gained: Proof | null;
  /** Why a side is not decided; empty where both are. */
  readonly undecided: readonly string[];
};

const nothing: Difference<never> = {
  gains: false,
  loses: false,
  possible: false,
  gained: null,
  undecided: [],
};

/** Compares two trust policies by the requests that they admit; `null` admits nobody. */
export function trustDifference(input: {
  readonly before: string | null;
  readonly after: string;
}): Difference<Witness> {
  if (input.before === input.after) return nothing;
  const comparison = compareTrust({ before: input.before ?? admitsNobody, after: input.after });
  if (comparison.kind === "refused") {
    return refused(comparison.error.message);
  }
  return {
    gains: comparison.widens,
    loses: comparison.narrows,
    possible: comparison.possible.widens,
    gained: comparison.admitted,
    undecided: comparison.undecided.map((reason) => reason.message),
  };
}

function refused(message: string): Difference<never> {
  return { gains: null, loses: null, possible: null, gained: null, undecided: [message] };
}

/** Compares two sets of permission policies by what they grant together. */
export function permissionDifference(input: {
  readonly before: readonly string[];
  readonly after: readonly string[];
}): Difference<PermissionWitness> {
  if (input.before.join("\n") === input.after.join("\n")) return nothing;
  const comparison = comparePermissions(input);
  if (comparison.kind === "refused") {
    return refused(comparison.error.message);
  }
  return {
    gains: comparison.widens,
    loses: comparison.narrows,
    possible: comparison.possible.widens,
    gained: comparison.admitted,
    undecided: comparison.undecided.map((reason) => reason.message),
  };
}

/**
 * What `granted` grants and none of `known` does, a permissions boundary included on either side.
 * It looks one way only, so `loses` has no answer here.
 */
export function grantDifference(input: {
  readonly granted: Grant;
  readonly known: readonly Grant[];
}): Omit<Difference<PermissionWitness>, "loses" | "possible"> {
  if (input.known.some((grant) => isSameText(grant, input.granted))) {
    return { gains: false, gained: null, undecided: [] };
  }
  const { beyond, witness, undecided } = grantsBeyond(input);
  return {
    gains: beyond,
    gained: witness,
    undecided: undecided.map((reason) => reason.message),
  };
}

function isSameText(left: Grant, right: Grant): boolean {
  return left.boundary === right.boundary && left.policies.join("\n") === right.policies.join("\n");
}

/** Is it proved that neither side has more than the other? */
export function isSame(difference: Difference<unknown>): boolean {
  return difference.gains === false && difference.loses === false;
}
