import type { EnvironmentDocument } from "./environment.ts";
import { matchesGlob } from "./glob.ts";
import type { Installation } from "./installation.ts";
import type { EnvironmentReading } from "./parse.ts";
import { type DocumentFinding, problemsOf } from "./problems.ts";

type Settled = Pick<
  Installation,
  "organizations" | "permissionsBoundary" | "roleNames" | "policyNames"
>;

/**
 * What an installation settled for every document, applied to one: the organisations, role and
 * policy names that it may name, and the permissions boundary that a document without one gets.
 */
export function underInstallation(
  reading: EnvironmentReading,
  given: {
    readonly parameter: string;
    readonly version: number;
    readonly installation: Settled;
  },
): EnvironmentReading {
  if (reading.kind === "invalid") return reading;
  const { document } = reading;
  const findings = [
    ...organizationFindings(document, given.installation),
    ...nameFindings(document, given.installation),
    ...boundaryFindings(document, given.installation),
  ];
  const [first, ...others] = findings;
  if (first !== undefined) {
    return { kind: "invalid", problems: problemsOf(given, [first, ...others]) };
  }
  return { kind: "valid", document: withBoundary(document, given.installation) };
}

function organizationFindings(
  document: EnvironmentDocument,
  { organizations }: Pick<Installation, "organizations">,
): readonly DocumentFinding[] {
  const path = "circleci.organizationId";
  switch (organizations.kind) {
    case "any":
      return [];
    case "malformed":
      return [
        {
          code: "not-allowed",
          path,
          says: "the installation's list of organisations (OIDC_ORGANIZATIONS) is not a list of ids, so that no organisation is allowed",
          allowed: "none, until the stack's parameter organizations holds ids with commas between",
        },
      ];
    case "listed":
      if (organizations.ids.includes(document.circleci.organizationId)) return [];
      return [
        {
          code: "not-allowed",
          path,
          says: `the installation does not allow the organisation ${document.circleci.organizationId}`,
          allowed: `${organizations.ids.join(", ")} (the stack's parameter organizations)`,
        },
      ];
    default:
      return organizations satisfies never;
  }
}

/**
 * A name that the stack gives no right to and no watch over could be neither read nor kept, so it
 * never comes into force. Names in IAM's ARNs are compared in their case.
 */
function nameFindings(
  { role, policy }: EnvironmentDocument,
  { roleNames, policyNames }: Settled,
): readonly DocumentFinding[] {
  const finding = (what: "role" | "policy", pathAndName: string, glob: string | null) =>
    glob === null || matchesGlob(glob, pathAndName)
      ? []
      : [
          {
            code: "not-allowed" as const,
            path: `${what}.name`,
            says: `the installation keeps no ${what} ${pathAndName}`,
            allowed: `${glob} (the stack's parameter ${what}Names)`,
          },
        ];
  return [
    ...finding("role", `${role.path.slice(1)}${role.name}`, roleNames),
    ...finding("policy", policy.name, policyNames),
  ];
}

function boundaryFindings(
  document: EnvironmentDocument,
  { permissionsBoundary }: Pick<Installation, "permissionsBoundary">,
): readonly DocumentFinding[] {
  const named = document.role.permissionsBoundary;
  if (permissionsBoundary === null || named === undefined || named === permissionsBoundary) {
    return [];
  }
  return [
    {
      code: "not-allowed",
      path: "role.permissionsBoundary",
      says: `the installation asks for another permissions boundary than ${named}`,
      allowed: `${permissionsBoundary}, or no boundary in the document, which then gets this one`,
    },
  ];
}

function withBoundary(
  document: EnvironmentDocument,
  { permissionsBoundary }: Pick<Installation, "permissionsBoundary">,
): EnvironmentDocument {
  if (permissionsBoundary === null) return document;
  return { ...document, role: { ...document.role, permissionsBoundary } };
}
