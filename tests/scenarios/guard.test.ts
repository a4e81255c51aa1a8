import { describe, expect, test } from "vitest";
import { boundaryArn, otherBoundaryArn, otherPin } from "./by-hand.ts";
import {
  blog,
  organization,
  otherOrganization,
  shopMain,
  shopMainAndDev,
  type Written,
} from "./documents.ts";
import { base, role, startGuarded } from "./guarded.ts";
import { expectIdle, type Run } from "./harness.ts";
import { expectHeld, kindsOf, textOf, wideningOf } from "./holds.ts";

const circleci = (changes: Partial<Written["circleci"]>): Written => {
  return { ...base, circleci: { organizationId: organization, ...base.circleci, ...changes } };
};
const deploy = (changes: Written["deploy"]): Written => {
  return { ...base, deploy: { ...base.deploy, ...changes } };
};

const { permissionsBoundary: _, ...unbounded } = base.role ?? {};
const trust = "trust-policy";

/** What an edit changes, what is held then, and what shows it: a request, or the reason. */
const edits: readonly (readonly [string, Written, "trust-policy" | "permissions", string])[] = [
  ["another branch", { ...base, trust: { projects: [shopMainAndDev] } }, trust, "refs/heads/dev"],
  ["another project", { ...base, trust: { projects: [shopMain, { id: blog }] } }, trust, blog],
  ["every project", { ...base, trust: { projects: "all" } }, trust, "org/"],
  [
    "the end of an entry",
    { ...base, trust: { projects: [shopMain, { id: blog, until: "2099-01-01T00:00:00Z" }] } },
    trust,
    blog,
  ],
  [
    "another organisation",
    circleci({ organizationId: otherOrganization }),
    trust,
    otherOrganization,
  ],
  ["another audience", circleci({ audiences: ["deploy", "more"] }), trust, "more"],
  ["another thumbprint", circleci({ thumbprints: [otherPin] }), trust, "thumbprints"],
  ["no thumbprint", circleci({ thumbprints: [] }), trust, "thumbprints"],
  [
    "another repository",
    deploy({ ecr: ["demo-backend", "not-made-yet"] }),
    "permissions",
    "not-made-yet",
  ],
  ["another service", deploy({ appRunner: ["demo-backend"] }), "permissions", "apprunner:"],
  ["a service that does not exist yet", deploy({ ecsExpress: ["gone"] }), "permissions", "gone"],
  [
    "every branch of an app",
    deploy({ amplify: [{ app: "demo-frontend" }] }),
    "permissions",
    "apps/",
  ],
  [
    "another app",
    deploy({
      amplify: [
        { app: "demo-frontend", branches: ["main"] },
        { app: "nobodys", branches: ["x"] },
      ],
    }),
    "permissions",
    "amplify:",
  ],
  ["another Region", deploy({ region: "eu-west-1" }), "permissions", "eu-west-1"],
  ["no boundary", { ...base, role: unbounded }, "permissions", "removes the permissions boundary"],
  [
    "a boundary that is not narrower",
    role({ permissionsBoundary: otherBoundaryArn }),
    "permissions",
    "not proved narrower",
  ],
  [
    "a boundary that does not exist",
    role({ permissionsBoundary: `${boundaryArn}-none` }),
    "permissions",
    "not proved narrower",
  ],
  [
    "a longer session",
    role({ maxSessionSeconds: 43_200 }),
    "permissions",
    "43200 s instead of 7200 s",
  ],
  [
    "another role tag",
    role({ tags: { team: "platform", cost: "42", admin: "yes" } }),
    "permissions",
    "admin",
  ],
  ["a role tag's value", role({ tags: { team: "admins", cost: "42" } }), "permissions", "team"],
  ["a role tag less", role({ tags: { team: "platform" } }), "permissions", "cost"],
  [
    "onWiden apply for trust",
    { ...base, onWiden: { trust: "apply" } },
    trust,
    "lowers onWiden for trust",
  ],
  [
    "onWiden apply for permissions",
    { ...base, onWiden: { permissions: "apply" } },
    "permissions",
    "lowers onWiden for permissions",
  ],
];

