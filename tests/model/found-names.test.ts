import {
  CreateServiceCommand,
  DeleteServiceCommand,
  ListServicesCommand,
} from "@aws-sdk/client-apprunner";
import { DeleteRoleCommand, DetachRolePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { blog, guideAs, guideWith, roleName, shopMain, textOf } from "../scenarios/documents.ts";
import { applied, kindsOf, policyArn } from "./applied.ts";
import { type DriftName, drift } from "./drift.ts";
import { demoBackend, openGround } from "./ground.ts";
import { lookAt } from "./look.ts";
import { makeTargets, operationsOn } from "./targets.ts";

/** What models found about roles and policies that got another name, another document, or none. */

describe("a role that was renamed", () => {
  const before = guideWith({
    trust: { projects: [{ id: blog }] },
    deploy: { ecr: ["demo-backend"] },
  });
  const after = guideWith({
    role: { name: "CircleCI-Second-Role" },
    trust: { projects: [shopMain] },
    deploy: { ecr: ["demo-backend", "second"] },
  });

  test("does not give its old callers what the policy of the new one grants", async () => {
    const ground = await openGround();
    const operations = operationsOn(await makeTargets(ground));
    await applied(ground, before);
    await applied(ground, after);
    const old = lookAt(ground, operations).roles.find(({ name }) => name === roleName);
    expect(old?.who).toContain("blog main");
    expect([...(old?.what ?? [])].filter((what) => what.includes("/second"))).toEqual([]);
  });

  test("is reported without its policy, and as nobody's attack", async () => {
    const ground = await openGround();
    await makeTargets(ground);
    await applied(ground, before);
    const version = await ground.put(textOf(after));
    await ground.run();
    await ground.approve(version);
    const { report } = await ground.run();
    expect(report.alerts.map(({ title }) => title).join("\n")).toContain(
      `was detached from role/${roleName}`,
    );
    expect(kindsOf((await ground.run()).report)).toEqual([]);
  });

  test.each(["retain", "delete"] as const)(
    "was given nothing by anybody where the new document names fewer targets (%s)",
    async (onRemove) => {
      const ground = await openGround();
      await makeTargets(ground);
      const { deploy } = guideWith({});
      await applied(
        ground,
        guideWith({
          deploy: {
            ...deploy,
            ecr: ["demo-backend", "second"],
            amplify: ["demo-frontend"],
            lambda: ["demo-worker"],
          },
        }),
      );
      const names = { role: { name: "CircleCI-Second-Role" }, policy: { name: "CircleCI-Second" } };
      await ground.put(textOf(guideWith({ ...names, onRemove })));
      const kinds: string[] = [];
      for (let nth = 1; nth <= 3; nth += 1) kinds.push(...kindsOf((await ground.run()).report));
      expect(kinds.filter((kind) => kind.endsWith("widened"))).toEqual([]);
    },
  );

  /** The document's role is renamed, and what somebody does to the old one is seen by a run of its own. */
  async function renamed(doneBefore: DriftName, doneAfter: DriftName = doneBefore) {
    const ground = await openGround();
    const operations = operationsOn(await makeTargets(ground));
    await applied(ground, guideWith({}));
    const place = { iam: ground.iam, role: roleName, policyArn, provider: "" };
    const now = ground.sandbox.clock.now();
    await drift(doneBefore, place, now);
    await applied(ground, guideWith({ role: { name: "CircleCI-Second-Role" } }));
    await drift(doneAfter, place, now);
    return {
      ground,
      old: () => lookAt(ground, operations).roles.find(({ name }) => name === roleName),
    };
  }
  const more = guideWith({
    role: { name: "CircleCI-Second-Role" },
    deploy: { ecr: ["demo-backend", "second"] },
  });

  test("and released has nothing of what its policy grants later", async () => {
    const { ground, old } = await renamed("takes all tags off the role", "lets every project in");
    const { report } = await ground.run();
    expect(report.alerts.map(({ title }) => title).join("\n")).toContain("released");
    expect(kindsOf((await ground.run()).report)).toEqual([]);
    expect(old()?.attached).toEqual(["CircleCI-Deployment-Policy"]);
    await applied(ground, more);
    expect(old()?.attached).toEqual([]);
    expect(kindsOf((await ground.run()).report)).toEqual([]);
    const { iamWrites, parameterWrites } = await ground.run();
    expect([iamWrites, parameterWrites]).toEqual([[], ["/heartbeat"]]);
  });

  test("and released is nobody's to delete, though a later version says onRemove: delete", async () => {
    const { ground, old } = await renamed("takes all tags off the role");
    await ground.run();
    await applied(ground, { ...more, onRemove: "delete" });
    await ground.run();
    expect(old()?.attached).toEqual([]);
  });

  test.each([
    ["lets every project in", []],
    ["takes the inline policies off", ["CircleCI-Deployment-Policy"]],
  ] as const)(
    "follows a service that is re-created only with its own jobs: somebody %s",
    async (done, attached) => {
      const { ground, old } = await renamed("takes the inline policies off", done);
      await ground.run();
      const { appRunner } = ground;
      const { ServiceSummaryList: [service] = [] } = await appRunner.send(
        new ListServicesCommand(),
      );
      await appRunner.send(new DeleteServiceCommand({ ServiceArn: service?.ServiceArn }));
      await appRunner.send(new CreateServiceCommand(demoBackend));
      expect((await ground.run()).iamWrites).toContain("CreatePolicyVersion");
      expect(old()?.attached).toEqual(attached);
    },
  );

  test("stays watched without its tags until the new one is written", async () => {
    const ground = await openGround();
    await makeTargets(ground);
    await applied(ground, guideWith({}));
    ground.sandbox.faults.add({
      at: "before",
      how: { error: "AccessDenied", httpStatus: 403 },
      when: ({ operation }) => operation === "CreateRole",
    });
    await ground.put(textOf(guideWith({ role: { name: "CircleCI-Second-Role" } })));
    const place = { iam: ground.iam, role: roleName, policyArn, provider: "" };
    await drift("takes all tags off the role", place, ground.sandbox.clock.now());
    await ground.run();
    await drift("lets every project in", place, ground.sandbox.clock.now());
    expect(kindsOf((await ground.run()).report)).toContain("trust-widened");
  });

  test("before its version counted as applied is watched too", async () => {
    const ground = await openGround();
    await makeTargets(ground);
    // Before the writes the record says that they begin; that they are done is never written.
    let isBegun = false;
    ground.sandbox.faults.add({
      at: "before",
      how: { error: "InternalServerError", httpStatus: 500 },
      when: ({ operation, input }) => {
        isBegun ||= operation === "CreateRole";
        return isBegun && String(input["Name"]).endsWith("/applied/production");
      },
    });
    await applied(ground, guideWith({}));
    ground.sandbox.faults.clear();
    await applied(ground, guideWith({ role: { name: "CircleCI-Second-Role" } }));
    const place = { iam: ground.iam, role: roleName, policyArn, provider: "" };
    await drift("lets every project in", place, ground.sandbox.clock.now());
    expect(kindsOf((await ground.run()).report)).toContain("trust-widened");
  });

  test("is named in the alert about what somebody gave it", async () => {
    const ground = await openGround();
    await makeTargets(ground);
    await applied(ground, before);
    await applied(ground, { ...after, deploy: { ecr: ["demo-backend"] } });
    const place = { iam: ground.iam, role: roleName, policyArn, provider: "" };
    const now = ground.sandbox.clock.now();
    await drift("adds an inline policy that allows everything", place, now);
    const { alerts, environments } = (await ground.run()).report;
    const [alert] = alerts;
    expect(alert?.kind).toBe("permissions-widened");
    const id = `arn:aws:iam::123456789012:role/${roleName}`;
    expect(environments[0]?.widenings[0]?.admitted?.principal).toMatchObject({ id });
    expect(alert?.text).toContain(`The permissions of ${roleName} were changed`);
    expect(alert?.text).toContain(`Anyone who assumes ${roleName} could`);
    expect(alert?.text).not.toContain("CircleCI-Second-Role");
  });

  test("and is to be deleted gets nothing back before it is", async () => {
    const ground = await openGround();
    await makeTargets(ground);
    await applied(ground, guideWith({}));
    const role = { name: "CircleCI-Second-Role" };
    // The version before it says retain: the next run is the first that may delete.
    await ground.put(textOf(guideWith({ role, onRemove: "delete" })));
    await ground.run();
    const place = { iam: ground.iam, role: roleName, policyArn, provider: "" };
    await drift("makes a policy version that allows little", place, ground.sandbox.clock.now());
    const { iamWrites } = await ground.run();
    expect(iamWrites).toEqual(["DetachRolePolicy", "CreatePolicyVersion", "DeleteRole"]);
  });

  test("and cannot be removed keeps nobody from the policy of the role in force", async () => {
    const ground = await openGround();
    const { sandbox } = ground;
    await makeTargets(ground);
    await applied(ground, guideWith({}));
    const role = { name: "CircleCI-Second-Role" };
    await ground.put(textOf(guideWith({ role, onRemove: "delete" })));
    await ground.run();
    // Somebody forbids it for good, or it was made again where the function may not touch it.
    sandbox.faults.add({
      when: ({ operation, input }) =>
        ["DetachRolePolicy", "DeleteRole"].includes(operation) && input["RoleName"] === roleName,
      at: "before",
      how: { error: "AccessDenied", httpStatus: 403 },
    });
    const place = { iam: ground.iam, role: roleName, policyArn, provider: "" };
    await drift("makes a policy version that allows little", place, sandbox.clock.now());
    const { iamWrites } = await ground.run();
    expect(iamWrites).toEqual(["DetachRolePolicy", "CreatePolicyVersion"]);
    // The next run tries to remove it again.
    expect((await ground.run()).iamWrites).toEqual(["DetachRolePolicy", "DeleteRole"]);
  });

  test("keeps its policy where that grants no more", async () => {
    const ground = await openGround();
    await makeTargets(ground);
    await applied(ground, before);
    await applied(ground, { ...after, deploy: { ecr: ["demo-backend"] } });
    const old = lookAt(ground, []).roles.find(({ name }) => name === roleName);
    expect(old?.attached).toEqual(["CircleCI-Deployment-Policy"]);
  });
});

describe("a role that gets its old name back", () => {
  const open = guideWith({ trust: { projects: [{ id: shopMain.id }] } });
  const others = {
    role: { name: "CircleCI-Second-Role" },
    policy: { name: "CircleCI-Second-Policy" },
  };

  test.each(["suspend", "enforce"] as const)(
    "was opened by nobody while it was left with its document (%s)",
    async (mode) => {
      const ground = await openGround();
      await makeTargets(ground);
      await applied(ground, open);
      await applied(ground, guideWith(others));
      await ground.put(textOf(guideWith({ mode })));
      const { alerts } = (await ground.run()).report;
      expect(alerts.filter(({ severity }) => severity === "critical")).toEqual([]);
    },
  );

  test.each(["suspend", "enforce"] as const)(
    "and had more targets by its old document was given them by nobody (%s)",
    async (mode) => {
      const ground = await openGround();
      await makeTargets(ground);
      const { deploy } = guideWith({});
      await applied(ground, guideWith({ deploy: { ...deploy, lambda: ["demo-worker"] } }));
      const fewer = { deploy: { ecr: ["demo-backend"] } };
      await applied(ground, guideWith({ ...others, ...fewer }));
      await ground.put(textOf(guideWith({ ...fewer, mode })));
      const { alerts } = (await ground.run()).report;
      expect(alerts.filter(({ severity }) => severity === "critical")).toEqual([]);
    },
  );

  test("is watched while its version is not in force, and its policy too", async () => {
    const ground = await openGround();
    await makeTargets(ground);
    await applied(ground, open);
    await applied(ground, guideWith(others));
    await ground.put(textOf(guideWith({ mode: "suspend" })));
    await ground.run();
    const place = { iam: ground.iam, role: roleName, policyArn, provider: "" };
    const now = ground.sandbox.clock.now();
    await drift("makes a policy version that allows everything", place, now);
    expect(kindsOf((await ground.run()).report)).toEqual(["permissions-widened"]);
    await drift("lets every project in", place, now);
    expect(kindsOf((await ground.run()).report)).toEqual(["trust-widened"]);
  });
});

test("a policy that somebody opened is reported though the next version, which is suspended, names another", async () => {
  const ground = await openGround();
  await makeTargets(ground);
  await applied(ground, guideWith({}));
  await applied(ground, guideWith({ policy: { name: "CircleCI-Second-Policy" } }));
  const arn = policyArn.replace("Deployment", "Second");
  const place = { iam: ground.iam, role: roleName, policyArn: arn, provider: "" };
  const now = ground.sandbox.clock.now();
  await drift("makes a policy version that allows everything", place, now);
  await ground.put(textOf(guideWith({ mode: "suspend" })));
  expect(kindsOf((await ground.run()).report)).toContain("permissions-widened");
});

test("a role that was gone with its document and comes back is watched like before", async () => {
  const ground = await openGround({ firstDocument: "hold" });
  await makeTargets(ground);
  await applied(ground, guideWith({}));
  await ground.remove();
  const { iam } = ground;
  await iam.send(new DetachRolePolicyCommand({ RoleName: roleName, PolicyArn: policyArn }));
  await iam.send(new DeleteRoleCommand({ RoleName: roleName }));
  await ground.run();
  await applied(ground, guideWith({ deploy: { ecr: ["demo-backend", "second"] } }));
  const place = { iam, role: roleName, policyArn, provider: "" };
  await drift("lets every project in", place, ground.sandbox.clock.now());
  expect(kindsOf((await ground.run()).report)).toEqual(["trust-widened"]);
});

test("a role that was opened before its removal is reported though the rest of that is done by a second pass", async () => {
  const ground = await openGround();
  await makeTargets(ground);
  const role = { name: "CircleCI-Second-Role" };
  const policy = { name: "CircleCI-Second-Policy" };
  await applied(ground, guideWith({}));
  await applied(ground, guideWith({ role, policy, onRemove: "delete" }));
  await ground.remove();
  const place = { iam: ground.iam, role: role.name, policyArn, provider: "" };
  await drift("opens the trust policy to everybody", place, ground.sandbox.clock.now());
  ground.sandbox.faults.add({
    when: ({ operation }) => operation === "DetachRolePolicy",
    at: "before",
    times: 1,
    how: { error: "AccessDenied", httpStatus: 403 },
  });
  const { report } = await ground.run();
  expect(report.environments).toMatchObject([{ outcome: "orphaned", errors: [] }]);
  expect(kindsOf(report)).toContain("trust-widened");
});

test("a role that two environments have in force is written by neither", async () => {
  const ground = await openGround();
  const { iam, sandbox } = ground;
  await makeTargets(ground);
  await applied(ground, guideWith({}));
  const policy = { name: "CircleCI-Second-Policy" };
  await ground.put(
    textOf(guideWith({ role: { name: "CircleCI-Second-Role" }, policy })),
    "staging",
  );
  await ground.run();
  await ground.remove();
  const place = { iam, role: roleName, policyArn, provider: "" };
  await drift("deletes the role", place, sandbox.clock.now());
  await ground.approve(await ground.put(textOf(guideWith({ policy })), "staging"), "staging");
  // The run that gives the role to staging cannot write down that production has it no more.
  sandbox.faults.add({
    at: "before",
    how: { error: "InternalServerError", httpStatus: 500 },
    when: ({ operation, input }) =>
      operation === "PutParameter" && String(input["Name"]).endsWith("/applied/production"),
  });
  expect((await ground.run()).iamWrites).toContain("CreateRole");
  sandbox.faults.clear();
  await ground.put(textOf(guideWith({})));
  await ground.run();
  const { report, iamWrites } = await ground.run();
  expect(report.environments.map(({ outcome }) => outcome)).toEqual(["conflict", "conflict"]);
  expect(iamWrites).toEqual([]);
  expect(report.alerts).toEqual([]);
});

test("a version that waited for a name comes into force only after all that the one before opens", async () => {
  const ground = await openGround();
  await makeTargets(ground);
  const { iam, sandbox } = ground;
  const narrower = { role: { name: roleName }, deploy: { ecr: ["demo-backend"] } };
  await applied(ground, guideWith({ onRemove: "delete" }));
  await ground.put(textOf(guideAs("staging")), "staging");
  await ground.run();
  await ground.put(textOf(guideAs("staging", narrower)), "staging");
  await ground.remove();
  const place = {
    iam,
    role: "",
    policyArn: policyArn.replace("Deployment", "staging"),
    provider: "",
  };
  await drift("makes a policy version that allows little", place, sandbox.clock.now());
  const { calls } = await ground.run();
  const writes = calls.map(({ operation, input }) =>
    operation === "PutParameter" ? String(input["Name"]) : operation,
  );
  // The first pass puts back what staging has in force; then its record says that the next version begins.
  const order = /^(CreatePolicyVersion|DeleteRole|CreateRole|.*\/applied\/staging)$/;
  expect(writes.filter((write) => order.test(write)).slice(0, 5)).toEqual([
    "CreatePolicyVersion",
    "DeleteRole",
    "/oidc-reconciler/applied/staging",
    "CreatePolicyVersion",
    "CreateRole",
  ]);
});
