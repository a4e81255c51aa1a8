import { IAMClient } from "@aws-sdk/client-iam";
import { SSMClient } from "@aws-sdk/client-ssm";
import type { Sandbox } from "../sandbox/index.ts";

/** Whoever touches the account in the story: each a session of a role, so that CloudTrail knows. */
export type Person = {
  readonly name: string;
  readonly arn: string;
  readonly iam: IAMClient;
  readonly ssm: SSMClient;
};

export type People = {
  /** Edits documents, and may not approve. */
  readonly editor: Person;
  /** Approves held versions, and may not edit. */
  readonly approver: Person;
  /** May do anything in IAM, and sometimes does. */
  readonly engineer: Person;
  /** Presses the IAM console's *Revoke active sessions* where something looks wrong. */
  readonly responder: Person;
};

/** Longer than any session of AWS: in the story half a day goes by in a moment. */
export const storySeconds = 100_000;

/** Makes the people's roles: one edits, one approves, as docs/deploying.md keeps the two apart. */
export async function invitePeople(sandbox: Sandbox): Promise<People> {
  const documents = `arn:aws:ssm:${sandbox.region}:${sandbox.account}:parameter/oidc-reconciler/environments/*`;
  const [editor, approver, engineer, responder] = await Promise.all([
    person(sandbox, "PlatformTeam", "erin", ["ssm:PutParameter", "ssm:GetParameter"], documents),
    person(sandbox, "SecurityTeam", "sasha", ["ssm:LabelParameterVersion"], documents),
    person(sandbox, "PowerUsers", "mo", ["iam:*"], "*"),
    person(sandbox, "IncidentResponse", "rae", ["iam:PutRolePolicy"], "*"),
  ]);
  return { editor, approver, engineer, responder };
}

async function person(
  sandbox: Sandbox,
  role: string,
  name: string,
  actions: readonly string[],
  resource: string,
): Promise<Person> {
  const arn = sandbox.createRole({
    name: role,
    trust: trustOfAccount(sandbox.account),
    policies: { team: allow(actions, resource) },
  });
  const options = {
    endpoint: sandbox.endpoint,
    region: sandbox.region,
    credentials: await sandbox.credentialsOf(arn, name, storySeconds),
  };
  return {
    name,
    arn: `arn:aws:sts::${sandbox.account}:assumed-role/${role}/${name}`,
    iam: new IAMClient(options),
    ssm: new SSMClient(options),
  };
}

function trustOfAccount(account: string): object {
  const principal = { AWS: `arn:aws:iam::${account}:root` };
  const statement = { Effect: "Allow", Principal: principal, Action: "sts:AssumeRole" };
  return { Version: "2012-10-17", Statement: [statement] };
}

export function allow(actions: readonly string[], resource: string): object {
  const statement = { Effect: "Allow", Action: actions, Resource: resource };
  return { Version: "2012-10-17", Statement: [statement] };
}