describe("an edit is held that gives anybody more", () => {
  test.each(edits)("%s", async (_, edited, half, shown) => {
    const account = await startGuarded();
    const before = await account.state();
    await account.put(edited);
    const run = await account.run();
    expectHeld(run, 2, 1);
    const kind = half === trust ? "trust-widening-held" : "permissions-widening-held";
    expect(kindsOf(run)).toContain(kind);
    const widening = wideningOf(run, half);
    expect(widening).toMatchObject({ source: "desired", disposition: "held" });
    // What no request shows has a reason.
    expect(widening?.admitted === null).toBe(widening?.reason !== undefined);
    expect(textOf(run, kind) + JSON.stringify(widening?.admitted)).toContain(shown);
    expect(await account.state()).toEqual(before);
    expect(kindsOf(await account.run())).toEqual([]);
  });

  test("onWiden apply for both halves is reported for both", async () => {
    const account = await startGuarded();
    await account.put({ ...base, onWiden: "apply" });
    const run = await account.run();
    expectHeld(run, 2, 1);
    expect(kindsOf(run)).toEqual(["trust-widening-held", "permissions-widening-held"]);
    expect(run.environment.widenings.map(({ admitted }) => admitted)).toEqual([null, null]);
  });
});

describe("an edit is reported, and not held, that opens nothing and that people must know", () => {
  test.each<readonly [string, Written, string]>([
    ["a free name", { ...base, role: { ...base.role, name: "CircleCI-New" } }, "was renamed"],
    ["onRemove delete", { ...base, onRemove: "delete" }, "onRemove changed from retain to delete"],
    ["a mode", { ...base, mode: "observe" }, "the mode changed from enforce to observe"],
  ])("%s", async (_, edited, says) => {
    const account = await startGuarded();
    await account.put(edited);
    const run = await account.run();
    expect(run.environment.outcome).not.toBe("held");
    const reported = run.report.alerts.filter(({ kind }) => kind === "mode-changed");
    expect(reported.map(({ title }) => title)).toEqual([expect.stringContaining(says)]);
    expect(kindsOf(await account.run())).toEqual([]);
  });

  test.each<readonly [string, Written]>([
    ["fewer targets", deploy({ amplify: [] })],
    ["a shorter session", role({ maxSessionSeconds: 3600 })],
    ["an audience less", circleci({ audiences: [] })],
    ["onRemove as it was", { ...base, onRemove: "retain" }],
  ])("%s is neither held nor reported", async (_, edited) => {
    const account = await startGuarded();
    await account.put(edited);
    const run = await account.run();
    expect(run.environment).toMatchObject({ appliedVersion: 2, widenings: [] });
    expect(kindsOf(run)).toEqual([]);
    expectIdle(await account.run());
  });

  test("a boundary where there was none only closes", async () => {
    const account = await startGuarded({ ...base, role: unbounded });
    await account.put(base);
    const run = await account.run();
    expect(run.iamWrites).toEqual(["PutRolePermissionsBoundary"]);
    expect(kindsOf(run)).toEqual([]);
  });

  test("a boundary that is proved narrower is taken", async () => {
    const account = await startGuarded(role({ permissionsBoundary: otherBoundaryArn }));
    await account.put(base);
    expect((await account.run()).environment).toMatchObject({ appliedVersion: 2, widenings: [] });
    expectIdle(await account.run());
  });
});

describe("onWiden for each half", () => {
  const halves = { ...base, onWiden: { trust: "hold", permissions: "apply" } } as const;
  const wider = { ...halves, deploy: { ...base.deploy, appRunner: ["demo-backend"] } };

  test("lets more permissions through and reports them, while trust is still held", async () => {
    const account = await startGuarded(halves);
    await account.put(wider);
    const run: Run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 2 });
    expect(kindsOf(run)).toEqual(["permissions-widening-applied"]);
    expect(wideningOf(run, "permissions")?.admitted).toMatchObject({
      action: expect.stringContaining("apprunner:"),
    });
    await account.put({ ...wider, trust: { projects: "all" } });
    expectHeld(await account.run(), 3, 2);
  });

  test("holds an edit as a whole of which one half is held", async () => {
    const account = await startGuarded(halves);
    await account.put({ ...wider, trust: { projects: "all" } });
    const run = await account.run();
    expectHeld(run, 2, 1);
    expect(kindsOf(run)).toEqual(["trust-widening-held", "permissions-widening-held"]);
  });
});
