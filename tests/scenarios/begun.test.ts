import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import { describe, expect, test } from "vitest";
import type { RecordedCall } from "../../sandbox/index.ts";
import { isOwn } from "../invariants/telling.ts";
import { setTrust } from "./by-hand.ts";
import {
  guide,
  guideFor,
  guideWith,
  organization,
  roleName,
  shopMain,
  shopMainAndDev,
  textOf,
  type Written,
  wiki,
} from "./documents.ts";
import { expectIdle, prefix, type Run, type Scenario, startScenario } from "./harness.ts";
import { kindsOf, startHolding } from "./holds.ts";
import { stoppedAt } from "./stopped.ts";
import { asking, elsewhere, expectDone, production, two } from "./two-of-one-organization.ts";

type Half = "trust-policy" | "permissions";

/** Edits that give more, by what they give, and the half of the guard that each is under. */
const edits = {
  "a ref": ["trust-policy", { trust: { projects: [shopMainAndDev] } }],
  "an audience": ["trust-policy", { circleci: { organizationId: organization, audiences: ["X"] } }],
  "a target": ["permissions", { deploy: { ...guide.deploy, ecr: ["demo-backend", "later"] } }],
  "longer sessions": ["permissions", { role: { maxSessionSeconds: 7200 } }],
  "a role tag": ["permissions", { role: { tags: { team: "shop" } } }],
} as const satisfies Readonly<Record<string, readonly [Half, Written]>>;

type Edit = keyof typeof edits;

const kindsApplied = {
  "trust-policy": "trust-widening-applied",
  permissions: "permissions-widening-applied",
} as const;

/** The half that a later version gives more of, where that half of the guard holds. */
const others = {
  "trust-policy": { deploy: { ...guide.deploy, ecr: ["demo-backend", "another"] } },
  permissions: { trust: { projects: [shopMainAndDev, { id: wiki }] } },
} as const satisfies Readonly<Record<Half, Written>>;

type Guard = "apply" | "approved";
type Newer = "does not parse" | "is held";

/** The guard of one half lets it through, or all waits for an approval. */
function guarded(half: Half, guard: Guard): Pick<Written, "onWiden"> {
  if (guard === "approved") return { onWiden: "hold" };
  return half === "trust-policy"
    ? { onWiden: { trust: "apply", permissions: "hold" } }
    : { onWiden: { trust: "hold", permissions: "apply" } };
}

type Story = {
  readonly account: Scenario;
  readonly half: Half;
  /** The second version, which is to come into force. */
  readonly wide: Written;
  /** The third, which overtakes it. */
  readonly newer: Written | string;
};

/** In sync with the first version; the second is put, and approved where it has to be. */
async function started(edit: Edit, guard: Guard, newer: Newer): Promise<Story> {
  const [half, more] = edits[edit];
  const lets = guarded(half, guard);
  const account = await startScenario();
  await account.ecr.send(new CreateRepositoryCommand({ repositoryName: "later" }));
  await account.put(guideWith(lets));
  await account.run();
  await account.run();
  const wide = guideWith({ ...more, ...lets });
  const version = await account.put(wide);
  if (guard === "approved") {
    expect((await account.run()).environment.outcome).toBe("held");
    await account.approve(version);
  }
  return {
    account,
    half,
    wide,
    newer: newer === "is held" ? { ...wide, ...others[half] } : "{{{",
  };
}

const writesRecord = ({ operation, input }: RecordedCall) =>
  operation === "PutParameter" && input["Name"] === `${prefix}/applied/production`;

/** Refuses the function a call, for some times or until the faults are cleared. */
function refuse({ sandbox }: Scenario, operation: string, times?: number): void {
  sandbox.faults.add({
    when: (call) => isOwn(call) && call.operation === operation,
    at: "before",
    how: { error: "AccessDenied", httpStatus: 403 },
    ...(times === undefined ? {} : { times }),
  });
}

/** Edits the document when a call of the function comes, and lets the call through. */
function editAt(
  account: Scenario,
  is: (call: RecordedCall) => boolean,
  newer: Story["newer"],
): void {
  let done = false;
  account.sandbox.faults.add({
    when: (call) => {
      if (done || !isOwn(call) || !is(call)) return false;
      done = true;
      const value = typeof newer === "string" ? newer : textOf(newer);
      account.sandbox.createParameter({ name: `${prefix}/environments/production`, value });
      return false;
    },
    at: "before",
    how: "connection-reset",
  });
}

