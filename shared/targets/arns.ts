import type { Account } from "../aws/account.ts";
import { arnOf, iamArn } from "../aws/arn.ts";
import type { Place } from "./kind.ts";

/**
 * ARN of a target. Formats by https://docs.aws.amazon.com/service-authorization/latest/reference/.
 *
 * @param resource what follows the account
 */
export function arnIn({ account, region }: Place, service: string, resource: string): string {
  return arnOf(account, service, region, resource);
}

/** Is the text this beginning and a rest of that form? Neither may let a wildcard through. */
export function hasRest(arn: string, before: string, rest: RegExp): boolean {
  return arn.startsWith(before) && rest.test(arn.slice(before.length));
}

/** Is this a role of the account, whatever its path? */
export function isRoleIn(account: Account, arn: string): boolean {
  return hasRest(arn, iamArn(account, "role/"), literalRole);
}

/** Path and name of a role, without the `*`, `?` and `$` that IAM takes in a path. */
const literalRole = /^(?:[!-#%-)+->@-~]{1,510}\/)?[A-Za-z0-9_+=,.@-]{1,64}$/;
