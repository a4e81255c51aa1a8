import { describe, expect, test } from "vitest";
import type { Change } from "../../shared/plan/change.ts";
import { alertsOf } from "../../shared/report/alerts.ts";
import type { EnvironmentResult } from "../../shared/report/environment.ts";
import {
  installation,
  organization,
  recordWith,
  statusWith,
  versionWith,
  wider,
} from "../plan/entries.ts";
import { alertsIn, first, type Given, policyOf, provider, roleOf, runOf } from "./runs.ts";

const second = versionWith(2, wider);
const announced = (heldDigest: string | null) => statusWith({ heldVersion: 2, heldDigest });
const onWiden = (members: object = {}) => versionWith(1, { onWiden: "apply", ...members });
const untagged: Given = {
  role: roleOf(first, { tags: {} }),
  policy: policyOf(first, { tags: {} }),
};

describe("an edit is held", () => {
  test("because its trust policy would admit more", () => {
    expect(alertsIn({ newest: second, applied: first })).toMatchInlineSnapshot(`
      "trust-widening-held, warning
      production: version 2 is held: it would widen the trust policy

      Version 2 admits requests that the version in force does not.
      Newly allowed: project aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee: refs/heads/dev of github.com/acme/shop (so far refs/heads/main of github.com/acme/shop).
      A job of project aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee of organisation 11111111-2222-4333-8444-555555555555, with sub = org/11111111-2222-4333-8444-555555555555/project/aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee/user/c2e94f1d-06a7-4b58-9f3e-71d8ab45c690/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/dev (a job's V2 token), could assume CircleCI-OIDC-Role.
      CloudTrail shows who edited /oidc-reconciler/environments/production (PutParameter).
      It was not applied. What was in force before stays in force.
      To approve it: oidc-reconciler approve production --version 2, or label exactly that version: aws ssm label-parameter-version --name /oidc-reconciler/environments/production --parameter-version 2 --labels approved. To refuse it, put a narrower document."
    `);
  });

  test("because its deploy policy would grant more", () => {
    const newest = versionWith(2, { deploy: { ecr: ["demo-backend", "second"] } });
    expect(alertsIn({ newest, applied: first })).toMatchInlineSnapshot(`
      "permissions-widening-held, warning
      production: version 2 is held: it would widen the permissions

      Version 2 grants what the version in force does not.
      Newly allowed: ECR repository second: push.
      Anyone who assumes CircleCI-OIDC-Role could perform ecr:PutImage on arn:aws:ecr:us-east-1:123456789012:repository/second.
      CloudTrail shows who edited /oidc-reconciler/environments/production (PutParameter).
      It was not applied. What was in force before stays in force.
      To approve it: oidc-reconciler approve production --version 2, or label exactly that version: aws ssm label-parameter-version --name /oidc-reconciler/environments/production --parameter-version 2 --labels approved. To refuse it, put a narrower document."
    `);
  });

  test("because it lowers the guard itself", () => {
    const newest = versionWith(2, { onWiden: { permissions: "apply" } });
    expect(alertsIn({ newest, applied: first })).toMatchInlineSnapshot(`
      "permissions-widening-held, warning
      production: version 2 is held: it may widen the permissions

      Version 2 lowers onWiden for permissions from hold to apply.
      CloudTrail shows who edited /oidc-reconciler/environments/production (PutParameter).
      It was not applied. What was in force before stays in force.
      To approve it: oidc-reconciler approve production --version 2, or label exactly that version: aws ssm label-parameter-version --name /oidc-reconciler/environments/production --parameter-version 2 --labels approved. To refuse it, put a narrower document."
    `);
  });

  test("because it is the first document", () => {
    expect(alertsIn({ applied: null })).toMatchInlineSnapshot(`
      "trust-widening-held, warning
      production: version 1 is held: it is the first document of this environment

      Version 1 is the first document of this environment, and admits jobs that could not assume the role before.
      Newly allowed:
      - project aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee: refs/heads/main of github.com/acme/shop
      - ECR repository demo-backend: push
      A job of project aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee of organisation 11111111-2222-4333-8444-555555555555, with sub = org/11111111-2222-4333-8444-555555555555/project/aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee/user/c2e94f1d-06a7-4b58-9f3e-71d8ab45c690/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/main (a job's V2 token), could assume CircleCI-OIDC-Role.
      CloudTrail shows who edited /oidc-reconciler/environments/production (PutParameter).
      It was not applied, and nothing is written until it is approved.
      To approve it: oidc-reconciler approve production --version 1, or label exactly that version: aws ssm label-parameter-version --name /oidc-reconciler/environments/production --parameter-version 1 --labels approved. To refuse it, delete /oidc-reconciler/environments/production."
    `);
  });

  test("because what was in force before is not known", () => {
    const status = statusWith({ appliedVersion: 1, appliedDigest: first.digest });
    const entry = { status, record: { kind: "absent" } } as const;
    expect(alertsIn({ newest: second, applied: first, entry })).toMatchInlineSnapshot(`
      "trust-widening-held, warning
      production: version 2 is held: what was in force before is not known

      Version 2 cannot be compared with what was in force: the record of what is in force is gone.
      Newly allowed: project aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee: refs/heads/dev of github.com/acme/shop.
      A job of project aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee of organisation 11111111-2222-4333-8444-555555555555, with sub = org/11111111-2222-4333-8444-555555555555/project/aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee/user/c2e94f1d-06a7-4b58-9f3e-71d8ab45c690/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/dev (a job's V2 token), could assume CircleCI-OIDC-Role.
      CloudTrail shows who edited /oidc-reconciler/environments/production (PutParameter).
      It was not applied, and nothing is written until it is approved.
      To approve it: oidc-reconciler approve production --version 2, or label exactly that version: aws ssm label-parameter-version --name /oidc-reconciler/environments/production --parameter-version 2 --labels approved. To refuse it, put a narrower document."
    `);
  });

  test("because a role has the tags of an environment that has no record", () => {
    expect(alertsIn({ applied: null, choosing: { tagged: true } })).toMatchInlineSnapshot(`
      "trust-widening-held, warning
      production: version 1 is held: a role or policy already has this environment's tags

      Version 1 looks like a first document, but a role or policy already has this environment's tags, so something was in force before.
      Newly allowed:
      - project aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee: refs/heads/main of github.com/acme/shop
      - ECR repository demo-backend: push
      A job of project aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee of organisation 11111111-2222-4333-8444-555555555555, with sub = org/11111111-2222-4333-8444-555555555555/project/aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee/user/c2e94f1d-06a7-4b58-9f3e-71d8ab45c690/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/main (a job's V2 token), could assume CircleCI-OIDC-Role.
      CloudTrail shows who edited /oidc-reconciler/environments/production (PutParameter).
      It was not applied, and nothing is written until it is approved.
      To approve it: oidc-reconciler approve production --version 1, or label exactly that version: aws ssm label-parameter-version --name /oidc-reconciler/environments/production --parameter-version 1 --labels approved. To refuse it, put a narrower document."
    `);
  });

  test("because its label is on content that was never announced", () => {
    const entry = { approvedVersion: 2, status: announced("other") };
    expect(alertsIn({ newest: second, applied: first, entry })).toMatchInlineSnapshot(`
      "trust-widening-held, warning
      production: version 2 is held: it would widen the trust policy

      Version 2 admits requests that the version in force does not.
      Newly allowed: project aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee: refs/heads/dev of github.com/acme/shop (so far refs/heads/main of github.com/acme/shop).
      A job of project aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee of organisation 11111111-2222-4333-8444-555555555555, with sub = org/11111111-2222-4333-8444-555555555555/project/aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee/user/c2e94f1d-06a7-4b58-9f3e-71d8ab45c690/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/dev (a job's V2 token), could assume CircleCI-OIDC-Role.
      Version 2 had the label approved, but its content is not the content that was announced, so the label was removed.
      CloudTrail shows who edited /oidc-reconciler/environments/production (PutParameter).
      It was not applied. What was in force before stays in force.
      To approve it: oidc-reconciler approve production --version 2, or label exactly that version: aws ssm label-parameter-version --name /oidc-reconciler/environments/production --parameter-version 2 --labels approved. To refuse it, put a narrower document."
    `);
  });

  test("because its label came before its content was announced", () => {
    const entry = { approvedVersion: 2, status: statusWith() };
    expect(alertsIn({ newest: second, applied: first, entry })).toMatchInlineSnapshot(`
      "trust-widening-held, warning
      production: version 2 is held: it would widen the trust policy

      Version 2 admits requests that the version in force does not.
      Newly allowed: project aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee: refs/heads/dev of github.com/acme/shop (so far refs/heads/main of github.com/acme/shop).
      A job of project aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee of organisation 11111111-2222-4333-8444-555555555555, with sub = org/11111111-2222-4333-8444-555555555555/project/aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee/user/c2e94f1d-06a7-4b58-9f3e-71d8ab45c690/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/dev (a job's V2 token), could assume CircleCI-OIDC-Role.
      Version 2 had the label approved before its content was announced, so the label was removed.
      CloudTrail shows who edited /oidc-reconciler/environments/production (PutParameter).
      It was not applied. What was in force before stays in force.
      To approve it: oidc-reconciler approve production --version 2, or label exactly that version: aws ssm label-parameter-version --name /oidc-reconciler/environments/production --parameter-version 2 --labels approved. To refuse it, put a narrower document."
    `);
  });
});

