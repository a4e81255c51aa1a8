import { parseArn } from "../aws/arn.ts";
import { deploysTo, type WatchedTargets } from "./target.ts";
import type { Scope, Wake } from "./wake.ts";

/** What must be known about an environment to decide whether an event affects it. */
export type WatchedEnvironment = {
  readonly name: string;
  readonly account: { readonly id: string };
  /** The document in force; null where there is none to read, and then every event counts. */
  readonly document: {
    readonly circleci: { readonly organizationId: string };
    readonly role: { readonly name: string };
    readonly policy: { readonly name: string };
    readonly targets: WatchedTargets;
  } | null;
  /** What the environment wrote earlier and nobody has removed: an old name is a door all the same. */
  readonly names: {
    readonly roles: readonly string[];
    readonly policies: readonly string[];
    readonly organizations: readonly string[];
  };
};

/**
 * Whether a wake affects this environment: whether any of its scopes covers it. In doubt the answer
 * is yes: one look too many costs a few reads, one too few leaves a door open until the schedule
 * comes.
 *
 * An event of another account (a bus may take events from several) affects nobody here.
 */
export function isAffected(wake: Pick<Wake, "scopes">, environment: WatchedEnvironment): boolean {
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
    case "target":
      return (
        document.targets.deploy.region === scope.region && deploysTo(document.targets, scope.target)
      );
    default:
      return scope satisfies never;
  }
}

/** IAM's names are unique ignoring case, and an event carries the name as its caller wrote it. */
function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function isPolicy(arn: string, account: string, name: string): boolean {
  const parts = parseArn(arn);
  if (parts?.account.id !== account || !parts.resource.startsWith("policy/")) return false;
  return sameName(parts.resource.slice(parts.resource.lastIndexOf("/") + 1), name);
}

function isProvider(arn: string, account: string, organization: string): boolean {
  const parts = parseArn(arn);
  const ours = `oidc-provider/oidc.circleci.com/org/${organization}`;
  return parts?.account.id === account && sameName(parts.resource, ours);
}
