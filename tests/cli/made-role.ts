import { CreateRoleCommand, type CreateRoleCommandInput } from "@aws-sdk/client-iam";
import { organization, roleName } from "../scenarios/documents.ts";
import type { Scenario } from "../scenarios/harness.ts";

export const account = "123456789012";
export const issuer = `oidc.circleci.com/org/${organization}`;
export const arn = (service: string, resource: string) =>
  `arn:aws:${service}:us-east-1:${account}:${resource}`;

export const policy = (...Statement: readonly object[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement });
export const trusting = (Condition: object) =>
  policy({
    Effect: "Allow",
    Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${issuer}` },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition,
  });

/** A role as somebody made it by hand. */
export async function createRole(
  { iam }: Scenario,
  trust: string,
  rest: Partial<CreateRoleCommandInput> = {},
): Promise<string> {
  const RoleName = rest.RoleName ?? roleName;
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust, ...rest }));
  return RoleName;
}
