import { describe, expect, test } from "vitest";
import { providerArn } from "./by-hand.ts";
import { otherOrganization, roleName } from "./documents.ts";
import { type Scenario, startScenario } from "./harness.ts";
import { kindsOf } from "./holds.ts";
import {
  asking,
  elsewhere,
  expectDone,
  production,
  staging,
  two,
} from "./two-of-one-organization.ts";

describe("what a removed environment asked for", () => {
  const audiences = async (account: Scenario) =>
    (await account.state()).providers[providerArn]?.audiences.filter((one) => one.length === 1);

  test("goes in the run that its deletion wakes, and nobody is alerted to an attack", async () => {
    const account = await startScenario();
    await two(account, "delete");
    await account.remove("staging");
    const run = await account.run(account.eventOf("Parameter Store Change"));
    expect(run.environment).toMatchObject({ name: "staging", outcome: "orphaned" });
    expect(run.iamWrites[0]).toBe("RemoveClientIDFromOpenIDConnectProvider");
    expect(await audiences(account)).toEqual(["a"]);
    expect(kindsOf(run)).toEqual(["orphaned"]);
    expect(kindsOf(await account.run())).toEqual([]);
  });

  test("goes in a run over all, too, as its own doing and nobody's drift", async () => {
    const account = await startScenario();
    await two(account, "delete");
    await account.remove("staging");
    const run = await account.run();
    const [stays, leaves] = run.report.environments;
    expect(stays).toMatchObject({ name: "production", outcome: "in-sync", changes: [] });
    expect(leaves?.changes[0]).toMatchObject({
      resource: "oidc-provider",
      before: { audience: "b" },
    });
    expect(kindsOf(run)).toEqual(["orphaned"]);
  });

  test.each(["production", "staging"])("is put back by no run over %s alone", async (name) => {
    const account = await startScenario();
    await two(account, "retain");
    await account.remove("staging");
    await account.run();
    expect((await account.run({ environments: [name] })).iamWrites).toEqual([]);
    expect(await audiences(account)).toEqual(["a"]);
  });

  test("goes where the only other one on the provider still waits for approval", async () => {
    const account = await startScenario();
    await account.put(staging("delete"), "staging");
    await account.run();
    account.variables.delete("OIDC_FIRST_DOCUMENT");
    await account.put(production("delete"));
    await account.run();
    await account.remove("staging");
    await account.run();
    expect(await audiences(account)).toEqual([]);
    await expectDone(account, "all");
  });

  test("stays where a held version of another environment asks for it", async () => {
    const account = await startScenario();
    await two(account, "delete");
    await account.put(production("delete", { onWiden: "hold" }));
    await account.put(production("delete", { ...asking("a", "b"), onWiden: "hold" }));
    await account.run();
    await account.remove("staging");
    await account.run({ environments: ["staging"] });
    expect(await audiences(account)).toEqual(["a", "b"]);
  });

  test("stays in the record until it is off, so that it is never taken for somebody's", async () => {
    const account = await startScenario();
    await two(account, "delete");
    await account.remove("staging");
    account.sandbox.faults.add({
      when: ({ operation }) => operation === "RemoveClientIDFromOpenIDConnectProvider",
      at: "before",
      how: { error: "AccessDenied", httpStatus: 403 },
    });
    await account.run();
    account.sandbox.faults.clear();
    const run = await account.run();
    expect(kindsOf(run)).not.toContain("audience-widened");
    expect(await audiences(account)).toEqual(["a"]);
    await expectDone(account, "all");
  });
});

describe("the provider that several leave in one run", () => {
  test.each([
    [
      "removed",
      async (account: Scenario) => {
        await account.remove();
        await account.remove("staging");
      },
      [],
    ],
    [
      "moved",
      async (account: Scenario) => {
        await account.put(production("delete", elsewhere()));
        await account.put(staging("delete", elsewhere()), "staging");
      },
      [otherOrganization],
    ],
    [
      "removed and moved",
      async (account: Scenario) => {
        await account.remove();
        await account.put(staging("delete", elsewhere()), "staging");
      },
      [otherOrganization],
    ],
  ])("goes with the last of them: %s", async (_, happens, left) => {
    const account = await startScenario();
    await two(account, "delete");
    await happens(account);
    await account.run();
    const providers = Object.keys((await account.state()).providers);
    expect(providers.map((arn) => arn.split("/").at(-1))).toEqual(left);
  });

  test("stays for the role that one of them retains", async () => {
    const account = await startScenario();
    await account.put(production("delete"));
    await account.put(staging("retain"), "staging");
    await account.run();
    await account.remove();
    await account.remove("staging");
    await account.run();
    expect(Object.keys((await account.state()).providers)).toEqual([providerArn]);
  });
});

describe("a name that one environment gives up", () => {
  test.each([
    ["delete", "reconciled", ["mode-changed", "orphaned", "mode-changed", "orphaned"]],
    // It stays where it is, with the other's tags on it.
    ["retain", "conflict", ["mode-changed", "orphaned", "conflict"]],
  ] as const)(
    "is free, or not, in the same run: onRemove %s",
    async (onRemove, outcome, reported) => {
      const account = await startScenario();
      await two(account, onRemove);
      await account.put(production(onRemove, { role: { name: "CircleCI-New" } }));
      await account.put(staging(onRemove, { role: { name: roleName } }), "staging");
      const run = await account.run();
      expect(run.report.environments.map((each) => each.outcome)).toEqual(["reconciled", outcome]);
      expect(kindsOf(run)).toEqual(reported);
      await expectDone(account, "all");
    },
  );
});
