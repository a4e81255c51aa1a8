import { newId, newSecret, newSessionToken } from "../iam/ids.ts";
import type { Role } from "../iam/state.ts";

/** A session of a role, with its credentials. */
export type Session = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly roleName: string;
  readonly roleId: string;
  /** The role's own ARN, with its path. */
  readonly roleArn: string;
  readonly name: string;
  /** The assumed-role ARN, without the path. */
  readonly arn: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** Session policies: the session may only do what these also allow. */
  readonly policies: readonly string[];
  /** The provider whose token opened the session, or null. */
  readonly provider: string | null;
};

/** Sessions by access key id. */
export type Sessions = Map<string, Session>;

/** Opens a session and keeps it. */
export function openSession(
  sessions: Sessions,
  opening: {
    readonly account: string;
    readonly role: Role;
    readonly name: string;
    readonly now: Date;
    readonly seconds: number;
    readonly policies: readonly string[];
    readonly provider: string | null;
  },
): Session {
  const { account, role, name, now, seconds, policies, provider } = opening;
  const session: Session = {
    accessKeyId: newId("ASIA"),
    secretAccessKey: newSecret(),
    sessionToken: newSessionToken(),
    roleName: role.name,
    roleId: role.id,
    roleArn: role.arn,
    name,
    arn: `arn:aws:sts::${account}:assumed-role/${role.name}/${name}`,
    createdAt: now,
    expiresAt: new Date(now.getTime() + seconds * 1000),
    policies,
    provider,
  };
  sessions.set(session.accessKeyId, session);
  return session;
}

/** The credentials and their identity, as the AssumeRole operations answer. */
export function shownSession(session: Session) {
  return {
    Credentials: {
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      SessionToken: session.sessionToken,
      Expiration: session.expiresAt,
    },
    AssumedRoleUser: { AssumedRoleId: `${session.roleId}:${session.name}`, Arn: session.arn },
  };
}