test("an alert lists what a held edit gains, each on a line", () => {
  const newest = versionWith(2, { deploy: { ecr: ["demo-backend", "web"], lambda: ["worker"] } });
  expect(alertsIn({ newest, applied: first }).split("\n").slice(4, 7)).toEqual([
    "Newly allowed:",
    "- ECR repository web: push",
    "- Lambda function worker",
  ]);
});

test("an edit that gains on both sides has an alert for each, with its own words", () => {
  const newest = versionWith(2, { ...wider, deploy: { ecr: ["demo-backend", "web"] } });
  const lines = alertsIn({ newest, applied: first }).split("\n");
  expect(lines.filter((line) => line.startsWith("Newly allowed:"))).toEqual([
    expect.stringMatching(/^Newly allowed: project \S+ refs\/heads\/dev of [^;]*\.$/),
    "Newly allowed: ECR repository web: push.",
  ]);
});

test("an edit is held and was announced: no alert", () => {
  const entry = { status: announced(second.digest) };
  expect(alertsIn({ newest: second, applied: first, entry })).toBe("");
});

describe("an edit widens and is applied", () => {
  test("because someone approved it", () => {
    const entry = { approvedVersion: 2, status: announced(second.digest) };
    expect(alertsIn({ newest: second, applied: first, entry })).toMatchInlineSnapshot(`
      "trust-widening-applied, warning
      production: version 2 widens the trust policy

      Version 2 of /oidc-reconciler/environments/production allows what was not allowed before.
      A job of project aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee of organisation 11111111-2222-4333-8444-555555555555, with sub = org/11111111-2222-4333-8444-555555555555/project/aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee/user/c2e94f1d-06a7-4b58-9f3e-71d8ab45c690/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/dev (a job's V2 token), could assume CircleCI-OIDC-Role.
      It was approved with the label approved.
      It was applied.
      If it was not intended, put the narrower document back."
    `);
  });

  test("because the version in force lets it", () => {
    const newest = versionWith(2, { ...wider, onWiden: "apply" });
    expect(alertsIn({ newest, applied: onWiden() })).toMatchInlineSnapshot(`
      "trust-widening-applied, warning
      production: version 2 widens the trust policy

      Version 2 of /oidc-reconciler/environments/production allows what was not allowed before.
      A job of project aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee of organisation 11111111-2222-4333-8444-555555555555, with sub = org/11111111-2222-4333-8444-555555555555/project/aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee/user/c2e94f1d-06a7-4b58-9f3e-71d8ab45c690/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/dev (a job's V2 token), could assume CircleCI-OIDC-Role.
      The version in force before says onWiden: apply.
      It was applied.
      If it was not intended, put the narrower document back."
    `);
  });

  test("because the installation applies first documents", () => {
    const choosing = { installation: { ...installation, firstDocument: "apply" } } as const;
    expect(alertsIn({ applied: null, choosing })).toMatchInlineSnapshot(`
      "trust-widening-applied, warning
      production: version 1, the first document, lets its jobs assume the role

      Version 1 of /oidc-reconciler/environments/production is the first document of this environment: nobody could do this before.
      A job of project aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee of organisation 11111111-2222-4333-8444-555555555555, with sub = org/11111111-2222-4333-8444-555555555555/project/aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee/user/c2e94f1d-06a7-4b58-9f3e-71d8ab45c690/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/main (a job's V2 token), could assume CircleCI-OIDC-Role.
      This installation applies first documents (OIDC_FIRST_DOCUMENT).
      It was applied.
      If it was not intended, put the narrower document back."
    `);
  });

  test("because an earlier run began with it, and a part of it still fails", () => {
    const record = { begun: second };
    const fault = ({ step }: { readonly step: { readonly do: string } }) =>
      step.do === "create-policy"
        ? ({
            code: "LimitExceeded",
            message: "iam:CreatePolicy failed: the account has no room for another policy",
            kind: "refused",
          } as const)
        : undefined;
    const run = {
      newest: second,
      applied: first,
      record,
      role: roleOf(first),
      policy: null,
      fault,
    };
    expect(alertsIn(run)).toMatchInlineSnapshot(`
      "permissions-widened, critical
      production: the role was given more permissions (not reverted)

      The permissions of CircleCI-OIDC-Role were changed outside the document. That let its sessions do more.
      There is no example: it could not be decided whether the role can do more. arn:aws:iam::123456789012:policy/CircleCI-Deployment-Policy could not be read. In doubt it counts as a widening.
      It is not known who did it: CloudTrail shows no matching call yet.
      Nothing was changed: the correction failed, or another installation owns the resource.
      The next run tries again. If it fails again, check the permissions of the reconciler's own role.

      ----

      trust-widening-applied, warning
      production: version 2 widens the trust policy

      Version 2 of /oidc-reconciler/environments/production allows what was not allowed before.
      A job of project aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee of organisation 11111111-2222-4333-8444-555555555555, with sub = org/11111111-2222-4333-8444-555555555555/project/aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee/user/c2e94f1d-06a7-4b58-9f3e-71d8ab45c690/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/dev (a job's V2 token), could assume CircleCI-OIDC-Role.
      An earlier run began to apply it and did not finish.
      It was applied.
      If it was not intended, put the narrower document back.

      ----

      reconcile-failed, critical
      production: the account could not be changed to match the document

      iam:CreatePolicy failed: the account has no room for another policy (LimitExceeded).
      The next run tries again. If it fails again, check the permissions of the reconciler's own role."
    `);
  });

  test("in a mode that writes nothing", () => {
    const newest = versionWith(2, { ...wider, mode: "observe", onWiden: "apply" });
    const applied = onWiden({ mode: "observe" });
    expect(alertsIn({ newest, applied, record: { mode: "observe" } })).toMatchInlineSnapshot(`
      "trust-widening-applied, warning
      production: version 2 would widen the trust policy

      Version 2 of /oidc-reconciler/environments/production allows what was not allowed before.
      A job of project aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee of organisation 11111111-2222-4333-8444-555555555555, with sub = org/11111111-2222-4333-8444-555555555555/project/aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee/user/c2e94f1d-06a7-4b58-9f3e-71d8ab45c690/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/dev (a job's V2 token), could assume CircleCI-OIDC-Role.
      The version in force before says onWiden: apply.
      Nothing was written: the mode is observe.
      If it was not intended, put the narrower document back.

      ----

      drift-corrected, info
      production: drift found and not corrected (1 change)

      The account does not match the document. This would be done:
      update trust policy of role/CircleCI-OIDC-Role: the trust policy admits less than desired
      Nothing was changed: the mode is observe.
      To have it corrected, set mode: enforce in /oidc-reconciler/environments/production."
    `);
  });

  test("in a dry run", () => {
    const newest = versionWith(2, { ...wider, onWiden: "apply" });
    const permission = { dryRun: true };
    expect(alertsIn({ newest, applied: onWiden(), permission })).toMatchInlineSnapshot(`
      "trust-widening-applied, warning
      production: version 2 would widen the trust policy

      Version 2 of /oidc-reconciler/environments/production allows what was not allowed before.
      A job of project aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee of organisation 11111111-2222-4333-8444-555555555555, with sub = org/11111111-2222-4333-8444-555555555555/project/aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee/user/c2e94f1d-06a7-4b58-9f3e-71d8ab45c690/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/dev (a job's V2 token), could assume CircleCI-OIDC-Role.
      The version in force before says onWiden: apply.
      Nothing was written: this is a dry run.
      If it was not intended, put the narrower document back."
    `);
  });
});

