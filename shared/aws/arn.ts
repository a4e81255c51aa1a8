import type { Account } from "./account.ts";

/** The parts of an ARN: `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`. */
export type Arn = {
  /** Its id is empty where the ARN names no account, as a bucket's does. */
  readonly account: Account;
  readonly service: string;
  /** Empty for a global service such as IAM. */
  readonly region: string;
  /** May hold further colons. */
  readonly resource: string;
};

/**
 * Splits an ARN; null for a text that does not begin as one. A part that is missing is empty, and
 * what is valid in a part is for the caller to say: policies write wildcards there.
 */
export function parseArn(text: string): Arn | null {
  if (!text.startsWith("arn:")) return null;
  const [, partition = "", service = "", region = "", id = "", ...resource] = text.split(":");
  return { account: { id, partition }, service, region, resource: resource.join(":") };
}

/** The ARN of what a service has in an account; the Region of a global service is empty. */
export function arnOf(
  { id, partition }: Account,
  service: string,
  region: string,
  resource: string,
): string {
  return `arn:${partition}:${service}:${region}:${id}:${resource}`;
}

/** The same in IAM; the resource is `role/NAME`, `policy/NAME` or alike. */
export function iamArn(account: Account, resource: string): string {
  return arnOf(account, "iam", "", resource);
}

/** The account that an ARN names; null for what is not an ARN of one account. */
export function accountOfArn(text: string): Account | null {
  const account = parseArn(text)?.account;
  if (account === undefined) return null;
  return /^aws[a-z-]*$/.test(account.partition) && /^\d{12}$/.test(account.id) ? account : null;
}
