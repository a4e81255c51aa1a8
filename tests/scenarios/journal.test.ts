import { UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import type { RecordedCall } from "../../sandbox/index.ts";
import { guide, roleName } from "./documents.ts";
import { startScenario } from "./harness.ts";

const anybody = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
});
const journal = "/oidc-reconciler/journal";
const isWrite = ({ operation, input }: RecordedCall) =>
  operation === "PutParameter" && input["Name"] === journal;
const isRead = ({ operation, input }: RecordedCall) =>
  operation === "GetParameters" && JSON.stringify(input["Names"] ?? []).includes(journal);
const refused = { error: "AccessDenied", httpStatus: 403 } as const;

test.each([
  { fault: "written", when: isWrite, how: refused, errors: ["AccessDenied"] },
  { fault: "read", when: isRead, how: refused, errors: [] },
  // Longer than a closing write waits for it, shorter than a call may take.
  { fault: "written in time", when: isWrite, how: { delayMs: 6_000 }, errors: [] },
])("a door is closed and reported while the journal cannot be $fault", async (given) => {
  const { when, how, errors } = given;
  const account = await startScenario();
  await account.put(guide);
  await account.run();
  const loose = { RoleName: roleName, PolicyDocument: anybody };
  await account.iam.send(new UpdateAssumeRolePolicyCommand(loose));
  account.sandbox.faults.add({ when, at: "before", how });
  const started = Date.now();
  const { calls, environment, published, report } = await account.run();
  const closed = calls.find(({ operation }) => operation === "UpdateAssumeRolePolicy");
  expect((closed?.at.getTime() ?? Number.NaN) - started).toBeLessThan(5_900);
  expect(environment.outcome).toBe("reconciled");
  expect(published).toEqual(["trust-widened"]);
  expect(report.errors.map(({ code }) => code)).toEqual(errors);
});
