import { describe, expect, test } from "vitest";
import { answerBytesMax, answerOf } from "../../functions/answer.ts";
import type { EnvironmentReport, Report } from "../../shared/report/report.ts";

const since = "2026-11-25T10:00:00.000Z";

function environmentOf(number: number, message: string): EnvironmentReport {
  const condition = { status: false, reason: "Drifted", message, since };
  return {
    name: `team-${number}`,
    version: 3,
    appliedVersion: 3,
    outcome: "drifted",
    changes: [
      {
        action: "update",
        resource: "trust-policy",
        id: `CircleCI-${number}-Role`,
        reason: "the trust policy admits more than desired",
        before: { Version: "2012-10-17", Statement: [{ Sid: "x".repeat(2_000) }] },
        after: { Version: "2012-10-17", Statement: [] },
        applied: false,
      },
    ],
    widenings: [],
    conditions: {
      SpecValid: condition,
      ResourcesResolved: condition,
      InSync: condition,
      TrustAsIntended: condition,
      Ready: condition,
    },
    outputs: { AWS_ROLE_ARN: `arn:aws:iam::123456789012:role/CircleCI-${number}-Role` },
    errors: [],
  };
}

function reportOf(count: number, message = "differs"): Report {
  return {
    runId: "9d0e2a6c-0000-4000-8000-000000000001",
    trigger: "manual",
    dryRun: false,
    account: "123456789012",
    startedAt: since,
    durationMs: 4_000,
    environments: Array.from({ length: count }, (_, number) => environmentOf(number, message)),
    alerts: Array.from({ length: count }, (_, number) => ({
      kind: "trust-widened" as const,
      severity: "critical" as const,
      environment: `team-${number}`,
      title: "the trust policy was widened",
      text: "a".repeat(500),
    })),
    errors: [],
    calls: {},
  };
}

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

test.each([1, 5_000])(
  "no token of somebody's policy is in an answer of %i environments",
  (count) => {
    const token = "ghp_PlantedGithubTokenOf36LettersAndMor";
    const report = reportOf(count, `a resource is called ${token}`);
    const answer = JSON.stringify(answerOf(report, "hand"));
    expect(answer).toContain("a resource is called (a token)");
    expect(answer).not.toContain(token);
  },
);

describe("what the function answers", () => {
  test("is the report as it is, where it fits", () => {
    const report = reportOf(3);
    expect(answerOf(report, "hand")).toEqual(report);
  });

  test("says to the queue's mapping that no message is to come again, and only to it", () => {
    const report = reportOf(1);
    expect(answerOf(report, "queue")).toEqual({ ...report, batchItemFailures: [] });
    expect(answerOf(report, "event")).toEqual(report);
  });

  test("above 5 MB loses first what was there before and after, and nothing else", () => {
    const report = reportOf(1_400);
    expect(bytesOf(report)).toBeGreaterThan(answerBytesMax);
    const answer = answerOf(report, "hand");
    expect(bytesOf(answer)).toBeLessThanOrEqual(answerBytesMax);
    const [first] = answer.environments;
    expect(first?.changes).toMatchObject([
      { reason: expect.any(String), before: null, after: null },
    ]);
    expect(answer.alerts).toEqual(report.alerts);
  });

  test.each([
    ["many environments", reportOf(4_000), "differs"],
    ["many environments with long messages", reportOf(4_000, "m".repeat(600)), ""],
  ])("keeps every environment's outcome and conditions: %s", (_, report, message) => {
    const answer = answerOf(report, "queue");
    expect(bytesOf(answer)).toBeLessThanOrEqual(answerBytesMax);
    expect(answer.environments.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual(
      report.environments.map(({ name, outcome }) => `${name} ${outcome}`),
    );
    expect(answer.environments[0]?.conditions.Ready).toEqual({
      status: false,
      reason: "Drifted",
      message,
      since,
    });
    expect(answer.alerts).toHaveLength(100);
    expect("batchItemFailures" in answer && answer.batchItemFailures).toEqual([]);
  });
});
