import { CreateRepositoryCommand, DeleteRepositoryCommand } from "@aws-sdk/client-ecr";
import {
  AddClientIDToOpenIDConnectProviderCommand,
  AttachRolePolicyCommand,
  CreatePolicyVersionCommand,
  GetRoleCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { everything, providerArn, readOnlyArn } from "./by-hand.ts";
import { guideAs, organization, shopMain, shopMainAndDev } from "./documents.ts";
import { expectIdle, type Run, type Scenario, startScenario } from "./harness.ts";

/** As many environments as need two pages of Parameter Store. */
const many = 12;

const namesOf = ({ report }: Run) => report.environments.map(({ name }) => name);
const outcomesOf = ({ report }: Run) => report.environments.map(({ outcome }) => outcome);
const pagesOf = ({ report }: Run) => report.calls["ssm:GetParametersByPath"] ?? 0;
const roleOf = (name: string) => `CircleCI-${name}-Role`;
const policyOf = (name: string) => `arn:aws:iam::123456789012:policy/CircleCI-${name}-Policy`;

/** A process remembers what it has read: names of its own make a test's first event a surprise. */
let accounts = 0;

type Account = Scenario & { readonly first: string; readonly names: readonly string[] };

/** An account that watches everything, with some environments in sync. */
async function accountWith(count: number): Promise<Account> {
  accounts += 1;
  const scenario = await startScenario();
  const names = Array.from({ length: count }, (_, index) => `near-${accounts}-${index}`);
  for (const name of names) await scenario.put(guideAs(name), name);
  await scenario.run();
  await scenario.watch();
  return { ...scenario, names, first: names[0] ?? "" };
}

/** Lets somebody in, beside those who come in by right; gives the event of it. */
async function open(account: Account, name: string): Promise<unknown> {
  const RoleName = roleOf(name);
  const { Role } = await account.iam.send(new GetRoleCommand({ RoleName }));
  const trust = JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ""));
  trust.Statement.push({ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" });
  const PolicyDocument = JSON.stringify(trust);
  await account.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
  return account.eventOf("UpdateAssumeRolePolicy");
}

describe.each([1, many])("among %i environments, an event reads what it is about:", (count) => {
  type Happening = (account: Account) => Promise<unknown>;
  const happenings: readonly (readonly [what: string, event: string, happens: Happening])[] = [
    ["a trust policy", "UpdateAssumeRolePolicy", (account) => open(account, account.first)],
    [
      "an inline policy",
      "PutRolePolicy",
      ({ iam, first }) =>
        iam.send(
          new PutRolePolicyCommand({
            RoleName: roleOf(first),
            PolicyName: "debug",
            PolicyDocument: everything,
          }),
        ),
    ],
    [
      "an attached policy",
      "AttachRolePolicy",
      ({ iam, first }) =>
        iam.send(new AttachRolePolicyCommand({ RoleName: roleOf(first), PolicyArn: readOnlyArn })),
    ],
    [
      "a policy's version",
      "CreatePolicyVersion",
      ({ iam, first }) =>
        iam.send(
          new CreatePolicyVersionCommand({
            PolicyArn: policyOf(first),
            PolicyDocument: everything,
            SetAsDefault: true,
          }),
        ),
    ],
    [
      "a document",
      "Parameter Store Change",
      ({ put, first }) => put(guideAs(first, { deploy: { ecr: ["demo-backend"] } }), first),
    ],
  ];

  test.each(happenings)("%s, by an event that nobody expects", async (_, name, happens) => {
    const account = await accountWith(count);
    await happens(account);
    const run = await account.run(account.eventOf(name));
    expect(namesOf(run)).toEqual([account.first]);
    expect(outcomesOf(run)).toEqual(["reconciled"]);
    expect(pagesOf(run)).toBe(0);
    expect(run.report.calls["iam:GetAccountAuthorizationDetails"]).toBeUndefined();
    expectIdle(await account.run());
  });
});

describe("what others may share is looked at, whatever an event is about:", () => {
  test("an audience that somebody gave the provider goes with the next event of a role", async () => {
    const account = await accountWith(2);
    const audience = { OpenIDConnectProviderArn: providerArn, ClientID: "stranger" };
    await account.iam.send(new AddClientIDToOpenIDConnectProviderCommand(audience));
    const run = await account.run(await open(account, account.first));
    expect(run.report.alerts.map(({ kind }) => kind).toSorted()).toEqual([
      "audience-widened",
      "trust-widened",
    ]);
    expect((await account.state()).providers[providerArn]?.audiences).toEqual([organization]);
  });

  test.each([2, many])("among %i, an audience of another environment stays", async (count) => {
    const account = await accountWith(count);
    const [first = "", second = ""] = account.names;
    const circleci = { organizationId: organization, audiences: ["deploy"] };
    await account.approve(await account.put(guideAs(second, { circleci }), second), second);
    await account.run();
    await account.approve(await account.put(guideAs(second, { circleci }), second), second);
    await account.run();
    const both = [organization, "deploy"];
    expect((await account.state()).providers[providerArn]?.audiences).toEqual(both);
    const run = await account.run(await open(account, first));
    expect(run.report.alerts.map(({ kind }) => kind)).toEqual(["trust-widened"]);
    expect((await account.state()).providers[providerArn]?.audiences).toEqual(both);
    // What the last run over all of them has seen asked for needs no second look at all.
    expect(pagesOf(run) === 0).toBe(count === many);
  });

  test.each([2, many])(
    "among %i, an edit that claims another's role is a conflict",
    async (count) => {
      const account = await accountWith(count);
      const [first = "", second = ""] = account.names;
      const claim = guideAs(second, { role: { name: roleOf(first) } });
      await account.put(claim, second);
      const run = await account.run(account.eventOf("Parameter Store Change"));
      expect([namesOf(run), outcomesOf(run)]).toEqual([[second], ["conflict"]]);
      expect(JSON.stringify(run.environment.conditions)).toContain(`claimed by ${first} too`);
      expect(run.iamWrites).toEqual([]);
    },
  );

  test("two first documents that claim one role wait, by the event of either", async () => {
    const account = await accountWith(1);
    const role = { name: "CircleCI-Both-Role" };
    await account.put(guideAs(`${account.first}-a`, { role }), `${account.first}-a`);
    const early = account.eventOf("Parameter Store Change");
    await account.put(guideAs(`${account.first}-b`, { role }), `${account.first}-b`);
    for (const event of [early, account.eventOf("Parameter Store Change")]) {
      expect(outcomesOf(await account.run(event))).toEqual(["conflict"]);
    }
  });

  test("a removed document leaves an orphan", async () => {
    const account = await accountWith(many);
    await account.remove(account.first);
    const run = await account.run(account.eventOf("Parameter Store Change"));
    expect([namesOf(run), outcomesOf(run)]).toEqual([[account.first], ["orphaned"]]);
  });
});

describe("whose a role is, decides who looks after it:", () => {
  test.each([2, many])("among %i, a claim of another environment hides nothing", async (count) => {
    const account = await accountWith(count);
    const claiming = account.names.at(-1) ?? "";
    await account.put(guideAs(claiming, { role: { name: roleOf(account.first) } }), claiming);
    await account.run(account.eventOf("Parameter Store Change"));
    const run = await account.run(await open(account, account.first));
    expect(namesOf(run)).toEqual([account.first, claiming].toSorted());
    expect(run.report.alerts.map(({ kind }) => kind)).toEqual(["trust-widened"]);
    expect(run.iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
  });
});

test("where the others cannot be read, what needs none of them is shut, and the rest is said", async () => {
  const account = await accountWith(2);
  const audience = { OpenIDConnectProviderArn: providerArn, ClientID: "stranger" };
  await account.iam.send(new AddClientIDToOpenIDConnectProviderCommand(audience));
  const event = await open(account, account.first);
  account.sandbox.faults.add({
    when: ({ operation }) => operation === "GetParametersByPath",
    at: "before",
    how: { error: "ThrottlingException", httpStatus: 400 },
  });
  const run = await account.run(event);
  expect([run.iamWrites, outcomesOf(run)]).toEqual([["UpdateAssumeRolePolicy"], ["degraded"]]);
  expect(run.report.errors).toMatchObject([{ code: "ThrottlingException" }]);
  expect(run.report.alerts.map(({ kind }) => kind).toSorted()).toEqual([
    "reconcile-failed",
    "trust-widened",
  ]);
  account.sandbox.faults.clear();
  const next = await account.run();
  expect(next.report.alerts.map(({ kind }) => kind)).toContain("audience-widened");
  expect(next.report.alerts.map(({ kind }) => kind)).not.toContain("trust-widened");
  expectIdle(await account.run());
});

test("a burst of events over more environments than are read by name reads the account once", async () => {
  const account = await accountWith(6);
  const bodies: string[] = [];
  for (const name of account.names) bodies.push(JSON.stringify(await open(account, name)));
  const Records = bodies.map((body, index) => ({
    messageId: `m-${index}`,
    body,
    eventSource: "aws:sqs",
  }));
  const run = await account.run({ Records });
  expect(outcomesOf(run)).toEqual(account.names.map(() => "reconciled"));
  expect(run.report.calls["iam:GetAccountAuthorizationDetails"]).toBe(1);
});

describe("a name is only where to look first:", () => {
  test.each([1, many])("among %i, a role without its tags is found all the same", async (count) => {
    const account = await accountWith(count);
    const TagKeys = ["environment", "prefix", "home"].map((key) => `oidc-reconciler:${key}`);
    await account.iam.send(new UntagRoleCommand({ RoleName: roleOf(account.first), TagKeys }));
    const run = await account.run(await open(account, account.first));
    expect(outcomesOf(run)).toEqual(["reconciled"]);
    expect(run.report.alerts.map(({ kind }) => kind)).toContain("trust-widened");
    expectIdle(await account.run());
  });

  test("a role with another environment's tag is still its owner's", async () => {
    const account = await accountWith(2);
    const [first = "", second = ""] = account.names;
    const Tags = [{ Key: "oidc-reconciler:environment", Value: second }];
    await account.iam.send(new TagRoleCommand({ RoleName: roleOf(first), Tags }));
    const run = await account.run(await open(account, first));
    expect([namesOf(run), outcomesOf(run)]).toEqual([[first], ["reconciled"]]);
    expectIdle(await account.run());
  });

  test("a role that has gone over to another environment is the new owner's", async () => {
    const account = await accountWith(2);
    const [first = "", second = ""] = account.names;
    await account.put(guideAs(`${first}-new`), first);
    await account.run();
    await account.put(guideAs(first), second);
    await account.run();
    await account.run(await open(account, `${first}-new`));
    const run = await account.run(account.eventOf("UpdateAssumeRolePolicy"));
    expect(namesOf(run)).toEqual([first]);
  });
});

describe("an event of a deploy target, among more environments than a page has,", () => {
  test("costs no page where the last listing shows whose it is, and none where it is nobody's", async () => {
    const account = await accountWith(many);
    await account.run();
    await account.ecr.send(new CreateRepositoryCommand({ repositoryName: "nobodys" }));
    const nobodys = await account.run(account.eventOf("CreateRepository"));
    expect(nobodys.report.calls).toEqual({});
    expect(nobodys.report.ignored).toMatch(/^No environment names the/);
    const [first = ""] = account.names;
    await account.put(guideAs(first, { deploy: { ecr: ["mine"] } }), first);
    await account.run(account.eventOf("Parameter Store Change"));
    await account.ecr.send(new CreateRepositoryCommand({ repositoryName: "mine" }));
    const mine = await account.run(account.eventOf("CreateRepository"));
    expect([namesOf(mine), pagesOf(mine)]).toEqual([[first], 0]);
    await account.ecr.send(new DeleteRepositoryCommand({ repositoryName: "mine" }));
  });
});

test("an approved edit that opens takes no page either", async () => {
  const account = await accountWith(many);
  const [first = ""] = account.names;
  const wider = guideAs(first, { trust: { projects: [shopMainAndDev] } });
  const version = await account.put(wider, first);
  const held = await account.run(account.eventOf("Parameter Store Change"));
  expect([outcomesOf(held), pagesOf(held)]).toEqual([["held"], 0]);
  await account.approve(version, first);
  const run = await account.run(account.eventOf("Parameter Store Change"));
  expect([outcomesOf(run), pagesOf(run)]).toEqual([["reconciled"], 0]);
  const narrow = guideAs(first, { trust: { projects: [shopMain] } });
  await account.put(narrow, first);
  const closed = await account.run(account.eventOf("Parameter Store Change"));
  expect([outcomesOf(closed), pagesOf(closed)]).toEqual([["reconciled"], 0]);
});
