import { GetParameterCommand, PutParameterCommand } from "@aws-sdk/client-ssm";
import { describe, expect, test } from "vitest";
import { parseMemory } from "../../shared/diagnose/refusal-memory.ts";
import { guideAs, guideFor, otherOrganization, roleName, shopMainAndDev } from "./documents.ts";
import { prefix } from "./harness.ts";
import { deadLetters, dev, roleArn, startWatched, type Watched } from "./refused-calls.ts";

const otherProject = "bbbbbbbb-cccc-4ddd-8eee-ffffffffffff";

async function times(count: number, task: () => Promise<unknown>): Promise<void> {
  for (let at = 0; at < count; at += 1) await task();
}

const nobody = { JobsRefused: 0, RunErrors: 0, AlertsUndelivered: 0 };

describe("a refused job of ours", () => {
  test("is one alert for a burst of fifty, minutes later", async () => {
    const watched = await startWatched();
    await times(50, () => watched.job());
    const { batches, alerts, metrics, reports } = await watched.deliver();
    expect(batches).toBe(1);
    expect(alerts).toHaveLength(1);
    const [alert] = alerts;
    expect(alert).toMatchObject({
      kind: "job-refused",
      severity: "warning",
      environment: "production",
    });
    expect(alert?.title).toContain("production: a job was refused: ref-refused");
    for (const word of [
      dev.projectId,
      "github.com/acme/shop",
      "refs/heads/dev",
      `started by user ${dev.userId}`,
      "CircleCI-OIDC-Role",
      "the trust policy asks for refs/heads/main",
      "50 times since",
      "in us-east-1",
      "Name the ref under this project's refs in trust.projects",
    ]) {
      expect(alert?.text).toContain(word);
    }
    expect(metrics).toMatchObject({ ...nobody, JobsRefused: 50, StrangersRefused: 0 });
    expect(reports).toMatchObject([
      {
        trigger: "iam",
        dryRun: false,
        account: "123456789012",
        diagnosis: { cause: { code: "ref-refused" } },
        alerts: [{ kind: "job-refused" }],
        errors: [],
      },
    ]);
    expect(watched.waiting()).toEqual([]);
  });

  test("is one alert while it stays the same, and another job is another", async () => {
    const watched = await startWatched();
    await watched.job();
    expect((await watched.deliver()).alerts).toHaveLength(1);
    await times(3, () => watched.job());
    // Who started it, and under which name, makes it the same failure.
    await watched.job({ userId: "99999999-8888-4777-8666-555555555555" }, { session: "again" });
    const again = await watched.deliver();
    expect(again).toMatchObject({ alerts: [], metrics: { JobsRefused: 4 } });
    await watched.job({ ref: "refs/heads/test" });
    await watched.job({ origin: "github.com/eve/shop", ref: "refs/heads/pull/7" });
    const others = (await watched.deliver()).alerts.map(({ title }) => title);
    expect(others.toSorted()).toEqual([
      expect.stringContaining("origin-refused"),
      expect.stringContaining("ref-refused"),
    ]);
  });

  test("is one alert for a project where its ref is not the cause, a pull request's neither", async () => {
    const watched = await startWatched();
    for (const number of [7, 8, 9]) {
      await watched.job({
        origin: `github.com/eve${number}/shop`,
        ref: `refs/heads/pull/${number}`,
      });
      await watched.job({ ref: `refs/heads/pull/${number}` });
    }
    const { alerts } = await watched.deliver();
    expect(alerts.map(({ title }) => title.split(": ").at(-1)).toSorted()).toEqual([
      "origin-refused",
      "ref-refused",
    ]);
    for (const { text } of alerts) expect(text).toContain("3 times since");
    await watched.job({ projectId: otherProject });
    await watched.job({ projectId: otherProject, ref: "refs/heads/main" });
    expect((await watched.deliver()).alerts).toMatchObject([
      { title: expect.stringContaining("project-refused") },
    ]);
  });

  test("is answered and reported once where its event comes without a queue", async () => {
    const watched = await startWatched();
    await watched.job();
    await watched.job();
    const [first = "", second = ""] = watched.waiting();
    const { alerts, reports, metrics } = await watched.ask(JSON.parse(first));
    expect(alerts).toMatchObject([{ kind: "job-refused", environment: "production" }]);
    expect(reports).toMatchObject([
      {
        dryRun: false,
        diagnosis: { admitted: false, cause: { code: "ref-refused" } },
        alerts: [{ kind: "job-refused" }],
        errors: [],
      },
    ]);
    expect(metrics).toMatchObject({ ...nobody, JobsRefused: 1 });
    expect(await watched.ask(JSON.parse(second))).toMatchObject({
      alerts: [],
      reports: [{ diagnosis: { cause: { code: "ref-refused" } }, alerts: [] }],
    });
  });

  test("is answered, and nobody is woken, where a stranger's event comes without a queue", async () => {
    const watched = await startWatched();
    await watched.job({ organizationId: otherOrganization });
    const [event = ""] = watched.waiting();
    expect(await watched.ask(JSON.parse(event))).toMatchObject({
      alerts: [],
      metrics: { JobsRefused: 0, StrangersRefused: 1 },
      reports: [{ dryRun: true, diagnosis: { admitted: false }, alerts: [] }],
    });
  });

  test("is not reported once it is let in, and is again when it is shut out", async () => {
    const watched = await startWatched();
    const { account } = watched;
    await watched.job();
    expect((await watched.deliver()).alerts).toHaveLength(1);
    await watched.job();
    const version = await account.put(guideFor(shopMainAndDev));
    await account.run();
    await account.approve(version);
    await account.run();
    // The last refusal is delivered after the fix.
    expect(await watched.deliver()).toMatchObject({ alerts: [], metrics: { JobsRefused: 1 } });
    expect(await watched.job()).toBe(true);
    expect(await watched.deliver()).toMatchObject({ batches: 0, alerts: [] });
    await account.put(guideFor({ ...shopMainAndDev, refs: ["refs/heads/main"] }));
    await account.run();
    expect(await watched.job()).toBe(false);
    expect((await watched.deliver()).alerts).toHaveLength(1);
  });

  test("whose token STS did not verify is one alert for each cause, and says so", async () => {
    const watched = await startWatched();
    const late = { issuedAt: new Date(Date.now() - 2 * 3600 * 1000) };
    await watched.job(late);
    await watched.job({ ...late, ref: "refs/heads/made-up" });
    await watched.job({ ...late, projectId: otherProject });
    await watched.job({}, { session: "a b" });
    const { alerts } = await watched.deliver();
    expect(alerts.map(({ title }) => title.split(": ").at(-1)).toSorted()).toEqual([
      "session-name-invalid",
      "token-expired",
    ]);
    for (const { text } of alerts) expect(text).toContain("STS had not verified its token yet");
  });

  test("in another Region's record is the same to it", async () => {
    const watched = await startWatched();
    await watched.job();
    const [body = ""] = watched.waiting();
    await watched.deliver();
    const elsewhere = JSON.parse(body.replaceAll('"us-east-1"', '"eu-west-1"'));
    elsewhere.detail.eventID = "another";
    const { alerts, metrics } = await watched.ask(batchOf(elsewhere));
    expect([alerts, metrics["JobsRefused"]]).toEqual([[], 1]);
  });
});

