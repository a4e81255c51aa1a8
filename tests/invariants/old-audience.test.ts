import { AddClientIDToOpenIDConnectProviderCommand } from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { providerArn } from "../scenarios/by-hand.ts";
import { guide } from "../scenarios/documents.ts";
import { startScenario } from "../scenarios/harness.ts";

test("who added an audience that was closed since is not asked for when it is open again", async () => {
  const account = await startScenario();
  await account.put(guide);
  await account.run();
  await account.run();
  const added = { OpenIDConnectProviderArn: providerArn, ClientID: "x" };
  await account.iam.send(new AddClientIDToOpenIDConnectProviderCommand(added));
  const { calls, report } = await account.run();
  expect(report.alerts).toMatchObject([{ kind: "audience-widened" }]);
  const asked = calls.filter(({ operation }) => operation === "LookupEvents");
  expect(asked.map(({ input }) => input)).toMatchObject([{ StartTime: expect.any(Number) }]);
});
