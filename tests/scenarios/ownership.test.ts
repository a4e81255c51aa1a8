import {
  AttachRolePolicyCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { guide, guideAs, guideWith, organization, policyName, roleName } from "./documents.ts";
import { expectIdle, prefix, type Run, type Scenario, startScenario } from "./harness.ts";

const arnOf = (resource: string) => `arn:aws:iam::123456789012:${resource}`;
const providerOf = (id: string) => arnOf(`oidc-provider/oidc.circleci.com/org/${id}`);
const roleArn = arnOf(`role/${roleName}`);
const policyArn = arnOf(`policy/${policyName}`);
const kindsOf = ({ report }: Run) => report.alerts.map(({ kind }) => kind);

/** Wider than any document's policy, as they are where nobody looks. */
const guidePolicy = JSON.stringify({
  Version: "2012-10-17",
  Statement: ["ecr:*", "apprunner:*", "amplify:*"].map((Action) => {
    return { Effect: "Allow", Action, Resource: "*" };
  }),
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
    expect(run.report.alerts[0]?.text).toContain(providerOf(organization));
    const state = await account.state();
    const owner = {
      "oidc-reconciler:environment": "production",
      "oidc-reconciler:prefix": prefix,
      "oidc-reconciler:home": "us-east-1",
    };
    expect(state.roles[roleName]?.tags).toEqual(owner);
    expect(state.policies[policyArn]?.tags).toEqual(owner);
    expect(state.providers[providerOf(organization)]?.tags).toEqual({
      "oidc-reconciler:prefix": prefix,
      "oidc-reconciler:home": "us-east-1",
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

  test("but what the record names stays ours: another owner's tag is taken off, and it is critical", async () => {
    const account = await startScenario();
    await account.put(guide);
    await account.run();
    const tags = (await account.state()).roles[roleName]?.tags ?? {};
    account.sandbox.setTags(roleArn, { ...tags, "managed-by": "terraform" });
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [everyone] });
    const loose = { RoleName: roleName, PolicyDocument };
    await account.iam.send(new UpdateAssumeRolePolicyCommand(loose));
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 1 });
    expect(run.iamWrites).toEqual(["UpdateAssumeRolePolicy", "UntagRole"]);
    expect(run.report.alerts.map(({ kind, severity }) => [kind, severity])).toEqual([
      ["trust-widened", "critical"],
      ["drift-corrected", "critical"],
    ]);
    expect((await account.state()).roles[roleName]?.tags).toEqual(tags);
    expectIdle(await account.run());
  });

  test.each([
    ["lost", {}],
    ["without the home", null],
    ["those of another environment", { "oidc-reconciler:environment": "other" }],
    ["those of another home", { "oidc-reconciler:home": "eu-west-1" }],
  ])("but what the record names stays ours where its tags are %s", async (_, changed) => {
    const account = await startScenario();
    await account.put(guide);
    await account.run();
    const { roles } = await account.state();
    const tags = roles[roleName]?.tags ?? {};
    const { "oidc-reconciler:home": _home, ...homeless } = tags;
    const left = Object.keys(changed ?? tags).length === 0 ? {} : { ...tags, ...changed };
    account.sandbox.setTags(roleArn, changed === null ? homeless : left);
    const run = await account.run();
    expect(run.environment.outcome).toBe("reconciled");
    expect(run.report.alerts.map(({ kind, severity }) => [kind, severity])).toEqual([
      ["drift-corrected", "critical"],
    ]);
    expect((await account.state()).roles[roleName]?.tags).toEqual(tags);
    expectIdle(await account.run());
  });
});

const everyone = { Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" };

describe("two documents that claim one name", () => {
  test.each([
    ["role", { role: { name: roleName }, policy: { name: "CircleCI-Other-Policy" } }],
    [
      "role in other letters",
      { role: { name: "CircleCI-oidc-ROLE" }, policy: { name: "CircleCI-X" } },
    ],
    ["policy", { role: { name: "CircleCI-Other-Role" }, policy: { name: policyName } }],
    [
      "policy in other letters",
      { role: { name: "CircleCI-Y" }, policy: { name: "CircleCI-DEPLOYMENT-policy" } },
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
