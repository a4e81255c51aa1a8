import { compareTrust, isImpossible, mayWiden, undecidedOf, witnessOf } from "../compare/index.ts";
import type { DesiredProvider } from "./desired.ts";
import type { DriftInput, DriftWidening } from "./drift.ts";
import type { ObservedProvider, ObservedRole } from "./observed.ts";
import { permissionWidening } from "./permission-widening.ts";

export type { DriftInput, DriftWidening, Trace } from "./drift.ts";

/**
 * What the account admits or grants and neither a known version nor the desired one does, the
 * Denys and boundaries on either side included.
 */
export function driftWidenings(input: DriftInput): readonly DriftWidening[] {
  const { role } = input;
  if (role === null) return [];
  const trust = trustWidening(input, role);
  const permissions = permissionWidening({ ...input, role });
  return [...(trust === null ? [] : [trust]), ...(permissions === null ? [] : [permissions])];
}

function trustWidening({ known, desired }: DriftInput, role: ObservedRole): DriftWidening | null {
  const intended = [...known.trust, ...(desired === null ? [] : [desired.role.trustPolicy])];
  // Mostly it says what was written, letter by letter.
  if (intended.includes(role.trustPolicy)) return null;
  const after = [role.trustPolicy];
  const comparison = compareTrust({ before: intended, after });
  const found = [comparison.widening];
  // What several together leave open, or cannot be read of one, another one may settle alone.
  for (const text of intended) found.push(compareTrust({ before: [text], after }).widening);
  if (!found.every(mayWiden)) return null;
  return {
    resource: "trust-policy",
    admitted: witnessOf(comparison.widening),
    undecided: undecidedOf(comparison.widening, comparison.narrowing).map(({ message }) => message),
    isImpossible: found.some(isImpossible),
    traces: [{ kind: "trust-policy", role: role.name, document: role.trustPolicy }],
  };
}

/**
 * An audience that nobody asked for widens every trust policy that does not test `aud`.
 *
 * @param asked what the applied and the desired versions of the organisation's environments ask for
 */
export function audienceWidenings(input: {
  readonly observed: ObservedProvider;
  readonly desired: DesiredProvider;
  readonly asked: readonly string[];
}): readonly DriftWidening[] {
  const { observed, desired } = input;
  const known = new Set([...input.asked, ...desired.audiences]);
  return observed.audiences
    .filter((audience) => !known.has(audience))
    .map((audience): DriftWidening => {
      const host = desired.url.replace("https://", "");
      return {
        resource: "audience",
        admitted: {
          principal: { type: "Federated", id: observed.arn },
          action: "sts:AssumeRoleWithWebIdentity",
          context: { [`${host}:aud`]: [audience] },
          reachable: true,
          token: null,
        },
        undecided: [],
        isImpossible: false,
        traces: [{ kind: "audience", providerArn: observed.arn, audience }],
      };
    });
}
