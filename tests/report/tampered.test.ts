import { describe, expect, test } from "vitest";
import { tamperedAlert } from "../../shared/report/tampered.ts";

const write = {
  account: "123456789012",
  actor: "arn:aws:iam::123456789012:user/bob",
  at: "2026-11-22T09:59:58Z",
};

describe("a write of the reconciler's state by somebody else is reported as critical:", () => {
  test.each([
    ["status", "production", "production: its status was written by somebody else"],
    ["applied", "production", "production: its applied record was written by somebody else"],
    ["outputs", "production", "production: its outputs were written by somebody else"],
    ["journal", null, "account: its journal was written by somebody else"],
  ] as const)("of the %s", (state, environment, title) => {
    const parameter = `/oidc-reconciler/${state}`;
    const alert = tamperedAlert({ ...write, state, environment, parameter });
    expect(alert).toMatchObject({ kind: "conflict", severity: "critical", title });
    expect(alert.environment).toBe(environment ?? "account");
    expect(alert.text).toContain(`${parameter} was written by ${write.actor} at ${write.at}`);
  });

  test("by anyone, where the event does not say", () => {
    const unsaid = { ...write, actor: null, at: null };
    const parameter = "/oidc-reconciler/journal";
    const { text } = tamperedAlert({
      ...unsaid,
      state: "journal",
      environment: null,
      parameter,
    });
    expect(text).toContain(`${parameter} was written by an unknown caller, and only`);
  });
});