test("a permission widens because something changed in AWS", () => {
  const newGrants = [
    {
      facts: {},
      action: "iam:PassRole",
      resource: "arn:aws:iam::123456789012:role/shop-instance",
      context: { "iam:PassedToService": ["tasks.apprunner.amazonaws.com"] },
      reason: "shop now runs with arn:aws:iam::123456789012:role/shop-instance",
    },
  ];
  expect(alertsIn({ newGrants })).toMatchInlineSnapshot(`
    "permissions-widening-applied, warning
    production: a change in AWS widens the permissions

    Shop now runs with arn:aws:iam::123456789012:role/shop-instance.
    Anyone who assumes CircleCI-OIDC-Role could perform iam:PassRole on arn:aws:iam::123456789012:role/shop-instance (with iam:PassedToService = tasks.apprunner.amazonaws.com).
    No document changed: something in AWS did.
    It was applied.
    If it was not intended, change the target back, or let the document allow less on it."
  `);
});

describe("what exists already", () => {
  test("is adopted", () => {
    const status = statusWith({ heldVersion: 1, heldDigest: first.digest });
    const removed = {
      action: "update",
      resource: "oidc-provider",
      id: provider,
      reason: "no document asks for audience sts.amazonaws.com",
      before: [organization, "sts.amazonaws.com"],
      after: [organization],
      effect: "closes",
      step: { do: "remove-audience", arn: provider, audience: "sts.amazonaws.com" },
    } as const;
    const further = [{ change: removed, outcome: "applied", policyVersion: null }] as const;
    const entry = { approvedVersion: 1, status };
    expect(alertsIn({ ...untagged, applied: null, entry, further })).toMatchInlineSnapshot(`
      "adopted, info
      production: adopted role and policy

      Found without an owner in their tags: arn:aws:iam::123456789012:role/CircleCI-OIDC-Role, arn:aws:iam::123456789012:policy/CircleCI-Deployment-Policy.
      From now on the reconciler manages them, and their tags say so. The report has what was there before.
      Nobody asked for sts.amazonaws.com: removed from the provider.
      If they belong to someone else, choose other names in the document while onRemove is retain, then remove the tags oidc-reconciler:… from them."
    `);
  });

  test("is adopted once, by a run that cannot finish, and by the next one where none was reported", () => {
    const status = statusWith({ heldVersion: 1, heldDigest: first.digest });
    const entry = { approvedVersion: 1, status };
    const fault = ({ action }: Change) =>
      action === "tag" || action === "delete"
        ? ({ code: "AccessDenied", message: "no", kind: "refused" } as const)
        : undefined;
    const kindsIn = (result: EnvironmentResult) => alertsOf(result).map(({ kind }) => kind);
    const inline = [{ name: "debug", document: JSON.stringify({ Statement: [] }) }];
    const role = roleOf(first, { tags: {}, maxSessionSeconds: 43_200, inline });
    const begins = runOf({ ...untagged, role, applied: null, entry, fault });
    expect(kindsIn(begins)).toContain("adopted");
    const record = recordWith({ applied: null, begun: first });
    const later = (before: typeof status) =>
      runOf({
        ...untagged,
        applied: null,
        entry: {
          status: before,
          record: { kind: "found", record, parameterVersion: record.serial },
        },
      });
    expect(kindsIn(later(begins.status))).not.toContain("adopted");
    expect(kindsIn(later(statusWith({ appliedVersion: null })))).toContain("adopted");
    expect(later(begins.status).status.seen?.told).toEqual([]);
  });

  test("is only watched, because the first document says so", () => {
    const newest = versionWith(1, { ...wider, mode: "observe" });
    const everything = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }],
    });
    const role = roleOf(first, { tags: {}, inline: [{ name: "debug", document: everything }] });
    expect(alertsIn({ ...untagged, newest, applied: null, role })).toMatchInlineSnapshot(`
      "adopted, warning
      production: watched, and not enforced yet

      Version 1 of /oidc-reconciler/environments/production is the first document of this environment, in mode observe: nothing is written.
      Enforcing it would adopt arn:aws:iam::123456789012:role/CircleCI-OIDC-Role, arn:aws:iam::123456789012:policy/CircleCI-Deployment-Policy.
      Enforcing it would allow what is not allowed today:
      A job of project aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee of organisation 11111111-2222-4333-8444-555555555555, with sub = org/11111111-2222-4333-8444-555555555555/project/aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee/user/c2e94f1d-06a7-4b58-9f3e-71d8ab45c690/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/dev (a job's V2 token), could assume CircleCI-OIDC-Role.
      Enforcing it would end what the role allows today:
      Anyone who assumes CircleCI-OIDC-Role could perform s3:PutObject on arn:aws:s3:::any-bucket/any-key.
      To enforce it, set mode: enforce in /oidc-reconciler/environments/production. That edit is held like any first document."
    `);
  });
});

