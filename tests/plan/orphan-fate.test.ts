import { describe, expect, test } from "vitest";
import { type AppliedPlan, notApplied, type Writes } from "../../shared/plan/applied.ts";
import type { Change, ChangeResult, Step } from "../../shared/plan/change.ts";
import type { Evidence } from "../../shared/plan/control.ts";
import {
  clearedRoles,
  detachedBy,
  orphanFate,
  withNothingLeft,
  withOrphansRemoved,
  withOrphansSettled,
} from "../../shared/plan/orphan-fate.ts";
import { noOrphans, type Orphans } from "../../shared/plan/orphans.ts";
import { fenceBefore } from "../../shared/plan/record-after.ts";
import { entryWith, organization, read, statusWith, versionWith } from "./entries.ts";
import { changeOf, evidenceOf, planOfNothing } from "./plans.ts";
import { arn, ours, policyWith, roleWith } from "./subjects.ts";

const retain = versionWith(1, { onRemove: "retain" });
const remove = versionWith(1, { onRemove: "delete" });
const fault = { code: "AccessDenied", message: "denied", kind: "denied" } as const;
const leave: Change = {
  action: "update",
  resource: "role",
  id: "role",
  reason: "drift",
  before: {},
  after: {},
  effect: "neutral",
  step: { do: "update-role", name: "role", description: "", maxSessionSeconds: 3600 },
};

type Case = {
  readonly gone?: boolean;
  readonly recorded?: typeof retain;
  readonly evidence?: Evidence;
  readonly writes?: Writes;
  readonly results?: readonly ChangeResult[];
  readonly left?: boolean;
  readonly unreadable?: boolean;
  readonly orphans?: Partial<Orphans>;
};

function appliedWith(given: Case): AppliedPlan {
  const { gone = true, recorded = remove, writes = "allowed", left = true } = given;
  const entry = entryWith({ newest: gone ? null : read(recorded) });
  const evidence = given.evidence ?? evidenceOf({ applied: recorded });
  const plan = planOfNothing(
    gone
      ? { kind: "orphaned" }
      : { kind: "nothing", refusal: { kind: "unknown", fault }, label: null },
    { evidence },
  );
  const orphans = {
    ...noOrphans,
    roles: left ? [roleWith()] : [],
    faults: given.unreadable === true ? [fault] : [],
    ...given.orphans,
  };
  const planned = { entry, plan, orphans, ownsProvider: true };
  const start = notApplied(planned, writes, fenceBefore(entry, plan.evidence));
  return { ...start, results: given.results ?? [] };
}

describe("what a removed environment leaves", () => {
  test.each<readonly [string, Case, ReturnType<typeof orphanFate>]>([
    ["goes where onRemove is delete", {}, "removed"],
    ["stays where onRemove is retain", { recorded: retain }, "kept"],
    ["stays where the mode writes nothing", { writes: "observe" }, "kept"],
    ["stays in a dry run", { writes: "dry-run" }, "kept"],
    ["is gone once nothing is left", { left: false }, "gone"],
    ["waits where it could not be read", { unreadable: true }, "unreadable"],
    ["stays where evidence is missing", { evidence: { kind: "missing", why: "lost" } }, "kept"],
    ["stays for another run while a version is refused", { gone: false }, "later"],
  ])("%s", (_, given, fate) => {
    expect(orphanFate(appliedWith(given))).toBe(fate);
  });
});

describe("a removed environment is forgotten", () => {
  test.each<readonly [string, Case, boolean]>([
    ["once nothing is left", { left: false }, true],
    [
      "not while one of its changes has failed",
      { left: false, results: [{ change: leave, outcome: "failed", fault }] },
      false,
    ],
    [
      "not while one of its changes is left",
      { left: false, results: [{ change: leave, outcome: "left" }] },
      false,
    ],
  ])("%s", (_, given, forgotten) => {
    expect(withNothingLeft(appliedWith(given)).forgotten).toBe(forgotten);
  });
});

