import {
  AcquireRoleCommand,
  DeleteRoleCommand,
  DetachRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { guide, policyName, roleName } from "./documents.ts";
import { type Scenario, startScenario } from "./harness.ts";

const TemplateArn = `arn:aws:iam::aws:role-template/backup/${roleName}`;

const acquire = ({ iam }: Scenario) => iam.send(new AcquireRoleCommand({ TemplateArn }));

describe("a role that an AWS service's template made is somebody else's", () => {
  test.each(["apply", "hold"])("with first documents that %s", async (firstDocument) => {
    const account = await startScenario();
    account.variables.set("OIDC_FIRST_DOCUMENT", firstDocument);
    await acquire(account);
    await account.put(guide);
    const run = await account.run();
    expect(run.environment.outcome).toBe("conflict");
    expect(run.environment.errors).toEqual([
      {
        code: "ForeignOwner",
        message: expect.stringMatching(
          /was made from the role template .*Choose another role\.name/,
        ),
      },
    ]);
    expect(run.report.alerts.map(({ kind }) => kind)).toEqual(["conflict"]);
    expect(run.iamWrites).toEqual([]);
    const again = await account.run();
    expect([again.iamWrites, again.report.alerts]).toEqual([[], []]);
  });

  test("until it is gone", async () => {
    const account = await startScenario();
    await acquire(account);
    await account.put(guide);
    await account.run();
    await account.iam.send(new DeleteRoleCommand({ RoleName: roleName }));
    expect((await account.run()).environment.outcome).toBe("reconciled");
  });

  test("unless the record names it: then it is kept right as before", async () => {
    const account = await startScenario();
    await account.put(guide);
    await account.run();
    const PolicyArn = `arn:aws:iam::123456789012:policy/${policyName}`;
    await account.iam.send(new DetachRolePolicyCommand({ RoleName: roleName, PolicyArn }));
    await account.iam.send(new DeleteRoleCommand({ RoleName: roleName }));
    await acquire(account);
    const run = await account.run();
    expect(run.environment.outcome).toBe("reconciled");
    expect(run.iamWrites).toContain("UpdateAssumeRolePolicy");
    expect(run.report.alerts.map(({ kind }) => kind)).toContain("trust-widened");
  });

  test("and its making wakes a run that sees it", async () => {
    const account = await startScenario();
    await account.put(guide);
    await account.watch();
    await acquire(account);
    const run = await account.run(account.eventOf("AcquireRole"));
    expect(run.environment).toMatchObject({ name: "production", outcome: "conflict" });
  });
});
