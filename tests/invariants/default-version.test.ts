import {
  CreatePolicyVersionCommand,
  IAMClient,
  ListPolicyVersionsCommand,
  SetDefaultPolicyVersionCommand,
} from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { clientOptions } from "../../sandbox/seed.ts";
import { everything, policyArn } from "../scenarios/by-hand.ts";
import { guide } from "../scenarios/documents.ts";
import { startScenario } from "../scenarios/harness.ts";

test("who made another version the default is not named for the one that is found", async () => {
  const account = await startScenario();
  await account.put(guide);
  await account.run();
  await account.watch();
  const { sandbox, iam } = account;
  sandbox.createRole({ name: "Bob", policies: { all: JSON.parse(everything) } });
  const credentials = await sandbox.credentialsOf("arn:aws:iam::123456789012:role/Bob", "bob");
  const bob = new IAMClient({ ...clientOptions(sandbox), credentials });
  const policy = { PolicyArn: policyArn };
  const { Versions } = await iam.send(new ListPolicyVersionsCommand(policy));
  const VersionId = Versions?.[0]?.VersionId ?? "";
  sandbox.clock.advance(60_000);
  await bob.send(new SetDefaultPolicyVersionCommand({ ...policy, VersionId }));
  const event = account.eventOf("SetDefaultPolicyVersion");
  const made = { ...policy, PolicyDocument: everything, SetAsDefault: true };
  await iam.send(new CreatePolicyVersionCommand(made));
  const { report } = await account.run(event);
  expect(report.alerts[0]?.text).toContain("Done by arn:aws:iam::123456789012:user/administrator");
});
