import {
  AddClientIDToOpenIDConnectProviderCommand,
  AttachRolePolicyCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  DeleteRolePolicyCommand,
  PutRolePolicyCommand,
  UntagOpenIDConnectProviderCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { anybody } from "../invariants/policies.ts";
import { isOwn } from "../invariants/telling.ts";
import { allow, everything, policyArn, providerArn } from "./by-hand.ts";
import { guideWith, organization, policyName, roleName, wiki } from "./documents.ts";
import { expectIdle, type Scenario, startScenario } from "./harness.ts";
import { alertedOf, kindsOf, recordOf, textOf } from "./holds.ts";
import { stoppedAt } from "./stopping.ts";

const role = { RoleName: roleName };
const provider = { OpenIDConnectProviderArn: providerArn };
const host = `oidc.circleci.com/org/${organization}`;

/** What a person's own role says: another project gets in. */
const theirs = JSON.stringify({
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
const limit = {
  ...role,
  PolicyName: "limit",
  PolicyDocument: JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Deny", Action: "ecr:DeleteRepository", Resource: "*" }],
  }),
};

/** Role, policy and provider that a person made, and a document of the same names that was approved. */
async function startAdopting(document = guideWith({ onWiden: "apply" })): Promise<Scenario> {
  const account = await startScenario();
  const { iam } = account;
  const ClientIDList = [organization, "sts.amazonaws.com"];
  await iam.send(new CreateOpenIDConnectProviderCommand({ Url: `https://${host}`, ClientIDList }));
  await iam.send(new CreateRoleCommand({ ...role, AssumeRolePolicyDocument: theirs }));
  const made = { PolicyName: policyName, PolicyDocument: allow(["ecr:*"], "*") };
  await iam.send(new CreatePolicyCommand(made));
  await iam.send(new AttachRolePolicyCommand({ ...role, PolicyArn: policyArn }));
  await account.put(document);
  await account.run();
  await account.approve(1);
  return account;
}

/** Stopped just after its record names what it takes over, and before any other write of it. */
async function startStopped(
  before: (account: Scenario) => Promise<unknown> = async () => undefined,
): Promise<Scenario> {
  const account = await startAdopting();
  await before(account);
  const first = ["UpdateAssumeRolePolicy", "CreatePolicyVersion"];
  await stoppedAt(account, "before", ({ operation }) => first.includes(operation));
  expect((await recordOf(account))?.takenOver?.adopted).toHaveLength(3);
  return account;
}

function refuse(account: Scenario, operation: string, times?: number): void {
  account.sandbox.faults.add({
    when: (call) => isOwn(call) && call.operation === operation,
    at: "before",
    how: { error: "AccessDenied", httpStatus: 403 },
    ...(times === undefined ? {} : { times }),
  });
}

const criticals = (run: Parameters<typeof alertedOf>[0]) =>
  alertedOf(run).flatMap(([kind, severity]) => (severity === "critical" ? [kind] : []));

describe("what a stopped run was taking over is nobody's attack", () => {
  test("the next run says what it takes over and what the document gives, and accuses nobody", async () => {
    const account = await startStopped();
    const next = await account.run();
    expect(criticals(next)).not.toContain("trust-widened");
    expect(criticals(next)).not.toContain("permissions-widened");
    expect(kindsOf(next)).toEqual(
      expect.arrayContaining(["adopted", "trust-widening-applied", "permissions-widening-applied"]),
    );
    expect(textOf(next, "adopted")).toContain(providerArn);
    expect((await recordOf(account))?.takenOver).toBeNull();
    // Which of the policy's versions are harmless is remembered by then.
    expect((await account.run()).iamWrites).toEqual([]);
    expectIdle(await account.run());
  });

  test("nor where the document is removed before the next run", async () => {
    const account = await startStopped();
    await account.remove();
    const kinds = kindsOf(await account.run());
    expect(kinds).not.toContain("trust-widened");
    expect(kinds).not.toContain("permissions-widened");
  });

  test.each([
    "GetOpenIDConnectProvider",
    "RemoveClientIDFromOpenIDConnectProvider",
    "UpdateAssumeRolePolicy",
    "CreatePolicyVersion",
    "TagRole",
    "TagPolicy",
    "TagOpenIDConnectProvider",
  ])("nor after a run in which %s was refused", async (operation) => {
    const account = await startAdopting();
    refuse(account, operation, 1);
    const first = await account.run();
    const next = await account.run();
    const all = [...criticals(first), ...criticals(next)];
    expect(all.filter((kind) => kind !== "reconcile-failed")).toEqual([]);
    const adopted = [first, next].map((run) => textOf(run, "adopted")).join("\n");
    for (const each of [roleName, policyArn, providerArn]) {
      expect(adopted.split(each).length, each).toBeGreaterThan(1);
    }
    expect((await recordOf(account))?.takenOver).toBeNull();
    expectIdle(await account.run());
  });
});

describe("what somebody changes while a role is being taken over is reported", () => {
  const open = { ...role, PolicyName: "debug", PolicyDocument: everything };
  const audience = { ...provider, ClientID: "another" };
  test.each<readonly [string, string, (account: Scenario) => Promise<unknown>]>([
    [
      "trust-widened",
      "anybody gets in",
      ({ iam }) =>
        iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument: anybody })),
    ],
    [
      "permissions-widened",
      "one more policy",
      ({ iam }) => iam.send(new PutRolePolicyCommand(open)),
    ],
    [
      "audience-widened",
      "one more audience",
      ({ iam }) => iam.send(new AddClientIDToOpenIDConnectProviderCommand(audience)),
    ],
  ])("%s after a stop: %s", async (kind, _, change) => {
    const account = await startStopped();
    await change(account);
    expect(criticals(await account.run())).toContain(kind);
  });

  test("what denied a part of it is taken off", async () => {
    const account = await startStopped(({ iam }) => iam.send(new PutRolePolicyCommand(limit)));
    const { PolicyName } = limit;
    await account.iam.send(new DeleteRolePolicyCommand({ ...role, PolicyName }));
    expect(criticals(await account.run())).toContain("permissions-widened");
  });

  test("the trust policy of before is put back where another write of it is refused", async () => {
    const account = await startAdopting();
    refuse(account, "CreatePolicyVersion");
    await account.run();
    expect((await recordOf(account))?.takenOver?.role).toMatchObject({
      trustLeft: false,
      permissionsLeft: true,
    });
    const PolicyDocument = theirs;
    await account.iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument }));
    const next = await account.run();
    expect(criticals(next)).toContain("trust-widened");
    expect(criticals(next)).not.toContain("permissions-widened");
  });

  test("an audience that was taken off is added again where another write is refused", async () => {
    const account = await startAdopting();
    refuse(account, "CreatePolicyVersion");
    await account.run();
    const ClientID = "sts.amazonaws.com";
    await account.iam.send(
      new AddClientIDToOpenIDConnectProviderCommand({ ...provider, ClientID }),
    );
    expect(criticals(await account.run())).toContain("audience-widened");
  });

  test("the tags of what was taken over are lost, once they were written", async () => {
    const account = await startAdopting();
    await account.run();
    const TagKeys = ["oidc-reconciler:prefix", "oidc-reconciler:home"];
    await account.iam.send(new UntagOpenIDConnectProviderCommand({ ...provider, TagKeys }));
    expect(criticals(await account.run())).toContain("drift-corrected");
  });
});
