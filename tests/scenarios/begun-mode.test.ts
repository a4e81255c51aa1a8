import { describe, expect, test } from "vitest";
import type { RecordedCall } from "../../sandbox/index.ts";
import { isOwn } from "../invariants/telling.ts";
import { guide, guideWith, shopMainAndDev, type Written } from "./documents.ts";
import { prefix, type Run, type Scenario, startScenario } from "./harness.ts";
import { stoppedAt } from "./stopped.ts";

const writesRecord = ({ operation, input }: RecordedCall) =>
  operation === "PutParameter" && input["Name"] === `${prefix}/applied/production`;

const modes = ({ report }: Run) =>
  report.alerts.flatMap(({ kind, title }) =>
    kind === "mode-changed" ? [title.slice("production: ".length)] : [],
  );

const lets = { onWiden: { trust: "apply", permissions: "hold" } } as const;
const wide: Written = guideWith({ ...lets, trust: { projects: [shopMainAndDev] } });
const held: Written = { ...wide, deploy: { ...guide.deploy, ecr: ["demo-backend", "another"] } };

/** In sync, and then only watched; the third version, which is to come into force, is put. */
async function watched(mode: "observe" | "suspend"): Promise<Scenario> {
  const account = await startScenario();
  await account.put(guideWith(lets));
  await account.run();
  await account.put(guideWith({ ...lets, mode }));
  expect(modes(await account.run())).toEqual([`the mode changed from enforce to ${mode}`]);
  await account.put(wide);
  return account;
}

const enforced = (mode: string) => [`the mode changed from ${mode} to enforce`];

describe.each(["observe", "suspend"] as const)("a version that has begun after %s", (mode) => {
  test.each([
    ["does not parse", "{{{", "invalid"],
    ["is held", held, "held"],
  ] as const)(
    "is enforced where its run was stopped and the newest %s",
    async (_, newer, outcome) => {
      const account = await watched(mode);
      await stoppedAt(account, "after", writesRecord);
      await account.put(newer);
      const run = await account.run();
      expect(run.environment).toMatchObject({ outcome, appliedVersion: 3 });
      expect(modes(run)).toEqual(enforced(mode));
      expect(run.iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
      const quiet = await account.run();
      expect([quiet.report.alerts, quiet.iamWrites]).toEqual([[], []]);
    },
  );

  test("is enforced where it is overtaken in its own run", async () => {
    const account = await watched(mode);
    let done = false;
    account.sandbox.faults.add({
      when: (call) => {
        if (done || !isOwn(call) || !writesRecord(call)) return false;
        done = true;
        account.sandbox.createParameter({
          name: `${prefix}/environments/production`,
          value: "{{{",
        });
        return false;
      },
      at: "before",
      how: "connection-reset",
    });
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "invalid", appliedVersion: 3 });
    expect(modes(run)).toEqual(enforced(mode));
    expect((await account.run()).report.alerts).toEqual([]);
  });

  test("has its mode reported once where its run was stopped and it is still the newest", async () => {
    const account = await watched(mode);
    await stoppedAt(account, "after", writesRecord);
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 3 });
    expect(modes(run)).toEqual(enforced(mode));
    expect((await account.run()).report.alerts).toEqual([]);
  });

  test("gives way to one that is put later and only watches", async () => {
    const account = await watched(mode);
    await stoppedAt(account, "after", writesRecord);
    await account.put(guideWith({ ...lets, mode: "suspend" }));
    const later = mode === "suspend" ? [] : ["the mode changed from observe to suspend"];
    expect(modes(await account.run())).toEqual(later);
    await account.put("{{{");
    const run = await account.run();
    expect([modes(run), run.iamWrites]).toEqual([[], []]);
    expect(run.environment.conditions["Ready"]?.status).toBe(false);
  });
});
