import { describe, expect, onTestFinished, test, vi } from "vitest";
import { logAudit, logger, logRemoval, logReport } from "../../functions/logger.ts";
import type { Change } from "../../shared/plan/change.ts";
import type { Report } from "../../shared/report/report.ts";

const token = "ghp_PlantedGithubTokenOf36LettersAndMor";
/** The beginning of a terminal's command in one character, and what turns the writing round. */
const obeyed = "\u009b31m\u202e";

/** An inline policy of somebody who wrote both into it. */
const change: Change = {
  action: "delete",
  resource: "inline-policy",
  id: "CircleCI-OIDC-Role/debug",
  reason: "an inline policy that is not desired",
  before: { name: "debug", document: { Resource: `arn:aws:s3:::shop/${token}${obeyed}` } },
  after: null,
  effect: "closes",
  step: { do: "delete-inline-policy", name: "CircleCI-OIDC-Role", policy: "debug" },
};

const run: Report = {
  runId: "9d0e2a6c-0000-4000-8000-000000000001",
  trigger: "schedule",
  dryRun: false,
  account: "123456789012",
  startedAt: "2026-11-25T10:00:00.000Z",
  durationMs: 4_000,
  environments: [],
  alerts: [],
  errors: [],
  calls: {},
};

/** More than one line holds, each with a number that says which it is. */
const numbered = Array.from({ length: 300 }, (_, at) => `number ${at}: ${"\u202e".repeat(300)}`);

/** Lambda cuts a line of more than 256 KB. */
const lineBytesMax = 256 * 1024;

/** All that is written while something is logged, as it is written. */
function written(log: () => void): string {
  const lines: unknown[] = [];
  for (const method of ["info", "error"] as const) {
    const spy = vi
      .spyOn(console, method)
      .mockImplementation((...parts) => void lines.push(...parts));
    onTestFinished(() => spy.mockRestore());
  }
  log();
  return lines.map(String).join("\n");
}

describe("what somebody wrote into the account is logged without tokens, and all of it to be seen:", () => {
  test.each<readonly [string, () => void]>([
    ["what a write is about to remove", () => logRemoval("production", change)],
    ["a report", () => logger.info("audit", { report: { changes: [change] } })],
    ["an error", () => logger.error(`${token}${obeyed}`, { code: "X", change })],
  ])("%s", (_, log) => {
    const line = written(log);
    expect(line).toContain("arn:aws:s3:::shop/");
    expect(line).not.toContain(token);
    expect(line).not.toMatch(/[\u009b\u202e]/);
  });
});

describe("what one line does not hold is logged in lines that nobody cuts, and none of it is missing:", () => {
  const alerts = numbered.map((title) => {
    return { kind: "conflict", severity: "warning", environment: "shop", title, text: "" } as const;
  });
  const errors = numbered.map((message) => ({ code: "AccessDenied", message }));
  const findings = numbered.map((message) => {
    return { code: "loose-end", severity: "info", subject: "role/x", message, next: "" } as const;
  });
  test.each<readonly [string, () => void]>([
    ["the alerts of a run", () => logReport({ ...run, alerts })],
    ["the errors of a run", () => logReport({ ...run, errors })],
    ["the findings of an audit", () => logAudit({ ...run, findings })],
  ])("%s", (_, log) => {
    const lines = written(log).split("\n");
    for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThan(lineBytesMax);
    for (let at = 0; at < numbered.length; at += 1) {
      expect(lines.some((line) => line.includes(`number ${at}:`))).toBe(true);
    }
    expect(lines.filter((line) => line.includes(run.runId))).toHaveLength(1);
  });
});
