import {
  AddClientIDToOpenIDConnectProviderCommand,
  AttachRolePolicyCommand,
  CreatePolicyVersionCommand,
  DetachRolePolicyCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { DeleteTopicCommand } from "@aws-sdk/client-sns";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { describe, expect, test } from "vitest";
import type { Fault } from "../../sandbox/index.ts";
import {
  guide,
  guideFor,
  guideWith,
  organization,
  policyName,
  roleName,
  shopMainAndDev,
} from "./documents.ts";
import { expectIdle, prefix, type Run, type Scenario, startScenario } from "./harness.ts";

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
const administrator = "arn:aws:iam::123456789012:user/administrator";
const kindsOf = ({ report }: Run) => report.alerts.map(({ kind }) => kind);
const codesOf = ({ report }: Run) => report.errors.map(({ code }) => code);

async function applied(): Promise<Scenario> {
  const account = await startScenario();
  await account.put(guide);
  await account.run();
  return account;
}

function loosen({ iam }: Scenario): Promise<unknown> {
  const loose = { RoleName: roleName, PolicyDocument: anybody };
  return iam.send(new UpdateAssumeRolePolicyCommand(loose));
}

/** The one metric of this name that a run wrote, in CloudWatch's embedded format. */
function metric(run: Run, name: string): unknown {
  for (const line of run.log) {
    if (typeof line === "object" && line !== null && "_aws" in line && name in line) {
      return Object.entries(line).find(([key]) => key === name)?.[1];
    }
  }
  return undefined;
}

type Widening = {
  readonly what: string;
  readonly resource: "trust-policy" | "permissions" | "audience";
  readonly kind: string;
  readonly happens: (account: Scenario) => Promise<unknown>;
};

const widenings: readonly Widening[] = [
  { what: "a trust policy", resource: "trust-policy", kind: "trust-widened", happens: loosen },
  {
    what: "an inline policy",
    resource: "permissions",
    kind: "permissions-widened",
    happens: ({ iam }) =>
      iam.send(
        new PutRolePolicyCommand({
          RoleName: roleName,
          PolicyName: "debug",
          PolicyDocument: everything,
        }),
      ),
  },
  {
    what: "an attached policy",
    resource: "permissions",
    kind: "permissions-widened",
    happens: ({ iam }) =>
      iam.send(
        new AttachRolePolicyCommand({
          RoleName: roleName,
          PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess",
        }),
      ),
  },
  {
    what: "a version of the deploy policy",
    resource: "permissions",
    kind: "permissions-widened",
    happens: ({ iam }) =>
      iam.send(
        new CreatePolicyVersionCommand({
          PolicyArn: policyArn,
          PolicyDocument: everything,
          SetAsDefault: true,
        }),
      ),
  },
  {
    what: "an audience",
    resource: "audience",
    kind: "audience-widened",
    happens: ({ iam }) =>
      iam.send(
        new AddClientIDToOpenIDConnectProviderCommand({
          OpenIDConnectProviderArn: providerArn,
          ClientID: "sts.amazonaws.com",
        }),
      ),
  },
];

describe("a widening by hand is reverted and reported with who did it and for how long", () => {
  test.each(widenings)("$what, by CloudTrail's history", async ({ resource, kind, happens }) => {
    const account = await applied();
    await happens(account);
    const run = await account.run();
    expect(run.environment.outcome).toBe("reconciled");
    expect(run.environment.widenings).toEqual([
      expect.objectContaining({
        source: "drift",
        resource,
        disposition: "reverted",
        actor: administrator,
        openedAt: expect.stringMatching(/Z$/),
        closedAt: expect.stringMatching(/Z$/),
      }),
    ]);
    expect(run.environment.widenings[0]?.admitted).not.toBeNull();
    expect(kindsOf(run)).toEqual([kind]);
    const [alert] = run.report.alerts;
    expect(alert).toMatchObject({ severity: "critical", environment: "production" });
    expect(alert?.text).toContain(administrator);
    expect(alert?.text).toMatch(/open for [\d.]+ s/);
    expect(metric(run, "TimeToSafe")).toEqual(expect.any(Number));
    expectIdle(await account.run());
  });

  test.each(widenings)("$what, by the event that woke the run", async ({ resource, happens }) => {
    const account = await applied();
    await account.watch();
    await happens(account);
    const event = account.events.at(-1);
    // CloudTrail's history may lag behind its events by minutes.
    account.sandbox.faults.add({
      when: ({ service }) => service === "cloudtrail",
      at: "before",
      how: { error: "AccessDenied", httpStatus: 400 },
    });
    const run = await account.run(event);
    expect(run.report.trigger).toBe("iam");
    expect(run.environment.widenings).toMatchObject([
      { resource, actor: administrator, openedAt: event?.detail["eventTime"] },
    ]);
  });

  test("counted from the call to the correction", async () => {
    const account = await applied();
    await account.watch();
    await loosen(account);
    const event = account.eventOf("UpdateAssumeRolePolicy");
    const eventTime = new Date(Date.now() - 90_000).toISOString();
    const run = await account.run({ ...event, detail: { ...event.detail, eventTime } });
    expect(run.environment.widenings).toMatchObject([{ openedAt: eventTime }]);
    const seconds = metric(run, "TimeToSafe");
    expect(seconds).toBeGreaterThanOrEqual(90);
    expect(seconds).toBeLessThan(120);
    expect(run.report.alerts[0]?.text).toContain(`It was open for ${seconds} s.`);
  });

  test("but nobody is named where the history shows no such call", async () => {
    const account = await applied();
    await loosen(account);
    account.sandbox.faults.add({
      when: ({ service }) => service === "cloudtrail",
      at: "before",
      how: { error: "ThrottlingException", httpStatus: 400 },
    });
    const run = await account.run();
    expect(run.environment.widenings).toMatchObject([
      { disposition: "reverted", actor: null, openedAt: null },
    ]);
    expect(run.report.alerts[0]?.text).toContain("not known");
    expect(run.environment.errors).toEqual([]);
    expect(metric(run, "TimeToSafe")).toBeUndefined();
  });

  test("but not anyone who touched the role last with another policy", async () => {
    const account = await applied();
    await loosen(account);
    const state = await account.state();
    account.sandbox.faults.add({
      when: ({ operation }) => operation === "LookupEvents",
      at: "before",
      how: { error: "AccessDenied", httpStatus: 400 },
    });
    await account.watch();
    const { iam } = account;
    // The event of a later, harmless call does not make its caller the one who opened the door.
    await iam.send(new TagRoleCommand({ RoleName: roleName, Tags: [{ Key: "a", Value: "b" }] }));
    const run = await account.run(account.eventOf("TagRole"));
    expect(state.roles[roleName]?.trust).toEqual(JSON.parse(anybody));
    expect(run.environment.widenings).toMatchObject([{ actor: null, openedAt: null }]);
  });
});

test("a trust policy of which it cannot be decided who gets in is reverted and reported", async () => {
  const account = await applied();
  const before = await account.state();
  const { trust } = before.roles[roleName] ?? {};
  if (typeof trust !== "object" || trust === null || !("Statement" in trust)) throw new Error();
  const undecided = {
    Effect: "Allow",
    Principal: { Federated: providerArn },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: {
      StringEquals: { [`oidc.circleci.com/org/${organization}:sub`]: "${aws:TagKeys}" },
    },
  };
  const PolicyDocument = JSON.stringify({
    ...trust,
    Statement: [trust.Statement, undecided].flat(),
  });
  await account.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument }));
  const run = await account.run();
  expect(run.environment.widenings).toMatchObject([
    { source: "drift", resource: "trust-policy", disposition: "reverted", admitted: null },
  ]);
  expect(kindsOf(run)).toEqual(["trust-widened"]);
  expect(run.report.alerts[0]).toMatchObject({ severity: "critical" });
  expect(run.report.alerts[0]?.text).toContain("In doubt it counts as a widening.");
  expect(await account.state()).toEqual(before);
  expectIdle(await account.run());
});