/** Deletes the document when a call of the function comes, whose answer waits for that. */
function deleteAt(account: Scenario, is: (call: RecordedCall) => boolean): void {
  account.sandbox.faults.add({
    when: (call) => {
      if (!isOwn(call) || !is(call)) return false;
      account.remove();
      return true;
    },
    at: "after",
    how: { delayMs: 400 },
    times: 1,
  });
}

const widened = ({ report }: Run) =>
  report.alerts.flatMap(({ kind, title }) => (kind.endsWith("-widening-applied") ? [title] : []));

const tellings: Readonly<Record<Half, string>> = {
  "trust-policy": "production: version 2 widens the trust policy",
  permissions: "production: version 2 widens the permissions",
};

/** The second version is in force, and this run has said what it gives more, once. */
async function expectTold({ account, half, wide }: Story, run: Run, newer: Newer): Promise<void> {
  expect(widened(run)).toEqual([tellings[half]]);
  const [alert] = run.report.alerts.filter(({ kind }) => kind === kindsApplied[half]);
  expect(alert?.text).toContain("It was applied.");
  const given = run.environment.widenings.filter(({ disposition }) => disposition === "applied");
  expect(given).toMatchObject([
    { source: "desired", resource: half, openedAt: expect.stringContaining("T") },
  ]);
  if (half === "trust-policy") expect(given[0]?.admitted).not.toBeNull();
  expect(run.environment).toMatchObject({
    appliedVersion: 2,
    outcome: newer === "is held" ? "held" : "invalid",
  });
  const quiet = await account.run();
  expect([quiet.report.alerts, quiet.iamWrites]).toEqual([[], []]);
  // Put again, it has not to be approved again.
  await account.put(wide);
  const again = await account.run();
  expect(again.environment).toMatchObject({ outcome: "in-sync", appliedVersion: 4, widenings: [] });
  expect(widened(again)).toEqual([]);
}

describe.each(Object.keys(edits) as Edit[])("%s of a version that has begun", (edit) => {
  test.each([
    ["apply", "does not parse"],
    ["apply", "is held"],
    ["approved", "does not parse"],
    ["approved", "is held"],
  ] as const)(
    "is reported (%s) where its run was stopped and the newest %s",
    async (guard, newer) => {
      const story = await started(edit, guard, newer);
      const { account } = story;
      await stoppedAt(account, "after", writesRecord);
      await account.put(story.newer);
      await expectTold(story, await account.run(), newer);
    },
  );
});

describe.each(["does not parse", "is held"] as const)("where the newest %s", (newer) => {
  test.each([
    ["a ref", "UpdateAssumeRolePolicy"],
    ["a target", "CreatePolicyVersion"],
    ["longer sessions", "UpdateRole"],
  ] as const)("%s is reported that %s refused once", async (edit, operation) => {
    const story = await started(edit, "apply", newer);
    const { account } = story;
    refuse(account, operation, 1);
    expect(widened(await account.run())).toEqual([]);
    await account.put(story.newer);
    await expectTold(story, await account.run(), newer);
  });

  test.each(["before", "after"] as const)(
    "a ref is reported by the very run that is overtaken %s it opens",
    async (when) => {
      const story = await started("a ref", "apply", newer);
      const { account } = story;
      const opens = ({ operation }: RecordedCall) => operation === "UpdateAssumeRolePolicy";
      editAt(account, when === "before" ? writesRecord : opens, story.newer);
      const run = await account.run();
      await expectTold(story, run, newer);
      const [alert] = run.report.alerts.filter(({ kind }) => kind === "trust-widening-applied");
      expect(alert?.text).toContain("The version in force before says onWiden: apply.");
    },
  );

  test("a first document is reported", async () => {
    const account = await startHolding();
    await account.put(guide);
    await account.run();
    await account.approve(1);
    await stoppedAt(account, "after", writesRecord);
    const held = guideWith({ trust: { projects: "all" } });
    await account.put(newer === "is held" ? held : "{{{");
    const run = await account.run();
    expect(widened(run)).toEqual(["production: version 1 widens the trust policy"]);
    expect(run.environment.appliedVersion).toBe(1);
    const quiet = await account.run();
    expect([quiet.report.alerts, quiet.iamWrites]).toEqual([[], []]);
  });

  test("a half that was reported already is not reported again with the other", async () => {
    const account = await startScenario();
    await account.put(guide);
    await account.run();
    await account.put(guideWith({ ...edits["a ref"][1], ...edits["longer sessions"][1] }));
    await account.run();
    await account.approve(2);
    refuse(account, "UpdateRole", 1);
    expect(widened(await account.run())).toEqual([tellings["trust-policy"]]);
    await account.put(newer === "is held" ? guideWith({ trust: { projects: "all" } }) : "{{{");
    expect(widened(await account.run())).toEqual([tellings.permissions]);
    const quiet = await account.run();
    expect([quiet.report.alerts, quiet.iamWrites]).toEqual([[], []]);
  });
});

