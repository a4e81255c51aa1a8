import { randomUUID } from "node:crypto";

/** What a test wants in a token. */
export type TokenRequest = {
  readonly organizationId: string;
  readonly projectId: string;
  /** The user who started the job; default: a new one. */
  readonly userId?: string;
  /** `github.com/acme/shop`; without it, a custom webhook started the pipeline. */
  readonly origin?: string;
  /** `refs/heads/main`. */
  readonly ref?: string;
  /** Default: the organisation id. */
  readonly audience?: string | readonly string[];
  /** `$CIRCLE_OIDC_TOKEN` or `$CIRCLE_OIDC_TOKEN_V2`; 2 by default. */
  readonly version?: 1 | 2;
  readonly issuedAt?: Date;
  /**
   * `job`: an ordinary job. `audit-log-stream`: CircleCI's own audit-log streaming, with the same
   * issuer. `root-issuer`: a job's token with the issuer that all organisations share.
   */
  readonly shape?: "job" | "audit-log-stream" | "root-issuer";
  /** Any `sub`, for tokens that CircleCI would not issue. */
  readonly subject?: string;
  readonly contextIds?: readonly string[];
  readonly sshRerun?: boolean;
};

export const rootIssuer = "https://oidc.circleci.com";

/** The issuer of an organisation's tokens. */
export function issuerOf(organizationId: string): string {
  return `${rootIssuer}/org/${organizationId}`;
}

/** A token is valid for an hour. */
const lifeSeconds = 3600;

/**
 * The claims of a CircleCI token. Source: CircleCI documentation, "Using OpenID Connect tokens in
 * jobs" and "OIDC tokens with custom claims".
 */
export function claimsOf(request: TokenRequest, now: Date): Readonly<Record<string, unknown>> {
  const issuedAt = Math.floor((request.issuedAt ?? now).getTime() / 1000);
  const shape = request.shape ?? "job";
  const userId = request.userId ?? randomUUID();
  return {
    iss: shape === "root-issuer" ? rootIssuer : issuerOf(request.organizationId),
    aud: request.audience ?? request.organizationId,
    sub: request.subject ?? subjectOf(request, userId),
    iat: issuedAt,
    exp: issuedAt + lifeSeconds,
    ...(shape === "audit-log-stream" ? {} : jobClaims(request)),
  };
}

function subjectOf(request: TokenRequest, userId: string): string {
  const { organizationId, projectId, origin, ref } = request;
  if (request.shape === "audit-log-stream") {
    return `org/${organizationId}/file-streaming/audit-logs`;
  }
  const first = `org/${organizationId}/project/${projectId}/user/${userId}`;
  if (request.version === 1 || origin === undefined) return first;
  return `${first}/vcs-origin/${origin}/vcs-ref/${ref ?? "refs/heads/main"}`;
}

function jobClaims(request: TokenRequest): Readonly<Record<string, unknown>> {
  const claims = new Map<string, unknown>([
    ["context-ids", request.contextIds ?? []],
    ["job-id", randomUUID()],
    ["org-id", request.organizationId],
    ["pipeline-definition-id", randomUUID()],
    ["pipeline-id", randomUUID()],
    ["project-id", request.projectId],
    ["ssh-rerun", request.sshRerun ?? false],
    ["workflow-id", randomUUID()],
  ]);
  if (request.origin !== undefined) {
    claims.set("vcs-origin", request.origin);
    claims.set("vcs-ref", request.ref ?? "refs/heads/main");
  }
  return Object.fromEntries(
    [...claims].map(([name, value]) => [`oidc.circleci.com/${name}`, value]),
  );
}
