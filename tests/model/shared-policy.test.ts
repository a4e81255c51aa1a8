import { CreateAppCommand } from "@aws-sdk/client-amplify";
import { CreateRepositoryCommand, DeleteRepositoryCommand } from "@aws-sdk/client-ecr";
import { CreatePolicyVersionCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { guideWith, policyName, roleName, shopMainAndDev, textOf } from "../scenarios/documents.ts";
import { applied, kindsOf, policyArn } from "./applied.ts";
import { drift } from "./drift.ts";
import { type Ground, type GroundRun, openGround } from "./ground.ts";
import { keptOf } from "./look.ts";
import { makeTargets } from "./targets.ts";

/**
 * A role that a rename left holds the very policy that is in force. What that policy grants from then on is the new
 * role's, and the old one's only as far as its own document asked for it.
 */

const second = { role: { name: "CircleCI-Second-Role" } };
const third = { role: { name: "CircleCI-Third-Role" } };
const only = guideWith({ deploy: { ecr: ["demo-backend"] } });
/** A target that is named before it exists. */
const withLater = { deploy: { ecr: ["demo-backend", "later"] } };

async function world(): Promise<Ground> {
  const ground = await openGround();
  await makeTargets(ground);
  return ground;
}

const make = (ground: Ground, repositoryName = "later") =>
  ground.ecr.send(new CreateRepositoryCommand({ repositoryName }));

function refuse({ sandbox }: Ground, refused: string, times?: number): void {
  sandbox.faults.add({
    at: "before",
    how: { error: "AccessDenied", httpStatus: 403 },
    when: ({ operation, input }) => operation === refused && input["RoleName"] === roleName,
    ...(times === undefined ? {} : { times }),
  });
}

/** The names of the repositories to which jobs with the role may push, as IAM has it. */
function pushes({ sandbox }: Ground, role = roleName): readonly string[] {
  const { roles, policies } = sandbox.directory();
  const held = [...roles.values()].find(({ name }) => name === role)?.attached ?? [];
  const texts = held.flatMap((arn) => {
    const { versions = [], defaultVersion } = policies.get(arn) ?? {};
    return versions.flatMap(({ id, document }) => (id === defaultVersion ? [document] : []));
  });
  return texts.flatMap((text) =>
    [...text.matchAll(/repository\/([a-z-]+)/g)].map(([, name]) => name ?? ""),
  );
}

/** A quarter of an hour later, three times: nothing is found, written or said. */
async function expectQuiet(ground: Ground): Promise<void> {
  for (let nth = 1; nth <= 3; nth += 1) {
    ground.wait(15 * 60_000);
    const { report, iamWrites, parameterWrites } = await ground.run();
    expect(kindsOf(report)).toEqual([]);
    expect([iamWrites, parameterWrites]).toEqual([[], ["/heartbeat"]]);
  }
}

const widened = ({ report }: GroundRun) =>
  kindsOf(report).filter((kind) => kind.endsWith("-widened"));

test("what is left of the policy while IAM refuses to detach it is nobody's attack", async () => {
  const ground = await world();
  await make(ground);
  await applied(ground, only);
  // Of what the old role had only the login stays, which both documents ask for.
  const edit = { ...only, ...second, deploy: { ecr: ["later"] } };
  await ground.put(textOf(edit));
  await ground.run();
  await ground.approve(2);
  refuse(ground, "DetachRolePolicy", 2);
  const closing = await ground.run();
  expect(closing.iamWrites).toContain("CreatePolicyVersion");
  expect(pushes(ground)).toEqual([]);
  for (let nth = 1; nth <= 2; nth += 1) {
    const { report } = await ground.run();
    expect(widened({ ...closing, report })).toEqual([]);
    expect(report.environments[0]?.widenings.map(({ source }) => source)).toEqual(["desired"]);
  }
  expect(pushes(ground, second.role.name)).toEqual(["later"]);
  await expectQuiet(ground);
});

describe("a target that was named before it existed is made", () => {
  test.each([
    ["after the rename", [second, { ...second, ...withLater }]],
    ["in the edit that renames", [{ ...second, ...withLater }]],
  ])("and was named %s: the old role lets go first", async (_, edits) => {
    const ground = await world();
    await applied(ground, only);
    for (const edit of edits) await applied(ground, { ...only, ...edit });
    expect(pushes(ground)).toEqual(["demo-backend"]);
    await make(ground);
    const made = await ground.run();
    expect(made.iamWrites).toEqual(["DetachRolePolicy", "CreatePolicyVersion"]);
    expect(made.report.alerts.map(({ title }) => title).join("\n")).toContain(
      `policy/${policyName} was detached from role/${roleName}`,
    );
    expect(pushes(ground)).toEqual([]);
    expect(pushes(ground, second.role.name)).toEqual(["demo-backend", "later"]);
    await expectQuiet(ground);
  });

  test("and the old role's document names it too: it keeps the policy", async () => {
    const ground = await world();
    await applied(ground, { ...only, ...withLater });
    await applied(ground, { ...only, ...withLater, ...second });
    await make(ground);
    const made = await ground.run();
    expect(made.iamWrites).toEqual(["CreatePolicyVersion"]);
    expect(pushes(ground)).toEqual(["demo-backend", "later"]);
    await ground.ecr.send(new DeleteRepositoryCommand({ repositoryName: "later" }));
    await ground.run();
    await make(ground);
    const again = await ground.run();
    expect([...widened(made), ...widened(again), ...again.iamWrites]).toEqual([]);
    expect(pushes(ground)).toEqual(["demo-backend", "later"]);
    await expectQuiet(ground);
  });

  test("of several old roles each one gets what its own document gave", async () => {
    const ground = await world();
    await applied(ground, only);
    await applied(ground, { ...only, ...withLater, ...second });
    await applied(ground, { ...only, ...withLater, ...third });
    await make(ground);
    const { iamWrites } = await ground.run();
    expect(iamWrites).toEqual(["DetachRolePolicy", "CreatePolicyVersion"]);
    expect(pushes(ground)).toEqual([]);
    expect(pushes(ground, second.role.name)).toEqual(["demo-backend", "later"]);
    expect(pushes(ground, third.role.name)).toEqual(["demo-backend", "later"]);
    await expectQuiet(ground);
  });

  test("an app that only the new document names is not taken for the one of the old document", async () => {
    const ground = await world();
    await applied(ground, guideWith({ deploy: { ecr: ["demo-backend"], amplify: ["gone"] } }));
    await applied(
      ground,
      guideWith({ ...second, deploy: { ecr: ["demo-backend"], amplify: ["later-app"] } }),
    );
    const repository = "https://github.com/acme/shop";
    await ground.amplify.send(new CreateAppCommand({ name: "later-app", repository }));
    expect((await ground.run()).iamWrites).toEqual(["DetachRolePolicy", "CreatePolicyVersion"]);
    expect(pushes(ground)).toEqual([]);
  });

  test.each(["retain", "delete"] as const)(
    "the policy waits where IAM refuses that the old role lets go (%s)",
    async (onRemove) => {
      const ground = await world();
      await applied(ground, only);
      refuse(ground, "DetachRolePolicy");
      await applied(ground, { ...only, ...withLater, ...second, onRemove });
      await make(ground);
      const made = await ground.run();
      expect(made.iamWrites).toEqual(["DetachRolePolicy"]);
      expect(made.report.environments).toMatchObject([{ outcome: "degraded" }]);
      ground.wait(15 * 60_000);
      const next = await ground.run();
      expect([widened(made), widened(next)]).toEqual([[], []]);
      expect(pushes(ground)).toEqual(["demo-backend"]);
      ground.sandbox.faults.clear();
      await ground.run();
      await ground.run();
      expect(pushes(ground)).toEqual([]);
      expect(pushes(ground, second.role.name)).toEqual(["demo-backend", "later"]);
      await expectQuiet(ground);
    },
  );
});

describe("a version that has begun and was never applied is enforced while the newest is held", () => {
  /** The old role is left, and a version that gives the new one more is approved. */
  async function approvedMore(): Promise<Ground> {
    const ground = await world();
    await applied(ground, only);
    await applied(ground, { ...only, ...second });
    const more = { ...only, ...second, deploy: { ecr: ["demo-backend", "second"] } };
    const version = await ground.put(textOf(more));
    await ground.run();
    await ground.approve(version);
    return ground;
  }

  async function expectLetGo(ground: Ground): Promise<void> {
    const deploy = { ecr: ["demo-backend", "second"] };
    const trust = { projects: [shopMainAndDev] };
    const version = await ground.put(textOf({ ...only, ...second, deploy, trust }));
    const { report, iamWrites } = await ground.run();
    expect(report.environments).toMatchObject([{ outcome: "held" }]);
    expect(iamWrites).toEqual(["DetachRolePolicy", "CreatePolicyVersion"]);
    expect(pushes(ground)).toEqual([]);
    ground.wait(15 * 60_000);
    expect(widened(await ground.run())).toEqual([]);
    await ground.approve(version);
    await ground.run();
    await expectQuiet(ground);
  }

  test("its run was stopped: the old role lets go first", async () => {
    const ground = await approvedMore();
    for (let call = 0; (await keptOf(ground)).record?.["begun"] === null; call += 1) {
      await ground.run(undefined, { stop: { call, answered: true } }).catch(() => null);
    }
    expect(pushes(ground)).toEqual(["demo-backend"]);
    await expectLetGo(ground);
  });

  test("IAM refused once that the old role lets go: it does so first", async () => {
    const ground = await approvedMore();
    refuse(ground, "DetachRolePolicy");
    expect((await ground.run()).iamWrites).toEqual(["DetachRolePolicy"]);
    ground.sandbox.faults.clear();
    ground.wait(60_000);
    await expectLetGo(ground);
  });
});

describe("a policy that somebody shrank", () => {
  const place = ({ iam }: Ground) => ({ iam, role: roleName, policyArn, provider: "" });
  const shrink = (ground: Ground) =>
    drift("makes a policy version that allows little", place(ground), ground.sandbox.clock.now());

  test("goes back to the old role too, and to nobody more", async () => {
    const ground = await world();
    await applied(ground, only);
    await applied(ground, { ...only, ...second });
    await shrink(ground);
    expect((await ground.run()).iamWrites).toEqual(["CreatePolicyVersion"]);
    expect(pushes(ground)).toEqual(["demo-backend"]);
    await expectQuiet(ground);
  });

  test("waits for no role that cannot be removed, though the rename never counts as written", async () => {
    const ground = await world();
    await applied(ground, { ...only, onRemove: "delete" });
    refuse(ground, "DetachRolePolicy");
    refuse(ground, "DeleteRole");
    await applied(ground, { ...only, ...second, onRemove: "delete" });
    await shrink(ground);
    expect((await ground.run()).iamWrites).toContain("CreatePolicyVersion");
    expect(pushes(ground, second.role.name)).toEqual(["demo-backend"]);
  });

  test("is given to no role that is to be deleted", async () => {
    const ground = await world();
    await applied(ground, only);
    await ground.put(textOf({ ...only, ...second, onRemove: "delete" }));
    await ground.run();
    await shrink(ground);
    expect((await ground.run()).iamWrites).toEqual([
      "DetachRolePolicy",
      "CreatePolicyVersion",
      "DeleteRole",
    ]);
    await expectQuiet(ground);
  });
});

describe("a Deny that a responder put into the policy", () => {
  const statement = (Effect: string, Action: string) => ({ Effect, Action, Resource: "*" });
  const policyOf = (...Statement: readonly object[]) =>
    JSON.stringify({ Version: "2012-10-17", Statement });

  /** The old role holds what somebody else wrote, and the policy denies everything. */
  async function denied(onRemove: "retain" | "delete"): Promise<Ground> {
    const ground = await world();
    await applied(ground, only);
    await ground.put(textOf({ ...only, ...second, onRemove }));
    await ground.run();
    const { iam } = ground;
    const version = { PolicyArn: policyArn, SetAsDefault: true };
    const PolicyDocument = policyOf(statement("Deny", "*"));
    await iam.send(new CreatePolicyVersionCommand({ ...version, PolicyDocument }));
    const inline = { RoleName: roleName, PolicyName: "debug" };
    const text = policyOf(statement("Allow", "s3:*"));
    await iam.send(new PutRolePolicyCommand({ ...inline, PolicyDocument: text }));
    return ground;
  }

  test("goes off a role that is deleted only after what it denies there", async () => {
    const ground = await denied("delete");
    expect((await ground.run()).iamWrites).toEqual([
      "DeleteRolePolicy",
      "DetachRolePolicy",
      "CreatePolicyVersion",
      "DeleteRole",
    ]);
    await expectQuiet(ground);
  });

  test("stays where what it denies there cannot be taken off", async () => {
    const ground = await denied("delete");
    refuse(ground, "DeleteRolePolicy");
    const { iamWrites, report } = await ground.run();
    expect(iamWrites).toEqual(["DeleteRolePolicy"]);
    expect(report.environments).toMatchObject([{ outcome: "degraded" }]);
    ground.sandbox.faults.clear();
    await ground.run();
    await expectQuiet(ground);
  });
});

describe("an old role that cannot be read", () => {
  const parts = ["GetRole", "ListAttachedRolePolicies", "ListRolePolicies"] as const;

  test.each(parts)("keeps the policy from granting more until it can (%s)", async (operation) => {
    const ground = await world();
    await applied(ground, only);
    await applied(ground, { ...only, ...second });
    refuse(ground, operation);
    await applied(ground, { ...only, ...second, deploy: { ecr: ["demo-backend", "second"] } });
    expect(pushes(ground)).toEqual(["demo-backend"]);
    ground.wait(15 * 60_000);
    const { report, iamWrites } = await ground.run();
    expect(iamWrites).toEqual([]);
    expect(report.environments).toMatchObject([{ outcome: "degraded" }]);
    expect(report.environments[0]?.errors).toContainEqual({
      code: "OldRoleUnread",
      message: expect.stringContaining(`iam:${operation} ${roleName}`),
    });
    ground.sandbox.faults.clear();
    expect((await ground.run()).iamWrites).toEqual(["DetachRolePolicy", "CreatePolicyVersion"]);
    await expectQuiet(ground);
  });

  test("an edit that waits for it is said, though the role could not be read before", async () => {
    const ground = await world();
    await applied(ground, only);
    await applied(ground, { ...only, ...second });
    refuse(ground, "GetRole");
    ground.wait(15 * 60_000);
    const unread = await ground.run();
    expect(kindsOf(unread.report)).toContain("reconcile-failed");
    await ground.put(textOf({ ...only, ...second, onWiden: "apply", deploy: { ecr: ["second"] } }));
    await ground.run();
    await ground.approve(3);
    const waiting = await ground.run();
    // Of the policy only what closes was written.
    expect(waiting.iamWrites).toContain("CreatePolicyVersion");
    expect(waiting.report.alerts.map(({ title }) => title)).toEqual([
      "production: what opens waits for an old role that cannot be read",
    ]);
    ground.wait(15 * 60_000);
    expect(kindsOf((await ground.run()).report)).toEqual([]);
    ground.sandbox.faults.clear();
    expect(kindsOf((await ground.run()).report)).toContain("permissions-widening-applied");
    await expectQuiet(ground);
  });

  test("and does not hold the policy keeps nobody from it", async () => {
    const ground = await world();
    await applied(ground, only);
    await applied(ground, { ...only, ...second });
    const more = { ...only, ...second, deploy: { ecr: ["demo-backend", "second"] } };
    await applied(ground, more);
    refuse(ground, "GetRole");
    await applied(ground, { ...more, ...withLater });
    await make(ground);
    await ground.run();
    expect(pushes(ground, second.role.name)).toEqual(["demo-backend", "later"]);
  });

  test("keeps nobody from a policy that grants less", async () => {
    const ground = await world();
    await applied(ground, guideWith({ deploy: { ecr: ["demo-backend", "second"] } }));
    await applied(ground, guideWith({ ...second, deploy: { ecr: ["demo-backend", "second"] } }));
    refuse(ground, "GetRole");
    await applied(ground, { ...only, ...second });
    expect(pushes(ground, second.role.name)).toEqual(["demo-backend"]);
  });
});
