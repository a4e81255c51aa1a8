import type { Scope, Wake } from "./wake.ts";
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
  /** What the environment wrote earlier and nobody has removed: an old name is a door all the same. */
  readonly names: {
    readonly roles: readonly string[];
    readonly policies: readonly string[];
    readonly organizations: readonly string[];
  };
};

/**
 * Whether a wake is about this environment: whether any of its scopes is. In doubt it is: looking
 * once too often costs a few reads, looking once too seldom leaves a door open until the schedule
 * comes.
 *
 * An event of another account (a bus may take events from several) concerns nobody here.
 */
export function concerns(wake: Pick<Wake, "scopes">, environment: WatchedEnvironment): boolean {
  return wake.scopes.some((scope) => covers(scope, environment));
}

function covers(scope: Scope, environment: WatchedEnvironment): boolean {
  if (scope.kind === "every") return true;
  const { document, names, account, name } = environment;
  if (scope.account !== null && scope.account !== account.id) return false;
  if (scope.kind === "named") return scope.environments.includes(name);
  if (document === null) return true;
  switch (scope.kind) {
    case "role":
      return [document.role.name, ...names.roles].some((role) => sameName(scope.name, role));
    case "policy":
      return [document.policy.name, ...names.policies].some((policy) =>
        isPolicy(scope.arn, account.id, policy),
      );
    case "provider":
      return [document.circleci.organizationId, ...names.organizations].some((organization) =>
        isProvider(scope.arn, account.id, organization),
      );
    case "region":
      return deploysTo(document.deploy, scope.region, scope.service);
    default:
      return scope satisfies never;
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

function isProvider(arn: string, account: string, organization: string): boolean {
  const [, , , owner, resource] = splitArn(arn);
  const ours = `oidc-provider/oidc.circleci.com/org/${organization}`;
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
 * The whole ARN counts, session name included.
 */
export function isOwnSession(actor: string | null, callerArn: string): boolean {
  return actor !== null && actor === callerArn;
}

/**
 * Whether an event's actor is any session of the role that the run itself has: our own earlier run
 * is no attacker. Ask only where the run has the function's own role: a person's role (a command
 * from a shell) may have sessions of many people. Users and root have no sessions.
 *
 * Source: IAM user guide, "IAM identifiers" (the ARN of an assumed role has no path).
 */
export function isOwnRole(actor: string | null, callerArn: string): boolean {
  const own = assumedRole(callerArn);
  return own !== null && actor !== null && assumedRole(actor) === own;
}

/** The ARN up to the role's name, which holds the account; null for any other identity. */
function assumedRole(arn: string): string | null {
  return /^(arn:[a-z-]+:sts::\d{12}:assumed-role\/[^/]+)\/[^/]+$/.exec(arn)?.[1] ?? null;
}
