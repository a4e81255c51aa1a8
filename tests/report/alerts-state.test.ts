import { describe, expect, test } from "vitest";
import { nothingObserved } from "../../shared/plan/observed.ts";
import { resourceClaims } from "../../shared/plan/resource-claims.ts";
import type { ConditionName, StatusCondition } from "../../shared/plan/status.ts";
import { account, parameter, place, read, statusWith, versionWith } from "../plan/entries.ts";
import { unreadable } from "../plan/targets.ts";
import { none } from "../targets/none.ts";
import { alertsIn, first, type Given, repository, roleOf } from "./runs.ts";

const problem = {
  code: "unknown-field",
  message: `${parameter}, version 2, at trust.project: unknown field; did you mean projects`,
  parameter,
  version: 2,
  path: "trust.project",
  allowed: "",
} as const;
const invalid = {
  ...read(versionWith(2)),
  parsed: { kind: "invalid", problems: [problem] },
} as const;
const since = "2026-01-31T08:00:00.000Z";

/** A settled environment whose status says that this condition was false. */
function failedBefore(condition: ConditionName, reason: string, message: string): Given {
  const was: StatusCondition = { status: false, reason, message, since };
  return { entry: { status: statusWith({ conditions: { [condition]: was } }) } };
}

describe("a document is invalid", () => {
  test("from now on", () => {
    expect(alertsIn({ applied: first, entry: { newest: invalid } })).toMatchInlineSnapshot(`
      "spec-invalid, warning
      production: the document is invalid

      /oidc-reconciler/environments/production, version 2, at trust.project: unknown field; did you mean projects.
      What was in force before stays in force. Correct /oidc-reconciler/environments/production; oidc-reconciler validate FILE checks a document before you put it."
    `);
  });

  test("and still is: no alert", () => {
    const entry = {
      ...failedBefore("SpecValid", "Invalid", problem.message).entry,
      newest: invalid,
    };
    expect(alertsIn({ applied: first, entry })).toBe("");
  });

  test("and is invalid in another way", () => {
    const entry = {
      ...failedBefore("SpecValid", "Invalid", "another problem").entry,
      newest: invalid,
    };
    expect(alertsIn({ applied: first, entry })).toContain(problem.message);
  });

  test("no longer", () => {
    expect(alertsIn(failedBefore("SpecValid", "Invalid", problem.message))).toMatchInlineSnapshot(`
      "spec-invalid, info
      production: the document is valid again

      Since 2026-01-31T08:00:00.000Z: /oidc-reconciler/environments/production, version 2, at trust.project: unknown field; did you mean projects.
      now: version 1 is valid. There is nothing to do."
    `);
  });
});

describe("two environments claim one name", () => {
  const conflicts = [
    { resource: "role", name: "CircleCI-OIDC-Role", others: ["staging"] },
  ] as const;

  test("from now on", () => {
    expect(
      alertsIn({ newest: versionWith(2), applied: first, choosing: { conflicts } }),
    ).toMatchInlineSnapshot(`
      "conflict, warning
      production: another environment claims the same name

      The role name CircleCI-OIDC-Role is claimed by staging too (IAM ignores case in names); give each environment its own.
      Choose another role.name or policy.name in /oidc-reconciler/environments/production."
    `);
  });

  test("no longer", () => {
    expect(
      alertsIn(failedBefore("SpecValid", "Conflict", "the role name X is claimed by staging too")),
    ).toMatchInlineSnapshot(`
      "conflict, info
      production: the conflict over a name is over

      Since 2026-01-31T08:00:00.000Z: the role name X is claimed by staging too.
      now: version 1 is valid. There is nothing to do."
    `);
  });
});

describe("a deploy target", () => {
  const targets = { ...none, ecr: [repository] };

  test("was not found", () => {
    expect(alertsIn({ targets: nothingObserved, record: { targets } })).toMatchInlineSnapshot(`
      "target-missing, warning
      production: a deploy target was not found

      ECR repository demo-backend does not exist; its last known ARN stays in the policy.
      Create what does not exist, or correct or remove its name in /oidc-reconciler/environments/production."
    `);
  });

  test("could not be read: nobody is asked to create it", () => {
    const unread = (region: string) => ({ ...nothingObserved(region), ecr: unreadable });
    const text = alertsIn({ targets: unread, record: { targets } });
    expect(text).toContain("What could not be read is tried again by the next run.");
    expect(text).not.toContain("Create");
  });

  test("was found again", () => {
    expect(
      alertsIn(
        failedBefore("ResourcesResolved", "Missing", "ECR repository demo-backend does not exist"),
      ),
    ).toMatchInlineSnapshot(`
      "target-missing, info
      production: every deploy target was found again

      Since 2026-01-31T08:00:00.000Z: ECR repository demo-backend does not exist.
      now: every deploy target exists. There is nothing to do."
    `);
  });
});

