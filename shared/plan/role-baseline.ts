import type { RoleBaseline } from "./guard.ts";
import type { ObservedPolicy, ObservedRole } from "./observed.ts";

/** What a role admits and grants now, as texts that a document can be compared with. */
export function roleBaseline(
  role: ObservedRole,
  /** The managed policy that a document names; others come from `documents`. */
  policy: ObservedPolicy | null,
  documents: ReadonlyMap<string, string>,
): RoleBaseline {
  const attached = role.attached.map((arn) =>
    arn === policy?.arn ? policy.document : (documents.get(arn) ?? null),
  );
  return {
    trustPolicy: role.trustPolicy,
    permissions: [...attached, ...role.inline.map(({ document }) => document)],
    boundary: role.permissionsBoundary,
    maxSessionSeconds: role.maxSessionSeconds,
    tags: role.tags,
  };
}