function batchOf(...events: readonly unknown[]): object {
  return {
    Records: events.map((event, at) => ({
      messageId: `message-${at}`,
      eventSource: "aws:sqs",
      body: typeof event === "string" ? event : JSON.stringify(event),
    })),
  };
}

describe("a stranger who knocks is counted and nothing else:", () => {
  const strangers: readonly (readonly [string, (watched: Watched) => Promise<unknown>])[] = [
    ["another organisation's job", ({ job }) => job({ organizationId: otherOrganization })],
    ["a job at a role that is not managed", ({ job }) => job({}, { role: `${roleArn}-2` })],
    [
      "a job at another account's role",
      ({ job }) => job({}, { role: roleArn.replace("123456789012", "999988887777") }),
    ],
    ["a text that is not a token", ({ job }) => job({}, { token: "abcdef" })],
    ["CircleCI's own audit-log stream", ({ job }) => job({ shape: "audit-log-stream" })],
    [
      "a token that nobody signed",
      async ({ account, job }) => {
        const token = await account.sandbox.circleci.issueToken(dev);
        const [header, payload, signature = ""] = token.split(".");
        await job({}, { token: `${header}.${payload}.${[...signature].toReversed().join("")}` });
      },
    ],
  ];
  test.each(strangers)("%s", async (_, knock) => {
    const watched = await startWatched();
    await knock(watched);
    expect(watched.waiting()).toHaveLength(1);
    const { alerts, metrics, reports } = await watched.deliver();
    expect(alerts).toEqual([]);
    expect(metrics).toMatchObject({ ...nobody, StrangersRefused: 1 });
    expect(reports).toMatchObject([{ alerts: [], errors: [], ignored: expect.any(String) }]);
    const memory = new GetParameterCommand({ Name: `${prefix}/refusals` });
    await expect(watched.account.ssm.send(memory)).rejects.toThrow();
  });

  test("and among them a job of ours is seen", async () => {
    const watched = await startWatched();
    for (const [, knock] of strangers) await knock(watched);
    await watched.job();
    const { alerts, metrics } = await watched.deliver();
    expect(alerts).toHaveLength(1);
    expect(metrics).toMatchObject({ JobsRefused: 1, StrangersRefused: strangers.length });
  });
});

