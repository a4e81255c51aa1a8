import {
  CreateServiceCommand,
  DeleteServiceCommand,
  ListServicesCommand,
} from "@aws-sdk/client-apprunner";
import { DeleteRoleCommand, DetachRolePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import {
  blog,
  guideAs,
  guideWith,
  organization,
  otherOrganization,
  roleName,
  shopMain,
  textOf,
  type Written,
} from "../scenarios/documents.ts";
import { providerArn } from "./callers.ts";
import { type DriftName, drift } from "./drift.ts";
import { demoBackend, type Ground, openGround } from "./ground.ts";
import { lookAt } from "./look.ts";
import { boundaries, makeTargets, operationsOn } from "./targets.ts";

/** What models found, as stories of their own. */

const policyArn = "arn:aws:iam::123456789012:policy/CircleCI-Deployment-Policy";

async function applied(ground: Ground, document: Written): Promise<void> {
  const version = await ground.put(textOf(document));
  const { report } = await ground.run();
  if (report.environments[0]?.outcome !== "held") return;
  await ground.approve(version);
  await ground.run();
}

const kindsOf = ({ alerts }: Awaited<ReturnType<Ground["run"]>>["report"]) =>
  alerts.map(({ kind }) => kind);

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

  test("keeps its policy where that grants no more", async () => {
    const ground = await openGround();
    await makeTargets(ground);
    await applied(ground, before);
    await applied(ground, { ...after, deploy: { ecr: ["demo-backend"] } });
    const old = lookAt(ground, []).roles.find(({ name }) => name === roleName);
    expect(old?.attached).toEqual(["CircleCI-Deployment-Policy"]);
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
  await ground.put(textOf(guideWith({ deploy: { ecr: ["demo-backend", "second"] } })));
  expect((await ground.run()).iamWrites).toContain("CreateRole");
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

test("a provider that waits for a suspended member is written in no journal", async () => {
  const ground = await openGround();
  await makeTargets(ground);
  await applied(ground, guideWith({ trust: { projects: [shopMain, { id: blog }] } }));
  await ground.put(textOf(guideWith({ mode: "suspend" })));
  const others = {
    role: { name: "CircleCI-Second-Role" },
    policy: { name: "CircleCI-Second-Policy" },
  };
  await ground.put(textOf(guideWith(others)), "staging");
  await ground.put(textOf(guideAs("team")), "team");
  await ground.run();
  const provider = providerArn(organization);
  const place = { iam: ground.iam, role: roleName, policyArn, provider };
  await drift("deletes the provider", place, ground.sandbox.clock.now());
  await ground.run();
  const { report, iamWrites, parameterWrites } = await ground.run();
  expect(report.environments.map(({ outcome }) => outcome)).toEqual([
    "suspended",
    "degraded",
    "degraded",
  ]);
  expect(report.environments[2]?.errors.map(({ code }) => code)).toEqual(["ProviderWaits"]);
  expect(iamWrites).toEqual([]);
  expect(parameterWrites).toEqual(["/heartbeat"]);
});

test("a provider that what another document left still trusts is written in no journal", async () => {
  const ground = await openGround();
  await makeTargets(ground);
  await applied(ground, guideWith({}));
  await ground.put(textOf(guideAs("staging")), "staging");
  await ground.run();
  await ground.remove("staging");
  const circleci = { organizationId: otherOrganization };
  await applied(ground, guideWith({ circleci, onRemove: "delete" }));
  await ground.run();
  await ground.run();
  const { report, parameterWrites } = await ground.run();
  expect(report.environments[0]?.errors.map(({ code }) => code)).toEqual(["ProviderInUse"]);
  expect(parameterWrites).toEqual(["/heartbeat"]);
});

test("a door that is left open is reported once, though another one beside it is shut", async () => {
  const ground = await openGround();
  await makeTargets(ground);
  const role = { name: roleName, permissionsBoundary: boundaries.narrow };
  await applied(ground, guideWith({ role }));
  await ground.put(textOf(guideWith({ role, mode: "observe" })));
  const place = { iam: ground.iam, role: roleName, policyArn, provider: "" };
  const somebody = (name: DriftName) => drift(name, place, ground.sandbox.clock.now());
  await somebody("adds an inline policy that allows everything");
  await somebody("removes the boundary");
  expect(kindsOf((await ground.run()).report)).toContain("permissions-widened");
  await somebody("sets the narrow boundary");
  const { report } = await ground.run();
  expect(report.environments[0]?.widenings).toHaveLength(1);
  expect(kindsOf(report)).not.toContain("permissions-widened");
  await somebody("removes the boundary");
  expect(kindsOf((await ground.run()).report)).toContain("permissions-widened");
});

test("what a run opens comes after what it closes, whatever was open before", async () => {
  const ground = await openGround();
  const { iam, appRunner } = ground;
  const { serviceArn } = await makeTargets(ground);
  await applied(ground, guideWith({}));
  await appRunner.send(new DeleteServiceCommand({ ServiceArn: serviceArn }));
  await appRunner.send(new CreateServiceCommand(demoBackend));
  const place = { iam, role: roleName, policyArn, provider: "" };
  const now = ground.sandbox.clock.now();
  await drift("opens the trust policy to everybody", place, now);
  await drift("attaches a boundary as a policy", place, now);
  const { iamWrites } = await ground.run();
  // The policy first without what is new, then the trust policy, then the whole policy.
  expect(iamWrites.filter((write) => /^(Detach|Create|Update)/.test(write))).toEqual([
    "DetachRolePolicy",
    "CreatePolicyVersion",
    "UpdateAssumeRolePolicy",
    "CreatePolicyVersion",
  ]);
});

test("an approved version of a parameter that was made again stays approved while it is only observed", async () => {
  const ground = await openGround();
  await makeTargets(ground);
  await applied(ground, guideWith({}));
  await ground.remove();
  const every = { mode: "observe", trust: { projects: "all" } } as const;
  const version = await ground.put(textOf(guideWith(every)));
  await ground.run();
  await ground.approve(version);
  const first = await ground.run();
  const second = await ground.run();
  expect(kindsOf(first.report)).toContain("trust-widening-applied");
  expect(second.report.environments[0]?.outcome).toBe(first.report.environments[0]?.outcome);
  expect(second.parameterWrites).toEqual(["/heartbeat"]);
});

test("what somebody does again is reported again, though the history shows this run's own correction", async () => {
  const ground = await openGround();
  const { iam, sandbox } = ground;
  await makeTargets(ground);
  await applied(ground, guideWith({}));
  const place = { iam, role: roleName, policyArn, provider: "" };
  const attach = () => drift("attaches a boundary as a policy", place, sandbox.clock.now());
  await attach();
  expect(kindsOf((await ground.run()).report)).toEqual(["permissions-widened"]);
  ground.wait(2_000);
  await attach();
  // The history refuses at first, and answers once the correction is written.
  sandbox.faults.add({
    at: "before",
    how: { error: "ThrottlingException", httpStatus: 400 },
    times: 1,
    when: ({ operation }) => operation === "LookupEvents",
  });
  expect(kindsOf((await ground.run()).report)).toEqual(["permissions-widened"]);
});

test.each([
  [
    "an inline policy",
    "adds an inline policy that allows everything",
    "detaches the policy",
    "AttachRolePolicy",
  ],
  ["an audience", "adds an audience", "removes an audience", "AddClientIDToOpenIDConnectProvider"],
] as const)(
  "%s is reported as reverted, and each time, whatever else of the run fails",
  async (_, opens, also, fails) => {
    const ground = await openGround();
    const { iam, sandbox } = ground;
    await makeTargets(ground);
    await applied(ground, guideWith({}));
    const place = { iam, role: roleName, policyArn, provider: providerArn(organization) };
    await drift(also, place, sandbox.clock.now());
    sandbox.faults.add({
      at: "before",
      how: { error: "ServiceFailure", httpStatus: 500 },
      when: ({ operation, caller }) => operation === fails && caller === ground.caller,
    });
    for (let nth = 1; nth <= 2; nth += 1) {
      ground.wait(60_000);
      await drift(opens, place, sandbox.clock.now());
      const { report } = await ground.run();
      expect(
        report.alerts.flatMap(({ kind, title }) => (kind.endsWith("-widened") ? [title] : [])),
      ).toEqual([expect.stringContaining("(reverted)")]);
    }
  },
);

test("a trust policy is closed though the policy that is gone cannot be made", async () => {
  const ground = await openGround();
  const { iam, sandbox } = ground;
  const operations = operationsOn(await makeTargets(ground));
  await applied(ground, guideWith({}));
  const place = { iam, role: roleName, policyArn, provider: "" };
  const who = () =>
    lookAt(ground, operations).roles.flatMap(({ name, who }) => (name === roleName ? who : []));
  const before = who();
  await drift("deletes the policy", place, sandbox.clock.now());
  await drift("opens the trust policy to everybody", place, sandbox.clock.now());
  sandbox.faults.add({
    at: "before",
    how: { error: "AccessDenied", httpStatus: 403 },
    when: ({ operation, caller }) => operation === "CreatePolicy" && caller === ground.caller,
  });
  expect(who()).not.toEqual(before);
  await ground.run();
  expect(who()).toEqual(before);
});

test("what is open is reported once, in whatever order a listing gives it", async () => {
  const ground = await openGround({ firstDocument: "hold" });
  await makeTargets(ground);
  await applied(ground, guideWith({}));
  await ground.remove();
  const place = { iam: ground.iam, role: roleName, policyArn, provider: "" };
  const now = ground.sandbox.clock.now();
  await drift("adds an inline policy that allows everything", place, now);
  await drift("adds an inline policy that reads a bucket", place, now);
  expect(kindsOf((await ground.run()).report)).toContain("permissions-widened");
  // Few are read by name, and many in a listing of the account.
  for (const name of ["a", "b", "c", "d", "e"]) {
    const names = { role: { name: `Role-${name}` }, policy: { name: `Policy-${name}` } };
    await ground.put(textOf(guideWith(names)), name);
  }
  expect(kindsOf((await ground.run()).report)).not.toContain("permissions-widened");
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
