import { describe, expect, test } from "vitest";
import { alertsOf } from "../../shared/report/alerts.ts";
import { versionWith, wider } from "../plan/entries.ts";
import { alertsIn, roleOf, runOf } from "./runs.ts";

describe("an edit widens and is overtaken once it is written", () => {
  const first = versionWith(1, { onWiden: "apply" });
  const wide = versionWith(2, { ...wider, onWiden: "apply", role: { maxSessionSeconds: 7200 } });
  const overtaken = runOf({ newest: wide, applied: first });
  const opened = {
    applied: first,
    record: { begun: wide },
    role: roleOf(wide),
    input: { overtaken },
  } as const;

  test("by one that closes it again", () => {
    const newest = versionWith(3, { onWiden: "apply" });
    expect(alertsIn({ ...opened, newest })).toMatchInlineSnapshot(`
      "trust-widening-applied, warning
      production: version 2 widened the trust policy before it was overtaken

      Version 2 of /oidc-reconciler/environments/production allows what was not allowed before.
      A job of project aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee of organisation 11111111-2222-4333-8444-555555555555, with sub = org/11111111-2222-4333-8444-555555555555/project/aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee/user/c2e94f1d-06a7-4b58-9f3e-71d8ab45c690/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/dev (a job's V2 token), could assume CircleCI-OIDC-Role.
      The version in force before says onWiden: apply.
      It was written, and /oidc-reconciler/environments/production was edited while the run was at work.
      What of it is not in force now was closed by the same run.
      CloudTrail shows who edited /oidc-reconciler/environments/production (PutParameter). If it was not intended, put the narrower document back.

      ----

      permissions-widening-applied, warning
      production: version 2 widened the permissions before it was overtaken

      Lets sessions last 7200 s instead of 3600 s.
      The version in force before says onWiden: apply.
      It was written, and /oidc-reconciler/environments/production was edited while the run was at work.
      What of it is not in force now was closed by the same run.
      CloudTrail shows who edited /oidc-reconciler/environments/production (PutParameter). If it was not intended, put the narrower document back."
    `);
  });

  test("by the deletion of the document, which leaves it open", () => {
    const alerts = alertsIn({ ...opened, newest: null }).split("\n\n----\n\n");
    expect(alerts[0]).toMatchInlineSnapshot(`
      "trust-widening-applied, warning
      production: version 2 widened the trust policy before it was overtaken

      Version 2 of /oidc-reconciler/environments/production allows what was not allowed before.
      A job of project aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee of organisation 11111111-2222-4333-8444-555555555555, with sub = org/11111111-2222-4333-8444-555555555555/project/aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee/user/c2e94f1d-06a7-4b58-9f3e-71d8ab45c690/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/dev (a job's V2 token), could assume CircleCI-OIDC-Role.
      The version in force before says onWiden: apply.
      It was written, and /oidc-reconciler/environments/production was deleted while the run was at work.
      What it opened was not closed by this run.
      CloudTrail shows who edited /oidc-reconciler/environments/production (PutParameter). If it was not intended, put the narrower document back."
    `);
  });

  test("by one that gives the same", () => {
    const newest = versionWith(3, { ...wide.document, role: { maxSessionSeconds: 7200 } });
    const titles = alertsOf(runOf({ ...opened, newest })).map(({ title }) => title);
    expect(titles).toEqual([
      "production: version 3 widens the trust policy",
      "production: version 3 widens the permissions",
    ]);
  });
});
