import {
  DeleteOpenIDConnectProviderCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { providerArn } from "./by-hand.ts";
import { organization, shopMainAndDev, type Written } from "./documents.ts";
import { type Run, type Scenario, startScenario } from "./harness.ts";
import { deleteBelow, kindsOf, outcomesOf } from "./holds.ts";
import { stoppedAt } from "./stopped.ts";
import {
  addAudience,
  asking,
  audiences,
  expectDone,
  production,
  staging,
  two,
} from "./two-of-one-organization.ts";

/*
 * What a removed environment had at a shared provider is in force no more once it is off, though its role stays: a
 * document that is put again gives it once more, or does not.
 */

describe("an audience that a removal took off, where a document is put again", () => {
  /** `staging` was removed, its role retained: the provider lacks its audience. */
  async function removed(guard: "hold" | "apply", asks: Written = {}): Promise<Scenario> {
    const account = await startScenario();
    await account.put(production("retain"));
    await account.put(staging("retain", { onWiden: guard, ...asks }), "staging");
    await account.run();
    await account.remove("staging");
    await account.run();
    account.variables.delete("OIDC_FIRST_DOCUMENT");
    return account;
  }

  const saidOf = (run: Run) =>
    run.report.alerts.map(({ environment, kind }) => `${environment}: ${kind}`);

  test.each([
    ["the same", staging("retain", { onWiden: "hold" })],
    ["with less of a guard", staging("retain")],
    ["with another one", staging("retain", { onWiden: "hold", ...asking("c") })],
  ])("is held, and comes with the approval: %s", async (_, again) => {
    const account = await removed("hold");
    await account.put(again, "staging");
    const held = await account.run();
    expect(outcomesOf(held)).toContainEqual(["staging", "held"]);
    expect(held.iamWrites).toEqual([]);
    expect(saidOf(held)).toContain("staging: trust-widening-held");
    expect(saidOf(held).join()).not.toContain("production");
    const still = await account.run();
    expect([still.iamWrites, kindsOf(still)]).toEqual([[], []]);
    await account.approve(1, "staging");
    const run = await account.run();
    expect(outcomesOf(run)).toContainEqual(["staging", "reconciled"]);
    expect(run.iamWrites).toContain("AddClientIDToOpenIDConnectProvider");
    expect(saidOf(run)).toContain("staging: trust-widening-applied");
    expect(saidOf(run).join()).not.toContain("production");
    await expectDone(account, "all");
  });

  test("stays off where it does not parse, also by a run over the other one alone", async () => {
    const account = await removed("apply");
    await account.put("{{{", "staging");
    for (const over of [{ environments: ["production"] }, undefined, undefined]) {
      const run = await account.run(over);
      expect(run.iamWrites).toEqual([]);
      expect(kindsOf(run)).not.toContain("drift-corrected");
    }
    expect(await audiences(account)).toEqual(["a"]);
    await addAudience(account, "b");
    expect(kindsOf(await account.run())).toEqual(["audience-widened"]);
  });

  test.each([[{}], [{ trust: { projects: [shopMainAndDev] } }]])(
    "is said as what its document gives, where that is let through: %j",
    async (more) => {
      const account = await removed("apply");
      await account.put(staging("retain", more), "staging");
      const run = await account.run();
      expect(await audiences(account)).toEqual(["a", "b"]);
      expect(saidOf(run)).toEqual(["staging: trust-widening-applied"]);
      await expectDone(account, "all");
    },
  );

  test("is said by the next run where the one that lets it through is stopped", async () => {
    const account = await removed("apply");
    await account.put(staging("retain"), "staging");
    await stoppedAt(account, "before", ({ operation }) => operation.startsWith("AddClientID"));
    expect(await audiences(account)).toEqual(["a"]);
    const run = await account.run();
    expect(await audiences(account)).toEqual(["a", "b"]);
    expect(saidOf(run)).toContain("staging: trust-widening-applied");
    expect(kindsOf(run)).not.toContain("drift-corrected");
    await expectDone(account, "all");
  });

  test("is held in its mode, and where it is to be enforced, while the record knows of it", async () => {
    const account = await removed("hold");
    for (const mode of ["observe", "enforce"] as const) {
      await account.put(staging("retain", { onWiden: "hold", mode }), "staging");
      const run = await account.run();
      expect(outcomesOf(run)).toContainEqual(["staging", "held"]);
      expect(run.iamWrites).toEqual([]);
    }
  });

  test.each([["hold"], ["apply"]] as const)(
    "is decided about by the run that the edit wakes as by any other: %s",
    async (guard) => {
      const account = await removed(guard);
      await account.put(staging("retain", { onWiden: guard }), "staging");
      const run = await account.run(account.eventOf("Parameter Store Change"));
      const kind = guard === "hold" ? "held" : "applied";
      expect(saidOf(run)).toEqual([`staging: trust-widening-${kind}`]);
      expect(kindsOf(await account.run())).toEqual([]);
    },
  );

  test("is said as what its document gives, where it is a thumbprint", async () => {
    const pins = (pin: string) => ({
      circleci: { organizationId: organization, thumbprints: [pin.repeat(40)] },
    });
    const account = await startScenario();
    await account.put(production("retain", pins("a")));
    await account.run();
    const own = staging("retain", { onWiden: "hold", ...pins("b") });
    await account.put(own, "staging");
    await account.run();
    await account.approve(1, "staging");
    await account.run();
    await account.remove("staging");
    await account.run();
    await account.put("{{{", "staging");
    expect((await account.run()).iamWrites).toEqual([]);
    await account.put(own, "staging");
    const held = await account.run();
    expect([held.iamWrites, outcomesOf(held).at(1)]).toEqual([[], ["staging", "held"]]);
    await account.approve(2, "staging");
    const run = await account.run();
    expect(run.iamWrites).toEqual(["UpdateOpenIDConnectProviderThumbprint"]);
    expect(saidOf(run)).toEqual(["staging: trust-widening-applied"]);
    await expectDone(account, "all");
  });

  test.each([
    ["hold", "trust-widening-held", "applied/staging"],
    ["hold", "trust-widening-held", "status/staging"],
    ["apply", "trust-widening-applied", "status/staging"],
  ] as const)("is no less %s (%s) where somebody deletes %s", async (guard, kind, stored) => {
    const account = await removed(guard);
    await deleteBelow(account, stored);
    await account.put(staging("retain", { onWiden: guard }), "staging");
    const run = await account.run();
    expect(saidOf(run)).toEqual([`staging: ${kind}`]);
    if (guard === "hold") expect(run.iamWrites).toEqual([]);
  });

  test.each([
    ["is removed again before all of it is written", undefined],
    ["and is removed again", "staging"],
  ])("is off once more where that one %s", async (_, cut) => {
    const account = await removed("apply");
    await account.put(staging("retain"), "staging");
    if (cut === undefined) {
      await stoppedAt(account, "before", ({ operation }) => operation.startsWith("AddClientID"));
    } else await account.run();
    await account.remove("staging");
    await account.run();
    expect(await audiences(account)).toEqual(["a"]);
    await account.put("{{{", "staging");
    expect((await account.run()).iamWrites).toEqual([]);
    await account.put(staging("retain"), "staging");
    expect(saidOf(await account.run())).toContain("staging: trust-widening-applied");
    await expectDone(account, "all");
  });

  test("does not matter to one whose audience stays for another environment", async () => {
    const account = await removed("hold", asking("a"));
    await account.put(staging("retain", { onWiden: "hold", ...asking("a") }), "staging");
    const run = await account.run();
    expect([run.iamWrites, kindsOf(run)]).toEqual([[], []]);
  });

  test("is nobody's attack where all were removed at once, and it goes as soon as one is put again", async () => {
    const account = await startScenario();
    await two(account, "retain");
    await account.remove();
    await account.remove("staging");
    expect((await account.run()).iamWrites).toEqual([]);
    await account.put(production("retain"));
    const run = await account.run();
    expect([run.iamWrites, kindsOf(run)]).toEqual([
      ["RemoveClientIDFromOpenIDConnectProvider"],
      [],
    ]);
    await account.put(staging("retain"), "staging");
    expect(saidOf(await account.run())).toEqual(["staging: trust-widening-applied"]);
    await expectDone(account, "all");
  });

  test("is not added by a run over another one alone, where a person has taken it off unseen", async () => {
    const account = await startScenario();
    await two(account, "retain");
    await account.remove();
    await account.remove("staging");
    await account.run();
    const off = { OpenIDConnectProviderArn: providerArn, ClientID: "b" };
    await account.iam.send(new RemoveClientIDFromOpenIDConnectProviderCommand(off));
    await account.put(production("retain"));
    await account.put("{{{", "staging");
    await account.put(production("retain", asking("a", "c")));
    await account.run({ environments: ["production"] });
    expect(await audiences(account)).toEqual(["a", "c"]);
    await account.run();
    expect(await audiences(account)).toEqual(["a", "c"]);
  });

  test("does not matter to one that asked for none", async () => {
    const account = await removed("hold", asking());
    await account.put(staging("retain", { onWiden: "hold", ...asking() }), "staging");
    const run = await account.run();
    expect(outcomesOf(run)).toContainEqual(["staging", "in-sync"]);
    expect([run.iamWrites, kindsOf(run)]).toEqual([[], []]);
  });
});

test.each([
  ["removed, and then put again", true],
  ["never removed", false],
])(
  "the organisation's own audience, which a person took off, waits for the approval where the record is lost: %s",
  async (_, isRemoved) => {
    const account = await startScenario();
    const whole = production("retain", { onWiden: "hold", ...asking() });
    await account.put(whole);
    await account.run();
    if (isRemoved) {
      await account.remove();
      await account.run();
    }
    const off = { OpenIDConnectProviderArn: providerArn, ClientID: organization };
    await account.iam.send(new RemoveClientIDFromOpenIDConnectProviderCommand(off));
    await deleteBelow(account, "applied/production");
    const version = await account.put(whole);
    const held = await account.run();
    expect([held.environment.outcome, held.iamWrites]).toEqual(["held", []]);
    expect(kindsOf(held)).toEqual(["trust-widening-held"]);
    await account.approve(version);
    const run = await account.run();
    expect(run.iamWrites).toEqual(["AddClientIDToOpenIDConnectProvider"]);
    expect(kindsOf(run)).toEqual(["trust-widening-applied"]);
    await expectDone(account, "all");
  },
);

describe.each([
  ["and a run has seen that", true],
  ["and no run has seen that", false],
])("a provider that a person deleted once its document was gone, %s", (_, isSeen) => {
  async function deleted(): Promise<Scenario> {
    const account = await startScenario();
    await account.put(production("retain", { onWiden: "hold" }));
    await account.run();
    await account.remove();
    await account.run();
    const gone = { OpenIDConnectProviderArn: providerArn };
    await account.iam.send(new DeleteOpenIDConnectProviderCommand(gone));
    if (isSeen) await account.run();
    return account;
  }

  test("is made by no document that does not parse, in any run", async () => {
    const account = await deleted();
    await account.put("{{{");
    for (const _run of [1, 2]) expect((await account.run()).iamWrites).toEqual([]);
  });

  test("is made again with the approval, as what its document gives", async () => {
    const account = await deleted();
    await account.put(production("retain", { onWiden: "hold" }));
    const held = await account.run();
    expect([held.environment.outcome, held.iamWrites]).toEqual(["held", []]);
    expect((await account.run()).iamWrites).toEqual([]);
    await account.approve(1);
    const run = await account.run();
    expect(run.iamWrites).toEqual(["CreateOpenIDConnectProvider"]);
    expect(kindsOf(run)).toEqual(["trust-widening-applied"]);
    await expectDone(account, "all");
  });
});