describe("a resource belongs to someone else", () => {
  test("from now on", () => {
    const role = roleOf(first, { tags: { "managed-by": "terraform" } });
    const old = versionWith(1, { role: { name: "Old" } });
    const names = { roles: ["Old"], policies: [old.document.policy.name], organizations: [] };
    expect(
      alertsIn({ role, record: { names }, newest: versionWith(2, {}), applied: old }),
    ).toMatchInlineSnapshot(`
      "conflict, warning
      production: a resource belongs to someone else

      arn:aws:iam::123456789012:role/CircleCI-OIDC-Role belongs to terraform (tag managed-by); it stays untouched. Choose another name in the document, or remove that owner's tag.
      Until it is resolved, what widens it is still reported, but not reverted."
    `);
  });

  test("no longer", () => {
    expect(
      alertsIn(failedBefore("InSync", "Conflict", "role/X belongs to terraform (tag managed-by)")),
    ).toMatchInlineSnapshot(`
      "conflict, info
      production: the conflict over a resource is over

      Since 2026-01-31T08:00:00.000Z: role/X belongs to terraform (tag managed-by).
      now: the account matches version 1. There is nothing to do."
    `);
  });
});

test("the role is in the account in another case: it is left as it is, and nobody else's", () => {
  const found = roleOf(first, { name: "circleci-oidc-role" });
  const blocked = resourceClaims({
    document: first.document,
    names: { roles: [found.name], policies: [], organizations: [] },
    role: found,
    policy: null,
    owner: place,
    account,
    isRoleUnread: false,
  });
  expect(alertsIn({ plan: { blocked, changes: [] } })).toMatchInlineSnapshot(`
    "conflict, warning
    production: the account has a name in another case or at another path

    The account has a role circleci-oidc-role and the document says CircleCI-OIDC-Role: IAM ignores case in names. Set role.name to circleci-oidc-role, or choose another.
    Until it is resolved, what widens it is still reported, but not reverted."
  `);
});

test("the policy's name turns out to be taken: the role is kept right all the same", () => {
  const message = "policy X does not exist, and its name is taken by policy x";
  const blocked = [{ code: "NameTaken", resource: "policy", message }] as const;
  expect(alertsIn({ plan: { blocked } })).toMatchInlineSnapshot(`
    "conflict, warning
    production: the account has a name in another case or at another path

    Policy X does not exist, and its name is taken by policy x.
    All else that is in force is still enforced, and what widens the role is reverted."
  `);
});

test("a first document names what is somebody else's: nothing is written", () => {
  const claims = [
    { code: "ForeignOwner", resource: "role", message: "role X belongs to terraform" },
  ] as const;
  expect(alertsIn({ applied: null, choosing: { claims } })).toMatchInlineSnapshot(`
    "conflict, warning
    production: a resource belongs to someone else

    Role X belongs to terraform.
    Until it is resolved, nothing is written."
  `);
});

test("an edit names what is somebody else's: what was in force stays enforced", () => {
  const claims = [
    { code: "ForeignOwner", resource: "role", message: "role X belongs to terraform" },
  ] as const;
  expect(
    alertsIn({ newest: versionWith(2), applied: first, choosing: { claims } }),
  ).toMatchInlineSnapshot(`
    "conflict, warning
    production: a resource belongs to someone else

    Role X belongs to terraform.
    All else that is in force is still enforced, and what widens the role is reverted."
  `);
});

describe("a tag that cannot be removed claims the role", () => {
  const tags = { ...roleOf(first).tags, "aws:cloudformation:stack-name": "shop" };

  test("from now on", () => {
    expect(alertsIn({ role: roleOf(first, { tags }) })).toMatchInlineSnapshot(`
      "conflict, critical
      production: a tag that cannot be removed claims the role for another owner

      The role has tags that say it belongs to CloudFormation (aws:cloudformation:stack-name = shop), and only AWS can remove them.
      Everything is still enforced. Find out which AWS service set the tag."
    `);
  });

  test("no longer", () => {
    expect(
      alertsIn(
        failedBefore("InSync", "ForeignTag", "the role has tags that say it belongs to shop"),
      ),
    ).toMatchInlineSnapshot(`
      "conflict, info
      production: the role no longer has another owner's tag

      Since 2026-01-31T08:00:00.000Z: the role has tags that say it belongs to shop.
      now: the account matches version 1. There is nothing to do."
    `);
  });
});

describe("the account could not be changed", () => {
  const denied = {
    code: "AccessDenied",
    message: "iam:UpdateRole failed: the function's role may not perform it",
    kind: "denied",
  } as const;
  const role = roleOf(first, { description: "by hand" });

  test("from now on", () => {
    expect(alertsIn({ role, fault: () => denied })).toMatchInlineSnapshot(`
      "reconcile-failed, critical
      production: the account could not be changed to match the document

      iam:UpdateRole failed: the function's role may not perform it (AccessDenied).
      The next run tries again. If it fails again, check the permissions of the reconciler's own role."
    `);
  });

  test("and still cannot, whatever the failure says: no alert", () => {
    const { entry } = failedBefore("InSync", "Failed", "something else");
    expect(alertsIn({ role, fault: () => denied, entry: entry ?? {} })).toBe("");
  });

  test("and now matches", () => {
    expect(alertsIn(failedBefore("InSync", "Failed", denied.message))).toMatchInlineSnapshot(`
      "reconcile-failed, info
      production: the account matches the document again

      Since 2026-01-31T08:00:00.000Z: iam:UpdateRole failed: the function's role may not perform it.
      now: the account matches version 1. There is nothing to do."
    `);
  });
});
