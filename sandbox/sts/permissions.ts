import { type Decision, evaluateAccess, type RequestContext } from "../evaluate/index.ts";
import { type Directory, nameKey, type Role, type User } from "../iam/state.ts";
import type { AccessCheck, Call, Caller, Service, ServiceError } from "../server/operation.ts";
import { frontRefusal } from "../server/refusals.ts";
import { requestContext } from "./context.ts";
import type { Sessions } from "./sessions.ts";

/** What decides over a caller: its identity policies, a boundary, the policies of its session. */
type Reach = {
  readonly identity: readonly unknown[];
  readonly boundary: readonly unknown[] | null;
  readonly session: readonly unknown[] | null;
  readonly context: RequestContext;
};

/** The account as permissions see it. */
export type Holders = { readonly directory: Directory; readonly sessions: Sessions };

/**
 * The refusal of a call that its caller may not make, in IAM's words; null where it may. The root
 * user may do anything.
 * Source: IAM User Guide, "Policy evaluation logic" and "Troubleshoot access denied error messages".
 */
export function refusalOf(holders: Holders, service: Service, call: Call): ServiceError | null {
  const { caller } = call;
  if (caller.kind === "root" || caller.kind === "anonymous") return null;
  const reach = reachOf(holders, call);
  for (const check of service.authorize(call)) {
    const because = denialOf(reach, check);
    if (because === null) continue;
    return frontRefusal(service, "access-denied", sentence(caller, check, because));
  }
  return null;
}

/** Whether the caller's own policies say anything to an action, for decisions beyond the front. */
export function identityDecision(
  holders: Holders,
  call: Call,
  check: AccessCheck,
): Decision["decision"] {
  const { caller } = call;
  if (caller.kind === "root") return "allow";
  if (caller.kind === "anonymous") return "implicit-deny";
  const reach = reachOf(holders, call);
  const because = denialOf(reach, check);
  if (because === null) return "allow";
  return because.startsWith("with") ? "explicit-deny" : "implicit-deny";
}

function sentence(caller: Caller, check: AccessCheck, because: string): string {
  const on = check.resource === "*" ? "" : ` on resource: ${check.resource}`;
  const what = `User: ${caller.arn} is not authorized to perform: ${check.action}`;
  return `${what}${on === "" ? " on resource: *" : on} ${because}`;
}

/** Why the check fails, or null where it does not. */
function denialOf(reach: Reach, check: AccessCheck): string | null {
  const request = {
    action: check.action,
    resource: check.resource,
    context: new Map([...reach.context, ...(check.context ?? [])]),
  };
  const kinds = [
    { name: "identity-based policy", article: "an", policies: reach.identity },
    { name: "permissions boundary", article: "a", policies: reach.boundary },
    { name: "session policy", article: "a", policies: reach.session },
  ] as const;
  const decided = kinds.flatMap(({ name, article, policies }) =>
    policies === null ? [] : [{ name, article, ...evaluateAccess(policies, request) }],
  );
  const denied = decided.find(({ decision }) => decision === "explicit-deny");
  if (denied !== undefined) return `with an explicit deny in ${denied.article} ${denied.name}`;
  const silent = decided.find(({ decision }) => decision === "implicit-deny");
  return silent === undefined
    ? null
    : `because no ${silent.name} allows the ${check.action} action`;
}

function reachOf(holders: Holders, call: Call): Reach {
  const { directory, sessions } = holders;
  const session = sessions.get(call.caller.accessKeyId);
  const entity = session === undefined ? userOf(directory, call) : roleOf(directory, call, session);
  const context = requestContext(call, { session: session ?? null, entity });
  if (entity === null) return { identity: [], boundary: null, session: null, context };
  return {
    identity: [
      ...[...entity.inline.values()].map(parsed),
      ...entity.attached.flatMap((arn) => managed(directory, arn)),
    ],
    boundary: entity.boundary === null ? null : managed(directory, entity.boundary),
    session:
      session === undefined || session.policies.length === 0 ? null : session.policies.map(parsed),
    context,
  };
}

/** A session whose role has gone, or was made anew under its name, has nothing left. */
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

function parsed(text: string): unknown {
  return JSON.parse(text);
}
