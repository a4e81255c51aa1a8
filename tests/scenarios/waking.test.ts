import { CreateBranchCommand } from "@aws-sdk/client-amplify";
import { DeleteServiceCommand } from "@aws-sdk/client-apprunner";
import { DeleteRepositoryCommand } from "@aws-sdk/client-ecr";
import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreatePolicyVersionCommand,
  CreateUserCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { guide, guideAs, organization, policyName, roleName } from "./documents.ts";
import { expectIdle, prefix, type Run, type Scenario, schedule, startScenario } from "./harness.ts";

const everything = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
});
const anybody = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
});
const policyArn = `arn:aws:iam::123456789012:policy/${policyName}`;
const providerArn = `arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/${organization}`;

/** Two environments and a trail, so that it can be seen which of them an event is about. */
async function watched(): Promise<Scenario> {
  const account = await startScenario();
  await account.put(guide);
  await account.put(guideAs("staging", { deploy: { ecr: ["demo-backend"] } }), "staging");
  await account.run();
  await account.watch();
  return account;
}

const namesOf = ({ report }: Run) => report.environments.map(({ name }) => name);

describe("an event sends a run to the environments that it is about, and to no others", () => {
  const changes: readonly (readonly [
    string,
    string,
    (account: Scenario) => Promise<unknown>,
    readonly string[],
  ])[] = [
    [
      "a role",
      "UpdateAssumeRolePolicy",
      ({ iam }) =>
        iam.send(
          new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument: anybody }),
        ),
      ["production"],
    ],
    [
      "a policy",
      "CreatePolicyVersion",
      ({ iam }) =>
        iam.send(
          new CreatePolicyVersionCommand({
            PolicyArn: policyArn,
            PolicyDocument: everything,
            SetAsDefault: true,
          }),
        ),
      ["production"],
    ],
    [
      "a provider that both share",
      "AddClientIDToOpenIDConnectProvider",
      ({ iam }) =>
        iam.send(
          new AddClientIDToOpenIDConnectProviderCommand({
            OpenIDConnectProviderArn: providerArn,
            ClientID: "x",
          }),
        ),
      ["production", "staging"],
    ],
    [
      "a repository",
      "DeleteRepository",
      ({ ecr }) =>
        ecr.send(new DeleteRepositoryCommand({ repositoryName: "demo-backend", force: true })),
      ["production", "staging"],
    ],
    [
      "an Amplify app",
      "CreateBranch",
      ({ amplify, targets: { appId } }) =>
        amplify.send(new CreateBranchCommand({ appId, branchName: "dev" })),
      ["production"],
    ],
    [
      "an App Runner service",
      "DeleteService",
      ({ appRunner, targets }) =>
        appRunner.send(new DeleteServiceCommand({ ServiceArn: targets.serviceArn })),
      ["production"],
    ],
    [
      "a document",
      "Parameter Store Change",
      (account) => account.put(guideAs("staging", { deploy: {} }), "staging"),
      ["staging"],
    ],
  ];

  test.each(changes)("%s", async (_, name, happens, environments) => {
    const account = await watched();
    await happens(account);
    const run = await account.run(account.eventOf(name));
    expect(namesOf(run)).toEqual(environments);
    const all = await account.run();
    expect(all.iamWrites).toEqual([]);
    expect(namesOf(all)).toEqual(["production", "staging"]);
  });
});

