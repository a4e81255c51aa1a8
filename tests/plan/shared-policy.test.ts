import { describe, expect, test } from "vitest";
import { type Change, stopsOpening } from "../../shared/plan/change.ts";
import type { VersionChoice } from "../../shared/plan/choice.ts";
import type { EnvironmentPlan, Observation } from "../../shared/plan/environment.ts";
import { noOrphans, type Orphans } from "../../shared/plan/orphans.ts";
import { writtenDeploy } from "../../shared/plan/policy-texts.ts";
import type { AppliedRecord, ValidVersion } from "../../shared/plan/record.ts";
import { withOrphansLetGo } from "../../shared/plan/shared-policy.ts";
import type { ResolvedTargets } from "../../shared/targets/index.ts";
import { none } from "../targets/none.ts";
import { account, entryWith, installation, type Members, place, versionWith } from "./entries.ts";
import { changeOf, evidenceOf, newest, planOfNothing, planWith } from "./plans.ts";
import { allow, arn, deny, desired, ours, policyWith, roleWith, text } from "./subjects.ts";

type Planned = Extract<EnvironmentPlan, { readonly kind: "planned" }>;

const other = arn("policy/other");
const old = roleWith({ name: "old", arn: arn("role/old"), attached: [ours, other] });
const bystander = roleWith({ name: "older", arn: arn("role/older"), attached: [other] });
const orphans: Orphans = { ...noOrphans, roles: [bystander, old] };
const entry = entryWith();
const observed: Observation = {
  role: () => ({ kind: "absent" }),
  policy: () => ({ kind: "absent" }),
  targets: () => {
    throw new Error("the plan has looked at the targets");
  },
  documents: new Map([[other, text(allow("logs:Get*"))]]),
};

/** A version of the document for a role and these repositories, with the policy that all roles here share. */
function version(number: number, repositories: readonly string[], members: Members = {}) {
  const names = { role: { name: "new" }, policy: { name: "deploy" } };
  return versionWith(number, { ...names, deploy: { ecr: repositories }, ...members });
}

const first = version(1, ["one", "two"], { role: { name: "old" } });
const before = version(2, ["one", "two"]);
const next = version(3, ["one", "two", "three"]);

function targets(...repositories: readonly string[]): ResolvedTargets {
  const arnOf = (name: string) => `arn:aws:ecr:us-east-1:123456789012:repository/${name}`;
  const ecr = repositories.map((name) => ({ repository: name, arn: arnOf(name), may: ["push"] }));
  return { ...none, ecr: ecr.map((each) => ({ ...each, may: ["push"] as const })) };
}

/** The policy for these repositories. */
function written(...repositories: readonly string[]): string {
  return writtenDeploy(before.document, targets(...repositories), place, account).join("");
}

/** The plan by which the policy comes to say what these repositories need. */
function writing(
  choice: VersionChoice,
  repositories: readonly string[],
  given: {
    readonly record?: Partial<AppliedRecord>;
    readonly found?: string;
    readonly effect?: Change["effect"];
    readonly around?: readonly Change[];
  } = {},
): Planned {
  const { record = { applied: before }, found = written("one"), effect = "opens" } = given;
  const document = written(...repositories);
  const grants = changeOf({ do: "create-policy-version", arn: ours, document }, effect, {
    version: "v1",
    document: JSON.parse(found),
  });
  const evidence = evidenceOf({ former: [first.document], ...record });
  return {
    ...planWith(choice, { evidence, changes: [...(given.around ?? []), grants] }),
    desired: { ...desired, policy: { ...desired.policy, document } },
    resolution: { targets: targets(...repositories), missing: [], newGrants: [] },
    policy: policyWith({ document: found, attachmentCount: 2 }),
  };
}

function letGo(plan: EnvironmentPlan, left: Orphans = orphans) {
  const planned = { entry, plan, orphans: left };
  return withOrphansLetGo(planned, { account, installation, observed });
}

const stepsOf = ({ plan }: { readonly plan: EnvironmentPlan }) =>
  plan.changes.map(({ step, effect }) => `${step.do} ${effect}`);
const lets = ["detach closes", "create-policy-version opens"];
const keeps = ["create-policy-version opens"];

/** The newest cannot be in force, and this one is enforced. */
const fallback = (at: ValidVersion): VersionChoice => {
  const refusal = { kind: "invalid", problems: [] } as const;
  return { kind: "applied", at, refusal, letThrough: null, label: null };
};

test("an old role lets go of the policy before a version makes that grant more, and first of all", () => {
  const around = [changeOf({ do: "tag-role", name: "new", tags: {} })];
  const now = letGo(writing(newest(next), ["one", "two", "three"], { around }));
  expect(now.plan.changes[0]).toMatchObject({ step: { do: "detach", name: "old", arn: ours } });
  expect(stepsOf(now)).toEqual(["detach closes", "tag-role neutral", ...keeps]);
  expect(now.orphans.roles).toEqual([bystander, { ...old, attached: [other] }]);
});

