import type { TrustPolicy } from "../../shared/policy/document.ts";
import { parseTrustPolicy } from "../../shared/policy/parse.ts";
import { type Question, type Replay, startReplay } from "../../shared/replay/replay.ts";

export const organization = "11111111-2222-4333-8444-555555555555";
export const project = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
export const otherProject = "bbbbbbbb-cccc-4ddd-8eee-ffffffffffff";
export const host = `oidc.circleci.com/org/${organization}`;
export const provider = `arn:aws:iam::123456789012:oidc-provider/${host}`;
export const role = "arn:aws:iam::123456789012:role/ci/Acme-CI";
const user = "c2e94f1d-06a7-4b58-9f3e-71d8ab45c690";
const mask = "????????-????-????-????-????????????";

export const subjectOf = (ref: string, ofProject = project) =>
  `org/${organization}/project/${ofProject}/user/${user}/vcs-origin/github.com/acme/shop/vcs-ref/${ref}`;

export const patternOf = (ref: string, ofProject = project) =>
  `org/${organization}/project/${ofProject}/user/${mask}/vcs-origin/github.com/acme/shop/vcs-ref/${ref}`;

export const main = subjectOf("refs/heads/main");
export const dev = subjectOf("refs/heads/dev");

/** CloudTrail's record of a session with that subject; `more` replaces members of it. */
export function recordOf(subject: string, more: Readonly<Record<string, unknown>> = {}): object {
  return {
    eventVersion: "1.11",
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
    requestParameters: { roleArn: role, roleSessionName: "deploy" },
    responseElements: { audience: organization, provider, subjectFromWebIdentityToken: subject },
    ...more,
  };
}

/** What a refused call's record has instead. */
export const refusedCall = {
  errorCode: "AccessDenied",
  errorMessage: "An unknown error occurred",
  responseElements: null,
} as const;

export function statement(
  condition: object,
  more: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    Effect: "Allow",
    Principal: { Federated: provider },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: condition,
    ...more,
  };
}

/** A trust policy of these statements, as text. */
export function policyText(...statements: readonly object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

export function parsed(text: string): TrustPolicy {
  const read = parseTrustPolicy(text);
  if (read.kind === "refused") throw new Error(read.problem.message);
  return read.policy;
}

/** Admits the organisation's audience and these refs of the project. */
export function trusting(...refs: readonly string[]): TrustPolicy {
  return parsed(policyText(onRefs(...refs)));
}

export function onRefs(...refs: readonly string[]): Readonly<Record<string, unknown>> {
  return statement({
    StringEquals: { [`${host}:aud`]: organization },
    StringLike: { [`${host}:sub`]: refs.map((ref) => patternOf(ref)) },
  });
}

export function replay(
  records: readonly object[],
  question: Partial<Question> & Pick<Question, "current">,
): Replay {
  const started = startReplay({
    role,
    account: { id: "123456789012", partition: "aws" },
    tags: {},
    proposed: null,
    now: new Date("2026-11-26T00:00:00Z"),
    since: null,
    ...question,
  });
  for (const record of records) started.take({ ...record });
  return started.result();
}
