import {
  AttachRolePolicyCommand,
  CreatePolicyVersionCommand,
  type IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import type { Fault } from "../../sandbox/index.ts";
import { applied } from "../model/applied.ts";
import { type Ground, type GroundRun, openGround } from "../model/ground.ts";
import { everything, policyArn, readOnlyArn } from "../scenarios/by-hand.ts";
import { guide, roleName, textOf } from "../scenarios/documents.ts";
import { anybody } from "./policies.ts";

/** A read that is refused for long hides what it would show, and nothing else. */

const role = { RoleName: roleName };
const doors = {
  trust: (iam: IAMClient) =>
    iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument: anybody })),
  inline: (iam: IAMClient) =>
    iam.send(
      new PutRolePolicyCommand({ ...role, PolicyName: "debug", PolicyDocument: everything }),
    ),
  attachment: (iam: IAMClient) =>
    iam.send(new AttachRolePolicyCommand({ ...role, PolicyArn: readOnlyArn })),
} as const;

type Door = keyof typeof doors;

/** What is hidden: nobody sees that it is there, or only what it says. */
const hidden: Readonly<Record<string, Partial<Record<Door, "place" | "text">>>> = {
  ListAttachedRolePolicies: { attachment: "place" },
  ListRolePolicies: { inline: "place" },
  GetRolePolicy: { inline: "text" },
  GetPolicy: {},
  GetPolicyVersion: { attachment: "text" },
  ListPolicyVersions: {},
};

const cells = Object.entries(hidden).flatMap(([read, hides]) =>
  (["trust", "inline", "attachment"] as const).map((door) => [door, read, hides[door]] as const),
);

const open = [...Object.keys(hidden), "GetRole"].flatMap((read) =>
  (["trust", "inline", "attachment"] as const).map((door) => [door, read] as const),
);

const kindsOf = ({ report }: GroundRun) => report.alerts.map(({ kind }) => kind);

function refusing(read: string): Fault {
  return {
    at: "before",
    how: { error: "AccessDenied", httpStatus: 403 },
    when: ({ operation }) => operation === read,
  };
}

async function later(ground: Ground): Promise<GroundRun> {
  ground.wait(15 * 60_000);
  return ground.run();
}

describe("a door that is opened while a read is refused is reported once, and shut where it is seen:", () => {
  test.each(cells)("%s, without %s", async (door, read, hides) => {
    const ground = await openGround();
    await ground.seed();
    await applied(ground, guide);
    await later(ground);
    ground.sandbox.faults.add(refusing(read));
    const before = kindsOf(await later(ground));
    await doors[door](ground.iam);
    const found = await later(ground);
    const opened = door === "trust" ? "trust-widened" : "permissions-widened";
    const said = [...before, ...kindsOf(found)].toSorted();
    // A read that nothing was asked by so far fails with the door itself.
    const isAsked = read !== "GetRolePolicy" || door === "inline";
    expect(said).toEqual(
      [...(hides === "place" ? [] : [opened]), ...(isAsked ? ["reconcile-failed"] : [])].toSorted(),
    );
    const [environment] = found.report.environments;
    if (hides === undefined) {
      expect(environment?.widenings).toMatchObject([
        { disposition: "reverted", admitted: { action: expect.any(String) } },
      ]);
      expect(found.iamWrites).toHaveLength(1);
    } else {
      expect(found.iamWrites).toEqual([]);
    }
    for (const run of [await later(ground), await later(ground)]) {
      expect([kindsOf(run), run.iamWrites, run.parameterWrites]).toEqual([
        [],
        [],
        [expect.stringContaining("/heartbeat")],
      ]);
    }
    ground.sandbox.faults.clear();
    expect(kindsOf(await later(ground)).includes("reconcile-failed")).toBe(isAsked);
    const end = await later(ground);
    expect([end.report.environments[0]?.outcome, kindsOf(end)]).toEqual(["in-sync", []]);
  });
});

