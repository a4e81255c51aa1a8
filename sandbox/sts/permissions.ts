import {
  type Decision,
  evaluateAccess,
  evaluateResourcePolicy,
  type RequestContext,
} from "../evaluate/index.ts";
import { type Directory, nameKey, type Role, type User } from "../iam/state.ts";
import type { AccessCheck, Call, Caller, Service, ServiceError } from "../server/operation.ts";
import { protocolError } from "../server/protocol-errors.ts";
import { requestContext } from "./context.ts";
import type { Sessions } from "./sessions.ts";

/**
 * What decides about a caller: the organisation's service control policies, its own policies, a
 * boundary, the policies of its session, and the policy on the resource.
 */
type Reach = {
  readonly caller: Caller;
  readonly organization: readonly unknown[] | null;
  readonly identity: readonly unknown[];
  readonly boundary: readonly unknown[] | null;
  readonly session: readonly unknown[] | null;
  readonly resource: unknown;
  readonly context: RequestContext;
};

/** Where the policies come from. */
export type PolicySources = {
  readonly directory: Directory;
  readonly sessions: Sessions;
  /** The documents of the service control policies in force; null if there are none. */
  readonly serviceControlPolicies: () => readonly unknown[] | null;
};

/**
 * The error for a call that its caller may not make, in IAM's words; null if it may. The root user
 * may do anything except what the policy on a resource denies. Source: IAM User Guide, "Policy
 * evaluation logic" and "Troubleshoot access denied error messages".
 */
export function refusalOf(
  sources: PolicySources,
  service: Service,
  call: Call,
): ServiceError | null {
  const { caller } = call;
  if (caller.kind === "anonymous") return null;
  const resource = resourcePolicy(service, call);
  if (caller.kind === "root" && resource === null) return null;
  const reach = { ...reachOf(sources, call), resource };
  for (const check of service.authorize(call)) {
    const because = caller.kind === "root" ? rootDenial(reach, check) : denialOf(reach, check);
    if (because === null) continue;
    return protocolError(service, "access-denied", sentence(caller, check, because));
  }
  return null;
}

/** What the caller's own policies say about an action, for AssumeRole. */
export function identityDecision(
  sources: PolicySources,
  call: Call,
  check: AccessCheck,
): Decision["decision"] {
  const { caller } = call;
  if (caller.kind === "root") return "allow";
  if (caller.kind === "anonymous") return "implicit-deny";
  const reach = reachOf(sources, call);
  const because = denialOf(reach, check);
  if (because === null) return "allow";
  // A trust policy cannot allow what no service control policy allows.
  const final = because.startsWith("with") || because.includes("service control policy");
  return final ? "explicit-deny" : "implicit-deny";
}

function resourcePolicy(service: Service, call: Call): unknown {
  const text = service.resourcePolicyOf?.(call) ?? null;
  return text === null ? null : parsed(text);
}

const resourceDenial = "with an explicit deny in a resource-based policy";

/** Only an explicit deny in the policy on a resource applies to the root user. */
function rootDenial(reach: Reach, check: AccessCheck): string | null {
  return resourceDecision(reach, check) === "explicit-deny" ? resourceDenial : null;
}

function resourceDecision(reach: Reach, check: AccessCheck): Decision["decision"] {
  if (reach.resource === null) return "implicit-deny";
  const principal = { type: "AWS", id: reach.caller.arn };
  return evaluateResourcePolicy(reach.resource, { ...requestOf(reach, check), principal }).decision;
}

function requestOf(reach: Reach, check: AccessCheck) {
  return {
    action: check.action,
    resource: check.resource,
    context: new Map([...reach.context, ...(check.context ?? [])]),
  };
}

function sentence(caller: Caller, check: AccessCheck, because: string): string {
  const on = check.resource === "*" ? "" : ` on resource: ${check.resource}`;
  const what = `User: ${caller.arn} is not authorized to perform: ${check.action}`;
  return `${what}${on === "" ? " on resource: *" : on} ${because}`;
}

/** Why the check fails; null if it passes. */
function denialOf(reach: Reach, check: AccessCheck): string | null {
  const request = requestOf(reach, check);
  const kinds = [
    { name: "service control policy", article: "a", policies: reach.organization },
    { name: "identity-based policy", article: "an", policies: reach.identity },
    { name: "permissions boundary", article: "a", policies: reach.boundary },
    { name: "session policy", article: "a", policies: reach.session },
  ] as const;
  const decided = kinds.flatMap(({ name, article, policies }) =>
    policies === null ? [] : [{ name, article, ...evaluateAccess(policies, request) }],
  );
  const denied = decided.find(({ decision }) => decision === "explicit-deny");
  if (denied !== undefined) return `with an explicit deny in ${denied.article} ${denied.name}`;
  const resource = resourceDecision(reach, check);
  if (resource === "explicit-deny") return resourceDenial;
  // Inside one account, either the caller's own policies or the resource's may allow.
  const silent = decided.find(
    ({ name, decision }) =>
      decision === "implicit-deny" && !(name === "identity-based policy" && resource === "allow"),
  );
  return silent === undefined
    ? null
    : `because no ${silent.name} allows the ${check.action} action`;
}

function reachOf(sources: PolicySources, call: Call): Reach {
  const { directory, sessions } = sources;
  const session = sessions.get(call.caller.accessKeyId);
  const entity = session === undefined ? userOf(directory, call) : roleOf(directory, call, session);
  const context = requestContext(call, { session: session ?? null, entity });
  const outer = {
    caller: call.caller,
    organization: sources.serviceControlPolicies(),
    resource: null,
    context,
  };
  if (entity === null) return { ...outer, identity: [], boundary: null, session: null };
  return {
    ...outer,
    identity: [
      ...[...entity.inline.values()].map(parsed),
      ...entity.attached.flatMap((arn) => managed(directory, arn)),
    ],
    boundary: entity.boundary === null ? null : managed(directory, entity.boundary),
    session:
      session === undefined || session.policies.length === 0 ? null : session.policies.map(parsed),
  };
}

/** A session of a role that was deleted or re-created has no permissions left. */
function roleOf(
  directory: Directory,
  call: Call,
  session: { readonly roleId: string },
): Role | null {
  const role = directory.roles.get(nameKey(call.caller.role ?? ""));
  return role === undefined || role.id !== session.roleId ? null : role;
}

function userOf(directory: Directory, call: Call): User | null {
  return [...directory.users.values()].find(({ arn }) => arn === call.caller.arn) ?? null;
}

function managed(directory: Directory, arn: string): readonly unknown[] {
  const policy = directory.policies.get(arn);
  const version = policy?.versions.find(({ id }) => id === policy.defaultVersion);
  return version === undefined ? [] : [parsed(version.document)];
}

/** The few documents that every call of the account is held against, by their texts. */
const documents = new Map<string, unknown>();
const documentsMax = 1_000;

function parsed(text: string): unknown {
  const known = documents.get(text);
  if (known !== undefined) return known;
  if (documents.size >= documentsMax) documents.clear();
  const document: unknown = JSON.parse(text);
  documents.set(text, document);
  return document;
}
