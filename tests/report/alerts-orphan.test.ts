import { describe, expect, test } from "vitest";
import type { ChangeResult } from "../../shared/plan/change.ts";
import { noOrphans, type Orphans } from "../../shared/plan/orphans.ts";
import { planRemoval } from "../../shared/plan/removal.ts";
import { versionWith } from "../plan/entries.ts";
import { alertsIn, first, policyOf, roleOf } from "./runs.ts";

const role = roleOf(first);
const policy = policyOf(first);
const orphans: Orphans = { ...noOrphans, roles: [role], policies: [policy] };
const gone = { newest: null, applied: first };
const renamed = versionWith(2, { role: { name: "Second" }, policy: { name: "Second" } });
/** The document names other resources by now, and these are there. */
const moved = {
  newest: renamed,
  applied: renamed,
  role: roleOf(renamed),
  policy: policyOf(renamed),
};

function removed(held: Parameters<typeof planRemoval>[0]["holders"] = null) {
  const plan = planRemoval({ roles: [role], policies: [policy], detached: [], holders: held });
  const further = plan.changes.map((change): ChangeResult => {
    return { change, outcome: "applied", policyVersion: null };
  });
  return { further, left: plan.left };
}

describe("a document was deleted", () => {
  test("and onRemove is retain", () => {
    expect(alertsIn({ ...gone, input: { orphans } })).toMatchInlineSnapshot(`
      "orphaned, warning
      production: the document was deleted

      /oidc-reconciler/environments/production was deleted. It managed role CircleCI-OIDC-Role and policy CircleCI-Deployment-Policy.
      role/CircleCI-OIDC-Role, policy/CircleCI-Deployment-Policy stay, still watched but no longer corrected: the document said onRemove: retain.
      Put the document back to have it managed again, or remove what is left yourself."
    `);
  });

  test("and onRemove is delete", () => {
    const { further } = removed();
    expect(alertsIn({ ...gone, further, input: { orphans } })).toMatchInlineSnapshot(`
      "orphaned, warning
      production: the document was deleted

      /oidc-reconciler/environments/production was deleted. It managed role CircleCI-OIDC-Role and policy CircleCI-Deployment-Policy.
      Deleted, because it said onRemove: delete: role/CircleCI-OIDC-Role, policy/CircleCI-Deployment-Policy.
      Put the document back to have it managed again, or remove what is left yourself."
    `);
  });

  test("and onRemove is delete, and the next step leaves to the run what the run does", () => {
    const deleting = { newest: null, applied: versionWith(1, { onRemove: "delete" }) };
    const last = (text: string) => text.split("\n").at(-1);
    const { further } = removed();
    expect(last(alertsIn({ ...deleting, further, input: { orphans } }))).toBe(
      "Put the document back to have it made again.",
    );
    expect(last(alertsIn(deleting))).toBe(
      "It said onRemove: delete: a later run deletes what this one could not read. Put the document back to keep it.",
    );
    expect(last(alertsIn({ ...deleting, input: { orphans } }))).toBe(
      "Put the document back to have it managed again, or remove what is left yourself.",
    );
  });

  test("and onRemove is delete, and the time of the run was over before it had begun", () => {
    const deleting = { newest: null, applied: versionWith(1, { onRemove: "delete" }) };
    const faults = [{ code: "TimeUp", message: "", kind: "transient" }] as const;
    expect(alertsIn({ ...deleting, input: { orphans, faults } })).toMatchInlineSnapshot(`
      "orphaned, warning
      production: the document was deleted

      /oidc-reconciler/environments/production was deleted. It managed role CircleCI-OIDC-Role and policy CircleCI-Deployment-Policy.
      role/CircleCI-OIDC-Role, policy/CircleCI-Deployment-Policy stay, still watched but no longer corrected: this run had no time left for it, and the next one goes on.
      Put the document back to have it managed again."
    `);
  });

  test("and an instance profile holds the role", () => {
    const instanceProfiles = new Map([[role.arn, ["web"]]]);
    const { further, left } = removed({ roles: [role], instanceProfiles });
    expect(alertsIn({ ...gone, further, input: { orphans, left } })).toMatchInlineSnapshot(`
      "orphaned, warning
      production: the document was deleted

      /oidc-reconciler/environments/production was deleted. It managed role CircleCI-OIDC-Role and policy CircleCI-Deployment-Policy.
      Deleted, because it said onRemove: delete: policy/CircleCI-Deployment-Policy.
      role/CircleCI-OIDC-Role stays. Role CircleCI-OIDC-Role is in instance profile web, and IAM does not delete such a role. Its permissions were removed and nobody can assume it. The next run deletes it once it is out of the profile: aws iam remove-role-from-instance-profile --instance-profile-name web --role-name CircleCI-OIDC-Role.
      Put the document back to have it managed again, or remove what is left yourself."
    `);
  });

  test("and a person took all tags off what it kept", () => {
    const released = { ...noOrphans, released: [role.arn, policy.arn] };
    expect(alertsIn({ ...gone, input: { orphans: released } })).toMatchInlineSnapshot(`
      "orphaned, warning
      production: the document was deleted

      /oidc-reconciler/environments/production was deleted. It managed role CircleCI-OIDC-Role and policy CircleCI-Deployment-Policy.
      Put the document back to have it managed again, or remove what is left yourself.

      ----

      orphaned, info
      production: role/CircleCI-OIDC-Role, policy/CircleCI-Deployment-Policy released

      The tags of this environment were removed from arn:aws:iam::123456789012:role/CircleCI-OIDC-Role, arn:aws:iam::123456789012:policy/CircleCI-Deployment-Policy, so it is no longer watched.
      Once nothing of production is left, its record and status are deleted. There is nothing to do."
    `);
  });
});

describe("a rename", () => {
  test("leaves a role behind", () => {
    expect(alertsIn({ ...moved, input: { retained: [role.arn] } })).toMatchInlineSnapshot(`
      "orphaned, warning
      production: role/CircleCI-OIDC-Role is no longer managed

      Version 2 uses other names, and arn:aws:iam::123456789012:role/CircleCI-OIDC-Role belonged to this environment.
      It stays and is still watched. Jobs may still be able to use it.
      Remove it yourself once no job needs it. To end the watch, remove the tags oidc-reconciler:… instead."
    `);
  });

  test("deletes what had the old name", () => {
    const { further } = removed();
    expect(alertsIn({ ...moved, further, input: { orphans } })).toMatchInlineSnapshot(`
      "orphaned, warning
      production: role/CircleCI-OIDC-Role, policy/CircleCI-Deployment-Policy deleted

      Version 2 uses other names, and the version in force before says onRemove: delete. Deleted: role/CircleCI-OIDC-Role, policy/CircleCI-Deployment-Policy.
      The report has what was there. Jobs need the ARN of the new role."
    `);
  });

  test("cannot delete a policy that others use", () => {
    const used = { ...policy, attachmentCount: 2 };
    const { left } = planRemoval({ roles: [role], policies: [used], detached: [] });
    expect(alertsIn({ ...moved, input: { left } })).toMatchInlineSnapshot(`
      "orphaned, warning
      production: policy/CircleCI-Deployment-Policy cannot be removed yet

      policy/CircleCI-Deployment-Policy stays. Policy arn:aws:iam::123456789012:policy/CircleCI-Deployment-Policy is also attached to 1 other identity: the next run deletes it once it is detached there."
    `);
  });
});
