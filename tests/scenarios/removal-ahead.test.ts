import { AttachRolePolicyCommand, CreateRoleCommand } from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { policyArn, providerArn } from "./by-hand.ts";
import { guideWith, organization, otherOrganization, policyName, roleName } from "./documents.ts";
import type { Scenario } from "./harness.ts";
import { startScenario } from "./harness.ts";

const renamed = { role: { name: "CircleCI-New-Role" }, policy: { name: "CircleCI-New-Policy" } };
const moved = { circleci: { organizationId: otherOrganization } };

/** Somebody else's role, so that something of ours is in use elsewhere. */
async function otherRole({ iam }: Scenario, trust: object): Promise<string> {
  const RoleName = "Somebody-Elses";
  await iam.send(
    new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) }),
  );
  return RoleName;
}

const trusting = (principal: object) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: principal, Action: "sts:AssumeRole" }],
});

/** In force under new names, and earlier ones stay; the last version says delete. */
async function withEarlierNames(scenario: Scenario): Promise<void> {
  await scenario.put(guideWith({ onWiden: "apply", onRemove: "retain" }));
  await scenario.run();
  await scenario.put(guideWith({ ...renamed, onWiden: "apply", onRemove: "retain" }));
  await scenario.run();
  await scenario.put(guideWith({ ...renamed, onWiden: "apply", onRemove: "delete" }));
  await scenario.run();
}

async function withDelete(scenario: Scenario): Promise<void> {
  await scenario.put(guideWith({ onWiden: "apply", onRemove: "delete" }));
  await scenario.run();
}

const old = [`role/${roleName}`, `policy/${policyName}`];
const fresh = ["role/CircleCI-New-Role", "policy/CircleCI-New-Policy"];
const provider = "oidc-provider";

test.each<
  readonly [title: string, act: (scenario: Scenario) => Promise<void>, gone: readonly string[]]
>([
  [
    "a document that is gone, with earlier names",
    async (scenario) => {
      await withEarlierNames(scenario);
      await scenario.remove();
    },
    [...old, ...fresh, provider],
  ],
  ["earlier names, in the run after the one that said delete", withEarlierNames, old],
  [
    "a rename",
    async (scenario) => {
      await withDelete(scenario);
      await scenario.put(guideWith({ ...renamed, onWiden: "apply", onRemove: "delete" }));
    },
    old,
  ],
  [
    "a move to another organisation",
    async (scenario) => {
      await withDelete(scenario);
      await scenario.put(guideWith({ ...moved, onWiden: "apply", onRemove: "delete" }));
    },
    [provider],
  ],
  [
    "a move and a rename at once",
    async (scenario) => {
      await withDelete(scenario);
      const document = { ...renamed, ...moved, onWiden: "apply", onRemove: "delete" } as const;
      await scenario.put(guideWith(document));
    },
    [...old, provider],
  ],
  [
    "a further audience",
    async (scenario) => {
      await withDelete(scenario);
      const circleci = { organizationId: organization, audiences: ["sts.amazonaws.com"] };
      await scenario.put(guideWith({ circleci, onWiden: "apply", onRemove: "delete" }));
    },
    [],
  ],
  [
    "a policy that somebody else has, too",
    async (scenario) => {
      await withDelete(scenario);
      const RoleName = await otherRole(scenario, trusting({ Service: "ec2.amazonaws.com" }));
      await scenario.iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: policyArn }));
      await scenario.remove();
    },
    [`role/${roleName}`, provider],
  ],
  [
    "a provider that somebody else trusts, too",
    async (scenario) => {
      await withDelete(scenario);
      await otherRole(scenario, trusting({ Federated: providerArn }));
      await scenario.remove();
    },
    old,
  ],
  [
    "a document that is gone in observe",
    async (scenario) => {
      await withDelete(scenario);
      await scenario.put(guideWith({ onRemove: "delete", mode: "observe" }));
      await scenario.run();
      await scenario.remove();
    },
    [],
  ],
  [
    "a document that is gone and said retain",
    async (scenario) => {
      await scenario.put(guideWith({ onWiden: "apply", onRemove: "retain" }));
      await scenario.run();
      await scenario.remove();
    },
    [],
  ],
])("a dry run lists what a run removes, and nothing else: %s", async (_, act, gone) => {
  const scenario = await startScenario();
  await act(scenario);
  const from = scenario.sandbox.calls.length;
  const ahead = await scenario.run({ dryRun: true });
  expect(scenario.sandbox.calls.slice(from).filter(({ mutating }) => mutating)).toEqual([]);
  const run = await scenario.run();
  const list = (report: typeof run) =>
    report.environment.changes.map(({ action, resource, id }) => `${action} ${resource} ${id}`);
  expect(list(ahead)).toEqual(list(run));
  const deleted = ahead.environment.changes
    .filter(({ action, resource }) => action === "delete" && resource !== "inline-policy")
    .map(({ id }) => id.split(":").at(-1) ?? "");
  expect(deleted.map((id) => (id.startsWith(provider) ? provider : id)).toSorted()).toEqual(
    [...gone].toSorted(),
  );
  expect(ahead.environment.changes.every(({ applied }) => !applied)).toBe(true);
});
