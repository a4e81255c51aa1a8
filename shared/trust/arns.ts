import type { Account } from "../aws/account.ts";
import { iamArn } from "../aws/arn.ts";

/** The issuer of an organisation's tokens without its scheme, as IAM names the provider. */
export function providerName(organizationId: string): string {
  return `oidc.circleci.com/org/${organizationId}`;
}

/** The issuer of an organisation's tokens: the URL that a provider is created with. */
export function providerUrl(organizationId: string): string {
  return `https://${providerName(organizationId)}`;
}

/** ARN of the OIDC provider of a CircleCI organisation. */
export function providerArn(account: Account, organizationId: string): string {
  return iamArn(account, `oidc-provider/${providerName(organizationId)}`);
}

/**
 * ARN of a role.
 * @param path begins and ends with `/`.
 */
export function roleArn(account: Account, path: string, name: string): string {
  return iamArn(account, `role${path}${name}`);
}

/** ARN of a customer managed policy with the path `/`. */
export function policyArn(account: Account, name: string): string {
  return iamArn(account, `policy/${name}`);
}
