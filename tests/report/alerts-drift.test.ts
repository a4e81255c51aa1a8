import { describe, expect, test } from "vitest";
import { noOrphans } from "../../shared/plan/orphans.ts";
import { settingWidenings } from "../../shared/plan/provider-settings.ts";
import type { Status } from "../../shared/plan/status.ts";
import { audienceWidenings } from "../../shared/plan/widening.ts";
import { statusWith, versionWith } from "../plan/entries.ts";
import {
  alertsIn,
  alice,
  byAlice,
  everything,
  first,
  identityOf,
  knownWho,
  provider,
  roleOf,
  runOf,
  text,
} from "./runs.ts";

/** Anyone who has a token of the organisation's provider. */
const openTrust = text({
  Effect: "Allow",
  Principal: { Federated: provider },
  Action: "sts:AssumeRoleWithWebIdentity",
});
const opened = { role: roleOf(first, { trustPolicy: openTrust }) };
const inline = { role: roleOf(first, { inline: [{ name: "debug", document: everything }] }) };

describe("the trust policy was widened outside the document", () => {
  test("and was reverted", () => {
    expect(alertsIn({ ...opened, ...knownWho })).toMatchInlineSnapshot(`
      "trust-widened, critical
      production: the trust policy was widened (reverted)

      The trust policy of CircleCI-OIDC-Role was changed outside the document. That let more callers assume the role.
      A job of project 5b7f0a52-9d3c-4e1b-8a64-2f9c7d10e3b8 of organisation 11111111-2222-4333-8444-555555555555, with sub = org/11111111-2222-4333-8444-555555555555/project/5b7f0a52-9d3c-4e1b-8a64-2f9c7d10e3b8/user/c2e94f1d-06a7-4b58-9f3e-71d8ab45c690/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/main (a job's V2 token), could assume CircleCI-OIDC-Role.
      Done by arn:aws:iam::123456789012:user/alice at 2026-02-01T11:59:30.000Z.
      It was reverted at 2026-02-01T12:00:00.000Z. It was open for 30 s. The report has what was there.
      If it was intended, edit /oidc-reconciler/environments/production instead. If not, find out who may make such changes, and search CloudTrail for AssumeRole and AssumeRoleWithWebIdentity on the role in that time."
    `);
  });

  test("and the role has an old name, and lost the tags by which it was watched", () => {
    const arn = "arn:aws:iam::123456789012:role/Old";
    const door = {
      resource: "trust-policy",
      admitted: null,
      undecided: [],
      isImpossible: false,
      traces: [],
      former: arn,
    } as const;
    const orphans = { ...noOrphans, released: [arn], widenings: [door] };
    expect(alertsIn({ newest: first, role: roleOf(first), input: { orphans } })).toContain(
      [
        "Nothing was changed: its tags of this environment were taken off, so no run corrects it.",
        "No later run looks at it: find out who may make such changes, and delete it or correct it yourself.",
      ].join("\n"),
    );
  });

  test("and the mode forbids to revert it; who did it is not known", () => {
    const observed = versionWith(1, { mode: "observe" });
    expect(
      alertsIn({
        newest: observed,
        role: roleOf(observed, { trustPolicy: openTrust }),
        record: { mode: "observe" },
      }),
    ).toMatchInlineSnapshot(`
      "trust-widened, critical
      production: the trust policy was widened (not reverted)

      The trust policy of CircleCI-OIDC-Role was changed outside the document. That let more callers assume the role.
      A job of project 5b7f0a52-9d3c-4e1b-8a64-2f9c7d10e3b8 of organisation 11111111-2222-4333-8444-555555555555, with sub = org/11111111-2222-4333-8444-555555555555/project/5b7f0a52-9d3c-4e1b-8a64-2f9c7d10e3b8/user/c2e94f1d-06a7-4b58-9f3e-71d8ab45c690/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/main (a job's V2 token), could assume CircleCI-OIDC-Role.
      It is not known who did it: CloudTrail shows no matching call yet.
      Nothing was changed: the mode is observe.
      Set mode: enforce in /oidc-reconciler/environments/production, or correct it once: run with {"environments":["production"],"force":true}."
    `);
  });

  test("and the correction failed", () => {
    const fault = () =>
      ({
        code: "AccessDenied",
        message: "iam:UpdateAssumeRolePolicy failed: not authorized to perform it",
        kind: "denied",
      }) as const;
    expect(alertsIn({ ...opened, ...knownWho, fault })).toMatchInlineSnapshot(`
      "trust-widened, critical
      production: the trust policy was widened (not reverted)

      The trust policy of CircleCI-OIDC-Role was changed outside the document. That let more callers assume the role.
      A job of project 5b7f0a52-9d3c-4e1b-8a64-2f9c7d10e3b8 of organisation 11111111-2222-4333-8444-555555555555, with sub = org/11111111-2222-4333-8444-555555555555/project/5b7f0a52-9d3c-4e1b-8a64-2f9c7d10e3b8/user/c2e94f1d-06a7-4b58-9f3e-71d8ab45c690/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/main (a job's V2 token), could assume CircleCI-OIDC-Role.
      Done by arn:aws:iam::123456789012:user/alice at 2026-02-01T11:59:30.000Z.
      Nothing was changed: the correction failed, or another installation owns the resource.
      The next run tries again. If it fails again, check the permissions of the reconciler's own role.

      ----

      reconcile-failed, critical
      production: the account could not be changed to match the document

      iam:UpdateAssumeRolePolicy failed: not authorized to perform it (AccessDenied).
      The next run tries again. If it fails again, check the permissions of the reconciler's own role."
    `);
  });

  test("by the reconciler itself", () => {
    const input = { attribute: () => byAlice, ownSession: alice };
    expect(alertsIn({ ...opened, input })).toMatchInlineSnapshot(`
      "trust-widened, critical
      production: the trust policy was widened (reverted)

      The trust policy of CircleCI-OIDC-Role was changed outside the document. That let more callers assume the role.
      A job of project 5b7f0a52-9d3c-4e1b-8a64-2f9c7d10e3b8 of organisation 11111111-2222-4333-8444-555555555555, with sub = org/11111111-2222-4333-8444-555555555555/project/5b7f0a52-9d3c-4e1b-8a64-2f9c7d10e3b8/user/c2e94f1d-06a7-4b58-9f3e-71d8ab45c690/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/main (a job's V2 token), could assume CircleCI-OIDC-Role.
      The reconciler itself wrote it, in an earlier run that overlapped with another one. Nobody else was involved.
      It was reverted at 2026-02-01T12:00:00.000Z. It was open for 30 s. The report has what was there.
      There is nothing to do."
    `);
  });

  test("in a way that no real caller gains by", () => {
    const { trustPolicy } = identityOf(first).role;
    const loosened = trustPolicy.replace(/,"[^"]*project-id":"[^"]*"/, "");
    expect(loosened).not.toBe(trustPolicy);
    expect(
      alertsIn({ role: roleOf(first, { trustPolicy: loosened }), ...knownWho }),
    ).toMatchInlineSnapshot(`
      "trust-widened, warning
      production: the trust policy was widened (reverted)

      The trust policy of CircleCI-OIDC-Role was changed outside the document. That let more callers assume the role.
      No caller that can exist gains anything by it: every request that anyone can make already has what the policy stopped asking for.
      Anyone who has a token of arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/11111111-2222-4333-8444-555555555555 with oidc.circleci.com/org/11111111-2222-4333-8444-555555555555:aud = 11111111-2222-4333-8444-555555555555, oidc.circleci.com/org/11111111-2222-4333-8444-555555555555:sub = org/11111111-2222-4333-8444-555555555555/project/aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee/user/xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/main, asking for sts:AssumeRoleWithWebIdentity, could assume CircleCI-OIDC-Role (no known caller makes such a request today).
      Done by arn:aws:iam::123456789012:user/alice at 2026-02-01T11:59:30.000Z.
      It was reverted at 2026-02-01T12:00:00.000Z. It was open for 30 s. The report has what was there.
      If it was intended, edit /oidc-reconciler/environments/production instead. If not, find out who may make such changes, and search CloudTrail for AssumeRole and AssumeRoleWithWebIdentity on the role in that time."
    `);
  });
});