describe("after a removal", () => {
  const provider = {
    arn: arn(`oidc-provider/oidc.circleci.com/org/${organization}`),
    url: "",
    audiences: [],
    thumbprints: [],
    tags: {},
    settings: [],
  };
  const role = roleWith();
  const all = { roles: [role], policies: [policyWith()], providers: [provider] };
  const carried = (step: Step, id: string): ChangeResult => {
    const change = { ...changeOf(step), id };
    return { change, outcome: "applied", policyVersion: null };
  };
  const noRole = carried({ do: "delete-role", name: role.name }, role.arn);
  const noPolicy = carried({ do: "delete-policy", arn: ours }, ours);
  const noProvider = carried({ do: "delete-provider", arn: provider.arn }, provider.arn);
  const removed = (results: readonly ChangeResult[], given: Partial<Orphans> = {}, gone = true) =>
    withOrphansRemoved(appliedWith({ gone, results, orphans: { ...all, ...given } }), []);

  test("what is gone is known by its name", () => {
    const before = { roles: ["a"], policies: ["b"], organizations: ["c"] };
    const { orphans } = removed([noRole, noPolicy, noProvider], { gone: before });
    expect(orphans.gone).toEqual({
      roles: ["a", role.name],
      policies: ["b", "deploy"],
      organizations: ["c", organization],
    });
  });

  test.each<readonly [string, ReturnType<typeof removed>, boolean]>([
    ["where all of it is gone", removed([noRole, noPolicy, noProvider]), true],
    ["not while the role is there", removed([noPolicy, noProvider]), false],
    ["not while the policy is there", removed([noRole, noProvider]), false],
    ["not while the provider is there", removed([noRole, noPolicy]), false],
    ["not while there is a document", removed([noRole, noPolicy, noProvider], {}, false), false],
    [
      "not where one of its changes has failed",
      removed([noRole, noPolicy, noProvider, { change: leave, outcome: "failed", fault }]),
      false,
    ],
    [
      "not where another policy went",
      removed([noRole, carried({ do: "delete-policy", arn: arn("policy/x") }, ""), noProvider]),
      false,
    ],
  ])("the environment is forgotten %s", (_, { forgotten }, answer) => {
    expect(forgotten).toBe(answer);
  });

  test("roles are cleared that are deleted, or shut to everybody", () => {
    const step: Step = { do: "update-trust-policy", name: role.name, trustPolicy: "{}" };
    const cleared = (...results: readonly ChangeResult[]) =>
      clearedRoles(appliedWith({ results, orphans: all }));
    expect(cleared(noRole)).toEqual([role.arn]);
    expect(cleared(carried(step, role.arn))).toEqual([role.arn]);
    expect(cleared(carried(step, arn("role/in-force")))).toEqual([]);
    expect(cleared({ change: changeOf(step), outcome: "failed", fault })).toEqual([]);
    expect(cleared(noPolicy)).toEqual([]);
  });

  test("policies are let go of that were detached", () => {
    const detach = carried({ do: "detach", name: role.name, arn: ours }, ours);
    expect(detachedBy(appliedWith({ results: [noRole, detach] }))).toEqual([ours]);
  });
});

describe("what stays of a removed environment", () => {
  const nothing = { roles: [], policies: [], tagged: [] };
  const tagged = roleWith({ name: "tagged", arn: arn("role/tagged") });
  const lost = { kind: "missing", why: "lost" } as const;
  const account = { allRoles: [roleWith()], whole: true };
  const kept = (given: Case, observed: typeof account = account, status: string | null = null) => {
    const applied = appliedWith({ recorded: retain, ...given });
    const entry = {
      ...applied.entry,
      status: status === null ? null : statusWith({ outputs: { AWS_ROLE_ARN: status } }),
    };
    return withOrphansSettled({ ...applied, entry }, "kept", observed);
  };

  test("is named, a role that only has its tags too", () => {
    const { retained, forgotten } = kept({
      orphans: { policies: [policyWith()], tagged: [tagged] },
    });
    expect(retained).toEqual([roleWith().arn, ours, tagged.arn]);
    expect(forgotten).toBe(false);
  });

  test.each<readonly [string, ReturnType<typeof kept>, boolean]>([
    ["where a person took all of it away", kept({ orphans: nothing }), true],
    ["not while a role is there", kept({}), false],
    ["not while a policy is", kept({ orphans: { ...nothing, policies: [policyWith()] } }), false],
    ["not where it is to be removed", kept({ recorded: remove, orphans: nothing }), false],
    ["not while there is a document", kept({ gone: false, orphans: nothing }), false],
    [
      "not where a change has failed",
      kept({ orphans: nothing, results: [{ change: leave, outcome: "failed", fault }] }),
      false,
    ],
    [
      "by its record, whatever else has its tags",
      kept({ orphans: { ...nothing, tagged: [tagged] } }),
      true,
    ],
  ])("is forgotten %s", (_, { forgotten }, answer) => {
    expect(forgotten).toBe(answer);
  });

  test.each<readonly [string, ReturnType<typeof kept>, boolean]>([
    [
      "where the whole account has none of it",
      kept({ evidence: lost, orphans: nothing }, account, arn("role/former")),
      true,
    ],
    [
      "not where something has its tags",
      kept({ evidence: lost, orphans: { ...nothing, tagged: [tagged] } }),
      false,
    ],
    [
      "not where the status names a role that is there",
      kept({ evidence: lost, orphans: nothing }, account, roleWith().arn),
      false,
    ],
    [
      "not where only a part of the account was seen",
      kept({ evidence: lost, orphans: nothing }, { ...account, whole: false }),
      false,
    ],
  ])("is forgotten without its record %s", (_, { forgotten }, answer) => {
    expect(forgotten).toBe(answer);
  });
});