describe("a wider default version of the deploy policy, made while a read is refused,", () => {
  const makeWider = (iam: IAMClient) =>
    iam.send(
      new CreatePolicyVersionCommand({
        PolicyArn: policyArn,
        PolicyDocument: everything,
        SetAsDefault: true,
      }),
    );

  test.each([
    [["GetPolicy"]],
    [["ListPolicyVersions"]],
    [["GetPolicy", "ListAttachedRolePolicies"]],
  ])("is reported once and taken back without %j", async (reads) => {
    const ground = await openGround();
    await ground.seed();
    await applied(ground, guide);
    await later(ground);
    for (const read of reads) ground.sandbox.faults.add(refusing(read));
    expect(kindsOf(await later(ground))).toEqual(["reconcile-failed"]);
    await makeWider(ground.iam);
    const found = await later(ground);
    expect([kindsOf(found), found.iamWrites]).toEqual([
      ["permissions-widened"],
      ["CreatePolicyVersion", "DeletePolicyVersion"],
    ]);
    for (const run of [await later(ground), await later(ground)]) {
      expect([kindsOf(run), run.iamWrites]).toEqual([[], []]);
    }
    ground.sandbox.faults.clear();
    expect(kindsOf(await later(ground))).toEqual(["reconcile-failed"]);
    const end = await later(ground);
    expect([end.report.environments[0]?.outcome, kindsOf(end)]).toEqual(["in-sync", []]);
  });

  test("is not seen where nothing says which one is the default, and is after that", async () => {
    const ground = await openGround();
    await ground.seed();
    await applied(ground, guide);
    for (const read of ["GetPolicy", "ListPolicyVersions"])
      ground.sandbox.faults.add(refusing(read));
    await later(ground);
    await makeWider(ground.iam);
    const blind = await later(ground);
    expect([kindsOf(blind), blind.iamWrites]).toEqual([[], []]);
    ground.sandbox.faults.clear();
    expect(kindsOf(await later(ground))).toContain("permissions-widened");
  });
});

test("who else holds the deploy policy is not news once GetPolicy is answered again", async () => {
  const ground = await openGround();
  await ground.seed();
  await applied(ground, guide);
  await later(ground);
  ground.sandbox.createRole({ name: "Other-Team" });
  await ground.iam.send(
    new AttachRolePolicyCommand({ RoleName: "Other-Team", PolicyArn: policyArn }),
  );
  expect(kindsOf(await later(ground))).toEqual(["conflict"]);
  ground.sandbox.faults.add(refusing("GetPolicy"));
  expect(kindsOf(await later(ground))).toEqual(["reconcile-failed"]);
  expect(kindsOf(await later(ground))).toEqual([]);
  ground.sandbox.faults.clear();
  expect(kindsOf(await later(ground))).toEqual(["reconcile-failed"]);
  expect(kindsOf(await later(ground))).toEqual([]);
});

test("who else holds the deploy policy is reported at once where only a later GetPolicy is refused", async () => {
  const ground = await openGround({ firstDocument: "apply" });
  await ground.seed();
  // Two versions: which of them the default is, is asked once more.
  for (const fewer of [{ deploy: { ecr: ["demo-backend"] } }, {}]) {
    await ground.put(textOf({ ...guide, onWiden: "apply", ...fewer }));
    await later(ground);
  }
  await later(ground);
  ground.sandbox.createRole({ name: "Other-Team" });
  const { iam } = ground;
  await iam.send(new AttachRolePolicyCommand({ RoleName: "Other-Team", PolicyArn: policyArn }));
  const wide = { PolicyArn: policyArn, PolicyDocument: everything, SetAsDefault: true };
  await iam.send(new CreatePolicyVersionCommand(wide));
  let asked = 0;
  const isLater = () => {
    asked += 1;
    return asked > 1;
  };
  ground.sandbox.faults.add({
    ...refusing("GetPolicy"),
    when: ({ operation }) => operation === "GetPolicy" && isLater(),
  });
  expect(kindsOf(await later(ground))).toContain("conflict");
  expect(asked).toBeGreaterThan(1);
});

describe("a door that was reported and is left open is not reported again when a read is refused, nor when it is answered again:", () => {
  test.each(open)("%s, without %s", async (door, read) => {
    const ground = await openGround();
    await ground.seed();
    await applied(ground, guide);
    await ground.put(textOf({ ...guide, mode: "observe" }));
    await later(ground);
    await doors[door](ground.iam);
    const kind = door === "trust" ? "trust-widened" : "permissions-widened";
    expect(kindsOf(await later(ground))).toContain(kind);
    ground.sandbox.faults.add(refusing(read));
    const without = [await later(ground), await later(ground)];
    ground.sandbox.faults.clear();
    const said = [...without, await later(ground), await later(ground)].flatMap(kindsOf);
    expect(said.filter((each) => each !== "reconcile-failed")).toEqual([]);
  });
});