test("the role was given more permissions outside the document", () => {
  expect(alertsIn({ ...inline, ...knownWho })).toMatchInlineSnapshot(`
    "permissions-widened, critical
    production: the role was given more permissions (reverted)

    The permissions of CircleCI-OIDC-Role were changed outside the document. That let its sessions do more.
    Anyone who assumes CircleCI-OIDC-Role could perform s3:PutObject on arn:aws:s3:::any-bucket/any-key.
    Done by arn:aws:iam::123456789012:user/alice at 2026-02-01T11:59:30.000Z.
    It was reverted at 2026-02-01T12:00:00.000Z. It was open for 30 s. The report has what was there.
    If it was intended, edit /oidc-reconciler/environments/production instead. If not, find out who may make such changes, and search CloudTrail for AssumeRole and AssumeRoleWithWebIdentity on the role in that time."
  `);
});

test("the provider was given another audience outside the document", () => {
  const { provider: desired } = identityOf(first);
  const observed = {
    ...desired,
    audiences: [...desired.audiences, "sts.amazonaws.com"],
    tags: {},
    settings: [],
  };
  const found = audienceWidenings({ observed, desired, asked: [] });
  const removed = {
    action: "update",
    resource: "oidc-provider",
    id: provider,
    reason: "no document asks for audience sts.amazonaws.com",
    before: observed.audiences,
    after: desired.audiences,
    effect: "closes",
    step: { do: "remove-audience", arn: provider, audience: "sts.amazonaws.com" },
  } as const;
  const results = [{ change: removed, outcome: "applied", policyVersion: null }] as const;
  expect(
    alertsIn({ further: results, input: { audienceWidenings: found, attribute: () => byAlice } }),
  ).toMatchInlineSnapshot(`
    "audience-widened, critical
    production: the provider was given another audience (reverted)

    The OIDC provider of CircleCI-OIDC-Role was given an audience that no document asks for. Every role that trusts the provider accepts tokens for it, unless its trust policy asks for another aud.
    Anyone who has a token of arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/11111111-2222-4333-8444-555555555555 with oidc.circleci.com/org/11111111-2222-4333-8444-555555555555:aud = sts.amazonaws.com, asking for sts:AssumeRoleWithWebIdentity, could assume CircleCI-OIDC-Role.
    Done by arn:aws:iam::123456789012:user/alice at 2026-02-01T11:59:30.000Z.
    It was reverted at 2026-02-01T12:00:00.000Z. It was open for 30 s. The report has what was there.
    If it was intended, edit /oidc-reconciler/environments/production instead. If not, find out who may make such changes, and search CloudTrail for AssumeRole and AssumeRoleWithWebIdentity on the role in that time."
  `);
});

