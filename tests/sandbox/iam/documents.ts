/** Documents and names that IAM's tests share. */

export const account = "123456789012";
export const organization = "11111111-2222-4333-8444-555555555555";
export const project = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
export const providerUrl = `oidc.circleci.com/org/${organization}`;
export const providerArn = `arn:aws:iam::${account}:oidc-provider/${providerUrl}`;

/** The text of a trust policy with one Allow statement. */
export function trustOf(principal: object, more: object = {}): string {
  const statement = { Effect: "Allow", Principal: principal, Action: "sts:AssumeRole", ...more };
  return JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
}

export const lambdaTrust = trustOf({ Service: "lambda.amazonaws.com" });

/** The text of a permission policy that allows the actions on the resource. */
export function allowing(action: string | readonly string[], resource = "*"): string {
  const statement = { Effect: "Allow", Action: action, Resource: resource };
  return JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
}

/** A trust policy for the organisation's tokens, under the conditions. */
export function circleciTrust(condition: object): string {
  return trustOf(
    { Federated: providerArn },
    { Action: "sts:AssumeRoleWithWebIdentity", Condition: condition },
  );
}
