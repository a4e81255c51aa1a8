import { AddClientIDToOpenIDConnectProviderCommand } from "@aws-sdk/client-iam";
import { expect } from "vitest";
import { providerArn } from "./by-hand.ts";
import { guideAs, guideWith, organization, otherOrganization, type Written } from "./documents.ts";
import type { Scenario } from "./harness.ts";
import { kindsOf } from "./holds.ts";

export type Onwards = "retain" | "delete";

export const asking = (...audiences: readonly string[]) => ({
  circleci: { organizationId: organization, audiences },
});
export const elsewhere = (...audiences: readonly string[]) => ({
  circleci: { organizationId: otherOrganization, audiences },
});
export const production = (onRemove: Onwards, changes: Written = {}) =>
  guideWith({ ...asking("a"), onRemove, onWiden: "apply", ...changes });
export const staging = (onRemove: Onwards, changes: Written = {}) =>
  guideAs("staging", { ...asking("b"), onRemove, onWiden: "apply", ...changes });

/** Two environments of one organisation, each with an audience of its own, in sync. */
export async function two(account: Scenario, onRemove: Onwards): Promise<void> {
  await account.put(production(onRemove));
  await account.put(staging(onRemove), "staging");
  await account.run();
}

/** Nothing is written, nothing is reported, and a plan made before has nothing in it. */
export async function expectDone(account: Scenario, looked: "all" | "some"): Promise<void> {
  const plan = await account.run({ dryRun: true });
  const run = await account.run();
  expect({
    planned: plan.report.environments.flatMap(({ changes }) => changes),
    iamWrites: run.iamWrites,
    // What a run over a few learns of a parameter re-created, only one over all writes down.
    parameterWrites: looked === "all" ? run.parameterWrites : ["/heartbeat"],
    told: kindsOf(run),
  }).toEqual({ planned: [], iamWrites: [], parameterWrites: ["/heartbeat"], told: [] });
}

/** The short audiences of the provider: without the organisation's id. */
export async function audiences(account: Scenario): Promise<readonly string[] | undefined> {
  const { providers } = await account.state();
  return providers[providerArn]?.audiences.filter((one) => one.length === 1);
}

export async function addAudience({ iam }: Scenario, ClientID: string): Promise<void> {
  const added = { OpenIDConnectProviderArn: providerArn, ClientID };
  await iam.send(new AddClientIDToOpenIDConnectProviderCommand(added));
}