describe("a policy that is only corrected", () => {
  test.each([
    ["within its own document", writing(newest(before), ["one", "two"]), keeps],
    ["of a version that stays in force", writing(fallback(before), ["one", "two"]), keeps],
    [
      "for its own version, until the rename is written completely",
      writing(newest(before), ["one", "two"], { record: { applied: first, begun: before } }),
      keeps,
    ],
    [
      "with a target that its own document does not name",
      writing(newest(next), ["one", "two", "three"], { record: { applied: next } }),
      lets,
    ],
    [
      "with words that its own document does not have",
      writing(newest(before), ["one", "two"], {
        record: {
          former: [version(1, [], { role: { name: "old" }, deploy: { lambda: ["one"] } }).document],
          applied: before,
        },
      }),
      lets,
    ],
    [
      "that one of its own documents gave and another one did not",
      writing(newest(before), ["one", "two"], {
        record: {
          former: [first.document, version(1, ["one"], { role: { name: "old" } }).document],
          applied: before,
        },
      }),
      lets,
    ],
    [
      "by a version that has begun and was never applied",
      writing(fallback(before), ["one", "two"], {
        record: { applied: version(2, ["one"]), begun: before },
      }),
      lets,
    ],
  ])("%s", (_, plan, steps) => {
    expect(stepsOf(letGo(plan))).toEqual(steps);
  });

  test("goes to no role that nobody answers for", () => {
    const plan = writing(newest(before), ["one", "two"]);
    expect(stepsOf(letGo(plan, { ...orphans, loose: [old] }))).toEqual(lets);
    const released = { ...noOrphans, loose: [old] };
    expect(stepsOf(letGo(plan, released))).toEqual(lets);
  });

  test("goes to a role within the boundary of its document as far as that allows", () => {
    const boundary = arn("policy/boundary");
    const role = { name: "old", permissionsBoundary: boundary };
    const former = [version(1, ["one"], { role }).document];
    const plan = writing(newest(before), ["one", "two"], { record: { former, applied: before } });
    const bound = { ...old, permissionsBoundary: boundary };
    const within = (...actions: readonly string[]) => {
      const documents = new Map([...observed.documents, [boundary, text(allow(...actions))]]);
      const planned = { entry, plan, orphans: { ...noOrphans, roles: [bound] } };
      const input = { account, installation, observed: { ...observed, documents } };
      return stepsOf(withOrphansLetGo(planned, input));
    };
    expect(within("lambda:*")).toEqual(keeps);
    expect(within("ecr:*")).toEqual(lets);
    // The document's boundary is off by now.
    const { plan: now } = letGo(plan);
    expect(now.changes).toHaveLength(2);
  });
});

test("one that is to be deleted lets go also before the policy is only corrected, and its jobs wait for no more than it had", () => {
  const deletes = version(2, ["one", "two"], { onRemove: "delete" });
  const more = version(2, ["one", "two", "three"], { onRemove: "delete" });
  const waits = ({ plan }: { readonly plan: EnvironmentPlan }) =>
    plan.changes.slice(0, 1).map(stopsOpening);
  const own = letGo(writing(newest(deletes), ["one", "two"], { record: { applied: deletes } }));
  expect(stepsOf(own)).toEqual(lets);
  expect(own.orphans.roles).toEqual([bystander, { ...old, attached: [other] }]);
  expect(waits(own)).toEqual([false]);
  const beyond = writing(newest(more), ["one", "two", "three"], { record: { applied: more } });
  expect(waits(letGo(beyond))).toEqual([true]);
  const plan = writing(newest(deletes), ["one", "two"], { record: { applied: deletes } });
  expect(waits(letGo(plan, { ...orphans, loose: [old] }))).toEqual([true]);
});