test("something was set on the provider that no run removes", () => {
  const settings = [{ name: "ContextProvider", content: '{"SubjectSourceKey":"sub"}' }];
  const observed = { ...identityOf(first).provider, tags: {}, settings };
  const audienceWidenings = settingWidenings(observed);
  expect(
    alertsIn({ plan: { settings }, input: { audienceWidenings, attribute: () => byAlice } }),
  ).toMatchInlineSnapshot(`
    "permissions-widened, critical
    production: the provider was given a context provider (trusted identity propagation), and still has it

    arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/11111111-2222-4333-8444-555555555555 was given a context provider (trusted identity propagation) outside the document: ContextProvider = {"SubjectSourceKey":"sub"}.
    Sessions that come through this provider may be able to do more: any policy may test the keys that it adds to them.
    Done by arn:aws:iam::123456789012:user/alice at 2026-02-01T11:59:30.000Z.
    Nothing was changed: no run removes it. Everything else is still enforced.
    Remove it with aws iam update-open-id-connect-provider --open-id-connect-provider-arn arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/11111111-2222-4333-8444-555555555555 --remove-context-provider. If it is associated with IAM Identity Center, remove that association first."
  `);
});

test("someone revoked the role's sessions", () => {
  const document = text({
    Effect: "Deny",
    Action: "*",
    Resource: "*",
    Condition: { DateLessThan: { "aws:TokenIssueTime": "2026-02-01T11:58:00Z" } },
  });
  const role = roleOf(first, { inline: [{ name: "AWSRevokeOlderSessions", document }] });
  expect(alertsIn({ role, ...knownWho })).toMatchInlineSnapshot(`
    "sessions-revoked, critical
    production: the role's sessions were revoked

    A policy that only denies is on CircleCI-OIDC-Role, and no document asks for it. It refuses sessions that began before 2026-02-01T11:58:00.000Z.
    Done by arn:aws:iam::123456789012:user/alice at 2026-02-01T11:59:30.000Z.
    It stays: AWSRevokeOlderSessions until 2026-02-01T23:58:00.000Z. Then it is taken off. Everything else is still enforced.
    To remove it earlier, run once with {"environments":["production"],"force":true}."
  `);
});