test("drift that opens nothing is reported as corrected, with what was done", async () => {
  const account = await applied();
  const detached = { RoleName: roleName, PolicyArn: policyArn };
  await account.iam.send(new DetachRolePolicyCommand(detached));
  const run = await account.run();
  expect(kindsOf(run)).toEqual(["drift-corrected"]);
  expect(run.report.alerts[0]).toMatchObject({ severity: "info" });
  expect(run.environment.widenings).toEqual([]);
});

describe("an alert", () => {
  test("goes to the topic with attributes to filter by and a body that chat and mail both take", async () => {
    const account = await applied();
    await loosen(account);
    await account.run();
    const message = account.sandbox.messages.at(-1);
    const attributes = Object.fromEntries(
      [...(message?.attributes ?? [])].map(([name, { value }]) => [name, value]),
    );
    expect(attributes).toEqual({
      kind: "trust-widened",
      severity: "critical",
      environment: "production",
      account: "123456789012",
    });
    expect(message?.subject).toMatch(/^[ -~]{1,99}$/);
    const body = JSON.parse(message?.message ?? "");
    expect(body).toMatchObject({ version: "1.0", source: "custom" });
    expect(body.content.description.length).toBeLessThanOrEqual(8000);
    expect(body.content.title.length).toBeLessThanOrEqual(250);
    expect(body.content.title).toContain("production");
  });

  test("goes to the bus whole, as JSON", async () => {
    const account = await applied();
    await loosen(account);
    const { report } = await account.run();
    const event = account.eventOf("OIDC Reconciler Alert");
    expect(event.source).toBe("oidc-reconciler");
    expect(event.detail).toMatchObject({ ...report.alerts[0], account: "123456789012" });
    expect(event.detail["widenings"]).toEqual(report.environments[0]?.widenings);
  });
});

