import {
  admitsNobody,
  comparePermissions,
  compareTrust,
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
  /** Admitted by `after` and not by `before`; `null` where `gains` is not proved. */
  readonly gained: Proof | null;
  /** Why a side is not decided; empty where both are. */
  readonly undecided: readonly string[];
};

const nothing: Difference<never> = { gains: false, loses: false, gained: null, undecided: [] };

/** Compares two trust policies by the requests that they admit; `null` admits nobody. */
export function trustDifference(input: {
  readonly before: string | null;
  readonly after: string;
}): Difference<Witness> {
  if (input.before === input.after) return nothing;
  const comparison = compareTrust({ before: input.before ?? admitsNobody, after: input.after });
  if (comparison.kind === "refused") {
    return { gains: null, loses: null, gained: null, undecided: [comparison.error.message] };
  }
  return {
    gains: comparison.widens,
    loses: comparison.narrows,
    gained: comparison.admitted,
    undecided: comparison.undecided.map((reason) => reason.message),
  };
}

/** Compares two sets of permission policies by what they grant together. */
export function permissionDifference(input: {
  readonly before: readonly string[];
  readonly after: readonly string[];
}): Difference<PermissionWitness> {
  if (input.before.join("\n") === input.after.join("\n")) return nothing;
  const comparison = comparePermissions(input);
  if (comparison.kind === "refused") {
    return { gains: null, loses: null, gained: null, undecided: [comparison.error.message] };
  }
  return {
    gains: comparison.widens,
    loses: comparison.narrows,
    gained: comparison.admitted,
    undecided: comparison.undecided.map((reason) => reason.message),
  };
}

export function isSame(difference: Difference<unknown>): boolean {
  return difference.gains === false && difference.loses === false;
}
