import {
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import type { Fault } from "../../sandbox/index.ts";
import { guideFor, guideWith, roleName, shopMainAndDev } from "./documents.ts";
import { expectIdle } from "./harness.ts";
import { everybody, kindsOf, oneWaits, outcomesOf, startApplied } from "./holds.ts";

const wider = guideFor(shopMainAndDev);
const label = "/environments/production:approved";
const inForce = "/environments/production:1";

/** Parameter Store refuses a call that asks for the label, or for a version by its number. */
function refusing(selector: string, error = "AccessDeniedException"): Fault {
  return {
    when: (call) =>
      call.operation === "GetParameters" &&
      JSON.stringify(call.input["Names"] ?? "").includes(`${selector}"`),
    at: "before",
    how: { error, httpStatus: 400 },
  };
}

describe("where the label of one environment cannot be read", () => {
  test("that one waits, the others are kept right, and the label counts once it is read", async () => {
    const account = await oneWaits();
    await account.approve(2);
    account.sandbox.faults.add(refusing(label));
    await account.iam.send(
      new UpdateAssumeRolePolicyCommand({
        RoleName: "CircleCI-staging-Role",
        PolicyDocument: JSON.stringify(everybody),
      }),
    );
    const run = await account.run();
    expect(outcomesOf(run)).toEqual([
      ["production", "held"],
      ["staging", "reconciled"],
    ]);
    expect(kindsOf(run)).toEqual(["trust-widened"]);
    expect(run.report.errors.map(({ message }) => message)).toEqual([
      expect.stringContaining("ssm:GetParameters of the labels approved failed"),
    ]);
    const again = await account.run();
    expect([kindsOf(again), again.iamWrites, again.parameterWrites]).toEqual([
      [],
      [],
      ["/heartbeat"],
    ]);
    account.sandbox.faults.clear();
    const released = await account.run();
    expect(outcomesOf(released)).toEqual([
      ["production", "reconciled"],
      ["staging", "in-sync"],
    ]);
    expectIdle(await account.run());
  });

  test("a label put before any run saw the edit is not taken off while the version in force cannot be read", async () => {
    const account = await startApplied();
    await account.approve(await account.put(wider));
    account.sandbox.faults.add(refusing(inForce));
    const run = await account.run();
    expect([outcomesOf(run), kindsOf(run)]).toEqual([
      [["production", "held"]],
      ["trust-widening-held"],
    ]);
    account.sandbox.faults.clear();
    expect(outcomesOf(await account.run())).toEqual([["production", "reconciled"]]);
    expectIdle(await account.run());
  });

  test("an event of the edit is answered as well", async () => {
    const account = await oneWaits();
    account.sandbox.faults.add(refusing(label));
    const run = await account.run({ environments: ["production"] });
    expect(outcomesOf(run)).toEqual([["production", "held"]]);
  });
});

test.each(["ParameterNotFound", "ParameterVersionNotFound"])(
  "a Parameter Store that answers %s for a label that is not there is understood",
  async (error) => {
    const account = await oneWaits();
    account.sandbox.faults.add(refusing(label, error));
    const run = await account.run();
    expect(run.report.errors).toEqual([]);
    expect(outcomesOf(run)).toEqual([
      ["production", "held"],
      ["staging", "in-sync"],
    ]);
  },
);

describe("where an approved version is only watched, a run that cannot decide about it", () => {
  const watched = { ...wider, mode: "observe" } as const;

  test.each([
    ["for its label", refusing(label), ["held"]],
    [
      "for its role",
      {
        when: ({ operation }) => operation === "GetRole",
        at: "before",
        how: { error: "AccessDenied", httpStatus: 403 },
      },
      ["failed"],
    ],
  ] as const satisfies readonly (readonly [string, Fault, readonly string[]])[])(
    "makes nothing news again: %s",
    async (_, fault, outcomes) => {
      const account = await startApplied();
      const named = { ...watched, policy: { name: "CircleCI-Other-Policy" } };
      await account.put(named);
      await account.run();
      await account.approve(2);
      expect(kindsOf(await account.run())).toContain("trust-widening-applied");
      account.sandbox.faults.add(fault);
      expect(outcomes).toContain((await account.run()).environment.outcome);
      account.sandbox.faults.clear();
      const news = ["trust-widening-applied", "permissions-widening-applied", "drift-corrected"];
      const again = kindsOf(await account.run()).filter((kind) => news.includes(kind));
      expect(again).toEqual([]);
    },
  );
});

describe("a run that decides without a label that it cannot read", () => {
  test("remembers nothing of a version that it has closed: what opens again is reported again", async () => {
    const lets = { onWiden: "apply" } as const;
    const wide = { ...wider, ...lets, role: { maxSessionSeconds: 7200 } };
    const account = await startApplied(guideWith(lets));
    await account.put(wide);
    account.sandbox.faults.add({
      when: ({ operation }) => operation === "UpdateRole",
      at: "before",
      how: { error: "AccessDenied", httpStatus: 403 },
    });
    expect(kindsOf(await account.run())).toContain("trust-widening-applied");
    account.sandbox.faults.clear();
    await account.put(guideWith(lets));
    account.sandbox.faults.add(refusing(label));
    expect((await account.run()).environment).toMatchObject({ appliedVersion: 3 });
    account.sandbox.faults.clear();
    await account.put(wide);
    const run = await account.run();
    expect(run.iamWrites).toContain("UpdateAssumeRolePolicy");
    expect(kindsOf(run)).toEqual(["trust-widening-applied", "permissions-widening-applied"]);
    expectIdle(await account.run());
  });

  test("reports drift that was gone and comes back while the mode only watches", async () => {
    const account = await startApplied();
    await account.put(guideWith({ mode: "observe" }));
    await account.run();
    const Tags = [{ Key: "cost", Value: "tag" }];
    await account.iam.send(new TagRoleCommand({ RoleName: roleName, Tags }));
    expect(kindsOf(await account.run())).toEqual(["drift-corrected"]);
    await account.iam.send(new UntagRoleCommand({ RoleName: roleName, TagKeys: ["cost"] }));
    await account.put("{{{");
    account.sandbox.faults.add(refusing(label));
    expect(kindsOf(await account.run())).toEqual(["spec-invalid"]);
    account.sandbox.faults.clear();
    await account.iam.send(new TagRoleCommand({ RoleName: roleName, Tags }));
    expect(kindsOf(await account.run())).toEqual(["drift-corrected"]);
  });
});
