import { describe, expect, test } from "vitest";
import { planRemoval } from "../../shared/plan/removal.ts";
import { allow, arn, deny, ours, policyWith, roleWith, text } from "./subjects.ts";

function stepsOf(input: Parameters<typeof planRemoval>[0]): readonly string[] {
  return planRemoval(input).changes.map(({ step, effect }) => `${step.do} ${effect}`);
}

test("what the caller names goes, whatever tags it has, with all its versions", () => {
  const versions = ["v1", "v2", "v3"].map((id) => {
    return { id, isDefault: id === "v2", createdAt: "", document: null };
  });
  const policy = policyWith({ versions, defaultVersion: "v2", tags: { "managed-by": "other" } });
  expect(stepsOf({ roles: [roleWith()], policies: [policy], detached: [] })).toEqual([
    "detach closes",
    "delete-role closes",
    "delete-policy-version closes",
    "delete-policy-version closes",
    "delete-policy closes",
  ]);
});

describe("a policy stays, and that is said,", () => {
  test.each([
    ["where another holds it", { attachmentCount: 2 }, "attached-elsewhere"],
    ["where it bounds another", { boundaryUsageCount: 1 }, "boundary-elsewhere"],
  ])("%s", (_, counts, because) => {
    const plan = planRemoval({
      roles: [roleWith()],
      policies: [policyWith(counts)],
      detached: [],
    });
    expect(plan.left).toMatchObject([{ id: ours, because }]);
    expect(plan.changes.map(({ step }) => step.do)).toEqual(["detach", "delete-role"]);
  });
});

test("what denies goes after what allows, and with nobody in where it is not alone", () => {
  const denies = { name: "quarantine", document: text(deny("*")) };
  const role = roleWith({ inline: [denies] });
  expect(stepsOf({ roles: [role], policies: [policyWith()], detached: [] })).toEqual([
    "detach closes",
    "delete-inline-policy opens",
    "delete-role closes",
    "delete-policy closes",
  ]);
  const both = { ...role, attached: [ours, arn("policy/unread")] };
  expect(
    stepsOf({
      roles: [both],
      policies: [policyWith({ document: text(allow("s3:*")) })],
      detached: [],
    }),
  ).toEqual([
    "detach closes",
    "update-trust-policy closes",
    "detach opens",
    "delete-inline-policy opens",
    "delete-role closes",
    "delete-policy closes",
  ]);
});

test("a policy that the role in force has just let go of is nobody's any more", () => {
  const policies = [policyWith({ attachmentCount: 1 })];
  expect(stepsOf({ roles: [], policies, detached: [] })).toEqual([]);
  expect(stepsOf({ roles: [], policies, detached: [ours] })).toEqual(["delete-policy closes"]);
});

test("of several roles each lets go of its own policy, in whatever order they are named", () => {
  const other = arn("policy/other");
  const roles = [roleWith({ name: "one", attached: [other] }), roleWith({ name: "two" })];
  const policies = [
    policyWith({ attachmentCount: 1 }),
    policyWith({ arn: other, name: "other", attachmentCount: 1 }),
  ];
  const { changes, left } = planRemoval({ roles, policies, detached: [] });
  expect(left).toEqual([]);
  expect(changes.map(({ step }) => step.do)).toEqual([
    ...["detach", "delete-role", "detach", "delete-role"],
    ...["delete-policy", "delete-policy"],
  ]);
});