describe("a ref of a version that is overtaken once it has opened", () => {
  const lets = guarded("trust-policy", "apply");
  const opens = ({ operation }: RecordedCall) => operation === "UpdateAssumeRolePolicy";
  const renamed = guideWith({ ...lets, role: { name: "CircleCI-Second-Role" } });
  const said = "production: version 2 widened the trust policy before it was overtaken";

  test.each([
    [
      "as it was before",
      guideWith(lets),
      [said],
      "What of it is not in force now was closed by the same run.",
    ],
    ["as it was before, suspended", guideWith({ ...lets, mode: "suspend" }), [said], "not closed"],
    [
      "with the same ref, suspended",
      guideWith({ ...lets, ...edits["a ref"][1], mode: "suspend" }),
      [said, "production: version 3 would widen the trust policy"],
      "not closed",
    ],
    ["as it was before, under another name", renamed, [said], "not closed"],
    ["deleted", null, [said], "was deleted while the run was at work"],
  ] as const)("is reported where the document is %s", async (_, newer, titles, says) => {
    const { account } = await started("a ref", "apply", "is held");
    if (newer === null) deleteAt(account, opens);
    else editAt(account, opens, newer);
    const run = await account.run();
    expect(widened(run)).toEqual(titles);
    const [alert] = run.report.alerts.filter(({ title }) => title === said);
    expect(alert?.text).toContain("refs/heads/dev");
    expect(alert?.text).toContain(says);
    const trust = account.sandbox.directory().roles.get(roleName.toLowerCase())?.trust;
    const isClosed = says.includes("closed by");
    expect(trust?.includes("refs/heads/dev")).toBe(!isClosed);
    expect(run.environment.widenings[titles.length - 1]).toMatchObject({
      source: "desired",
      disposition: "applied",
      admitted: { action: "sts:AssumeRoleWithWebIdentity" },
      closedAt: isClosed ? expect.stringContaining("T") : null,
    });
    const quiet = await account.run();
    expect([quiet.report.alerts, quiet.iamWrites]).toEqual([[], []]);
  });

  test("is reported once, with the version that says it too and took its place", async () => {
    const { account } = await started("a ref", "apply", "is held");
    const projects = [shopMainAndDev, { id: wiki }];
    editAt(account, opens, guideWith({ ...lets, trust: { projects } }));
    const run = await account.run();
    expect(widened(run)).toEqual(["production: version 3 widens the trust policy"]);
    expect(run.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 3 });
    expectIdle(await account.run());
  });

  test("is reported beside what the version opens that took its place", async () => {
    const { account } = await started("a ref", "apply", "is held");
    editAt(account, opens, guideWith({ ...lets, trust: { projects: [shopMain, { id: wiki }] } }));
    const run = await account.run();
    expect(widened(run)).toEqual([said, "production: version 3 widens the trust policy"]);
    expectIdle(await account.run());
  });
});

test("a role tag of a version that is overtaken is its own, though the next one takes it off", async () => {
  const { account } = await started("a role tag", "apply", "is held");
  const lets = guarded("permissions", "apply");
  editAt(account, ({ operation }) => operation === "TagRole", guideWith(lets));
  const run = await account.run();
  expect(widened(run)).toEqual([
    "production: version 2 widened the permissions before it was overtaken",
    "production: version 3 widens the permissions",
  ]);
  const [before, after] = run.report.alerts.map(({ text }) => text);
  expect(before).toContain("principal tags of every session: team.");
  expect(after).toContain("principal tags of every session: team (taken off).");
  expectIdle(await account.run());
});

