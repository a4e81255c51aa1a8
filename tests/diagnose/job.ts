import type { TokenRequest } from "../../sandbox/index.ts";

export const organization = "11111111-2222-4333-8444-555555555555";
export const otherOrganization = "66666666-7777-4888-8999-aaaaaaaaaaaa";
export const project = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
export const otherProject = "bbbbbbbb-cccc-4ddd-8eee-ffffffffffff";
export const user = "c2e94f1d-06a7-4b58-9f3e-71d8ab45c690";
export const host = `oidc.circleci.com/org/${organization}`;
export const provider = `arn:aws:iam::123456789012:oidc-provider/${host}`;
export const roleArn = "arn:aws:iam::123456789012:role/ci/Acme-CI";
export const mask = "????????-????-????-????-????????????";

/** A job on `refs/heads/main` of `github.com/acme/shop`, which the role lets in. */
export const job: TokenRequest = {
  organizationId: organization,
  projectId: project,
  userId: user,
  origin: "github.com/acme/shop",
  ref: "refs/heads/main",
};

export function subjectOf(
  part: { readonly project?: string; readonly origin?: string; readonly ref?: string } = {},
): string {
  const { origin = "github.com/acme/shop", ref = "refs/heads/main" } = part;
  return `org/${organization}/project/${part.project ?? project}/user/${user}/vcs-origin/${origin}/vcs-ref/${ref}`;
}

/** The conditions that the product writes for that project, origin and ref. */
export const conditions = {
  StringEquals: {
    [`${host}:aud`]: organization,
    [`${host}:oidc.circleci.com/project-id`]: project,
  },
  StringLike: {
    [`${host}:sub`]: `org/${organization}/project/${project}/user/${mask}/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/main`,
  },
} as const;

/** One statement for the provider, or for whatever else is given. */
export function trustWith(condition: object, more: object = {}): object {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: provider },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: condition,
        ...more,
      },
    ],
  };
}

/** Claims as a decoder shows them. */
export function claimsWith(more: object = {}): Readonly<Record<string, unknown>> {
  return {
    iss: `https://${host}`,
    aud: organization,
    sub: subjectOf(),
    "oidc.circleci.com/project-id": project,
    ...more,
  };
}

/** CloudTrail's record of a refused call of that job; `more` and `parameters` change it. */
export function recordWith(
  more: Readonly<Record<string, unknown>> = {},
  parameters: object = {},
): Readonly<Record<string, unknown>> {
  const subject = String(more["userName"] ?? subjectOf());
  const { userName: _, ...rest } = more;
  return {
    eventVersion: "1.08",
    userIdentity: {
      type: "WebIdentityUser",
      principalId: `${provider}:${organization}:${subject}`,
      userName: subject,
      identityProvider: provider,
    },
    eventTime: "2026-11-22T10:00:00Z",
    eventSource: "sts.amazonaws.com",
    eventName: "AssumeRoleWithWebIdentity",
    awsRegion: "us-east-1",
    sourceIPAddress: "192.0.2.7",
    userAgent: "aws-cli/2.15.0",
    errorCode: "AccessDenied",
    errorMessage: "An unknown error occurred",
    requestParameters: { roleArn, roleSessionName: "acme-42", ...parameters },
    responseElements: null,
    ...rest,
  };
}
