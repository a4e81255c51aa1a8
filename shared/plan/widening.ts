import type { DesiredProvider } from "./desired.ts";
import { trustDifference } from "./difference.ts";
import type { DriftInput, DriftWidening } from "./drift.ts";
import type { ObservedProvider, ObservedRole } from "./observed.ts";
import { permissionWidening } from "./permission-widening.ts";
import { onlyWith, statementsOf } from "./statements.ts";

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
  const before = [...known.trust, ...(desired === null ? [] : [desired.role.trustPolicy])];
  const difference = trustDifference({ before: joined(before), after: role.trustPolicy });
  if (difference.gains === false) return null;
  const each = before.map((text) => trustDifference({ before: text, after: role.trustPolicy }));
  if (each.some(({ gains }) => gains === false)) return null;
  return {
    resource: "trust-policy",
    admitted: difference.gained,
    undecided: difference.undecided,
    possible: [difference, ...each].some(({ possible }) => possible === false)
      ? false
      : difference.possible,
    traces: [{ kind: "trust-policy", role: role.name, document: role.trustPolicy }],
  };
}

/**
 * One document that admits what any of the given ones does; `null` admits nobody. What one of them
 * denies another may allow, so a text with a Deny can only be compared with by itself.
 */
function joined(documents: readonly string[]): string | null {
  const [first] = documents;
  if (first === undefined) return null;
  if (documents.every((document) => document === first)) return first;
  const statements = documents
    .filter((document) => onlyWith("Deny", document) === null)
    .flatMap((text) => statementsOf(text) ?? [])
    // Sids must be unique within a document, and say nothing here.
    .map((statement) => ({ ...statement, Sid: undefined }));
  if (statements.length === 0) return null;
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
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
        possible: true,
        traces: [{ kind: "audience", providerArn: observed.arn, audience }],
      };
    });
}
