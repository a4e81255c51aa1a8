import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { auditAlert } from "../../shared/audit/alert.ts";
import { interruptedAlerts } from "../../shared/report/interrupted.ts";
import type { Journal } from "../../shared/report/journal.ts";
import { alertKinds } from "../../shared/report/report.ts";
import { takenOverAlert } from "../../shared/report/taken-over.ts";
import { tamperedAlert } from "../../shared/report/tampered.ts";
import { entryWith, read, statusWith } from "../plan/entries.ts";
import { alice, first, runOf, shown } from "./runs.ts";

describe("a run was interrupted", () => {
  const at = "2026-02-01T11:45:00.000Z";
  const trust = {
    kind: "trust-widened",
    environment: "production",
    title: "production: the trust policy was widened (reverted)",
  } as const;
  const drift = {
    kind: "drift-corrected",
    environment: "production",
    title: "production: drift corrected (1 change)",
  } as const;

  test("after it had found a widening, and more than the journal holds", () => {
    const journal: Journal = {
      "run-1": { at, source: "queue", alerts: [trust, drift], more: { "drift-corrected": 40 } },
    };
    expect(shown(interruptedAlerts(journal, ["run-1"], []))).toMatchInlineSnapshot(`
      "run-interrupted, critical
      production: a run ended before its alerts were sent

      Run run-1, which began before 2026-02-01T11:45:00.000Z, ended before its alerts were sent. It had found:
      trust-widened: production: the trust policy was widened (reverted)
      drift-corrected: production: drift corrected (1 change)
      It had found more, for which the journal had no room: 40 of kind drift-corrected.
      The function's log has in full what it corrected, before each write. This run has looked again.
      Search the log for run-1."
    `);
  });

  test("and this run found the same, and something less urgent", () => {
    const journal: Journal = { "run-1": { at, source: "queue", alerts: [drift], more: {} } };
    const again = [{ ...drift, severity: "info", text: "" }] as const;
    expect(shown(interruptedAlerts(journal, ["run-1"], again))).toMatchInlineSnapshot(`
      "run-interrupted, warning
      production: a run ended before its alerts were sent

      Run run-1, which began before 2026-02-01T11:45:00.000Z, ended before its alerts were sent. It had found:
      What this run found as well has its own alert (1).
      The function's log has in full what it corrected, before each write. This run has looked again.
      Search the log for run-1."
    `);
  });
});

describe("someone else wrote the reconciler's", () => {
  const write = {
    actor: alice,
    at: "2026-02-01T11:59:30.000Z",
    account: "123456789012",
    environment: "production",
  };

  test("status", () => {
    const parameter = "/oidc-reconciler/status/production";
    expect(shown([tamperedAlert({ ...write, state: "status", parameter })])).toMatchInlineSnapshot(`
      "conflict, critical
      production: its status was written by somebody else

      /oidc-reconciler/status/production was written by arn:aws:iam::123456789012:user/alice at 2026-02-01T11:59:30.000Z, and only the reconciler may: it says what was held and announced.
      The record decides what may open, not the status. Compare heldVersion and heldDigest with the parameter before you approve.
      Find out who may write it, and deny ssm:PutParameter on it to everyone else (docs/deploying.md)."
    `);
  });

  test("record", () => {
    const parameter = "/oidc-reconciler/applied/production";
    expect(
      shown([tamperedAlert({ ...write, state: "applied", parameter })]),
    ).toMatchInlineSnapshot(`
      "conflict, critical
      production: its applied record was written by somebody else

      /oidc-reconciler/applied/production was written by arn:aws:iam::123456789012:user/alice at 2026-02-01T11:59:30.000Z, and only the reconciler may: every comparison starts from it.
      What it says may be forged: approve nothing until you have compared it with the document and the role.
      Find out who may write it, and deny ssm:PutParameter on it to everyone else (docs/deploying.md)."
    `);
  });

  test("outputs", () => {
    const parameter = "/oidc-reconciler/outputs/production";
    expect(
      shown([tamperedAlert({ ...write, state: "outputs", parameter })]),
    ).toMatchInlineSnapshot(`
      "conflict, critical
      production: its outputs were written by somebody else

      /oidc-reconciler/outputs/production was written by arn:aws:iam::123456789012:user/alice at 2026-02-01T11:59:30.000Z, and only the reconciler may: jobs read from them what they deploy to.
      The run that found it corrects them. Meanwhile jobs may have deployed to someone else's service: check what they did since then.
      Find out who may write it, and deny ssm:PutParameter on it to everyone else (docs/deploying.md)."
    `);
  });

  test("journal", () => {
    const parameter = "/oidc-reconciler/journal";
    const journal = { ...write, state: "journal", environment: null, parameter } as const;
    expect(shown([tamperedAlert(journal)])).toMatchInlineSnapshot(`
      "conflict, critical
      account: its journal was written by somebody else

      /oidc-reconciler/journal was written by arn:aws:iam::123456789012:user/alice at 2026-02-01T11:59:30.000Z, and only the reconciler may: it holds what an interrupted run found and has not reported yet.
      An alert may be missing: search the function's log for what the last runs found.
      Find out who may write it, and deny ssm:PutParameter on it to everyone else (docs/deploying.md)."
    `);
  });
});

test("environments were taken over from an earlier release", () => {
  const status = statusWith({ appliedVersion: 1, appliedDigest: first.digest, seen: null });
  const result = runOf({ entry: { ...entryWith(), newest: read(first), status } });
  expect(shown(takenOverAlert([result]))).toMatchInlineSnapshot(`
    "adopted, info
    production: taken over from an earlier release

    Each now has a record of what is in force: production.
    The account matches what the statuses said was applied. Nobody gained access.
    There is nothing to do."
  `);
});

test("the audit found a role that nobody manages", () => {
  expect(
    shown(
      auditAlert([
        {
          code: "unmanaged-trust",
          severity: "warning",
          subject: "arn:aws:iam::123456789012:role/Legacy",
          message: "role/Legacy admits CircleCI jobs and no environment manages it",
          next: "Name it in an environment's document, or remove it",
        },
      ]),
    ),
  ).toMatchInlineSnapshot(`
    "unmanaged-trust, warning
    audit: 1 role admits CircleCI and no environment manages it

    warning: role/Legacy admits CircleCI jobs and no environment manages it. Name it in an environment's document, or remove it
    For the full report, run oidc-reconciler audit --json or see the function's log."
  `);
});

test("every kind of alert is shown in full by one of these tests", () => {
  const files = readdirSync(import.meta.dirname).filter((name) =>
    /^alerts-.*\.test\.ts$/.test(name),
  );
  const texts = files.map((name) => readFileSync(`${import.meta.dirname}/${name}`, "utf8")).join();
  const missing = alertKinds.filter(
    (kind) => !new RegExp(`"${kind}, (critical|warning|info)\n`).test(texts),
  );
  expect(missing).toEqual([]);
});
