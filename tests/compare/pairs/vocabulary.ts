/** The words that the table of pairs is written in. */

export const organization = "11111111-2222-4333-8444-555555555555";
export const project = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
export const otherProject = "99999999-8888-4777-8666-555555555555";
export const issuer = `oidc.circleci.com/org/${organization}`;
export const provider = `arn:aws:iam::123456789012:oidc-provider/${issuer}`;
export const github = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com";
export const root = "arn:aws:iam::123456789012:root";
export const role = "arn:aws:iam::123456789012:role/deploy";
export const session = "arn:aws:sts::123456789012:assumed-role/deploy/job";

export const aud = `${issuer}:aud`;
export const sub = `${issuer}:sub`;
export const projectId = `${issuer}:oidc.circleci.com/project-id`;
export const webIdentity = "sts:AssumeRoleWithWebIdentity";

/** Any member of a UUID's shape: 36 places, dashes fixed. */
export const uuid = "????????-????-????-????-????????????";

type Statement = Readonly<Record<string, unknown>>;
export type Condition = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The provider may assume the role with a web identity, under a condition if one is given. */
export function allow(condition?: Condition, change: Statement = {}): Statement {
  return statement("Allow", condition, change);
}

/** The provider may not. */
export function deny(condition?: Condition, change: Statement = {}): Statement {
  return statement("Deny", condition, change);
}

function statement(effect: string, condition: Condition | undefined, change: Statement): Statement {
  const whole = { Effect: effect, Principal: { Federated: provider }, Action: webIdentity };
  return { ...whole, ...(condition === undefined ? {} : { Condition: condition }), ...change };
}

/** A statement that lets these principals in, whatever the request's context. */
export function allowPrincipal(principal: unknown): Statement {
  return allow(undefined, { Principal: principal, Action: "sts:AssumeRole" });
}

/** A statement with these actions for the provider. */
export function allowAction(action: unknown): Statement {
  return allow(undefined, { Action: action });
}

/** A document of the current version. */
export function policy(...statements: readonly Statement[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

/** A document of the older version, where `${…}` is text. */
export function oldPolicy(...statements: readonly Statement[]): string {
  return JSON.stringify({ Version: "2008-10-17", Statement: statements });
}

/** A document that gives no version, which means the older. */
export function bareVersion(...statements: readonly Statement[]): string {
  return JSON.stringify({ Statement: statements });
}

/** A document with one statement for the provider under a condition. */
export function trusts(condition?: Condition): string {
  return policy(allow(condition));
}

export type Pair = {
  readonly title: string;
  readonly before: string;
  readonly after: string;
  readonly verdict: "equivalent" | "narrowed" | "widened" | "changed" | "undecided" | "refused";
  /** Why, from IAM's documentation or the design's request space; never from what the engine says. */
  readonly why: string;
};