describe("an edit changes", () => {
  test("the mode to observe", () => {
    const newest = versionWith(2, { mode: "observe" });
    expect(alertsIn({ newest, applied: first })).toMatchInlineSnapshot(`
      "mode-changed, warning
      production: the mode changed from enforce to observe

      Version 2 of /oidc-reconciler/environments/production changes the mode from enforce to observe. Drift is reported and not corrected.
      If it was not intended, put the earlier document back."
    `);
  });

  test("the mode to suspend", () => {
    const newest = versionWith(2, { mode: "suspend" });
    expect(alertsIn({ newest, applied: first })).toMatchInlineSnapshot(`
      "mode-changed, warning
      production: the mode changed from enforce to suspend

      Version 2 of /oidc-reconciler/environments/production changes the mode from enforce to suspend. Nothing is written, and widenings are still reported.
      If it was not intended, put the earlier document back."
    `);
  });

  test("the mode back to enforce", () => {
    const newest = versionWith(2);
    const applied = versionWith(1, { mode: "observe" });
    const record = { mode: "observe" } as const;
    expect(alertsIn({ newest, applied, record })).toMatchInlineSnapshot(`
      "mode-changed, warning
      production: the mode changed from observe to enforce

      Version 2 of /oidc-reconciler/environments/production changes the mode from observe to enforce. Drift is corrected again.
      If it was not intended, put the earlier document back."
    `);
  });

  test("the name of the role, and what happens once the document is gone", () => {
    const newest = versionWith(2, { role: { name: "Second" }, onRemove: "delete" });
    const role = roleOf(newest);
    expect(alertsIn({ newest, applied: first, role })).toMatchInlineSnapshot(`
      "mode-changed, warning
      production: the role or policy was renamed

      Version 2 of /oidc-reconciler/environments/production names role Second and policy CircleCI-Deployment-Policy instead of CircleCI-OIDC-Role and CircleCI-Deployment-Policy.
      Jobs need the new role's ARN: it is in the outputs of the status.

      ----

      mode-changed, warning
      production: onRemove changed from retain to delete

      From version 2 of /oidc-reconciler/environments/production on, role and policy are deleted when the parameter is removed.
      If it was not intended, set onRemove: retain again."
    `);
  });
});
