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
import { describe, expect, test } from "vitest";
import {
  blog,
  guide,
  guideAs,
  guideWith,
  organization,
  otherOrganization,
  policyName,
  roleName,
} from "./documents.ts";
import { expectIdle, prefix, type Run, type Scenario, startScenario } from "./harness.ts";

const arnOf = (resource: string) => `arn:aws:iam::123456789012:${resource}`;
const providerOf = (id: string) => arnOf(`oidc-provider/oidc.circleci.com/org/${id}`);
const roleArn = arnOf(`role/${roleName}`);
const policyArn = arnOf(`policy/${policyName}`);
const kindsOf = ({ report }: Run) => report.alerts.map(({ kind }) => kind);

const guidePolicy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    { Sid: "ECRAuthToken", Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
    { Sid: "AppRunnerDeploy", Effect: "Allow", Action: "apprunner:*", Resource: "*" },
  ],
});

/** What an engineer makes who follows the guide: the very names, a trust that is too wide. */
async function byHand({ iam }: Scenario): Promise<void> {
  await iam.send(
    new CreateOpenIDConnectProviderCommand({
      Url: `https://oidc.circleci.com/org/${organization}`,
      ClientIDList: [organization],
    }),
  );
  const host = `oidc.circleci.com/org/${organization}`;
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: providerOf(organization) },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: { [`${host}:aud`]: organization },
          StringLike: { [`${host}:sub`]: `org/${organization}/project/*` },
        },
      },
    ],
  });
  await iam.send(new CreateRoleCommand({ RoleName: roleName, AssumeRolePolicyDocument }));
  const policy = { PolicyName: policyName, PolicyDocument: guidePolicy };
  await iam.send(new CreatePolicyCommand(policy));
  await iam.send(new AttachRolePolicyCommand({ RoleName: roleName, PolicyArn: policyArn }));
}

describe("the guide's resources, made by hand", () => {
  test("are adopted, tightened and tagged, and it is said", async () => {
    const account = await startScenario();
    await byHand(account);
    await account.put(guide);
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "reconciled", errors: [], appliedVersion: 1 });
    expect(kindsOf(run)).toEqual(["adopted"]);
    expect(run.report.alerts[0]?.text).toContain(roleArn);
    expect(run.report.alerts[0]?.text).toContain(policyArn);
    const state = await account.state();
    const owner = {
      "oidc-reconciler:environment": "production",
      "oidc-reconciler:prefix": prefix,
    };
    expect(state.roles[roleName]?.tags).toEqual(owner);
    expect(state.policies[policyArn]?.tags).toEqual(owner);
    expect(state.providers[providerOf(organization)]?.tags).toEqual({
      "oidc-reconciler:prefix": prefix,
    });
    expectIdle(await account.run());
  });

  test("are held where the document would admit more than they do", async () => {
    const account = await startScenario();
    await byHand(account);
    await account.iam.send(
      new UpdateAssumeRolePolicyCommand({
        RoleName: roleName,
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            { Effect: "Allow", Principal: { AWS: "123456789012" }, Action: "sts:AssumeRole" },
          ],
        }),
      }),
    );
    await account.put(guide);
    const before = await account.state();
    const run = await account.run();
    expect(run.environment.outcome).toBe("held");
    expect(await account.state()).toEqual(before);
  });

  test("keep the provider when the environment goes, for it was not made by us", async () => {
    const account = await startScenario();
    await byHand(account);
    await account.put(guideWith({ onRemove: "delete" }));
    await account.run();
    await account.remove();
    await account.run();
    const state = await account.state();
    expect(Object.keys(state.providers)).toEqual([providerOf(organization)]);
    expect([state.roles, state.policies]).toEqual([{}, {}]);
  });
});

const foreignTags: readonly Readonly<Record<string, string>>[] = [
  { "oidc-reconciler:environment": "staging", "oidc-reconciler:prefix": prefix },
  { "oidc-reconciler:environment": "production", "oidc-reconciler:prefix": "/team/oidc" },
  { "aws:cloudformation:stack-name": "ci" },
  { "aws:servicecatalog:provisioningPrincipalArn": "x" },
  { "managed-by": "terraform" },
  { Managed_By: "terraform" },
  { ManagedBy: "pulumi" },
  { "MANAGED-BY": "somebody" },
];