describe("what happens to the messages", () => {
  test("where the topic takes no alert: they come again, and then it is sent", async () => {
    const watched = await startWatched();
    const { sandbox } = watched.account;
    await watched.job();
    sandbox.faults.add({
      when: ({ service }) => service === "sns",
      at: "before",
      how: { error: "KMSDisabled", httpStatus: 400 },
    });
    const failed = await watched.deliver();
    expect(failed.thrown).toMatch(/^AlertUndelivered: no channel took: production: a job/);
    expect(failed.metrics).toMatchObject({ AlertsUndelivered: 1 });
    expect(watched.waiting()).toHaveLength(1);
    sandbox.faults.clear();
    sandbox.clock.advance(430_000);
    expect((await watched.deliver()).alerts).toHaveLength(1);
    expect(watched.waiting()).toEqual([]);
  });

  test("where the role cannot be read: they come again, and after five times they are kept", async () => {
    const watched = await startWatched();
    const { sandbox } = watched.account;
    await watched.job();
    sandbox.faults.add({
      when: ({ operation }) => operation === "GetRole",
      at: "before",
      how: { error: "AccessDenied", httpStatus: 403 },
    });
    for (let tries = 0; tries < 5; tries += 1) {
      const failed = await watched.deliver();
      expect(failed).toMatchObject({ alerts: [], metrics: { RunErrors: 1 } });
      expect(failed.thrown).toContain("iam:GetRole");
      expect(failed.thrown).not.toContain("\n");
      sandbox.clock.advance(430_000);
    }
    await watched.deliver();
    expect(watched.waiting()).toEqual([]);
    expect(sandbox.queues.messagesIn(deadLetters)).toHaveLength(1);
  });

  test("where one environment's role cannot be read: the others' jobs are reported all the same", async () => {
    const watched = await startWatched();
    const { account } = watched;
    await account.put(guideAs("staging"), "staging");
    await account.run();
    account.sandbox.faults.add({
      when: ({ operation, input }) =>
        operation === "GetRole" && input["RoleName"] === "CircleCI-staging-Role",
      at: "before",
      how: { error: "AccessDenied", httpStatus: 403 },
    });
    await watched.job({}, { role: roleArn.replace(roleName, "CircleCI-staging-Role") });
    await watched.job();
    const { alerts, thrown, metrics } = await watched.deliver();
    expect(alerts).toMatchObject([{ kind: "job-refused", environment: "production" }]);
    // What was not read comes again, and what was reported is not reported again.
    expect(thrown).toContain("iam:GetRole CircleCI-staging-Role");
    expect(metrics).toMatchObject({ JobsRefused: 0, RunErrors: 1 });
    account.sandbox.clock.advance(430_000);
    await watched.deliver();
    account.sandbox.clock.advance(430_000);
    account.sandbox.faults.clear();
    const last = await watched.deliver();
    expect(last.alerts).toMatchObject([{ environment: "staging" }]);
    expect(last.metrics).toMatchObject({ JobsRefused: 2, RunErrors: 0 });
    expect(watched.waiting()).toEqual([]);
    // Each counts once, however often it came.
    const { Parameter } = await account.ssm.send(
      new GetParameterCommand({ Name: `${prefix}/refusals` }),
    );
    expect(parseMemory(Parameter?.Value ?? "").map(({ times }) => times)).toEqual([1, 1]);
  });

  test("where the memory says that their alert was sent tomorrow: it is sent now", async () => {
    const watched = await startWatched();
    await watched.job();
    await watched.deliver();
    const Name = `${prefix}/refusals`;
    const { Parameter } = await watched.account.ssm.send(new GetParameterCommand({ Name }));
    const Value = (Parameter?.Value ?? "").replace(/,\d{10},/, ",9999999999,");
    await watched.account.ssm.send(new PutParameterCommand({ Name, Value, Overwrite: true }));
    await watched.job();
    expect((await watched.deliver()).alerts).toHaveLength(1);
    await watched.job();
    expect((await watched.deliver()).alerts).toEqual([]);
  });

  test("where two runs get them at once: one alert", async () => {
    const watched = await startWatched();
    await watched.job();
    const { alerts, reports } = await watched.ask(batchOf(...watched.waiting()), 3);
    expect(reports).toHaveLength(3);
    expect(alerts).toMatchObject([{ kind: "job-refused" }]);
  });

  test("where one holds no event: an error, and the others count", async () => {
    const watched = await startWatched();
    await watched.job();
    const { alerts, reports } = await watched.ask(batchOf("not JSON", ...watched.waiting()));
    expect(alerts).toHaveLength(1);
    expect(reports).toMatchObject([{ errors: [{ code: "BadMessage" }] }]);
  });

  test("where the memory is spoilt: everything is reported once more, and then not again", async () => {
    const watched = await startWatched();
    await watched.job();
    await watched.deliver();
    const spoilt = { Name: `${prefix}/refusals`, Value: '{"refusals":[1,["x"],null]}' };
    await watched.account.ssm.send(new PutParameterCommand({ ...spoilt, Overwrite: true }));
    await watched.job();
    expect((await watched.deliver()).alerts).toHaveLength(1);
    await watched.job();
    expect((await watched.deliver()).alerts).toEqual([]);
  });
});

