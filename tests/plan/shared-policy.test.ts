import { describe, expect, test } from "vitest";
import { type Change, stopsOpening } from "../../shared/plan/change.ts";
import { noOrphans } from "../../shared/plan/orphans.ts";
import { withOrphansLetGo } from "../../shared/plan/shared-policy.ts";
import { entryWith, versionWith, wider } from "./entries.ts";
import { changeOf, evidenceOf, newest, planOfNothing, planWith } from "./plans.ts";
import { arn, ours, roleWith } from "./subjects.ts";

const before = versionWith(1);
const next = versionWith(2, wider);
const grants = changeOf({ do: "create-policy-version", arn: ours, document: "{}" }, "opens");
const closes: Change = { ...grants, effect: "closes" };
const other = arn("policy/other");

const old = roleWith({ name: "old", arn: arn("role/old"), attached: [ours, other] });
const bystander = roleWith({ name: "older", arn: arn("role/older"), attached: [other] });
const orphans = { ...noOrphans, roles: [bystander, old] };
const entry = entryWith();
const evidence = evidenceOf({ applied: before });

test("an old role lets go of the policy before that grants more, and first of all", () => {
  const plan = planWith(newest(next), { evidence, changes: [grants] });
  const { plan: now, orphans: left } = withOrphansLetGo({ entry, plan, orphans });
  expect(now.changes).toMatchObject([
    { effect: "closes", step: { do: "detach", name: "old", arn: ours } },
    grants,
  ]);
  expect(left.roles).toEqual([bystander, { ...old, attached: [other] }]);
});

test("one that is to be deleted lets go of it also before it is only corrected", () => {
  const applied = versionWith(2, { ...wider, onRemove: "delete" });
  const plan = planWith(newest(applied), { evidence: evidenceOf({ applied }), changes: [grants] });
  const { plan: now, orphans: left } = withOrphansLetGo({ entry, plan, orphans });
  expect(now.changes).toMatchObject([{ step: { do: "detach" } }, grants]);
  expect(left.roles).toEqual([bystander, { ...old, attached: [other] }]);
  const waits = (changes: readonly Change[]) => changes.slice(0, 1).map(stopsOpening);
  // Its jobs wait for the correction. Where it lets in others than its document, they must not get more.
  expect(waits(now.changes)).toEqual([false]);
  const loose = withOrphansLetGo({ entry, plan, orphans: { ...orphans, loose: [old] } });
  expect(waits(loose.plan.changes)).toEqual([true]);
});

describe("it keeps the policy", () => {
  const noHolders = { ...noOrphans, roles: [bystander] };
  test.each([
    ["that grants less", planWith(newest(next), { evidence, changes: [closes] }), orphans],
    ["that stays as it is", planWith(newest(next), { evidence }), orphans],
    ["that is only corrected", planWith(newest(before), { evidence, changes: [grants] }), orphans],
    [
      "of a version that stays in force",
      planWith(
        {
          kind: "applied",
          at: before,
          refusal: { kind: "invalid", problems: [] },
          letThrough: null,
          label: null,
        },
        { evidence, changes: [grants] },
      ),
      orphans,
    ],
    ["that it does not hold", planWith(newest(next), { evidence, changes: [grants] }), noHolders],
    ["where no version is in force", planOfNothing({ kind: "orphaned" }, { evidence }), orphans],
  ])("%s", (_, plan, roles) => {
    const planned = { entry, plan, orphans: roles };
    expect(withOrphansLetGo(planned)).toBe(planned);
  });
});
