import { AttachRolePolicyCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { clientOptions } from "../../sandbox/seed.ts";
import { allow } from "../scenarios/by-hand.ts";
import { guide, roleName } from "../scenarios/documents.ts";
import { startScenario } from "../scenarios/harness.ts";

test("of two who opened the same role, the one is named whose work the example shows", async () => {
  const account = await startScenario();
  await account.put(guide);
  await account.run();
  const { sandbox } = account;
  const as = async (name: string) => {
    sandbox.createRole({
      name,
      trust: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
      },
      policies: { all: JSON.parse(allow("*", "*")) },
    });
    const credentials = await sandbox.credentialsOf(`arn:aws:iam::123456789012:role/${name}`, name);
    return new IAMClient({ ...clientOptions(sandbox), credentials });
  };
  const [alice, bob] = [await as("Alice"), await as("Bob")];
  sandbox.clock.advance(60_000);
  await alice.send(
    new AttachRolePolicyCommand({
      RoleName: roleName,
      PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess",
    }),
  );
  sandbox.clock.advance(60_000);
  await bob.send(
    new PutRolePolicyCommand({
      RoleName: roleName,
      PolicyName: "small",
      PolicyDocument: allow("s3:GetObject", "*"),
    }),
  );
  sandbox.clock.advance(60_000);
  const { report } = await account.run();
  expect(report.alerts[0]?.text).toContain("iam:CreateAccessKey");
  expect(report.alerts[0]?.text).toContain("assumed-role/Alice/Alice");
});
