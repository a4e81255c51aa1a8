import {
  AddClientIDToOpenIDConnectProviderCommand,
  AttachRolePolicyCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { expect } from "vitest";
import type { RecordedCall } from "../../sandbox/index.ts";
import { anybody } from "../invariants/policies.ts";
import { isOwn } from "../invariants/telling.ts";
import { allow, dropOldVersions, everything, policyArn, providerArn } from "./by-hand.ts";
import { guideWith, organization, policyName, roleName, type Written, wiki } from "./documents.ts";
import { type Run, type Scenario, startScenario } from "./harness.ts";
import { alertedOf, recordOf } from "./holds.ts";
import { stoppedAt } from "./stopping.ts";

export const role = { RoleName: roleName };
export const provider = { OpenIDConnectProviderArn: providerArn };
export const host = `oidc.circleci.com/org/${organization}`;

/** What a person's own role says: another project gets in. */
export const theirs = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Federated: providerArn },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: { StringLike: { [`${host}:sub`]: `org/${organization}/project/${wiki}/*` } },
    },
  ],
});
export const ours = allow(["ecr:*"], "*");
export const debug = { ...role, PolicyName: "debug", PolicyDocument: everything };
export const limit = {
  ...role,
  PolicyName: "limit",
  PolicyDocument: JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Deny", Action: "ecr:DeleteRepository", Resource: "*" }],
  }),
};

export type Act = (account: Scenario) => Promise<unknown>;
export const nothing: Act = async () => undefined;

export const putDebug: Act = ({ iam }) => iam.send(new PutRolePolicyCommand(debug));
export const putTheirs: Act = ({ iam }) =>
  iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument: theirs }));
export const putAnybody: Act = ({ iam }) =>
  iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument: anybody }));
export const addAudience: Act = ({ iam }) =>
  iam.send(
    new AddClientIDToOpenIDConnectProviderCommand({ ...provider, ClientID: "sts.amazonaws.com" }),
  );
export const writeVersion =
  (PolicyDocument: string): Act =>
  async (account) => {
    await dropOldVersions(account);
    const version = { PolicyArn: policyArn, PolicyDocument, SetAsDefault: true };
    await account.iam.send(new CreatePolicyVersionCommand(version));
  };

/** Role, policy and provider that a person made, and a document of the same names that was approved. */
export async function startAdopting({
  start = startScenario,
  document = guideWith({ onWiden: "apply", role: { name: roleName, tags: { team: "platform" } } }),
  before = nothing,
  path = "/",
}: {
  /** Another account than a usual one. */
  readonly start?: () => Promise<Scenario>;
  readonly document?: Written;
  readonly before?: Act;
  /** Of the person's policy. */
  readonly path?: string;
} = {}): Promise<Scenario> {
  const account = await start();
  const { iam } = account;
  const ClientIDList = [organization, "sts.amazonaws.com"];
  await iam.send(new CreateOpenIDConnectProviderCommand({ Url: `https://${host}`, ClientIDList }));
  await iam.send(new CreateRoleCommand({ ...role, AssumeRolePolicyDocument: theirs }));
  const made = { PolicyName: policyName, PolicyDocument: ours, Path: path };
  const { Policy } = await iam.send(new CreatePolicyCommand(made));
  if (path === "/") {
    await iam.send(new AttachRolePolicyCommand({ ...role, PolicyArn: Policy?.Arn }));
  }
  await putDebug(account);
  await before(account);
  await account.put(document);
  await account.run();
  await account.approve(1);
  return account;
}

export const isWrite = ({ service, mutating }: RecordedCall) => service === "iam" && mutating;

/** Stopped just after its record names what it takes over, and before any write of it in IAM. */
export async function startStopped(
  given: Parameters<typeof startAdopting>[0] = {},
): Promise<Scenario> {
  const account = await startAdopting(given);
  await stoppedAt(account, "before", (call) => isWrite(call) && call.operation !== audienceOff);
  expect((await recordOf(account))?.takenOver?.said).toHaveProperty([`trust ${roleName}`]);
  return account;
}

/** What closes the provider goes before all else, the record too. */
export const audienceOff = "RemoveClientIDFromOpenIDConnectProvider";

export function refuse(account: Scenario, operation: string, times?: number): void {
  account.sandbox.faults.add({
    when: (call) => isOwn(call) && call.operation === operation,
    at: "before",
    how: { error: "AccessDenied", httpStatus: 403 },
    ...(times === undefined ? {} : { times }),
  });
}

export const criticals = (run: Run) =>
  alertedOf(run).flatMap(([kind, severity]) => (severity === "critical" ? [kind] : []));
export const doors = [
  "trust-widened",
  "permissions-widened",
  "audience-widened",
  "drift-corrected",
];
/** Criticals that accuse somebody. */
export const accusations = (...runs: readonly Run[]) =>
  runs.flatMap(criticals).filter((kind) => doors.includes(kind));
