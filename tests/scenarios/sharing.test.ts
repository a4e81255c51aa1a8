import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  PutRolePolicyCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { otherPin, pinned } from "./by-hand.ts";
import {
  blog,
  guide,
  guideAs,
  guideWith,
  organization,
  otherOrganization,
  roleName,
  type Written,
} from "./documents.ts";
import { expectIdle, type Run, type Scenario, startScenario } from "./harness.ts";

const arnOf = (resource: string) => `arn:aws:iam::123456789012:${resource}`;
const providerOf = (id: string) => arnOf(`oidc-provider/oidc.circleci.com/org/${id}`);
const kindsOf = ({ report }: Run) => report.alerts.map(({ kind }) => kind);

const guidePolicy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    { Sid: "ECRAuthToken", Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
    { Sid: "AppRunnerDeploy", Effect: "Allow", Action: "apprunner:*", Resource: "*" },
  ],
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

  test("gets another audience in the report of the one that asks for it, and as no drift of the other", async () => {
    const account = await shared();
    const version = await account.put(guideAs("staging", withAudience("c")), "staging");
    await account.approve(version, "staging");
    const run = await account.run();
    const changes = run.report.environments.map(({ name, changes }) => [
      name,
      changes.filter(({ resource }) => resource === "oidc-provider").map(({ reason }) => reason),
    ]);
    expect(run.iamWrites).toContain("AddClientIDToOpenIDConnectProvider");
    expect(changes).toEqual([
      ["production", []],
      ["staging", ["an audience that no environment asks for", "an audience is missing"]],
    ]);
    expect(kindsOf(run)).not.toContain("drift-corrected");
  });

  test("stays, without its audience, when one of them goes, and goes with the other", async () => {
    const account = await shared();
    await account.remove("staging");
    const run = await account.run();
    expect(run.report.environments.map(({ name, outcome }) => [name, outcome])).toEqual([
      ["production", expect.stringMatching(/in-sync|reconciled/)],
      ["staging", "orphaned"],
    ]);
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

  // What one document pins, the roles of every environment on the provider trust.
  test.each<readonly [string, Pick<Written, "onWiden">, object]>([
    ["hold", {}, { outcome: "held", appliedVersion: 1 }],
    ["apply", { onWiden: "apply" }, { outcome: "reconciled", appliedVersion: 2 }],
  ])("is pinned again by the strictest guard on it: %s", async (_, production, expected) => {
    const account = await startScenario();
    const staging = { onWiden: "apply" } as const;
    await account.put(guideWith(production));
    await account.put(guideAs("staging", staging), "staging");
    await account.run();
    const circleci = { organizationId: organization, audiences: [], thumbprints: [otherPin] };
    await account.put(guideAs("staging", { ...staging, circleci }), "staging");
    const { report } = await account.run({ environments: ["staging"] });
    // Before they are pinned, the roles of the others are looked at: each of them is in the report.
    const own = report.environments.find(({ name }) => name === "staging");
    expect(own).toMatchObject(expected);
  });
});

describe("another organisation", () => {
  const moved = guideWith({ circleci: { organizationId: otherOrganization } });

  test("is not pinned again by who moves to it", async () => {
    const account = await startScenario();
    await account.put(guideAs("staging"), "staging");
    const onWiden = "apply";
    await account.put(guideWith({ ...moved, onWiden }));
    await account.run();
    const circleci = { organizationId: organization, audiences: [], thumbprints: [otherPin] };
    await account.put(guideWith({ circleci, onWiden }));
    const run = await account.run({ environments: ["production"] });
    expect(run.environment).toMatchObject({ outcome: "held", appliedVersion: 1 });
    expect(run.iamWrites).toEqual([]);
  });

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
    "DeletePolicyVersion",
    "DeleteRolePolicy",
  ]);
  expectIdle(await account.run());
});

describe("thumbprints that one environment of several edits", () => {
  const pinning = (...thumbprints: readonly string[]) => ({
    onWiden: "apply" as const,
    circleci: { organizationId: organization, audiences: [], thumbprints },
  });

  async function twoPinned(...staging: readonly string[]): Promise<Scenario> {
    const account = await startScenario();
    await account.put(guideWith(pinning(pinned)));
    await account.put(guideAs("staging", pinning(...staging)), "staging");
    await account.run();
    expectIdle(await account.run());
    return account;
  }

  test.each([
    ["its role is written", false],
    ["its role is refused something", true],
  ])("are reported as its edit, and as no drift of another: %s", async (_, isRefused) => {
    const account = await twoPinned(pinned);
    const role = { name: "CircleCI-staging-Role", maxSessionSeconds: 7_200 };
    await account.put(guideAs("staging", { ...pinning(otherPin), role }), "staging");
    if (isRefused) {
      account.sandbox.faults.add({
        when: ({ operation }) => operation === "UpdateRole",
        at: "before",
        how: { error: "AccessDenied", httpStatus: 403 },
      });
    }
    const run = await account.run();
    expect(run.iamWrites).toContain("UpdateOpenIDConnectProviderThumbprint");
    const reported = run.report.alerts.map(({ kind, environment }) => `${environment}: ${kind}`);
    expect(reported).toContain("staging: trust-widening-applied");
    expect(reported.filter((each) => each.startsWith("production"))).toEqual([]);
  });

  test("are its edit too where it gives one up", async () => {
    const account = await twoPinned(pinned, otherPin);
    await account.put(guideAs("staging", pinning(pinned)), "staging");
    const run = await account.run();
    expect(run.iamWrites).toEqual(["UpdateOpenIDConnectProviderThumbprint"]);
    expect(kindsOf(run)).not.toContain("drift-corrected");
  });

  test("are put back as drift where nobody edits them", async () => {
    const account = await twoPinned(pinned);
    const other = {
      OpenIDConnectProviderArn: providerOf(organization),
      ThumbprintList: [otherPin],
    };
    await account.iam.send(new UpdateOpenIDConnectProviderThumbprintCommand(other));
    const role = { name: "CircleCI-staging-Role", maxSessionSeconds: 7_200 };
    await account.put(guideAs("staging", { ...pinning(pinned), role }), "staging");
    expect(kindsOf(await account.run())).toContain("drift-corrected");
  });
});