describe("a policy that denies what something else on the old role allows", () => {
  const found = text(...JSON.parse(written("one", "two")).Statement, deny("s3:*"));
  const inline = { name: "debug", document: text(allow("s3:*")) };
  const holding = { ...old, attached: [ours], inline: [inline] };
  const left = { ...noOrphans, roles: [holding] };

  test("opens for that role, though it closes for the one in force", () => {
    const plan = writing(newest(before), ["one", "two"], { found, effect: "closes" });
    expect(stepsOf(letGo(plan, left))).toEqual(keeps);
    expect(stepsOf(letGo(plan))).toEqual(["create-policy-version closes"]);
  });

  test("goes off it once all else that comes first is closed", () => {
    const around = [
      changeOf({ do: "untag-role", name: "new", keys: [] }, "closes"),
      changeOf({ do: "tag-role", name: "new", tags: {} }),
    ];
    const plan = writing(newest(next), ["one", "two", "three"], { found, around });
    expect(stepsOf(letGo(plan, left))).toEqual([
      "untag-role closes",
      "detach opens",
      "tag-role neutral",
      ...keeps,
    ]);
  });

  test("goes off it before the stretch in which the role in force is without its own", () => {
    const off = changeOf({ do: "detach", name: "new", arn: ours }, "closes");
    const around = [{ ...off, bracket: "open" } as const];
    const plan = writing(newest(next), ["one", "two", "three"], { found, around });
    const now = letGo(plan, left);
    expect(stepsOf(now)).toEqual(["detach opens", "detach closes", ...keeps]);
  });

  test("goes off one that was released, which keeps the rest", () => {
    const applied = version(2, ["one", "two"], { onRemove: "delete" });
    const plan = writing(newest(applied), ["one", "two"], { found, record: { applied } });
    const released = { ...noOrphans, loose: [holding] };
    expect(stepsOf(letGo(plan, released))).toEqual(["detach opens", ...keeps]);
  });

  test("goes off one that is to be deleted after what it denies there", () => {
    const applied = version(2, ["one", "two"], { onRemove: "delete" });
    const now = letGo(
      writing(newest(applied), ["one", "two"], { found, record: { applied } }),
      left,
    );
    expect(stepsOf(now)).toEqual(["delete-inline-policy closes", "detach opens", ...keeps]);
    expect(now.orphans.roles).toEqual([{ ...holding, attached: [], inline: [] }]);
    // Where IAM refuses any of it, the policy goes on to deny.
    expect(now.plan.changes.map(stopsOpening)).toEqual([true, true, true]);
  });

  test("is off with nobody let in where several policies deny", () => {
    const applied = version(2, ["one", "two"], { onRemove: "delete" });
    const both = { ...inline, document: text(allow("s3:*"), deny("ecr:*")) };
    const plan = writing(newest(applied), ["one", "two"], { found, record: { applied } });
    const now = letGo(plan, { ...noOrphans, roles: [{ ...holding, inline: [both] }] });
    expect(stepsOf(now)).toEqual(["update-trust-policy closes", "detach opens", ...keeps]);
    expect(now.orphans.roles).toMatchObject([{ attached: [], inline: [both] }]);
    expect(now.orphans.roles[0]?.trustPolicy).toContain("Deny");
  });
});

describe("an old role that cannot be read", () => {
  const fault = {
    code: "AccessDenied",
    message: "iam:GetRole old failed",
    kind: "denied",
  } as const;
  const unread = { ...noOrphans, unread: [fault], faults: [fault] };
  const plan = writing(newest(next), ["one", "two", "three"]);
  const counted = (attachmentCount: number, uncounted?: true): Planned => {
    const policy = policyWith({ document: written("one"), attachmentCount });
    return { ...plan, policy: uncounted === undefined ? policy : { ...policy, uncounted } };
  };

  test.each([
    ["that may hold the policy keeps it from granting more", counted(2), []],
    ["where nobody counted who holds it, too", counted(0, true), []],
    ["keeps nobody from a policy that only the role in force holds", counted(1), keeps],
  ])("%s", (_, planned, steps) => {
    const now = letGo(planned, unread);
    expect(stepsOf(now)).toEqual(steps);
    const said = `what opens waits: deploy would grant more, and a role with an old name may hold it too; ${fault.message}`;
    const waiting = { ...fault, code: "OldRoleUnread", message: said };
    expect(now.plan.problems).toEqual(steps.length === 0 ? [waiting] : []);
  });

  test("keeps nobody from a policy that grants less", () => {
    const found = written("one", "two", "three");
    const less = writing(newest(before), ["one", "two"], { found, effect: "closes" });
    expect(letGo(less, unread).plan.changes).toEqual(less.changes);
  });

  test("keeps a Deny in the policy, which may deny what that role is allowed elsewhere", () => {
    const found = text(...JSON.parse(written("one", "two")).Statement, deny("s3:*"));
    const less = writing(newest(before), ["one"], { found, effect: "closes" });
    const [change, ...more] = letGo(less, unread).plan.changes;
    expect(more).toEqual([]);
    expect(change?.effect).toBe("closes");
    expect(JSON.stringify(change?.step)).toContain("s3:*");
  });
});

describe("it keeps the policy", () => {
  const document = written("one");
  const closes = changeOf({ do: "create-policy-version", arn: ours, document }, "closes");
  const evidence = evidenceOf({ applied: before, former: [first.document] });
  const less = planWith(newest(next), { evidence, changes: [closes] });
  test.each([
    [
      "that grants less",
      { ...less, policy: policyWith({ document: written("one", "two") }) },
      orphans,
    ],
    ["that stays as it is", planWith(newest(next), { evidence }), orphans],
    [
      "that it does not hold",
      writing(newest(next), ["one", "two", "three"]),
      { ...noOrphans, roles: [bystander] },
    ],
    ["where no version is in force", planOfNothing({ kind: "orphaned" }, { evidence }), orphans],
  ])("%s", (_, plan, roles) => {
    const planned = { entry, plan, orphans: roles };
    expect(withOrphansLetGo(planned, { account, installation, observed })).toBe(planned);
  });
});
