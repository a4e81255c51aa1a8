import { GetParameterCommand, PutParameterCommand } from "@aws-sdk/client-ssm";
import { expect, test } from "vitest";
import { guideWith } from "./documents.ts";
import { startScenario } from "./harness.ts";

test("a status that names another role removes nothing", async () => {
  const account = await startScenario();
  await account.put(guideWith({ onRemove: "delete" }));
  await account.run();
  await account.run();
  account.sandbox.createRole({ name: "CircleCI-Victim" });
  const Name = "/oidc-reconciler/status/production";
  const { Parameter } = await account.ssm.send(new GetParameterCommand({ Name }));
  const status = JSON.parse(Parameter?.Value ?? "");
  status.seen.roles = ["CircleCI-Victim"];
  await account.ssm.send(
    new PutParameterCommand({
      Name,
      Value: JSON.stringify(status),
      Overwrite: true,
      Type: "String",
    }),
  );
  for (let again = 0; again < 2; again += 1) {
    const run = await account.run({ environments: ["production"] });
    expect(run.iamWrites).toEqual([]);
  }
  expect(Object.keys((await account.state()).roles).join()).toContain("Victim");
});