const noTopic: Fault = {
  when: ({ service }) => service === "sns",
  at: "before",
  how: { error: "NotFound", httpStatus: 404 },
};
const noBus: Fault = {
  when: ({ operation }) => operation === "PutEvents",
  at: "before",
  how: { error: "AccessDeniedException", httpStatus: 400 },
};

describe("a channel that fails", () => {
  test("the bus, is reported and stops nothing", async () => {
    const account = await applied();
    await loosen(account);
    account.sandbox.faults.add(noBus);
    const run = await account.run();
    expect(run.environment.outcome).toBe("reconciled");
    expect(run.report.errors).toEqual([
      { code: expect.any(String), message: expect.stringContaining("events:PutEvents") },
    ]);
    expect(run.parameterWrites).toContain("/heartbeat");
  });

  test("the topic, is an error of the run, since a bus takes what nobody listens to", async () => {
    const account = await applied();
    await loosen(account);
    account.sandbox.faults.add(noTopic);
    const run = await account.run();
    expect(codesOf(run)).toContain("AlertUndelivered");
    expect(run.iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
    expect(account.eventOf("OIDC Reconciler Alert").detail["kind"]).toBe("trust-widened");
  });

  test("with the other is an error of the run, and the next run reports what it could not", async () => {
    const account = await applied();
    await loosen(account);
    account.sandbox.faults.add(noTopic);
    account.sandbox.faults.add(noBus);
    const run = await account.run();
    expect(codesOf(run)).toContain("AlertUndelivered");
    expect(run.iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
    expect(run.parameterWrites).toContain("/heartbeat");
    account.sandbox.faults.clear();
    const next = await account.run();
    expect(next.report.alerts).toMatchObject([
      { kind: "run-interrupted", text: expect.stringContaining("trust policy was widened") },
    ]);
    expect(next.published).toEqual(["run-interrupted"]);
    expectIdle(await account.run());
  });

  test("does not fail a run that has nothing to report", async () => {
    const account = await applied();
    account.sandbox.faults.add(noTopic);
    account.sandbox.faults.add(noBus);
    expectIdle(await account.run());
  });

  test("that is a deleted topic is found out at the first alert", async () => {
    const account = await applied();
    const TopicArn = "arn:aws:sns:us-east-1:123456789012:oidc-reconciler-prod-alerts";
    await account.sns.send(new DeleteTopicCommand({ TopicArn }));
    await loosen(account);
    const run = await account.run();
    expect(codesOf(run)).toContain("AlertUndelivered");
    expect(JSON.stringify(run.log)).toContain(`sns:Publish to ${TopicArn} failed`);
  });
});

test("without a topic only the bus gets the alert", async () => {
  const account = await applied();
  account.variables.set("OIDC_ALERT_TOPIC_ARN", "");
  await loosen(account);
  const run = await account.run();
  expect(run.report.errors).toEqual([]);
  expect(run.published).toEqual([]);
  expect(account.eventOf("OIDC Reconciler Alert").detail["kind"]).toBe("trust-widened");
});

describe("a status that cannot be written", () => {
  const unwritable: Fault = {
    when: ({ operation, input }) =>
      operation === "PutParameter" && String(input["Name"]).includes("/status/"),
    at: "before",
    how: { error: "AccessDeniedException", httpStatus: 400 },
  };

  test("is reported, and the work is done all the same", async () => {
    const account = await startScenario();
    await account.put(guide);
    account.sandbox.faults.add(unwritable);
    const run = await account.run();
    expect(run.environment.outcome).toBe("reconciled");
    expect(run.report.errors).toMatchObject([{ message: expect.stringContaining("status") }]);
    expect(run.parameterWrites).toContain("/heartbeat");
    account.sandbox.faults.clear();
    const next = await account.run();
    expect(next.iamWrites).toEqual([]);
    expect(await account.status()).toMatchObject({ appliedVersion: 1 });
    expectIdle(await account.run());
  });

  test("is not a reason to hold again what was approved: the record says that it is applied", async () => {
    const account = await applied();
    await account.approve(await account.put(guideFor(shopMainAndDev)));
    account.sandbox.faults.add(unwritable);
    const run = await account.run();
    expect(run.iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
    account.sandbox.faults.clear();
    const next = await account.run();
    expect(next.environment).toMatchObject({ outcome: "in-sync", appliedVersion: 2 });
    expect(next.iamWrites).toEqual([]);
    expectIdle(await account.run());
  });
});

test("a record that cannot be written opens nothing and leaves the approval where it is", async () => {
  const account = await applied();
  await account.approve(await account.put(guideFor(shopMainAndDev)));
  account.sandbox.faults.add({
    when: ({ operation, input }) =>
      operation === "PutParameter" && String(input["Name"]).includes("/applied/"),
    at: "before",
    how: { error: "AccessDeniedException", httpStatus: 400 },
  });
  const run = await account.run();
  expect(run.iamWrites).toEqual([]);
  expect(run.calls.map(({ operation }) => operation)).not.toContain("UnlabelParameterVersion");
  account.sandbox.faults.clear();
  const next = await account.run();
  expect(next.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 2 });
  expectIdle(await account.run());
});

describe("the status", () => {
  const name = `${prefix}/status/production`;

  test("keeps since where nothing moved, and moves it with the condition", async () => {
    const account = await applied();
    const first = await account.status();
    await account.put("circleci: [");
    await account.run();
    const broken = await account.status();
    expect(broken?.conditions["SpecValid"]?.since).not.toBe(first?.conditions["SpecValid"]?.since);
    expect(broken?.conditions["ResourcesResolved"]?.since).toBe(
      first?.conditions["ResourcesResolved"]?.since,
    );
  });

  test("never grows over four kilobytes", async () => {
    const account = await startScenario();
    const many = Array.from({ length: 60 }, (_, index) => `service-with-a-long-name-${index}`);
    await account.put(guideWith({ deploy: { ecr: many, appRunner: many.slice(0, 20) } }));
    const run = await account.run();
    expect(run.report.errors).toEqual([]);
    expect(JSON.stringify(await account.status()).length).toBeLessThanOrEqual(4096);
  });

  test("that somebody else writes raises an alert, and what it says is checked", async () => {
    const account = await applied();
    await account.watch();
    const forged = {
      ...(await account.status()),
      appliedVersion: 1,
      appliedDigest: "0".repeat(64),
    };
    const put = { Name: name, Value: JSON.stringify(forged), Overwrite: true, Type: "String" };
    await account.ssm.send(new PutParameterCommand({ ...put, Type: "String" }));
    const run = await account.run(account.eventOf("PutParameter"));
    expect(kindsOf(run)).toContain("conflict");
    const tampered = run.report.alerts.find(({ severity }) => severity === "critical");
    expect(tampered?.text).toContain(administrator);
    expect(tampered?.text).toContain(name);
  });

  test("that we write ourselves raises none", async () => {
    const account = await startScenario();
    await account.watch();
    await account.put(guide);
    await account.run();
    const own = account.events.findLast(({ detail }) => {
      return detail["eventName"] === "PutParameter" && JSON.stringify(detail).includes(name);
    });
    expect(own).toBeDefined();
    expectIdle(await account.run(own));
  });

  test("that is not JSON counts as gone", async () => {
    const account = await applied();
    const spoilt = { Name: name, Value: "}{", Overwrite: true };
    await account.ssm.send(new PutParameterCommand({ ...spoilt, Type: "String" }));
    const run = await account.run();
    expect(run.iamWrites).toEqual([]);
    expect(run.environment).toMatchObject({ outcome: "in-sync", appliedVersion: 1 });
    expectIdle(await account.run());
  });
});

test("no token, key or session of the function's is logged or reported", async () => {
  const account = await applied();
  await loosen(account);
  const run = await account.run();
  const reported = JSON.stringify([run.log, run.report, account.sandbox.messages]);
  expect(reported).toContain(roleName);
  expect(account.credentials).toHaveLength(3);
  for (const credential of account.credentials) {
    expect(reported).not.toContain(credential);
  }
});