describe("what somebody else's tag claims stays untouched", () => {
  test.each(foreignTags)("a role and a policy with %j", async (tags) => {
    const account = await startScenario();
    await byHand(account);
    await account.put(guide);
    for (const arn of [roleArn, policyArn]) {
      account.sandbox.setTags(roleArn, {});
      account.sandbox.setTags(policyArn, {});
      account.sandbox.setTags(arn, tags);
      const before = await account.state();
      const run = await account.run();
      expect(run.environment).toMatchObject({ outcome: "conflict", appliedVersion: null });
      expect(run.environment.errors).toEqual([
        { code: "ForeignOwner", message: expect.stringContaining(arn) },
      ]);
      expect(run.iamWrites).toEqual([]);
      expect(kindsOf(run)).toEqual(["conflict"]);
      expect(await account.state()).toEqual(before);
    }
    expect(kindsOf(await account.run())).toEqual([]);
  });

  test("a provider, and the environment that was never applied with it", async () => {
    const account = await startScenario();
    await byHand(account);
    account.sandbox.setTags(providerOf(organization), { "managed-by": "terraform" });
    await account.put(guide);
    const before = await account.state();
    const run = await account.run();
    expect(run.environment.outcome).toBe("conflict");
    expect(await account.state()).toEqual(before);
  });

  test("but our own name as managed-by is nobody else's", async () => {
    const account = await startScenario();
    await byHand(account);
    account.sandbox.setTags(roleArn, { "Managed-By": "oidc-reconciler" });
    await account.put(guide);
    const run = await account.run();
    expect(run.environment.outcome).toBe("reconciled");
    expectIdle(await account.run());
  });

  test("a role that was ours is left when another owner's tag comes, and taken back when it goes", async () => {
    const account = await startScenario();
    await account.put(guide);
    await account.run();
    const tags = (await account.state()).roles[roleName]?.tags ?? {};
    account.sandbox.setTags(roleArn, { ...tags, "managed-by": "terraform" });
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [everyone] });
    const loose = { RoleName: roleName, PolicyDocument };
    await account.iam.send(new UpdateAssumeRolePolicyCommand(loose));
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "conflict", appliedVersion: 1 });
    expect(run.iamWrites).toEqual([]);
    account.sandbox.setTags(roleArn, tags);
    expect((await account.run()).iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
    expectIdle(await account.run());
  });
});

const everyone = { Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" };

describe("two documents that claim one name", () => {
  test.each([
    ["role", { role: { name: roleName }, policy: { name: "CircleCI-Other-Policy" } }],
    [
      "role in other letters",
      { role: { name: roleName.toLowerCase() }, policy: { name: "CircleCI-X" } },
    ],
    ["policy", { role: { name: "CircleCI-Other-Role" }, policy: { name: policyName } }],
    [
      "policy in other letters",
      { role: { name: "CircleCI-Y" }, policy: { name: policyName.toUpperCase() } },
    ],
  ])("leave the %s to the one that was applied", async (_, names) => {
    const account = await startScenario();
    await account.put(guide);
    await account.run();
    const before = await account.state();
    await account.put(guideWith(names), "another");
    const { report, iamWrites } = await account.run();
    expect(report.environments.map(({ name, outcome }) => [name, outcome])).toEqual([
      ["another", "conflict"],
      ["production", "in-sync"],
    ]);
    expect(report.alerts.map(({ kind, environment }) => [kind, environment])).toEqual([
      ["conflict", "another"],
    ]);
    expect(iamWrites).toEqual([]);
    expect(await account.state()).toEqual(before);
    expect((await account.run()).report.alerts).toEqual([]);
  });

  test("are both in conflict where none was applied, and nothing is touched", async () => {
    const account = await startScenario();
    await account.put(guide);
    await account.put(guide, "another");
    const { report, iamWrites } = await account.run();
    expect(report.environments.map(({ outcome }) => outcome)).toEqual(["conflict", "conflict"]);
    expect(iamWrites).toEqual([]);
    await account.remove("another");
    expect((await account.run({ environments: ["production"] })).environment.outcome).toBe(
      "reconciled",
    );
  });

  test("keep the one in conflict under the names that it had", async () => {
    const account = await startScenario();
    await account.put(guide);
    await account.put(guideAs("staging"), "staging");
    await account.run();
    await account.put(guide, "staging");
    const loose = {
      RoleName: "CircleCI-staging-Role",
      PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [everyone] }),
    };
    await account.iam.send(new UpdateAssumeRolePolicyCommand(loose));
    const { report, iamWrites } = await account.run();
    expect(report.environments.map(({ name, outcome }) => [name, outcome])).toEqual([
      ["production", "in-sync"],
      ["staging", "conflict"],
    ]);
    expect(iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
  });
});

