import { evaluateTrust } from "../../sandbox/evaluate/index.ts";
import type { PolicyDocument } from "../../shared/trust/index.ts";
import { organizationId, provider } from "./documents.ts";

/** A job as CircleCI knows it when it signs a token. Without origin and ref: a custom webhook. */
export type Job = {
  readonly project: string;
  readonly user: string;
  readonly origin: string | null;
  readonly ref: string | null;
};

export type Token = {
  readonly audience: string;
  readonly subject: string;
  readonly project: string | null;
};

/** `$CIRCLE_OIDC_TOKEN`: says nothing of repository and ref. */
export function tokenV1(job: Job, audience = organizationId): Token {
  const subject = `org/${organizationId}/project/${job.project}/user/${job.user}`;
  return { audience, subject, project: job.project };
}

/** `$CIRCLE_OIDC_TOKEN_V2`: the same for a custom webhook, otherwise with repository and ref. */
export function tokenV2(job: Job, audience = organizationId): Token {
  const token = tokenV1(job, audience);
  if (job.origin === null || job.ref === null) return token;
  return { ...token, subject: `${token.subject}/vcs-origin/${job.origin}/vcs-ref/${job.ref}` };
}

/** CircleCI's own audit-log stream: same issuer, same audience, and no job at all. */
export const auditLogToken: Token = {
  audience: organizationId,
  subject: `org/${organizationId}/file-streaming/audit-logs`,
  project: null,
};

/** Whether a policy lets a token in, by the sandbox's evaluator, which shares no code with the writer. */
export function admits(
  policy: PolicyDocument | object,
  token: Token,
  request: { readonly at?: Date; readonly partition?: string } = {},
): boolean {
  const { at = new Date("2026-11-22T10:00:00Z"), partition = "aws" } = request;
  const context = new Map<string, readonly string[]>([
    [`${provider}:aud`, [token.audience]],
    [`${provider}:sub`, [token.subject]],
    ["aws:CurrentTime", [at.toISOString().replace(/\.\d+Z$/, "Z")]],
    ["sts:RoleSessionName", ["build"]],
  ]);
  if (token.project !== null && partition === "aws") {
    context.set(`${provider}:oidc.circleci.com/project-id`, [token.project]);
  }
  const { decision } = evaluateTrust(policy, {
    principal: {
      type: "Federated",
      id: `arn:${partition}:iam::123456789012:oidc-provider/${provider}`,
    },
    action: "sts:AssumeRoleWithWebIdentity",
    context,
  });
  return decision === "allow";
}
