import {
  evaluateTrust,
  problemOfPermissionPolicy,
  type RequestContext,
} from "../evaluate/index.ts";
import { type Directory, type Role, withRole } from "../iam/state.ts";
import { shownTrust } from "../iam/trust.ts";
import type { Members } from "../input/members.ts";
import { type Call, ServiceError } from "../server/operation.ts";
import { generalContext } from "./context.ts";
import { identityDecision, type PolicySources } from "./permissions.ts";
import { openSession, shownSession } from "./sessions.ts";

/** What a request to either AssumeRole operation asks for. */
export type RequestedSession = {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly seconds: number;
  readonly policies: readonly string[];
};

/** Source: STS API reference, AssumeRole: parameters. */
export function readRequestedSession(directory: Directory, members: Members): RequestedSession {
  const roleArn = members.text("RoleArn", { min: 20, max: 2048 });
  const sessionName = members.text("RoleSessionName", {
    min: 2,
    max: 64,
    pattern: /[\w+=,.@-]*/,
  });
  const seconds = members.optionalCount("DurationSeconds", { min: 900, max: 43_200 }) ?? 3600;
  const inline = members.optionalText("Policy", { min: 1, max: 2048 });
  const problem = inline === null ? null : problemOfPermissionPolicy(inline);
  if (problem !== null) throw new ServiceError(problem.code, problem.message);
  const managed = members
    .structures("PolicyArns", { max: 10 })
    .map((policy) => documentOf(directory, policy.text("arn", { min: 20, max: 2048 })));
  const policies = inline === null ? managed : [inline, ...managed];
  return { roleArn, sessionName, seconds, policies };
}

function documentOf(directory: Directory, arn: string): string {
  const policy = directory.policies.get(arn);
  const version = policy?.versions.find(({ id }) => id === policy.defaultVersion);
  if (version === undefined) {
    throw new ServiceError("ValidationError", `Session policy ${arn} does not exist.`);
  }
  return version.document;
}

/** The role of an ARN, path included; null if this account does not have it. */
export function roleAt(directory: Directory, arn: string): Role | null {
  return [...directory.roles.values()].find((role) => role.arn === arn) ?? null;
}

/** Refuses a session that is longer than the role allows. */
export function checkDuration(role: Role, seconds: number): void {
  if (seconds > role.maxSessionSeconds) {
    throw new ServiceError(
      "ValidationError",
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
  }
}

/** The condition keys of a request to assume a role, for any caller. */
export function trustContext(
  call: Call,
  role: Role,
  requested: RequestedSession,
): ReadonlyMap<string, readonly string[]> {
  return new Map([
    ...generalContext(call),
    ["sts:RoleSessionName", [requested.sessionName]],
    ...[...role.tags].flatMap(([key, value]): [string, readonly string[]][] => [
      [`aws:ResourceTag/${key}`, [value]],
      [`iam:ResourceTag/${key}`, [value]],
    ]),
  ]);
}

/** Opens the session, records the use of the role, and returns the session for the answer. */
export function admitted(
  sources: PolicySources,
  call: Call,
  session: {
    readonly role: Role;
    readonly requested: RequestedSession;
    readonly provider: string | null;
  },
) {
  const { role, requested, provider } = session;
  const used = { at: call.now, region: call.region };
  withRole(sources.directory, { ...role, lastUsed: used });
  const opened = openSession(sources.sessions, {
    account: call.account,
    role,
    name: requested.sessionName,
    now: call.now,
    seconds: requested.seconds,
    policies: requested.policies,
    provider,
  });
  const packed = requested.policies.join("").length;
  const shown = shownSession(opened);
  return packed === 0 ? shown : { ...shown, PackedPolicySize: Math.ceil(packed / 20.48) };
}

/**
 * AssumeRole for users, sessions and the root user of the account. The role's trust policy has to
 * allow the caller. If it names only the account and not the caller, the caller's own policies must
 * also allow `sts:AssumeRole`.
 */
export function assumeRole(sources: PolicySources, members: Members, call: Call): object {
  const { directory } = sources;
  const requested = readRequestedSession(directory, members);
  const role = roleAt(directory, requested.roleArn);
  if (role === null || !mayAssume(sources, call, { role, requested, members })) {
    const what = `User: ${call.caller.arn} is not authorized to perform: sts:AssumeRole`;
    throw new ServiceError("AccessDenied", `${what} on resource: ${requested.roleArn}`, 403);
  }
  checkDuration(role, requested.seconds);
  const chained = call.caller.kind === "assumed-role";
  if (chained && requested.seconds > 3600) {
    throw new ServiceError(
      "ValidationError",
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
    );
  }
  return admitted(sources, call, { role, requested, provider: null });
}

function mayAssume(
  sources: PolicySources,
  call: Call,
  given: { readonly role: Role; readonly requested: RequestedSession; readonly members: Members },
): boolean {
  const { role, requested, members } = given;
  const context = new Map(trustContext(call, role, requested));
  const externalId = members.optionalText("ExternalId", { min: 2, max: 1224 });
  if (externalId !== null) context.set("sts:ExternalId", [externalId]);
  context.set("aws:PrincipalArn", [principalArn(sources, call)]);
  context.set("aws:PrincipalAccount", [call.account]);
  context.set("aws:userid", [call.caller.userId]);
  const trust: unknown = JSON.parse(shownTrust(sources.directory, role.trust));
  if (!lets(trust, call, context)) return false;
  const check = { action: "sts:AssumeRole", resource: role.arn };
  const identity = identityDecision(sources, call, check);
  if (identity === "explicit-deny") return false;
  return identity === "allow" || lets(withoutAccounts(trust), call, context);
}

function principalArn(sources: PolicySources, call: Call): string {
  return sources.sessions.get(call.caller.accessKeyId)?.roleArn ?? call.caller.arn;
}

function lets(trust: unknown, call: Call, context: RequestContext): boolean {
  const principal = { type: "AWS", id: call.caller.arn };
  return (
    evaluateTrust(trust, { principal, action: "sts:AssumeRole", context }).decision === "allow"
  );
}

/** The trust policy without account principals, so that only direct principals are left. */
function withoutAccounts(trust: unknown): unknown {
  return JSON.parse(JSON.stringify(trust), (name, value: unknown) => {
    if (name !== "AWS") return value;
    const ids = [value].flat();
    return ids.filter(
      (id) => typeof id === "string" && !/^(\d{12}|arn:aws:iam::\d{12}:root)$/.test(id),
    );
  });
}