test("asked by hand about a record it answers, and sends and writes nothing", async () => {
  const watched = await startWatched();
  await watched.job();
  const [event = ""] = watched.waiting();
  const before = watched.account.sandbox.calls.length;
  const { detail } = JSON.parse(event);
  for (const input of [detail, { Records: [detail] }]) {
    const { reports, alerts, metrics } = await watched.ask(input);
    expect(reports).toMatchObject([
      { dryRun: true, diagnosis: { cause: { code: "ref-refused" } }, alerts: [] },
    ]);
    expect([alerts, metrics]).toEqual([[], {}]);
  }
  const calls = watched.account.sandbox.calls.slice(before);
  expect(calls.filter(({ mutating }) => mutating)).toEqual([]);
});

test("a stack that is to ignore refused jobs hears of none", async () => {
  const watched = await startWatched({ params: { refusedJobs: "ignore" } });
  await watched.job();
  expect(watched.waiting()).toEqual([]);
});

test("a batch reads nothing twice, and of strangers no more than whose roles are managed", async () => {
  const watched = await startWatched();
  const { sandbox } = watched.account;
  const operations = (since: number) =>
    sandbox.calls.slice(since).map(({ service, operation }) => `${service}:${operation}`);
  await watched.job({ organizationId: otherOrganization });
  let before = sandbox.calls.length;
  await watched.deliver();
  expect(operations(before)).toEqual(["ssm:GetParametersByPath"]);
  for (const ref of ["a", "b", "c"]) await watched.job({ ref: `refs/heads/${ref}` });
  before = sandbox.calls.length;
  await watched.deliver();
  const alerted = ["sns:Publish", "sns:Publish", "sns:Publish"];
  expect(operations(before).toSorted()).toEqual([
    "events:PutEvents",
    "iam:GetOpenIDConnectProvider",
    "iam:GetRole",
    ...alerted,
    "ssm:GetParameters",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
    "ssm:PutParameter",
    "ssm:PutParameter",
  ]);
});
