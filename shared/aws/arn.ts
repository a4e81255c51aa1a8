import type { Account } from "./account.ts";

/** The parts of an ARN: `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`. */
export type Arn = {
  readonly partition: string;
  readonly service: string;
  /** Empty for a global service such as IAM. */
  readonly region: string;
  /** Empty for a bucket. */
  readonly account: string;
  /** May hold further colons. */
  readonly resource: string;
};

/**
 * Splits an ARN; null for a text that does not begin as one. A part that is missing is empty, and
 * what is valid in a part is for the caller to say: policies write wildcards there.
 */
export function parseArn(text: string): Arn | null {
  if (!text.startsWith("arn:")) return null;
  const [, partition = "", service = "", region = "", account = "", ...resource] = text.split(":");
  return { partition, service, region, account, resource: resource.join(":") };
}

/** Joins the parts that `parseArn` gives. */
export function formatArn({ partition, service, region, account, resource }: Arn): string {
  return `arn:${partition}:${service}:${region}:${account}:${resource}`;
}

/** The ARN of something in IAM, which has no Region; the resource is `role/NAME` or alike. */
export function iamArn({ id, partition }: Account, resource: string): string {
  return formatArn({ partition, service: "iam", region: "", account: id, resource });
}

/** The account that an ARN names; null for what is not an ARN of one account. */
export function accountOfArn(text: string): Account | null {
  const { partition, account } = parseArn(text) ?? { partition: "", account: "" };
  return /^aws[a-z-]*$/.test(partition) && /^\d{12}$/.test(account)
    ? { id: account, partition }
    : null;
}
