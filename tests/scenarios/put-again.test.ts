import { describe, expect, test } from "vitest";
import type { RecordedCall } from "../../sandbox/index.ts";
import { isOwn } from "../invariants/telling.ts";
import { guideWith, shop, shopMainAndDev } from "./documents.ts";
import { expectIdle, prefix, type Run, type Scenario, startScenario } from "./harness.ts";
import { startHolding } from "./holds.ts";
import { stoppedAt } from "./stopped.ts";

const trust = "production: version 2 widens the trust policy";

const said = ({ report }: Run) =>
  report.alerts.flatMap(({ kind, title }) => (kind.includes("-widening-") ? [title] : []));

const writesRecord = ({ operation, input }: RecordedCall) =>
  operation === "PutParameter" && input["Name"] === `${prefix}/applied/production`;

function refuse({ sandbox }: Scenario, is: (call: RecordedCall) => boolean): void {
  sandbox.faults.add({
    when: (call) => isOwn(call) && is(call),
    at: "before",
    how: { error: "AccessDenied", httpStatus: 403 },
  });
}

const longer = ({ operation }: RecordedCall) => operation === "UpdateRole";

describe.each(["hold", "apply"] as const)("a version that has begun (%s)", (onWiden) => {
  const wide = guideWith({
    onWiden,
    trust: { projects: [shopMainAndDev] },
    role: { maxSessionSeconds: 7200 },
  });

  /** The second version is put, and approved where it has to be. */
  async function released(): Promise<Scenario> {
    const account = await startScenario();
    await account.put(guideWith({ onWiden }));
    await account.run();
    const version = await account.put(wide);
    if (onWiden === "hold") {
      expect((await account.run()).environment.outcome).toBe("held");
      await account.approve(version);
    }
    return account;
  }

  /** A half of it is written, and was reported. */
  async function begun(): Promise<Scenario> {
    const account = await released();
    refuse(account, longer);
    expect(said(await account.run())).toEqual([trust]);
    return account;
  }

  test("and is put again is not held, and its half is not reported again", async () => {
    const account = await begun();
    await account.put("{{{");
    await account.put(wide);
    expect(said(await account.run())).toEqual([]);
    account.sandbox.faults.clear();
    const whole = await account.run();
    expect(whole.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 4 });
    expect(said(whole)).toEqual(["production: version 4 widens the permissions"]);
    expectIdle(await account.run());
  });

  test("and whose run was stopped is not held where it is put again", async () => {
    const account = await released();
    await stoppedAt(account, "after", writesRecord);
    await account.put(wide);
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 3 });
    expect(said(run)).toEqual([
      "production: version 3 widens the trust policy",
      "production: version 3 widens the permissions",
    ]);
    expectIdle(await account.run());
  });

  test("is reported once though a run cannot read its record meanwhile", async () => {
    const account = await begun();
    const readsRecord = ({ operation, input }: RecordedCall) =>
      operation === "GetParameters" && JSON.stringify(input).includes("/applied/production");
    refuse(account, readsRecord);
    expect(said(await account.run())).toEqual([]);
    account.sandbox.faults.clear();
    const whole = await account.run();
    expect(whole.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 2 });
    expect(said(whole)).toEqual(["production: version 2 widens the permissions"]);
    expectIdle(await account.run());
  });

  test("and was closed by one that took its place is reported again", async () => {
    const account = await begun();
    await account.put(guideWith({ onWiden }));
    expect((await account.run()).environment).toMatchObject({ appliedVersion: 3 });
    account.sandbox.faults.clear();
    const version = await account.put(wide);
    if (onWiden === "hold") {
      expect((await account.run()).environment.outcome).toBe("held");
      await account.approve(version);
    }
    expect(said(await account.run())).toEqual([
      "production: version 4 widens the trust policy",
      "production: version 4 widens the permissions",
    ]);
    expectIdle(await account.run());
  });
});

describe.each(["hold", "apply"] as const)("a first document that has begun (%s)", (guard) => {
  const all = guideWith({ trust: { projects: [shopMainAndDev] } });

  async function begun(): Promise<Scenario> {
    const account = guard === "hold" ? await startHolding() : await startScenario();
    await account.put(all);
    if (guard === "hold") {
      await account.run();
      await account.approve(1);
    }
    return account;
  }

  test.each([
    ["less is put", guideWith({})],
    ["it is put again", all],
  ])("and has made no role is reported with what comes into force where %s", async (_, next) => {
    const account = await begun();
    refuse(account, ({ operation }) => operation === "CreateRole");
    expect(said(await account.run())).toEqual([]);
    account.sandbox.faults.clear();
    await account.put(next);
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 2 });
    expect(said(run)).toContain(trust);
    expectIdle(await account.run());
  });
});

test.each([
  ["longer sessions", { role: { maxSessionSeconds: 7200 } }],
  ["a ref", { trust: { projects: [shopMainAndDev] } }],
] as const)(
  "a first document that has made no role is reported as a whole with one that gives more: %s",
  async (_, more) => {
    const account = await startScenario();
    await account.put(guideWith({ onWiden: "apply" }));
    refuse(account, ({ operation }) => operation === "CreateRole");
    expect(said(await account.run())).toEqual([]);
    account.sandbox.faults.clear();
    await account.put(guideWith({ onWiden: "apply", ...more }));
    const run = await account.run();
    expect(said(run)).toContain(trust);
    const [alert] = run.report.alerts.filter(({ title }) => title === trust);
    expect(alert?.text).toContain(`A job of project ${shop}`);
    expectIdle(await account.run());
  },
);