describe("a half of which a part is refused", () => {
  const lets = guarded("permissions", "apply");
  const both = guideWith({ ...lets, ...edits["a target"][1], ...edits["longer sessions"][1] });

  test("is reported when the other part opens, and not again when all of it is written", async () => {
    const { account } = await started("a target", "apply", "is held");
    await account.put(both);
    refuse(account, "UpdateRole");
    const run = await account.run();
    const said = "production: version 3 widens the permissions";
    expect(widened(run)).toEqual([said]);
    const [alert] = run.report.alerts.filter(({ title }) => title === said);
    expect(alert?.text).toContain("a part of it could not be written yet");
    const opened = run.environment.widenings.map(({ disposition }) => disposition);
    expect([opened, run.environment.appliedVersion]).toEqual([["applied"], 1]);
    expect((await account.run()).report.alerts).toEqual([]);
    account.sandbox.faults.clear();
    const whole = await account.run();
    expect(whole.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 3 });
    expect(widened(whole)).toEqual([]);
    expectIdle(await account.run());
  });

  test("is not reported before anything of it opens", async () => {
    const { account } = await started("a target", "apply", "is held");
    await account.put(guideWith({ ...both, deploy: { ecr: ["demo-backend"] } }));
    refuse(account, "UpdateRole");
    const closed = await account.run();
    expect(closed.iamWrites).toContain("CreatePolicyVersion");
    expect(widened(closed)).toEqual([]);
    account.sandbox.faults.clear();
    expect(widened(await account.run())).toEqual(["production: version 3 widens the permissions"]);
    expectIdle(await account.run());
  });
});

test("what a version had before the one that began is an attack once that one is written whole", async () => {
  const account = await startScenario();
  await account.put(guideFor(shopMainAndDev));
  await account.run();
  const { roles } = account.sandbox.directory();
  const wide = roles.get(roleName.toLowerCase())?.trust ?? "";
  await account.put(guideFor(shopMain));
  await stoppedAt(account, "after", writesRecord);
  await account.put("{{{");
  const run = await account.run();
  expect(run.environment).toMatchObject({ outcome: "invalid", appliedVersion: 2 });
  expect(widened(run)).toEqual([]);
  await setTrust(account, () => JSON.parse(wide));
  const reverted = await account.run();
  expect(reverted.report.alerts.map(({ kind }) => kind)).toEqual(["trust-widened"]);
  expect(reverted.environment.widenings).toMatchObject([
    { source: "drift", disposition: "reverted" },
  ]);
});

describe("a version that has begun while the newest does not parse", () => {
  test.each([
    ["retain", "retain", ["CircleCI-OIDC-Role is no longer managed"]],
    ["retain", "delete", ["CircleCI-OIDC-Role will be deleted"]],
    ["delete", "retain", ["CircleCI-OIDC-Role deleted"]],
    ["delete", "delete", ["CircleCI-OIDC-Role deleted"]],
  ] as const)("lets go of its old name as ever: %s, then %s", async (before, after, said) => {
    const account = await startScenario();
    await account.put(guideWith({ onRemove: before }));
    await account.run();
    await account.put(guideWith({ onRemove: after, role: { name: "CircleCI-Second-Role" } }));
    await stoppedAt(account, "after", writesRecord);
    await account.put("{{{");
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "invalid", appliedVersion: 2 });
    const titles = run.report.alerts.flatMap(({ kind, title }) =>
      kind === "orphaned" || kind === "mode-changed" ? [title] : [],
    );
    expect(titles).toEqual([
      "production: the role or policy was renamed",
      ...(before === "retain" && after === "delete"
        ? ["production: onRemove changed from retain to delete"]
        : []),
      ...said.map((each) => `production: role/${each}`),
    ]);
    const [orphaned] = run.report.alerts.filter(({ kind }) => kind === "orphaned");
    expect(orphaned?.text).toContain("Version 2 uses other names");
    expect(Object.keys((await account.state()).roles).includes(roleName)).toBe(before === "retain");
    const quiet = await account.run();
    expect([quiet.report.alerts, quiet.iamWrites]).toEqual([[], []]);
  });
});

describe.each([
  ["at its own provider", asking],
  ["at the provider that it has left", elsewhere],
] as const)("an audience that it drops and a refused version asks for, %s", (_, now) => {
  test("is nobody's doing, and does not outlast that version", async () => {
    const account = await startScenario();
    await two(account, "retain");
    await account.put(production("retain", now()));
    await stoppedAt(account, "after", writesRecord);
    // Refused, for the policy is the other environment's.
    await account.put(production("retain", { policy: { name: "CircleCI-staging-Policy" } }));
    for (let count = 0; count < 3; count += 1) {
      const run = await account.run();
      expect(run.report.environments[0]?.outcome).toBe("conflict");
      expect(kindsOf(run)).not.toContain("audience-widened");
    }
    await account.put(production("retain", now()));
    for (let count = 0; count < 2; count += 1) {
      expect(kindsOf(await account.run())).not.toContain("audience-widened");
    }
    const { providers } = await account.state();
    const [mine] = Object.entries(providers).filter(([arn]) => arn.endsWith(organization));
    expect(mine?.[1].audiences).toEqual([organization, "b"]);
    await expectDone(account, "all");
  });
});
