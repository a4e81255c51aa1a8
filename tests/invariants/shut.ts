import {
  AddClientIDToOpenIDConnectProviderCommand,
  AttachRolePolicyCommand,
  CreatePolicyVersionCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  PutRolePolicyCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  SetDefaultPolicyVersionCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { expect } from "vitest";
import { guide, organization, policyName, roleName, type Written } from "../scenarios/documents.ts";
import type { Run } from "../scenarios/harness.ts";
import { type LateAccount, startLate } from "./late.ts";
import { anybody } from "./policies.ts";

export const role = { RoleName: roleName };
export const everything = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
});
export const administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
export const policy = { PolicyArn: `arn:aws:iam::123456789012:policy/${policyName}` };
export const provider = {
  OpenIDConnectProviderArn: `arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/${organization}`,
};

export async function watched(document: Written = guide): Promise<LateAccount> {
  const account = await startLate();
  await account.put(document);
  await account.run();
  await account.watch();
  account.pass(120_000);
  return account;
}

export const batchOf = (events: readonly unknown[]) => ({
  Records: events.map((event, index) => ({
    messageId: `message-${index}`,
    eventSource: "aws:sqs",
    body: JSON.stringify(event),
  })),
});

export async function trustOf({ iam }: LateAccount): Promise<string> {
  const { Role } = await iam.send(new GetRoleCommand(role));
  return decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "");
}

/** Somebody opens the trust policy to all and puts it back half a minute later; gives both events. */
export async function openAndShut(account: LateAccount): Promise<unknown[]> {
  const before = await trustOf(account);
  const set = (PolicyDocument: string) =>
    account.iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument }));
  await set(anybody);
  const opened = account.eventOf("UpdateAssumeRolePolicy");
  account.pass(30_000);
  await set(before);
  return [opened, account.eventOf("UpdateAssumeRolePolicy")];
}

/** CloudTrail's history may be minutes behind. */
export function withoutHistory({ sandbox }: LateAccount): void {
  sandbox.faults.add({
    when: ({ operation }) => operation === "LookupEvents",
    at: "before",
    how: { error: "AccessDeniedException", httpStatus: 400 },
  });
}

/** What was reported of a door, and nothing was written but that. */
export function expectShut(run: Run, kind: string): void {
  expect(run.iamWrites).toEqual([]);
  expect(run.environment.outcome).toBe("in-sync");
  expect(run.report.alerts).toMatchObject([{ kind, severity: "critical" }]);
  const open = { source: "drift", disposition: "observed", actor: expect.stringMatching("user/") };
  expect(run.environment.widenings).toMatchObject([
    { ...open, openedAt: expect.any(String), closedAt: expect.any(String) },
  ]);
}

export const calls: readonly (readonly [
  name: string,
  kind: string,
  open: (account: LateAccount) => Promise<unknown>,
  shut: (account: LateAccount) => Promise<unknown>,
])[] = [
  [
    "AttachRolePolicy",
    "permissions-widened",
    ({ iam }) => iam.send(new AttachRolePolicyCommand({ ...role, PolicyArn: administrator })),
    ({ iam }) => iam.send(new DetachRolePolicyCommand({ ...role, PolicyArn: administrator })),
  ],
  [
    "PutRolePolicy",
    "permissions-widened",
    ({ iam }) =>
      iam.send(new PutRolePolicyCommand({ ...role, PolicyName: "x", PolicyDocument: everything })),
    ({ iam }) => iam.send(new DeleteRolePolicyCommand({ ...role, PolicyName: "x" })),
  ],
  [
    "CreatePolicyVersion",
    "permissions-widened",
    ({ iam }) =>
      iam.send(
        new CreatePolicyVersionCommand({
          ...policy,
          PolicyDocument: everything,
          SetAsDefault: true,
        }),
      ),
    ({ iam }) => iam.send(new SetDefaultPolicyVersionCommand({ ...policy, VersionId: "v1" })),
  ],
  [
    "AddClientIDToOpenIDConnectProvider",
    "audience-widened",
    ({ iam }) =>
      iam.send(new AddClientIDToOpenIDConnectProviderCommand({ ...provider, ClientID: "x" })),
    ({ iam }) =>
      iam.send(new RemoveClientIDFromOpenIDConnectProviderCommand({ ...provider, ClientID: "x" })),
  ],
];

export const trustOpened: (typeof calls)[number] = [
  "UpdateAssumeRolePolicy",
  "trust-widened",
  ({ iam }) => iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument: anybody })),
  () => Promise.resolve(),
];