describe("a provider that two environments share", () => {
  const withAudience = (audience: string) => ({
    circleci: { organizationId: organization, audiences: [audience] },
  });

  async function shared(): Promise<Scenario> {
    const account = await startScenario();
    await account.put(guideWith({ ...withAudience("a"), onRemove: "delete" }));
    await account.put(guideAs("staging", { ...withAudience("b"), onRemove: "delete" }), "staging");
    await account.run();
    return account;
  }

  test("has the audiences that both ask for, and is made once", async () => {
    const account = await shared();
    const state = await account.state();
    expect(state.providers[providerOf(organization)]?.audiences).toEqual(
      [organization, "a", "b"].toSorted(),
    );
    expectIdle(await account.run());
    expectIdle(await account.run({ environments: ["staging"] }));
  });

  test("stays, without its audience, when one of them goes, and goes with the other", async () => {
    const account = await shared();
    await account.remove("staging");
    const run = await account.run();
    expect(run.report.environments.map(({ name, outcome }) => [name, outcome])).toEqual([
      ["production", expect.stringMatching(/in-sync|reconciled/)],
      ["staging", "orphaned"],
    ]);
    await account.run();
    const state = await account.state();
    expect(Object.keys(state.roles)).toEqual([roleName]);
    expect(state.providers[providerOf(organization)]?.audiences).toEqual(
      [organization, "a"].toSorted(),
    );
    expect(await account.status("staging")).toBeNull();
    await account.remove();
    await account.run();
    expect(await account.state()).toEqual({ providers: {}, roles: {}, policies: {} });
    expect((await account.run()).report.environments).toEqual([]);
  });

  test("loses an audience that nobody asks for, in a run that looks at one of them only", async () => {
    const account = await shared();
    await account.iam.send(
      new AddClientIDToOpenIDConnectProviderCommand({
        OpenIDConnectProviderArn: providerOf(organization),
        ClientID: "sts.amazonaws.com",
      }),
    );
    const run = await account.run({ environments: ["staging"] });
    expect(run.iamWrites).toEqual(["RemoveClientIDFromOpenIDConnectProvider"]);
    expect(run.environment.widenings).toMatchObject([
      { resource: "audience", disposition: "reverted" },
    ]);
    expect(kindsOf(run)).toEqual(["audience-widened"]);
  });
});