describe("an event that is about none of ours costs no call", () => {
  test("a call that failed", async () => {
    const account = await watched();
    const refused = { RoleName: roleName, PolicyName: "x", PolicyDocument: "no JSON" };
    await account.iam.send(new PutRolePolicyCommand(refused)).catch(() => undefined);
    const run = await account.run(account.eventOf("PutRolePolicy"));
    expect([run.calls, run.report.environments]).toEqual([[], []]);
    expect(run.report.ignored).toBe("The call PutRolePolicy failed and changed nothing.");
  });

  test("a call that is not watched", async () => {
    const account = await watched();
    await account.iam.send(new CreateUserCommand({ UserName: "bob" }));
    const run = await account.run(account.eventOf("CreateUser"));
    expect(run.calls).toEqual([]);
  });

  test.each([
    { source: "aws.ssm", "detail-type": "Parameter Store Change", detail: { name: 7 } },
    { source: "aws.iam", "detail-type": "AWS API Call via CloudTrail" },
    {
      source: "aws.iam",
      "detail-type": "AWS API Call via CloudTrail",
      detail: { eventName: "__proto__" },
    },
    { source: "eve", "detail-type": "Scheduled Event", detail: {} },
    { ...schedule, source: ["aws.events"] },
  ])("a broken or forged one: %j", async (event) => {
    const account = await startScenario();
    await account.put(guide);
    const run = await account.run(event);
    expect(run.calls).toEqual([]);
    expect(run.report).toMatchObject({
      environments: [],
      alerts: [],
      errors: [],
      ignored: expect.stringMatching(/\.$/),
    });
  });

  test("our own writes to status and heartbeat", async () => {
    const account = await startScenario();
    await account.put(guide);
    await account.run();
    const own = account.events.filter(
      ({ detail }) => !String(detail["name"]).startsWith(`${prefix}/environments/`),
    );
    const changes = own.filter((event) => event["detail-type"] === "Parameter Store Change");
    expect(changes.length).toBeGreaterThan(1);
    for (const event of changes) expect((await account.run(event)).calls).toEqual([]);
  });
});

describe("a batch of the queue", () => {
  const record = (event: unknown) => ({
    messageId: "m-1",
    eventSource: "aws:sqs",
    body: JSON.stringify(event),
  });

  test("is one run over all that its events are about, whatever else is in it", async () => {
    const account = await watched();
    const loose = { RoleName: roleName, PolicyDocument: anybody };
    await account.iam.send(new UpdateAssumeRolePolicyCommand(loose));
    const batch = [account.eventOf("UpdateAssumeRolePolicy"), { force: true }];
    const run = await account.run({ Records: batch.map(record) });
    expect(run.iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
    expect(namesOf(run)).toEqual(["production"]);
    expect(run.report).toMatchObject({ trigger: "iam", errors: [{ code: "BadMessage" }] });
    expect(run.report).not.toHaveProperty("ignored");
    const widening = run.report.environments[0]?.widenings[0];
    expect(widening?.openedAt).not.toBeNull();
  });

  test("that is about none of ours costs no call", async () => {
    const account = await watched();
    const run = await account.run({ Records: [record({ source: "aws.s3", "detail-type": "x" })] });
    expect(run.calls).toEqual([]);
    expect(run.report).toMatchObject({ trigger: "manual", errors: [] });
    expect(run.report.ignored).toBe("No event of this source changes what is reconciled.");
  });
});

test("a role that the installation's names rule out costs no call", async () => {
  const account = await watched();
  await account.iam.send(
    new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument: anybody }),
  );
  account.variables.set("OIDC_ROLE_NAMES", "Other-*");
  const run = await account.run(account.eventOf("UpdateAssumeRolePolicy"));
  expect(run.calls).toEqual([]);
  expect(run.report.ignored).toBe(`The role ${roleName} does not match Other-*.`);
});

test("our own writes to IAM cause at most an idle run each", async () => {
  const account = await startScenario();
  await account.watch();
  await account.put(guide);
  await account.run();
  const own = account.events.filter(
    ({ source, detail }) =>
      source === "aws.iam" && JSON.stringify(detail["userIdentity"]).includes("reconcile"),
  );
  expect(own.length).toBe(4);
  for (const event of own) {
    const run = await account.run(event);
    expect(run.iamWrites).toEqual([]);
    expect(run.report.alerts).toEqual([]);
  }
});

test("an event that comes late or twice is harmless", async () => {
  const account = await watched();
  await account.iam.send(
    new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument: anybody }),
  );
  const event = account.eventOf("UpdateAssumeRolePolicy");
  const first = await account.run(event);
  expect(first.iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
  expectIdle(await account.run(event));
  account.sandbox.clock.advance(600_000);
  expectIdle(await account.run(event));
});

test("a run that is woken for one environment leaves the other's drift to its own", async () => {
  const account = await watched();
  for (const RoleName of [roleName, "CircleCI-staging-Role"]) {
    const loose = { RoleName, PolicyDocument: anybody };
    await account.iam.send(new UpdateAssumeRolePolicyCommand(loose));
  }
  const run = await account.run({ environments: ["production"] });
  expect(run.iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
  expect(namesOf(run)).toEqual(["production"]);
  expect((await account.run()).iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
});
