import type { Account } from "../aws/account.ts";

/**
 * The ARNs of deploy targets of one account and Region: how each is built from a name, and whether
 * a given text is one of exactly that name. What passes holds no wildcard and no policy variable.
 * Formats by https://docs.aws.amazon.com/service-authorization/latest/reference/.
 */
export type TargetArns = {
  readonly repository: (name: string) => string;
  /** An App Runner service has an id of 32 hexadecimal digits, another after each creation. */
  readonly appRunnerService: (name: string, id: string) => string;
  readonly isAppRunnerService: (arn: string, name: string) => boolean;
  readonly ecsService: (cluster: string, service: string) => string;
  /** Every revision of a family; which family a service has, its name does not tell. */
  readonly taskFamily: (family: string) => string;
  readonly isTaskFamily: (arn: string) => boolean;
  /** A role of the account, whatever its path. */
  readonly isRole: (arn: string) => boolean;
  readonly amplifyApp: (id: string) => string;
};

/** Builds and recognises the ARNs of one account and Region; never throws. */
export function targetArns(account: Account, region: string): TargetArns {
  const { partition, id } = account;
  const within = (service: string) => `arn:${partition}:${service}:${region}:${id}:`;
  const appRunner = `${within("apprunner")}service/`;
  const taskDefinition = `${within("ecs")}task-definition/`;
  const role = `arn:${partition}:iam::${id}:role/`;
  return {
    repository: (name) => `${within("ecr")}repository/${name}`,
    appRunnerService: (name, serviceId) => `${appRunner}${name}/${serviceId}`,
    isAppRunnerService: (arn, name) => hasRest(arn, `${appRunner}${name}/`, /^[0-9a-f]{32}$/),
    ecsService: (cluster, service) => `${within("ecs")}service/${cluster}/${service}`,
    taskFamily: (family) => `${taskDefinition}${family}:*`,
    isTaskFamily: (arn) => hasRest(arn, taskDefinition, /^[A-Za-z0-9_-]{1,255}:\*$/),
    isRole: (arn) => hasRest(arn, role, literalRole),
    amplifyApp: (appId) => `${within("amplify")}apps/${appId}`,
  };
}

/** Path and name of a role, without the `*`, `?` and `$` that IAM takes in a path. */
const literalRole = /^(?:[!-#%-)+->@-~]{1,510}\/)?[A-Za-z0-9_+=,.@-]{1,64}$/;

function hasRest(arn: string, before: string, rest: RegExp): boolean {
  return arn.startsWith(before) && rest.test(arn.slice(before.length));
}

/** Amplify gives each app an id of this form, another after each creation. */
export function isAmplifyAppId(text: string): boolean {
  return /^d[a-z0-9]{1,63}$/.test(text);
}
