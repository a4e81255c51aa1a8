import {
  AddClientIDToOpenIDConnectProviderCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  DeleteParameterCommand,
  GetParameterCommand,
  PutParameterCommand,
} from "@aws-sdk/client-ssm";
import { describe, expect, test } from "vitest";
import { guide, guideAs, guideWith, organization, roleName, shopMainAndDev } from "./documents.ts";
import { prefix, type Run, type Scenario } from "./harness.ts";
import { everybody, startApplied } from "./holds.ts";

const kindsOf = ({ report }: Run) => report.alerts.map(({ kind }) => kind);
const policy = (Action: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action, Resource: "*" }],
  });

async function openTrust({ iam }: Scenario): Promise<void> {
  const PolicyDocument = JSON.stringify(everybody);
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument }));
}

function putInline(account: Scenario, name: string, action: string) {
  const inline = { RoleName: roleName, PolicyName: name, PolicyDocument: policy(action) };
  return account.iam.send(new PutRolePolicyCommand(inline));
}

describe("a quarrel hides nothing else", () => {
  test("another policy and an open trust beside it are reported in full", async () => {
    const account = await startApplied();
    for (let round = 0; round < 3; round += 1) {
      await putInline(account, "bot", "s3:GetObject");
      await account.run();
    }
    await putInline(account, "bot", "s3:GetObject");
    await openTrust(account);
    await putInline(account, "evil", "*");
    expect(kindsOf(await account.run())).toEqual(
      expect.arrayContaining(["trust-widened", "permissions-widened"]),
    );
  });
});

describe("what a version asks for that is not in force", () => {
  test("does not make an audience that somebody adds a known one", async () => {
    const account = await startApplied();
    await account.put(
      guideWith({ circleci: { organizationId: organization, audiences: ["evil"] } }),
    );
    expect((await account.run()).environment.outcome).toBe("held");
    const OpenIDConnectProviderArn = `arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/${organization}`;
    const added = { OpenIDConnectProviderArn, ClientID: "evil" };
    await account.iam.send(new AddClientIDToOpenIDConnectProviderCommand(added));
    expect(kindsOf(await account.run())).toContain("audience-widened");
    expect(kindsOf(await account.run())).toEqual([]);
  });
});

describe("the mode chosen last", () => {
  test("stays in force while a newer version is not valid", async () => {
    const account = await startApplied();
    await account.put(guideWith({ mode: "suspend" }));
    expect(kindsOf(await account.run())).toEqual(["mode-changed"]);
    await account.put("circleci: nonsense");
    await account.run();
    await openTrust(account);
    const run = await account.run();
    expect(run.iamWrites).toEqual([]);
    expect(kindsOf(run)).toEqual(["trust-widened"]);
  });
});

describe("with the record gone", () => {
  async function withoutRecord(): Promise<Scenario> {
    const account = await startApplied();
    const Name = `${prefix}/applied/production`;
    await account.ssm.send(new DeleteParameterCommand({ Name }));
    return account;
  }

  test("an open trust is reported when the newest document closes it", async () => {
    const account = await withoutRecord();
    await openTrust(account);
    expect(kindsOf(await account.run())).toContain("trust-widened");
  });

  test("an open trust is reported while another document claims the role", async () => {
    const account = await withoutRecord();
    await account.put(guideAs("Other", { role: { name: roleName } }), "other");
    await openTrust(account);
    expect(kindsOf(await account.run())).toContain("trust-widened");
  });
});

test("a record put back, with the status gone, is not evidence", async () => {
  const account = await startApplied();
  const Name = `${prefix}/applied/production`;
  const { Parameter } = await account.ssm.send(new GetParameterCommand({ Name }));
  await account.approve(await account.put(guideWith({ trust: { projects: [shopMainAndDev] } })));
  await account.run();
  await account.put(guide);
  await account.run();
  const put = { Name, Value: Parameter?.Value ?? "", Type: "String", Overwrite: true } as const;
  await account.ssm.send(new PutParameterCommand(put));
  await account.ssm.send(new DeleteParameterCommand({ Name: `${prefix}/status/production` }));
  await account.put(guideWith({ trust: { projects: [shopMainAndDev] } }));
  expect((await account.run()).environment.outcome).toBe("held");
});

test("an event of another account costs no call", async () => {
  const account = await startApplied();
  await account.watch();
  await openTrust(account);
  const seen = account.eventOf("UpdateAssumeRolePolicy");
  const other = "999988887777";
  const event = { ...seen, account: other, detail: { ...seen.detail, recipientAccountId: other } };
  const run = await account.run(event);
  expect(run.calls).toEqual([]);
  expect(run.report).toMatchObject({ errors: [], ignored: expect.any(String) });
});
