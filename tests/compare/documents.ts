/** Trust policies for tests, with the ids of the README's own example. */
export const organization = "11111111-2222-4333-8444-555555555555";
export const project = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
export const otherProject = "bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee";
export const user = "cccccccc-bbbb-4ccc-8ddd-eeeeeeeeeeee";
export const provider = `arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/${organization}`;

/** A condition key of the organisation's tokens. */
export function key(name: string): string {
  return `oidc.circleci.com/org/${organization}:${name}`;
}

export type Block = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export function statement(condition: Block, more: object = {}): object {
  return {
    Effect: "Allow",
    Principal: { Federated: provider },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: condition,
    ...more,
  };
}

export function policy(...statements: readonly object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

export const audienceOnly = policy(statement({ StringEquals: { [key("aud")]: organization } }));

/** Audience and a pattern for the subject. */
export function subjects(...patterns: readonly string[]): string {
  return policy(
    statement({
      StringEquals: { [key("aud")]: organization },
      StringLike: { [key("sub")]: patterns },
    }),
  );
}

export const jobsOfProject = `org/${organization}/project/${project}/user/*`;
