import type { Wake } from "./wake.ts";
import type { TargetService } from "./watched.ts";

/** What must be known of an environment to tell whether an event is about it. */
export type WatchedEnvironment = {
  readonly name: string;
  readonly account: { readonly id: string };
  /** The document in force; null where there is none to read, and then every event counts. */
  readonly document: {
    readonly circleci: { readonly organizationId: string };
    readonly role: { readonly name: string };
    readonly policy: { readonly name: string };
    readonly deploy: {
      readonly region: string;
      readonly ecr: readonly unknown[];
      readonly appRunner: readonly unknown[];
      readonly ecsExpress: readonly unknown[];
      readonly amplify: readonly unknown[];
    };
  } | null;
};

/**
 * Whether a wake is about this environment. In doubt it is: looking once too often costs a few
 * reads, looking once too seldom leaves a door open until the schedule comes.
 *
 * An event of another account (a bus may take events from several) concerns nobody here.
 */
export function concerns(wake: Wake, environment: WatchedEnvironment): boolean {
  const { looksAt, cause } = wake;
  const { document, account, name } = environment;
  const eventAccount = cause?.account ?? null;
  if (eventAccount !== null && eventAccount !== account.id) return false;
  switch (looksAt.kind) {
    case "every":
      return true;
    case "nothing":
      return false;
    case "named":
      return looksAt.environments.includes(name);
    case "role":
      return document === null || sameName(looksAt.name, document.role.name);
    case "policy":
      return document === null || isPolicy(looksAt.arn, account.id, document.policy.name);
    case "provider":
      return document === null || isProvider(looksAt.arn, account.id, document.circleci);
    case "region":
      return document === null || deploysTo(document.deploy, looksAt.region, looksAt.service);
    default:
      return looksAt satisfies never;
  }
}

/** IAM's names are unique ignoring case, and an event carries the name as its caller wrote it. */
function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function isPolicy(arn: string, account: string, name: string): boolean {
  const [, , , owner, resource] = splitArn(arn);
  if (owner !== account || resource?.startsWith("policy/") !== true) return false;
  return sameName(resource.slice(resource.lastIndexOf("/") + 1), name);
}

function isProvider(
  arn: string,
  account: string,
  circleci: { readonly organizationId: string },
): boolean {
  const [, , , owner, resource] = splitArn(arn);
  const ours = `oidc-provider/oidc.circleci.com/org/${circleci.organizationId}`;
  return owner === account && resource !== undefined && sameName(resource, ours);
}

/** Partition, service, Region, account and the rest, which may hold further colons. */
function splitArn(arn: string): readonly string[] {
  const [, partition = "", service = "", region = "", account = "", ...rest] = arn.split(":");
  return [partition, service, region, account, rest.join(":")];
}

function deploysTo(
  deploy: NonNullable<WatchedEnvironment["document"]>["deploy"],
  region: string,
  service: TargetService,
): boolean {
  if (deploy.region !== region) return false;
  switch (service) {
    case "ecr":
      return deploy.ecr.length > 0;
    case "apprunner":
      return deploy.appRunner.length > 0;
    case "ecs":
      return deploy.ecsExpress.length > 0;
    case "amplify":
      return deploy.amplify.length > 0;
    default:
      return service satisfies never;
  }
}

/**
 * Whether an event's actor is the session that `sts:GetCallerIdentity` shows to the run itself.
 * The whole ARN counts, session name included: another session of the same role is somebody else.
 */
export function isOwnSession(actor: string | null, callerArn: string): boolean {
  return actor !== null && actor === callerArn;
}
