import { UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { GetParameterCommand } from "@aws-sdk/client-ssm";
import { describe, expect, test } from "vitest";
import type { RecordedCall } from "../../sandbox/index.ts";
import { guideFor, guideWith, roleName, shopMain, shopMainAndDev, textOf } from "./documents.ts";
import { prefix, type Scenario, startScenario } from "./harness.ts";

const document = `${prefix}/environments/production`;
const record = `${prefix}/applied/production`;

const isOwn = ({ caller }: RecordedCall) => caller.includes("oidc-reconciler-prod-reconcile");

/** Does something in the account once, just before the function's first call of this name. */
function justBefore({ sandbox }: Scenario, operation: string, act: () => void): void {
  let done = false;
  sandbox.faults.add({
    when: (call) => {
      if (done || !isOwn(call) || call.operation !== operation) return false;
      done = true;
      act();
      return false;
    },
    at: "before",
    how: "connection-reset",
  });
}

async function trustText(account: Scenario): Promise<string> {
  return JSON.stringify((await account.state()).roles[roleName]);
}

/** In sync with an environment whose guard lets wider versions through. */
async function unguarded(): Promise<Scenario> {
  const account = await startScenario();
  await account.put(guideWith({ onWiden: "apply" }));
  await account.run();
  await account.run();
  return account;
}

describe("what was true when it was read, and is not when it is written", () => {
  test("a document that is narrowed while a run is about to open by the wider one", async () => {
    const account = await unguarded();
    await account.put({ ...guideFor(shopMainAndDev), onWiden: "apply" });
    justBefore(account, "GetRole", () => {
      const value = textOf({ ...guideFor(shopMain), onWiden: "apply" });
      account.sandbox.createParameter({ name: document, value });
    });
    const run = await account.run();
    expect(run.iamWrites).not.toContain("UpdateAssumeRolePolicy");
    expect(await trustText(account)).not.toContain("refs/heads/dev");
    expect(run.environment).toMatchObject({ appliedVersion: 3, outcome: "in-sync" });
  });

  test("a record that another run writes meanwhile: the other's stays, and the run looks again", async () => {
    const account = await unguarded();
    const Name = record;
    const { Parameter } = await account.ssm.send(new GetParameterCommand({ Name }));
    const before: { readonly serial: number } = JSON.parse(Parameter?.Value ?? "");
    const others = JSON.stringify({ ...before, serial: before.serial + 5 });
    await account.put({ ...guideFor(shopMainAndDev), onWiden: "apply" });
    justBefore(account, "GetRole", () => {
      account.sandbox.createParameter({ name: record, value: others });
    });
    const run = await account.run();
    expect(run.environment).toMatchObject({ appliedVersion: 2, outcome: "reconciled" });
    const after = await account.ssm.send(new GetParameterCommand({ Name }));
    const { serial }: { readonly serial: number } = JSON.parse(after.Parameter?.Value ?? "");
    expect(serial).toBeGreaterThan(before.serial + 5);
    expect(run.environment.errors).toEqual([]);
  });

  test("a record that cannot be read opens nothing, though its guard would", async () => {
    const account = await unguarded();
    await account.put({ ...guideFor(shopMainAndDev), onWiden: "apply" });
    account.sandbox.faults.add({
      when: (call) => isOwn(call) && JSON.stringify(call.input["Names"] ?? "").includes(record),
      at: "before",
      how: { error: "InternalServerError", httpStatus: 500 },
    });
    const run = await account.run();
    expect(run.environment.outcome).toBe("failed");
    expect(await trustText(account)).not.toContain("refs/heads/dev");
    account.sandbox.faults.clear();
    expect((await account.run()).environment).toMatchObject({ appliedVersion: 2 });
  });

  test("a role that is read as it was before our own last write is nobody's attack", async () => {
    const account = await startScenario();
    await account.put(guideFor(shopMain));
    await account.run();
    const anybody = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
    };
    const PolicyDocument = JSON.stringify(anybody);
    await account.iam.send(
      new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument }),
    );
    expect((await account.run()).report.alerts.map(({ kind }) => kind)).toEqual(["trust-widened"]);
    account.sandbox.faults.add({
      when: (call) => isOwn(call) && call.operation === "GetRole",
      at: "before",
      how: "stale",
      // Also after the documents, and not only where it was asked ahead.
      times: 2,
    });
    const run = await account.run();
    expect(run.report.alerts).toEqual([]);
    expect(run.iamWrites).toEqual([]);
  });
});
