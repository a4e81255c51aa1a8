import { describe, expect, test } from "vitest";
import {
  type AlertContext,
  busDigest,
  busEvent,
  topicDigest,
  topicMessage,
} from "../../shared/report/message.ts";
import { postsOf } from "../../shared/report/posts.ts";
import type { Alert, ReportedWidening } from "../../shared/report/report.ts";
import { alice } from "./runs.ts";

const widening: ReportedWidening = {
  source: "drift",
  resource: "trust-policy",
  admitted: null,
  disposition: "reverted",
  undecided: [],
  actor: alice,
  openedAt: null,
  closedAt: null,
};
const context: AlertContext = {
  account: "123456789012",
  region: "us-east-1",
  runId: "run-1",
  at: "2026-02-01T12:00:00.000Z",
  widenings: [widening],
};
const alert: Alert = {
  kind: "trust-widened",
  severity: "critical",
  environment: "production",
  title: "production: the trust policy was widened (reverted)",
  text: "What happened.\nWho did it.\nWhat to do next.",
};
const bodyOf = (given: Partial<Alert>): unknown =>
  JSON.parse(topicMessage({ ...alert, ...given }, context).body);

describe("what somebody wrote into the account goes out without tokens, and all of it to be seen:", () => {
  const token = "ghp_PlantedGithubTokenOf36LettersAndMor";
  const text = `It admits repo/${token}\u009b31m\u202e.\nWhat to do next.`;
  const given: Alert = { ...alert, text };
  const digest = { ...given, count: 2, environments: ["production", "staging"] };
  test.each<readonly [string, string]>([
    ["to the topic", topicMessage(given, context).body],
    ["to the topic as one of many", topicDigest(digest, context).body],
    ["to the bus", busEvent(given, context).detail],
    ["to the bus as one of many", busDigest(digest, context).detail],
  ])("%s", (_, sent) => {
    expect(sent).toContain("It admits repo/(a token)");
    expect(sent).not.toContain(token);
    expect(sent).not.toMatch(/[\u009b\u202e]/);
  });
});

test("what somebody wrote into the account becomes no link and no mention in a chat, and the bus has it as it was", () => {
  const written =
    "eve/<https://evil.example/|Approve> <!channel> <@U012AB3CD> [Approve](https://evil.example/)";
  const given = { title: `adopted ${written}`, text: `It admits ${written}.\nLook at ${written}.` };
  const body = JSON.stringify(bodyOf(given));
  expect(body).toContain("eve/‹https://evil.example/|Approve› ‹!channel› ‹@U012AB3CD› [Approve] (");
  expect(body).not.toMatch(/[<>]|\]\(/);
  expect(JSON.parse(busEvent({ ...alert, ...given }, context).detail)).toMatchObject(given);
});

test("of many alerts of a kind each critical one is an event of its own, and the topic gets one message", () => {
  const announced = Array.from({ length: 30 }, (_, at) => {
    const severity = at < 20 ? ("critical" as const) : ("warning" as const);
    return { alert: { ...alert, severity, environment: `team-${at}` }, context };
  });
  const posts = postsOf(announced);
  expect(posts).toHaveLength(1);
  expect(posts[0]?.alerts).toHaveLength(30);
  expect(posts[0]?.bus.map(({ alerts }) => alerts.length)).toEqual([...Array(20).fill(1), 10]);
  const named = posts.flatMap(({ bus }) => bus.map(({ event }) => event.detail)).join();
  for (const { alert: each } of announced) expect(named).toContain(`"${each.environment}"`);
});

test("an alert on the topic is a custom notification that a chat application can show", () => {
  const { subject, attributes } = topicMessage(alert, context);
  expect({ subject, attributes, body: bodyOf({}) }).toMatchInlineSnapshot(`
    {
      "attributes": {
        "account": "123456789012",
        "environment": "production",
        "kind": "trust-widened",
        "severity": "critical",
      },
      "body": {
        "content": {
          "description": "What happened.

    Who did it.

    What to do next.",
          "keywords": [
            "trust-widened",
            "critical",
            "production",
          ],
          "nextSteps": [
            "What to do next.",
          ],
          "textType": "client-markdown",
          "title": ":rotating_light: production: the trust policy was widened (reverted)",
        },
        "id": "run-1-trust-widened-production",
        "metadata": {
          "additionalContext": {
            "account": "123456789012",
            "at": "2026-02-01T12:00:00.000Z",
            "region": "us-east-1",
            "runId": "run-1",
          },
          "eventType": "trust-widened",
          "summary": "production: the trust policy was widened (reverted)",
          "threadId": "oidc-reconciler-123456789012-production",
        },
        "source": "custom",
        "version": "1.0",
      },
      "subject": "[critical] production: the trust policy was widened (reverted)",
    }
  `);
});

describe("the subject", () => {
  test.each([
    ["has at most 99 characters", "t".repeat(200), `[critical] ${"t".repeat(85)}...`],
    ["fits exactly", "t".repeat(88), `[critical] ${"t".repeat(88)}`],
    ["has ASCII alone, on one line", "é\ntitle", "[critical]  title"],
  ])("%s", (_what, title, subject) => {
    expect(topicMessage({ ...alert, title }, context).subject).toBe(subject);
  });
});

describe("a body keeps to what the chat application takes", () => {
  test.each([
    [
      "a title of 250 characters",
      { title: "t".repeat(300) },
      { title: `:rotating_light: ${"t".repeat(233)}` },
    ],
    ["a description of 8,000", { text: "x".repeat(9_000) }, { description: "x".repeat(8_000) }],
    ["a next step of 350", { text: `a\n${"x".repeat(400)}` }, { nextSteps: ["x".repeat(350)] }],
    [
      "keywords of 75",
      { environment: "e".repeat(80) },
      { keywords: ["trust-widened", "critical", "e".repeat(75)] },
    ],
  ] as const)("%s", (_what, given, content) => {
    expect(bodyOf(given)).toMatchObject({ content });
  });
});

describe("an event on the bus", () => {
  const detailOf = (given: Partial<Alert>, widenings = context.widenings): unknown =>
    JSON.parse(busEvent({ ...alert, ...given }, { ...context, widenings }).detail);

  test("has the alert whole, with account, run and widenings", () => {
    const { account, region, runId, at } = context;
    expect(detailOf({})).toEqual({ ...alert, account, region, runId, at, widenings: [widening] });
  });

  test("that would be too large leaves the widenings out, and says so", () => {
    const many = Array.from({ length: 2_000 }, () => widening);
    expect(detailOf({}, many)).toMatchObject({
      title: alert.title,
      widenings: [],
      shortened: true,
    });
  });
});

test("a digest names every environment, in both channels", () => {
  const digest = {
    kind: "trust-widened",
    severity: "critical",
    title: "30 alerts",
    text: "a",
    count: 30,
    environments: ["production", "staging"],
  } as const;
  expect(topicDigest(digest, context).attributes.environment).toEqual(["production", "staging"]);
  expect(JSON.parse(busDigest(digest, context).detail)).toMatchObject({
    count: 30,
    environments: ["production", "staging"],
  });
});
