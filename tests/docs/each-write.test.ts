import { expect, test } from "vitest";
import { guideWith, organization, shopMain } from "../scenarios/documents.ts";
import { type Scenario, startScenario } from "../scenarios/harness.ts";
import { setUpByHand } from "./hand-made.ts";
import { refusedIn } from "./jobs.ts";
import type { Deployment } from "./stage.ts";

const refs = ["refs/heads/main", "refs/heads/hotfix"];
const document = guideWith({
  circleci: { organizationId: organization },
  trust: { projects: [{ ...shopMain, refs }] },
});

/** What AWS refuses to the jobs that deployed before, as the account is now. */
function refused({ sandbox, targets }: Scenario): Promise<readonly string[]> {
  const pipeline = new Set<Deployment>(["ECR", "App Runner", "Amplify"]);
  return refusedIn({ sandbox, seeded: targets, refs: new Set(refs), pipeline });
}

/** An account with the guide's set-up, in which IAM takes so many writes of the run and no more. */
async function takenOverUpTo(writes: number) {
  const account = await startScenario();
  await setUpByHand({ sandbox: account.sandbox, seeded: account.targets });
  await account.put(document);
  let seen = 0;
  account.sandbox.faults.add({
    when: ({ service, mutating }) => {
      if (service !== "iam" || !mutating) return false;
      seen += 1;
      return seen > writes;
    },
    at: "before",
    how: { error: "AccessDenied", httpStatus: 403 },
  });
  const { environment, iamWrites } = await account.run();
  return { account, environment, iamWrites };
}

/** docs/taking-over.md: not a moment without deployments, between two writes of the run neither. */
test("jobs deploy after each single write of the run that takes a role over", async () => {
  const whole = await takenOverUpTo(Number.POSITIVE_INFINITY);
  expect(whole.environment.outcome).toBe("reconciled");
  expect(whole.iamWrites.length).toBeGreaterThan(4);
  expect(await refused(whole.account)).toEqual([]);
  for (let writes = 0; writes < whole.iamWrites.length; writes += 1) {
    const { account } = await takenOverUpTo(writes);
    expect(await refused(account), `after ${writes} writes`).toEqual([]);
  }
});
