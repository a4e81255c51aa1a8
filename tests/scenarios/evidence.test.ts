import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { expect, test } from "vitest";
import { guideWith, policyName } from "./documents.ts";
import { expectIdle, type Scenario, startScenario } from "./harness.ts";
import { readBelow, startApplied, writeBelow } from "./holds.ts";

const policyArn = `arn:aws:iam::123456789012:policy/${policyName}`;

async function policyText(account: Scenario): Promise<string> {
  return JSON.stringify((await account.state()).policies[policyArn]?.document);
}

test("a throttled listing takes nothing away, though the status had no room for the ARNs", async () => {
  const account = await startScenario();
  const ecr = Array.from({ length: 30 }, (_, index) => `team/repository-number-${index}`);
  for (const repositoryName of ecr) {
    await account.ecr.send(new CreateRepositoryCommand({ repositoryName }));
  }
  await account.put(guideWith({ deploy: { ecr } }));
  await account.run();
  const before = await policyText(account);
  expect(before).toContain("repository-number-29");
  // The ARNs are in the record alone.
  expect(await account.status()).toMatchObject({ applied: null });
  account.sandbox.faults.add({
    when: (call) => call.service === "ecr" && call.operation === "DescribeRepositories",
    at: "before",
    how: { error: "AccessDeniedException", httpStatus: 400 },
  });
  const run = await account.run();
  expect(run.iamWrites).toEqual([]);
  expect(run.report.alerts.map(({ kind }) => kind)).toEqual(["target-missing"]);
  expect(await policyText(account)).toBe(before);
  account.sandbox.faults.clear();
  expect((await account.run()).environment.outcome).toBe("in-sync");
  expectIdle(await account.run());
});

test("a forged status puts nothing into the policy", async () => {
  const account = await startScenario();
  await account.put(guideWith({ deploy: { ecr: ["demo-backend"], ecsExpress: ["gone"] } }));
  await account.run();
  const before = await policyText(account);
  const status: object = (await account.status()) ?? {};
  const applied = "applied" in status && typeof status.applied === "object" ? status.applied : {};
  const service = {
    cluster: "default",
    service: "gone",
    arn: "*",
    taskFamilyArn: "*",
    passRoles: ["arn:aws:iam::123456789012:role/Admin"],
  };
  const targets = { ecr: [], appRunner: [], ecsExpress: [service], amplify: [] };
  await account.ssm.send(
    new PutParameterCommand({
      Name: "/oidc-reconciler/status/production",
      Value: JSON.stringify({ ...status, applied: { ...applied, targets } }),
      Type: "String",
      Overwrite: true,
    }),
  );
  const run = await account.run();
  expect(run.iamWrites).toEqual([]);
  expect(await policyText(account)).toBe(before);
});

test.each(["no/role", "", "x".repeat(65)])(
  "a role named %j in a forged record stops nothing",
  async (name) => {
    const account = await startApplied(guideWith({ onRemove: "delete" }));
    const forged = JSON.parse((await readBelow(account, "applied/production")) ?? "");
    forged.names.roles.push(name);
    await writeBelow(account, "applied/production", JSON.stringify(forged));
    await account.put(guideWith({ onRemove: "delete", deploy: { ecr: ["demo-backend"] } }));
    expect((await account.run()).environment).toMatchObject({ outcome: "reconciled", errors: [] });
    await account.remove();
    await account.run();
    expect((await account.state()).roles).toEqual({});
    expect((await account.run()).report.environments).toEqual([]);
  },
);