test("the role has a policy that denies, whatever the session", () => {
  const document = text({ Effect: "Deny", Action: "ecr:*", Resource: "*" });
  const role = roleOf(first, { inline: [{ name: "guardrail", document }] });
  expect(alertsIn({ role, ...knownWho })).toMatchInlineSnapshot(`
    "sessions-revoked, critical
    production: the role has a policy that only denies

    A policy that only denies is on CircleCI-OIDC-Role, and no document asks for it. It refuses what it names in every session.
    Done by arn:aws:iam::123456789012:user/alice at 2026-02-01T11:59:30.000Z.
    It stays: guardrail until 2026-02-02T00:00:00.000Z. Then it is taken off. Everything else is still enforced.
    To remove it earlier, run once with {"environments":["production"],"force":true}."
  `);
});

describe("drift that widens nothing", () => {
  test("was corrected", () => {
    const role = roleOf(first, {
      description: "by hand",
      tags: { ...roleOf(first).tags, team: "x" },
    });
    expect(alertsIn({ role })).toMatchInlineSnapshot(`
      "drift-corrected, info
      production: drift corrected (2 changes)

      The account did not match the document.
      update role/CircleCI-OIDC-Role: description not as desired
      tag role/CircleCI-OIDC-Role: tags that are not desired
      It was corrected. The report has what was there before.
      There is nothing to do, unless it comes back: then someone else manages the same thing.
      If the tag "team" may stay, write this under role in /oidc-reconciler/environments/production, in place of such a line if it has one, and approve that version if it is held: ignoreTags: ["team"]"
    `);
  });

  test("is left, because the mode says so", () => {
    const observed = versionWith(1, { mode: "observe" });
    const role = roleOf(observed, { description: "by hand" });
    expect(
      alertsIn({ newest: observed, role, record: { mode: "observe" } }),
    ).toMatchInlineSnapshot(`
      "drift-corrected, info
      production: drift found and not corrected (1 change)

      The account does not match the document. This would be done:
      update role/CircleCI-OIDC-Role: description not as desired
      Nothing was changed: the mode is observe.
      To have it corrected, set mode: enforce in /oidc-reconciler/environments/production."
    `);
  });

  describe("but lets sessions last longer", () => {
    const longer = { maxSessionSeconds: 43_200 };

    test("is critical, as an edit that does it is held", () => {
      expect(alertsIn({ role: roleOf(first, longer) })).toMatchInlineSnapshot(`
        "drift-corrected, critical
        production: drift corrected (1 change)

        The account did not match the document.
        update role/CircleCI-OIDC-Role: maximum session not as desired
        Sessions could last 43200 s instead of 3600 s, and one that began meanwhile lasts as long as it asked for.
        It was corrected. The report has what was there before.
        Find out who may change the role, its tags and the provider."
      `);
    });

    test("and is reported beside an open trust policy", () => {
      const role = roleOf(first, { ...longer, trustPolicy: openTrust });
      expect(alertsIn({ role })).toContain("Sessions could last 43200 s instead of 3600 s");
    });

    test("is critical where the mode leaves it, once", () => {
      const observed = versionWith(1, { mode: "observe" });
      const found = { newest: observed, role: roleOf(observed, longer) } as const;
      const given = { ...found, record: { mode: "observe" } } as const;
      expect(alertsIn(given)).toMatchInlineSnapshot(`
        "drift-corrected, critical
        production: drift found and not corrected (1 change)

        The account does not match the document. This would be done:
        update role/CircleCI-OIDC-Role: maximum session not as desired
        Sessions could last 43200 s instead of 3600 s, and one that began meanwhile lasts as long as it asked for.
        Nothing was changed: the mode is observe.
        To have it corrected, set mode: enforce in /oidc-reconciler/environments/production."
      `);
      const { status } = runOf(given);
      expect(alertsIn({ ...given, entry: { status } })).toBe("");
    });

    test("is info where they were shorter, or only the description is another", () => {
      const document = versionWith(1, { role: { maxSessionSeconds: 7200 } });
      const role = roleOf(document, { maxSessionSeconds: 3600 });
      expect(alertsIn({ newest: document, role })).toContain("drift-corrected, info");
      const renamed = roleOf(first, { description: "by hand" });
      expect(alertsIn({ role: renamed })).toContain("drift-corrected, info");
    });
  });

  test("but sets a tag that a policy of the role asks for is critical", () => {
    const given = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "s3:GetObject",
          Resource: "*",
          Condition: { StringEquals: { "aws:PrincipalTag/team": "x" } },
        },
      ],
    });
    const role = roleOf(first, {
      tags: { ...roleOf(first).tags, team: "x" },
      inline: [{ name: "tagged", document: given }],
    });
    expect(alertsIn({ role })).toContain("drift-corrected, critical");
    const alone = roleOf(first, { tags: { ...roleOf(first).tags, team: "x" } });
    expect(alertsIn({ role: alone })).toContain("drift-corrected, info");
  });

  describe("after a run that left something", () => {
    const role = roleOf(first, { description: "by hand" });
    const inSync = (reason: string, status = false) => ({
      InSync: { status, reason, message: "x", since: "2026-01-31T08:00:00.000Z" },
    });
    const alertsAfter = (given: Partial<Status>) =>
      alertsIn({ role, entry: { status: statusWith({ appliedDigest: first.digest, ...given }) } });
    const rest = "what it left may be among these changes";

    test("is not called somebody's", () => {
      expect(alertsAfter({ conditions: inSync("Failed") })).toContain(rest);
      expect(alertsAfter({ conditions: inSync("Skipped") })).toContain(rest);
      expect(alertsAfter({ conditions: inSync("Interrupted") })).toContain(rest);
    });

    test("and ended before its status said so", () => {
      expect(alertsAfter({ appliedDigest: "another" })).toContain(rest);
    });

    test("is drift after one that left nothing of its own", () => {
      for (const conditions of [inSync("InSync", true), inSync("SessionsRevoked"), {}]) {
        expect(alertsAfter({ conditions })).toContain("drift corrected (1 change)");
        expect(alertsAfter({ conditions })).not.toContain(rest);
      }
    });
  });

  test("takes ownership tags off", () => {
    const role = roleOf(first, { tags: { "managed-by": "terraform" } });
    expect(alertsIn({ role })).toMatchInlineSnapshot(`
      "drift-corrected, critical
      production: drift corrected (2 changes)

      Tags that mark the owner of the role or policy were changed or removed, or claimed it for another owner. What the record names as ours stays ours.
      tag role/CircleCI-OIDC-Role: tags that are not desired
      tag role/CircleCI-OIDC-Role: tags missing or with another value
      It was corrected. The report has what was there before.
      Find out who may tag the role and the policy."
    `);
  });

  test("takes ownership tags off, and the mode leaves it", () => {
    const observed = versionWith(1, { mode: "suspend" });
    const role = roleOf(observed, { tags: { "managed-by": "terraform" } });
    expect(
      alertsIn({ newest: observed, role, record: { mode: "suspend" } }),
    ).toMatchInlineSnapshot(`
      "drift-corrected, critical
      production: drift found and not corrected (2 changes)

      Tags that mark the owner of the role or policy were changed or removed, or claim it for another owner.
      tag role/CircleCI-OIDC-Role: tags that are not desired
      tag role/CircleCI-OIDC-Role: tags missing or with another value
      Nothing was changed: the mode is suspend.
      Find out who may tag the role and the policy."
    `);
  });
});
