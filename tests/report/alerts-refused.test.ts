import { describe, expect, test } from "vitest";
import type { Diagnosis } from "../../shared/diagnose/cause.ts";
import { callOfRecord } from "../../shared/diagnose/question.ts";
import { refusalAlert } from "../../shared/diagnose/refusal-alert.ts";
import type { NewRefusal } from "../../shared/diagnose/refusal-memory.ts";
import { recordWith, subjectOf } from "../diagnose/job.ts";
import { shown } from "./runs.ts";

const diagnosis: Diagnosis = {
  role: "Acme-CI",
  subject: subjectOf(),
  at: "2026-11-22T10:00:00Z",
  admitted: false,
  cause: {
    code: "ref-refused",
    message: "the token's ref is refs/heads/dev, the trust policy asks for refs/heads/main",
  },
  message: "the token's ref is refs/heads/dev, the trust policy asks for refs/heads/main",
  obstacles: [],
  next: "Name the ref under this project's refs in trust.projects, or leave the job out on purpose.",
  checks: [],
};

function refusalWith(changes: Partial<NewRefusal> = {}): NewRefusal {
  return {
    environment: "production",
    isProven: true,
    call: callOfRecord(recordWith({ userName: subjectOf({ ref: "refs/heads/dev" }) })),
    times: 50,
    firstAt: "2026-11-22T09:59:12Z",
    lastAt: "2026-11-22T10:00:00Z",
    diagnosis,
    what: "ref-refused",
    who: "0123456789ab",
    anyWho: ["0123456789ab"],
    total: 50,
    since: "2026-11-22T09:59:12Z",
    ...changes,
  };
}

const textOf = (changes: Partial<NewRefusal> = {}) => shown([refusalAlert(refusalWith(changes))]);

describe("a job was refused", () => {
  test("again and again, at the trust policy", () => {
    expect(textOf()).toMatchInlineSnapshot(`
      "job-refused, warning
      production: a job was refused: ref-refused

      A job of project aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee (github.com/acme/shop, refs/heads/dev), started by user c2e94f1d-06a7-4b58-9f3e-71d8ab45c690, session acme-42, was refused at the role Acme-CI.
      ref-refused: the token's ref is refs/heads/dev, the trust policy asks for refs/heads/main.
      50 times since 2026-11-22T09:59:12Z, the last time at 2026-11-22T10:00:00Z in us-east-1. No alert about the same follows for a day.
      Name the ref under this project's refs in trust.projects, or leave the job out on purpose."
    `);
  });

  test("once, before STS had verified its token", () => {
    const expired = { code: "token-expired", message: "the token had expired" } as const;
    const next = "Let a late step get a fresh one with circleci run oidc get.";
    const cause: Diagnosis = { ...diagnosis, cause: expired, message: expired.message, next };
    const one = { what: "token-expired", isProven: false, diagnosis: cause, total: 1 } as const;
    expect(textOf(one)).toMatchInlineSnapshot(`
      "job-refused, warning
      production: a job was refused: token-expired

      A job of project aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee (github.com/acme/shop, refs/heads/dev), started by user c2e94f1d-06a7-4b58-9f3e-71d8ab45c690, session acme-42, was refused at the role Acme-CI.
      token-expired: the token had expired.
      STS had not verified its token yet, so whose job it was is what the token says.
      Once, at 2026-11-22T10:00:00Z in us-east-1. No alert about the same follows for a day.
      Let a late step get a fresh one with circleci run oidc get."
    `);
  });

  test("though its role's trust policy admits it", () => {
    const admits: Diagnosis = { ...diagnosis, admitted: true, cause: null };
    expect(textOf({ what: "admitted", diagnosis: admits, total: 3 })).toMatchInlineSnapshot(`
      "job-refused, warning
      production: a job was refused: its role's trust policy admits it

      A job of project aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee (github.com/acme/shop, refs/heads/dev), started by user c2e94f1d-06a7-4b58-9f3e-71d8ab45c690, session acme-42, was refused at the role Acme-CI.
      The trust policy admits this token, and has for a quarter of an hour.
      3 times since 2026-11-22T09:59:12Z, the last time at 2026-11-22T10:00:00Z in us-east-1. No alert about the same follows for a day.
      Look for what refuses it beside the trust policy: a resource control policy of the organisation, or the policy of a VPC endpoint for STS."
    `);
  });

  test("for a cause that cannot be decided", () => {
    const open: Diagnosis = {
      ...diagnosis,
      admitted: null,
      cause: null,
      message: "undecided: the trust policy asks for aws:SourceVpc",
    };
    expect(textOf({ what: "undecided", diagnosis: open })).toContain(
      "production: a job was refused: the cause is not decided",
    );
  });

  test("and what a stranger named is shown and not obeyed", () => {
    const ref = "refs/heads/\u001b[31m\u202eevil";
    const call = callOfRecord(recordWith({ userName: subjectOf({ ref }) }));
    const text = textOf({ call });
    for (const sign of ["\u001b", "\u202e"]) expect(text).not.toContain(sign);
    expect(text).toContain("\\u001b[31m\\u202eevil");
  });
});
