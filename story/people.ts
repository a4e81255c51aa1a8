import { IAMClient } from "@aws-sdk/client-iam";
import { SSMClient } from "@aws-sdk/client-ssm";
import type { Sandbox, SessionCredentials } from "../sandbox/index.ts";

/** A person who works in the account: a session of a role, so that CloudTrail records a name. */
export type Person = {
  readonly name: string;
  readonly arn: string;
  readonly credentials: SessionCredentials;
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
  /** Uses *Revoke active sessions* in the IAM console when something looks wrong. */
  readonly responder: Person;
  /** Has a job that was refused; reads, and changes nothing. */
  readonly developer: Person;
};

/** Longer than any session of AWS, because half a day passes in a moment. */
export const storySeconds = 100_000;

/** Creates the people's roles. One edits, another approves: docs/deploying.md keeps them apart. */
export async function createPeople(sandbox: Sandbox): Promise<People> {
  const [editor, approver, engineer, responder, developer] = await Promise.all([
    person(sandbox, {
      role: "PlatformTeam",
      name: "erin",
      policy: allow(["ssm:PutParameter", "ssm:Get*"], "*"),
    }),
    person(sandbox, {
      role: "SecurityTeam",
      name: "sasha",
      policy: allow(["ssm:LabelParameterVersion", "ssm:Get*", "iam:Get*", "iam:List*"], "*"),
    }),
    person(sandbox, { role: "PowerUsers", name: "mo", policy: allow(["iam:*"], "*") }),
    person(sandbox, {
      role: "IncidentResponse",
      name: "rae",
      policy: allow(["iam:PutRolePolicy"], "*"),
    }),
    person(sandbox, {
      role: "Developers",
      name: "dana",
      policy: allow(["ssm:Get*", "iam:Get*", "sts:GetCallerIdentity"], "*"),
    }),
  ]);
  return { editor, approver, engineer, responder, developer };
}

async function person(
  sandbox: Sandbox,
  { role, name, policy }: { readonly role: string; readonly name: string; readonly policy: object },
): Promise<Person> {
  const arn = sandbox.createRole({
    name: role,
    trust: trustOfAccount(sandbox.account),
    policies: { team: policy },
  });
  const credentials = await sandbox.credentialsOf(arn, name, storySeconds);
  const options = { endpoint: sandbox.endpoint, region: sandbox.region, credentials };
  return {
    name,
    arn: `arn:aws:sts::${sandbox.account}:assumed-role/${role}/${name}`,
    credentials,
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
