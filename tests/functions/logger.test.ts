import { describe, expect, onTestFinished, test, vi } from "vitest";
import { logger, logRemoval } from "../../functions/logger.ts";
import type { Change } from "../../shared/plan/change.ts";

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