describe("a removed parameter", () => {
  test("leaves role and policy as they are by default, and is told once", async () => {
    const account = await startScenario();
    await account.put(guide);
    await account.run();
    const before = await account.state();
    await account.remove();
    const run = await account.run(account.eventOf("Parameter Store Change"));
    expect(run.environment).toMatchObject({
      outcome: "orphaned",
      version: null,
      appliedVersion: 1,
    });
    expect(kindsOf(run)).toEqual(["orphaned"]);
    expect(run.iamWrites).toEqual([]);
    const again = await account.run();
    expect(kindsOf(again)).toEqual([]);
    expect(again.parameterWrites).toEqual(["/heartbeat"]);
    expect(await account.state()).toEqual(before);
  });

  test("with onRemove delete takes role, policy and provider, and then its status", async () => {
    const account = await startScenario();
    await account.put(guideWith({ onRemove: "delete" }));
    await account.run();
    await account.put(guideWith({ onRemove: "delete", deploy: { ecr: ["demo-backend"] } }));
    await account.run();
    await account.remove();
    const run = await account.run();
    expect(run.environment.outcome).toBe("orphaned");
    expect(kindsOf(run)).toEqual(["orphaned"]);
    expect(run.iamWrites[0]).toBe("DetachRolePolicy");
    expect(await account.state()).toEqual({ providers: {}, roles: {}, policies: {} });
    expect(await account.status()).toBeNull();
    expect((await account.run()).report.environments).toEqual([]);
  });

  test("goes by the onRemove that was applied, not by one that was never", async () => {
    const account = await startScenario();
    await account.put(guide);
    await account.run();
    await account.put(guideWith({ trust: { projects: "all" }, onRemove: "delete" }));
    expect((await account.run()).environment.outcome).toBe("held");
    await account.remove();
    await account.run();
    expect(Object.keys((await account.state()).roles)).toEqual([roleName]);
  });

  test("that comes back in time finds all as it was", async () => {
    const account = await startScenario();
    await account.put(guide);
    await account.run();
    await account.remove();
    await account.run();
    await account.put(guide);
    const run = await account.run();
    expect(run.iamWrites).toEqual([]);
    expect(run.environment).toMatchObject({ outcome: "in-sync", appliedVersion: 1 });
    expectIdle(await account.run());
  });

  test("leaves a role that somebody else has tagged since", async () => {
    const account = await startScenario();
    await account.put(guideWith({ onRemove: "delete" }));
    await account.run();
    const tags = (await account.state()).roles[roleName]?.tags ?? {};
    account.sandbox.setTags(roleArn, { ...tags, "managed-by": "terraform" });
    await account.remove();
    await account.run();
    expect(Object.keys((await account.state()).roles)).toEqual([roleName]);
  });

  test("in mode observe removes nothing", async () => {
    const account = await startScenario();
    await account.put(guideWith({ onRemove: "delete" }));
    await account.run();
    await account.put(guideWith({ onRemove: "delete", mode: "observe" }));
    await account.run();
    await account.remove();
    expect((await account.run()).iamWrites).toEqual([]);
  });
});

describe("new names", () => {
  const renamed = { role: { name: "CircleCI-New-Role" }, policy: { name: "CircleCI-New-Policy" } };

  test("leave the old role and policy as they are by default, and it is said", async () => {
    const account = await startScenario();
    await account.put(guide);
    await account.run();
    await account.put(guideWith(renamed));
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 2 });
    expect(kindsOf(run)).toContain("orphaned");
    const text = run.report.alerts.find(({ kind }) => kind === "orphaned")?.text;
    expect(text).toContain(roleArn);
    expect(text).toContain(policyArn);
    expect(Object.keys((await account.state()).roles)).toEqual(["CircleCI-New-Role", roleName]);
    expectIdle(await account.run());
  });

  test("with onRemove delete leave no second door", async () => {
    const account = await startScenario();
    await account.put(guideWith({ onRemove: "delete" }));
    await account.run();
    await account.put(guideWith({ ...renamed, onRemove: "delete" }));
    const run = await account.run();
    expect(run.iamWrites.slice(0, 3)).toEqual(["CreatePolicy", "CreateRole", "AttachRolePolicy"]);
    const state = await account.state();
    expect(Object.keys(state.roles)).toEqual(["CircleCI-New-Role"]);
    expect(Object.keys(state.policies)).toEqual([arnOf("policy/CircleCI-New-Policy")]);
    expectIdle(await account.run());
  });

  test("of the policy alone attach the new one and take the old one off", async () => {
    const account = await startScenario();
    await account.put(guideWith({ onRemove: "delete" }));
    await account.run();
    await account.put(guideWith({ policy: renamed.policy, onRemove: "delete" }));
    await account.run();
    const state = await account.state();
    expect(state.roles[roleName]?.attached).toEqual([arnOf("policy/CircleCI-New-Policy")]);
    expect(Object.keys(state.policies)).toEqual([arnOf("policy/CircleCI-New-Policy")]);
    expectIdle(await account.run());
  });
});

