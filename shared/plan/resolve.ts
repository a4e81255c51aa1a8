import type { Account } from "../aws/account.ts";
import type { EnvironmentDocument } from "../document/index.ts";
import {
  byKind,
  grantsOf,
  type KindName,
  kindNames,
  type MissingName,
  type NewGrant,
  type ResolvedTargets,
  targetKinds,
} from "../targets/index.ts";
import type { ObservedTargets } from "./observed.ts";

/** A deploy target that the document names and AWS does not show. */
type MissingTarget = Pick<MissingName, "name" | "why" | "kept"> & {
  readonly kind: KindName;
  readonly message: string;
};

export type Resolution = {
  readonly targets: ResolvedTargets;
  readonly missing: readonly MissingTarget[];
  /** What jobs may do since something changed in AWS, beyond targets that were re-created. */
  readonly newGrants: readonly NewGrant[];
};

/**
 * Turns the names of a document into the ARNs that exist. It never makes a wildcard, and gives
 * nothing that AWS does not show:
 * - a name that does not exist keeps the remembered ARN where that has the exact shape of the named
 *   target in this account and Region and the policy in force has it too; otherwise it is left out;
 * - a name that could not be read also keeps, where no memory is of use, what the policy in
 *   force has of its shape;
 * - a target that is kept keeps of its words those of which the policy in force grants something.
 *
 * @param input.remembered what was resolved last; may be old, spoilt or forged
 * @param input.inForce raw text of the managed policy that the role has now, perhaps hostile;
 *   `null` where it has none, so that nothing is kept
 */
export function resolveTargets(input: {
  readonly deploy: EnvironmentDocument["deploy"];
  readonly observed: ObservedTargets;
  readonly remembered: ResolvedTargets | null;
  readonly inForce: string | null;
  readonly account: Account;
}): Resolution {
  const { deploy, observed, remembered } = input;
  const place = { account: input.account, region: deploy.region };
  const grants = grantsOf(input.inForce);
  const resolution = byKind<"resolution">((name) => {
    const last = remembered?.[name] ?? [];
    return targetKinds[name].resolve(deploy[name], observed[name], { place, last, grants });
  });
  return {
    targets: byKind<"resolved">((name) => resolution[name].found),
    missing: kindNames.flatMap((kind) =>
      resolution[kind].missing.map((missing) => missingTarget(kind, missing)),
    ),
    newGrants: kindNames.flatMap((name) => resolution[name].granted),
  };
}

const untilOf = {
  absent: "it exists",
  unreadable: "it can be read",
  ambiguous: "it names one alone",
} as const satisfies Record<MissingName["why"], string>;

/** A name that AWS does not show, with a sentence for people. */
function missingTarget(kind: KindName, { name, why, detail, kept }: MissingName): MissingTarget {
  const until = untilOf[why];
  const outcome = kept
    ? "its last known ARN stays in the policy"
    : `the policy leaves it out until ${until}`;
  return {
    kind,
    name,
    why,
    kept,
    message: `${targetKinds[kind].noun} ${name} ${detail}; ${outcome}`,
  };
}
