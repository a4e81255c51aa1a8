import { describe, expect, test } from "vitest";
import { providerArn } from "./by-hand.ts";
import { guideAs, organization, otherOrganization, roleName } from "./documents.ts";
import { type Scenario, startScenario } from "./harness.ts";
import { deleteBelow, kindsOf, outcomesOf, refuse } from "./holds.ts";
import { stoppedAt } from "./stopped.ts";
import {
  addAudience,
  asking,
  audiences,
  elsewhere,
  expectDone,
  production,
  staging,
  two,
} from "./two-of-one-organization.ts";

describe("what a removed environment asked for", () => {
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

  test("goes by no run over the other one alone, which could not write down that it is off", async () => {
    const account = await startScenario();
    await two(account, "delete");
    await account.remove("staging");
    const run = await account.run({ environments: ["production"] });
    expect([run.iamWrites, kindsOf(run)]).toEqual([[], []]);
    expect(kindsOf(await account.run())).toEqual(["orphaned"]);
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

  test("is an attack where somebody puts it back once it is off", async () => {
    const account = await startScenario();
    await two(account, "retain");
    await account.remove("staging");
    await account.run();
    await addAudience(account, "b");
    const run = await account.run();
    expect(run.iamWrites).toEqual(["RemoveClientIDFromOpenIDConnectProvider"]);
    expect(kindsOf(run)).toEqual(["audience-widened"]);
    expect(kindsOf(await account.run())).toEqual([]);
  });

  test.each([
    ["asks for it", staging("retain", { mode: "observe" })],
    ["asks for another one", staging("retain", { ...asking("c"), mode: "suspend" })],
  ])("does not come back with a document that only watches: %s", async (_what, again) => {
    const account = await startScenario();
    await two(account, "retain");
    await account.remove("staging");
    await account.run();
    await account.put(again, "staging");
    expect((await account.run()).iamWrites).toEqual([]);
    expect(await audiences(account)).toEqual(["a"]);
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

describe("what a removed environment had pinned", () => {
  const pins = (pin: string) => ({
    circleci: { organizationId: organization, thumbprints: [pin.repeat(40)] },
  });

  async function removed(): Promise<Scenario> {
    const account = await startScenario();
    await account.put(production("retain", pins("a")));
    await account.run();
    await account.put(staging("retain", pins("b")), "staging");
    await account.run();
    await account.approve(1, "staging");
    await account.run();
    await account.remove("staging");
    return account;
  }

  const goes = ["UpdateOpenIDConnectProviderThumbprint"];

  test("goes as its own doing, and nobody's drift", async () => {
    const account = await removed();
    const run = await account.run();
    expect([run.iamWrites, kindsOf(run)]).toEqual([goes, ["orphaned"]]);
    expect(outcomesOf(run)[0]).toEqual(["production", "in-sync"]);
    await expectDone(account, "all");
  });

  test("goes so in the run after the one that its deletion wakes, too", async () => {
    const account = await removed();
    const first = await account.run(account.eventOf("Parameter Store Change"));
    expect([first.iamWrites, kindsOf(first)]).toEqual([[], ["orphaned"]]);
    const run = await account.run();
    expect([run.iamWrites, kindsOf(run)]).toEqual([goes, []]);
    await expectDone(account, "all");
  });

  test("goes by no run over the other one alone, but with what that one pins now", async () => {
    const account = await removed();
    const over = { environments: ["production"] };
    expect((await account.run(over)).iamWrites).toEqual([]);
    await account.put(production("retain", pins("c")));
    const edit = await account.run(over);
    expect([edit.iamWrites, kindsOf(edit)]).toEqual([goes, ["trust-widening-applied"]]);
    const run = await account.run();
    expect([run.iamWrites, kindsOf(run)]).toEqual([goes, ["orphaned"]]);
    await expectDone(account, "all");
  });

  test("goes as its own doing in the run after the one in which IAM refused that", async () => {
    const account = await removed();
    refuse(account, "UpdateOpenIDConnectProviderThumbprint");
    await account.run();
    account.sandbox.faults.clear();
    const run = await account.run();
    // The account matches again.
    expect([run.iamWrites, kindsOf(run)]).toEqual([goes, ["reconcile-failed"]]);
    expect(outcomesOf(run)[0]).toEqual(["production", "in-sync"]);
    await expectDone(account, "all");
  });

  test.each(["observe", "suspend"] as const)(
    "goes as its own doing where its mode was %s, and comes back with no document that does not parse",
    async (mode) => {
      const account = await watching(mode);
      const run = await account.run();
      expect([run.iamWrites, kindsOf(run)]).toEqual([goes, ["orphaned"]]);
      expect(outcomesOf(run)[0]).toEqual(["production", "in-sync"]);
      const killed = await watching(mode);
      await stoppedAt(killed, "after", ({ operation }) => goes.includes(operation));
      await killed.put("{{{", "staging");
      expect((await killed.run()).iamWrites).toEqual([]);
      expect((await killed.run()).iamWrites).toEqual([]);
    },
  );

  async function watching(mode: "observe" | "suspend"): Promise<Scenario> {
    const account = await startScenario();
    await account.put(production("retain", pins("a")));
    await account.run();
    await account.put(staging("retain", pins("b")), "staging");
    await account.run();
    await account.approve(1, "staging");
    await account.run();
    await account.put({ ...staging("retain", pins("b")), mode }, "staging");
    await account.run();
    await account.remove("staging");
    return account;
  }

  test("goes where the other one pins so many now that IAM takes no more", async () => {
    const account = await removed();
    const thumbprints = ["1", "2", "3", "4", "5"].map((pin) => pin.repeat(40));
    await account.put(
      production("retain", { circleci: { organizationId: organization, thumbprints } }),
    );
    const run = await account.run({ environments: ["production"] });
    expect([run.iamWrites, kindsOf(run)]).toEqual([goes, ["trust-widening-applied"]]);
  });

  test("comes back with no document that does not parse, though the run that took it off was killed", async () => {
    const account = await removed();
    await stoppedAt(account, "after", ({ operation }) => goes.includes(operation));
    await account.put("{{{", "staging");
    const run = await account.run();
    expect(run.iamWrites).toEqual([]);
    expect((await account.run()).iamWrites).toEqual([]);
  });
});

describe.each([
  ["a removed environment asked for", (account: Scenario) => account.remove("staging")],
  [
    "an edit gives up",
    (account: Scenario) => account.put(staging("delete", asking("c")), "staging"),
  ],
])("what %s and another environment waits for", (_, givesUp) => {
  /** A later version of `production` waits; what is in force of it asks for `a` alone. */
  async function oneHeld(): Promise<Scenario> {
    const account = await startScenario();
    await two(account, "delete");
    await account.put(production("delete", { onWiden: "hold" }));
    await account.run();
    await account.put(production("delete", { ...asking("a", "b"), onWiden: "hold" }));
    expect((await account.run()).report.environments[0]?.outcome).toBe("held");
    await givesUp(account);
    return account;
  }

  /** A first document waits. */
  async function oneFirst(): Promise<Scenario> {
    const account = await startScenario();
    await two(account, "delete");
    account.variables.delete("OIDC_FIRST_DOCUMENT");
    await account.put(guideAs("beta", asking("b")), "beta");
    await account.run();
    await givesUp(account);
    return account;
  }

  /** What somebody else has approved or removed last is lost, and so is what it asked for. */
  async function oneLost(): Promise<Scenario> {
    const account = await startScenario();
    await two(account, "delete");
    await account.put(guideAs("beta"), "beta");
    await account.run();
    await deleteBelow(account, "applied/beta");
    await account.put(guideAs("beta", asking("d")), "beta");
    await account.run();
    await givesUp(account);
    return account;
  }

  test("goes at once, and comes back with the approval of a version of one in force", async () => {
    const account = await oneHeld();
    const run = await account.run();
    expect(run.iamWrites[0]).toBe("RemoveClientIDFromOpenIDConnectProvider");
    expect(await audiences(account)).not.toContain("b");
    expect(kindsOf(run)).not.toContain("audience-widened");
    expect(kindsOf(await account.run())).toEqual([]);
    await addAudience(account, "b");
    expect(kindsOf(await account.run())).toEqual(["audience-widened"]);
    await account.approve(3);
    expect((await account.run()).report.environments[0]).toMatchObject({ appliedVersion: 3 });
    expect(await audiences(account)).toContain("b");
    await expectDone(account, "all");
  });

  test.each([
    ["a first document", oneFirst, undefined],
    ["a first document, by a run over one", oneFirst, { environments: ["staging"] }],
    ["a record that is lost", oneLost, undefined],
  ])("stays for %s, is nobody's attack, and goes with it", async (_what, start, over) => {
    const account = await start();
    await account.run(over);
    for (let count = 0; count < 3; count += 1) {
      const run = await account.run();
      expect(kindsOf(run)).not.toContain("audience-widened");
      expect(run.iamWrites).not.toContain("RemoveClientIDFromOpenIDConnectProvider");
      if (count > 0) expect([kindsOf(run), run.iamWrites]).toEqual([[], []]);
    }
    await addAudience(account, "z");
    expect(kindsOf(await account.run())).toContain("audience-widened");
    await account.remove("beta");
    await account.run();
    expect(kindsOf(await account.run())).not.toContain("audience-widened");
    expect(await audiences(account)).not.toContain("b");
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

test("what an environment has stays while its record cannot be read and its newest text is not valid", async () => {
  const account = await startScenario();
  await two(account, "retain");
  await account.put("{{{", "staging");
  account.sandbox.faults.add({
    when: ({ operation, input }) =>
      operation === "GetParameters" && JSON.stringify(input["Names"]).includes("/applied/"),
    at: "before",
    how: { error: "AccessDeniedException", httpStatus: 400 },
  });
  const run = await account.run();
  expect(run.iamWrites).toEqual([]);
  expect(kindsOf(run)).not.toContain("audience-widened");
  account.sandbox.faults.clear();
  expect((await account.run()).iamWrites).toEqual([]);
  expect(await audiences(account)).toEqual(["a", "b"]);
});