describe("another organisation", () => {
  const moved = guideWith({ circleci: { organizationId: otherOrganization } });

  test("is a widening, and is held", async () => {
    const account = await startScenario();
    await account.put(guide);
    await account.run();
    await account.put(moved);
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "held", appliedVersion: 1 });
    expect(run.iamWrites).toEqual([]);
  });

  test("once approved has a provider of its own, and the old one goes if we made it", async () => {
    const account = await startScenario();
    await account.put(guideWith({ onRemove: "delete" }));
    await account.run();
    await account.approve(await account.put(guideWith({ ...moved, onRemove: "delete" })));
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 2 });
    const state = await account.state();
    expect(Object.keys(state.providers)).toEqual([providerOf(otherOrganization)]);
    expect(JSON.stringify(state.roles[roleName]?.trust)).not.toContain(organization);
    expectIdle(await account.run());
  });

  test("leaves the old provider where another environment uses it", async () => {
    const account = await startScenario();
    await account.put(guideWith({ onRemove: "delete" }));
    await account.put(guideAs("staging"), "staging");
    await account.run();
    await account.approve(await account.put(guideWith({ ...moved, onRemove: "delete" })));
    await account.run();
    expect(Object.keys((await account.state()).providers)).toEqual(
      [providerOf(organization), providerOf(otherOrganization)].toSorted(),
    );
    expectIdle(await account.run());
  });

  test("leaves the old provider where a role that nobody manages trusts it", async () => {
    const account = await startScenario();
    await account.put(guideWith({ onRemove: "delete" }));
    await account.run();
    const Statement = [
      {
        Effect: "Allow",
        Principal: { Federated: providerOf(organization) },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: { [`oidc.circleci.com/org/${organization}:aud`]: organization },
        },
      },
    ];
    await account.iam.send(
      new CreateRoleCommand({
        RoleName: "somebody-elses",
        AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }),
      }),
    );
    await account.remove();
    await account.run();
    const state = await account.state();
    expect(Object.keys(state.roles)).toEqual(["somebody-elses"]);
    expect(Object.keys(state.providers)).toEqual([providerOf(organization)]);
  });
});

test("ten environments are reconciled together, and one fault is one environment's", async () => {
  const account = await startScenario();
  const names = Array.from({ length: 10 }, (_, index) => `team-${index}`);
  for (const name of names) {
    await account.put(guideAs(name, { trust: { projects: [{ id: blog }] } }), name);
  }
  account.sandbox.faults.add({
    when: ({ input, operation }) =>
      operation === "CreateRole" && input["RoleName"] === "CircleCI-team-3-Role",
    at: "before",
    how: { error: "AccessDenied", httpStatus: 403 },
  });
  const run = await account.run();
  const outcomes = run.report.environments.map(({ name, outcome }) => [name, outcome]);
  expect(outcomes).toEqual(
    names.map((name) => [name, name === "team-3" ? "degraded" : "reconciled"]),
  );
  account.sandbox.faults.clear();
  expect((await account.run()).iamWrites).toEqual(["CreateRole", "AttachRolePolicy"]);
  const idle = await account.run();
  expectIdle(idle);
  // Pages, not environments: ten of them take fewer calls than three would one by one.
  expect(idle.calls.length).toBeLessThan(16);
  const inline = { PolicyName: "debug", PolicyDocument: guidePolicy };
  await account.iam.send(new PutRolePolicyCommand({ RoleName: "CircleCI-team-7-Role", ...inline }));
  const version = { PolicyDocument: guidePolicy, SetAsDefault: true };
  const PolicyArn = arnOf("policy/CircleCI-team-2-Policy");
  await account.iam.send(new CreatePolicyVersionCommand({ PolicyArn, ...version }));
  expect((await account.run()).iamWrites.toSorted()).toEqual([
    "CreatePolicyVersion",
    "DeleteRolePolicy",
  ]);
  expectIdle(await account.run());
});
