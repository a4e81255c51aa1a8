import { expect, onTestFinished, test } from "vitest";
import { guide, organization, policyName, roleName } from "./documents.ts";
import { expectIdle, type Scenario, startScenario } from "./harness.ts";
import { type Gate, loadClients, openGate } from "./round-trips.ts";

async function gated(account: Scenario): Promise<Gate> {
  await loadClients();
  const gate = await openGate(account.sandbox.endpoint);
  onTestFinished(gate.close);
  account.variables.set("AWS_ENDPOINT_URL", gate.endpoint);
  return gate;
}

test("a first run makes provider, policy and role, and attaches the policy last", async () => {
  const account = await startScenario();
  await account.put(guide);
  const run = await account.run();
  expect(run.environment).toMatchObject({ outcome: "reconciled", errors: [] });
  expect(run.iamWrites).toEqual([
    "CreateOpenIDConnectProvider",
    "CreatePolicy",
    "CreateRole",
    "AttachRolePolicy",
  ]);
  // Nobody could do this before: that the first document lets somebody in is reported.
  expect(run.environment.widenings).toMatchObject([
    { source: "desired", resource: "trust-policy", disposition: "applied" },
  ]);
  expect(run.report.alerts.map(({ kind }) => kind)).toEqual(["trust-widening-applied"]);
  expectIdle(await account.run());
});

test("a first run records what it begins before anything is in IAM", async () => {
  const account = await startScenario();
  await account.put(guide);
  const { calls } = await account.run();
  const writes = calls.filter(({ mutating }) => mutating);
  const firstOf = (service: string) => writes.findIndex((call) => call.service === service);
  const before = writes.slice(0, firstOf("iam")).map(({ input }) => input["Name"]);
  expect(before.toSorted()).toEqual([
    "/oidc-reconciler/applied/production",
    "/oidc-reconciler/journal",
  ]);
});

test("a record that cannot be written opens nothing, not even a provider", async () => {
  const account = await startScenario();
  await account.put(guide);
  account.sandbox.faults.add({
    when: ({ operation, input }) =>
      operation === "PutParameter" && String(input["Name"]).includes("/applied/"),
    at: "before",
    how: { error: "AccessDeniedException", httpStatus: 400 },
  });
  const run = await account.run();
  expect(run.iamWrites).toEqual([]);
  expect(run.environment.outcome).toBe("degraded");
  account.sandbox.faults.clear();
  expect((await account.run()).environment.outcome).toBe("reconciled");
  expectIdle(await account.run());
});

test("a first run leaves exactly what the document says, narrowed to what exists", async () => {
  const account = await startScenario();
  await account.put(guide);
  await account.run();
  const { serviceArn, appId } = account.targets;
  const provider = `oidc.circleci.com/org/${organization}`;
  const owner = {
    "oidc-reconciler:environment": "production",
    "oidc-reconciler:prefix": "/oidc-reconciler",
  };
  expect(await account.state()).toMatchObject({
    providers: {
      [`arn:aws:iam::123456789012:oidc-provider/${provider}`]: {
        audiences: [organization],
        tags: { "oidc-reconciler:prefix": "/oidc-reconciler" },
      },
    },
    roles: {
      [roleName]: {
        maxSessionSeconds: 3600,
        boundary: null,
        tags: owner,
        attached: [`arn:aws:iam::123456789012:policy/${policyName}`],
        inline: {},
      },
    },
    policies: {
      [`arn:aws:iam::123456789012:policy/${policyName}`]: {
        versions: ["v1"],
        tags: owner,
        document: {
          Statement: [
            { Sid: "ECRAuthToken", Resource: "*" },
            {
              Sid: "ECRPushImages",
              Resource: "arn:aws:ecr:us-east-1:123456789012:repository/demo-backend",
            },
            { Sid: "AppRunnerDeploy", Resource: serviceArn },
            {
              Sid: "AmplifyDeploy",
              Resource: `arn:aws:amplify:us-east-1:123456789012:apps/${appId}/branches/main/jobs/*`,
            },
          ],
        },
      },
    },
  });
});

test("the outputs are what step 5 of the guide asks for, in report and status alike", async () => {
  const account = await startScenario();
  await account.put(guide);
  const { environment } = await account.run();
  expect(environment.outputs).toEqual({
    AWS_ROLE_ARN: `arn:aws:iam::123456789012:role/${roleName}`,
    AWS_REGION: "us-east-1",
    AWS_ECR_REGISTRY: "123456789012.dkr.ecr.us-east-1.amazonaws.com",
    AWS_APP_RUNNER_SERVICE_ARN: account.targets.serviceArn,
    AWS_AMPLIFY_APP_ID: account.targets.appId,
  });
  const status = await account.status();
  expect(status?.outputs).toEqual(environment.outputs);
  expect(status).toMatchObject({ appliedVersion: 1, heldVersion: null });
  expect(Object.values(environment.conditions).map((condition) => condition.status)).toEqual([
    true,
    true,
    true,
    true,
    true,
  ]);
});

test("the heartbeat reports when, why, how many and how it ended", async () => {
  const account = await startScenario();
  await account.put(guide);
  const { report } = await account.run();
  expect(await account.heartbeat()).toEqual({
    at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    runId: report.runId,
    trigger: "schedule",
    environments: 1,
    outcomes: { reconciled: 1 },
    // When the records were listed last, and a digest of the environments that there were.
    records: {
      at: expect.stringMatching(/^\d{4}-/),
      count: 1,
      of: expect.stringMatching(/^[0-9a-f]{16}$/),
    },
    // What a command from a shell goes by.
    settings: {
      OIDC_ROLE_NAMES: "CircleCI-*",
      OIDC_POLICY_NAMES: "CircleCI-*",
      OIDC_SCHEDULE_MINUTES: "15",
    },
  });
});

test("the report counts every request that reached the account", async () => {
  const account = await startScenario();
  await account.put(guide);
  for (const { report, calls } of [await account.run(), await account.run()]) {
    const counted = new Map<string, number>();
    for (const { service, operation } of calls) {
      const name = `${service}:${operation}`;
      counted.set(name, (counted.get(name) ?? 0) + 1);
    }
    expect(report.calls).toEqual(Object.fromEntries(counted));
  }
});

test("in sync, a run takes at most fifteen calls in two round trips and writes its heartbeat alone", async () => {
  const account = await startScenario();
  await account.put(guide);
  await account.run();
  const gate = await gated(account);
  const run = await account.run();
  expectIdle(run);
  expect(run.calls.length).toBeLessThanOrEqual(15);
  expect(gate.groups).toEqual([14, 1]);
});

test("a first creation takes no round trip that it does not need", async () => {
  const account = await startScenario();
  await account.put(guide);
  const gate = await gated(account);
  await account.run();
  // Four to read, each named by the one before: documents; record and label; the account, with
  // journal and targets; branches of the app. Seven to write, in the order that keeps doors shut:
  // journal and record side by side, before anything is in IAM; a last look whether this run is
  // still the only one; provider, policy, role, and the attachment last; another look, for anyone who
  // edited or ran before these writes landed saw no door. Four to report and remember:
  // the alert; the journal emptied beside the record, which goes before the status, as that never
  // knows more; the status; the heartbeat, which says that the run has come to its end.
  expect(gate.groups.length).toBeLessThanOrEqual(15);
});

test("an empty control surface is nothing to do", async () => {
  const account = await startScenario();
  const run = await account.run();
  expect(run.report).toMatchObject({ account: "123456789012", environments: [], errors: [] });
  expect(run.iamWrites).toEqual([]);
});
