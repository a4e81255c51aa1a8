import { CreatePolicyCommand } from "@aws-sdk/client-iam";
import { expect } from "vitest";
import { allow, boundaryArn, everything, pinned } from "./by-hand.ts";
import { guideWith, organization, type Written } from "./documents.ts";
import { expectIdle, type Scenario, startScenario } from "./harness.ts";

/** A document that says something about everything that the guard looks at. */
export const base = guideWith({
  circleci: { organizationId: organization, audiences: ["deploy"], thumbprints: [pinned] },
  role: {
    maxSessionSeconds: 7200,
    permissionsBoundary: boundaryArn,
    tags: { team: "platform", cost: "42" },
  },
  deploy: { ecr: ["demo-backend"], amplify: [{ app: "demo-frontend", branches: ["main"] }] },
});

/** The same document with a changed role. */
export const role = (changes: Written["role"]): Written => ({
  ...base,
  role: { ...base.role, ...changes },
});

/** An account with the base document applied, and two boundaries: one narrow and one that is not. */
export async function startGuarded(document: Written = base): Promise<Scenario> {
  const account = await startScenario();
  const boundaries = {
    "ci-boundary": allow(["ecr:*", "amplify:*"], "*"),
    "other-boundary": everything,
  };
  for (const [PolicyName, PolicyDocument] of Object.entries(boundaries)) {
    await account.iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }));
  }
  await account.put(document);
  const { environment } = await account.run();
  expect(environment).toMatchObject({ outcome: "reconciled", errors: [] });
  expectIdle(await account.run());
  return account;
}
