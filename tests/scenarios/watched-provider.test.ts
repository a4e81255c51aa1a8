import {
  AddClientIDToOpenIDConnectProviderCommand,
  DeleteOpenIDConnectProviderCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { otherPin, pinned, providerArn } from "./by-hand.ts";
import { guideAs, organization, otherOrganization, type Written } from "./documents.ts";
import { expectIdle, type Scenario, startScenario } from "./harness.ts";
import { kindsOf, recordOf, textOf } from "./holds.ts";

/** `beta` watches, or is suspended, while `alpha` is enforced on the provider that they share. */
const passive = ["observe", "suspend"] as const;

const asking = (audiences: readonly string[], thumbprints: readonly string[] = []) => ({
  circleci: { organizationId: organization, audiences, thumbprints },
});
const beta = (changes: Written) => guideAs("beta", { onWiden: "apply", ...changes });

async function two(asked: Written, alpha: Written = asking(["a"])): Promise<Scenario> {
  const account = await startScenario();
  await account.put(guideAs("alpha", { onWiden: "apply", onRemove: "delete", ...alpha }), "alpha");
  await account.put(beta(asked), "beta");
  await account.run();
  expectIdle(await account.run());
  return account;
}

async function expectQuiet(account: Scenario): Promise<void> {
  const run = await account.run();
  expect([run.iamWrites, run.parameterWrites, kindsOf(run)]).toEqual([[], ["/heartbeat"], []]);
}

async function provider(account: Scenario) {
  const { audiences = [], thumbprints = [] } = (await account.state()).providers[providerArn] ?? {};
  return { audiences: audiences.filter((one) => one.length === 1), thumbprints };
}

const edits: readonly (readonly [what: string, before: Written, after: Written])[] = [
  ["one audience more", asking([]), asking(["b"])],
  ["one audience less", asking(["b"]), asking([])],
  ["another audience", asking(["b"]), asking(["c"])],
  ["a thumbprint", asking([]), asking([], [otherPin])],
  ["another thumbprint", asking([], [pinned]), asking([], [otherPin])],
  ["no thumbprint any more", asking([], [pinned]), asking([])],
  ["another organisation", asking(["b"]), { circleci: { organizationId: otherOrganization } }],
];

describe.each(passive)("an edit to %s of one that shares a provider", (mode) => {
  test.each(edits)("writes nothing through its neighbour: %s", async (_, before, after) => {
    const account = await two(before);
    const was = await provider(account);
    await account.put(beta({ ...after, mode }), "beta");
    const planned = await account.run({ dryRun: true });
    expect(planned.report.environments.map(({ changes }) => changes)[0]).toEqual([]);
    const run = await account.run();
    expect(run.iamWrites).toEqual([]);
    expect(run.report.alerts.filter(({ environment }) => environment === "alpha")).toEqual([]);
    expect(run.report.environments[0]).toMatchObject({ outcome: "in-sync", errors: [] });
    // Nor does a run that looks at one of them alone.
    for (const name of ["alpha", "beta"]) {
      expect((await account.run({ environments: [name] })).iamWrites).toEqual([]);
    }
    await expectQuiet(account);
    expect(await provider(account)).toEqual(was);
    expect((await recordOf(account, "beta"))?.names.organizations).toEqual([organization]);
    await account.put(beta(before), "beta");
    expect(kindsOf(await account.run())).toEqual(["mode-changed"]);
    expect(await provider(account)).toEqual(was);
    await account.put(beta({ ...after, mode }), "beta");
    await account.run();
    await account.put(beta(after), "beta");
    const enforced = await account.run();
    expect(kindsOf(enforced)).not.toContain("audience-widened");
    await account.run();
    expectIdle(await account.run());
  });

  test("leaves there what it had, where its neighbour gives the same up", async () => {
    const account = await two(asking(["a"]));
    await account.put(beta({ ...asking([]), mode }), "beta");
    await account.run();
    await account.put(guideAs("alpha", { onWiden: "apply", ...asking([]) }), "alpha");
    expect((await account.run()).iamWrites).not.toContain(
      "RemoveClientIDFromOpenIDConnectProvider",
    );
    expect((await provider(account)).audiences).toEqual(["a"]);
  });

  test("has what it had put back, and no more, by its neighbour", async () => {
    const account = await two(asking(["b"], [pinned]));
    await account.put(beta({ ...asking(["b", "c"], [otherPin]), mode }), "beta");
    await account.run();
    const OpenIDConnectProviderArn = providerArn;
    await account.iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
    expect((await account.run()).iamWrites).toEqual(["CreateOpenIDConnectProvider"]);
    expect(await provider(account)).toEqual({ audiences: ["a", "b"], thumbprints: [pinned] });
  });

  test("hides nobody who adds what it asks for", async () => {
    const account = await two(asking([]));
    await account.put(beta({ ...asking(["b"]), mode }), "beta");
    await account.run();
    const added = { OpenIDConnectProviderArn: providerArn, ClientID: "b" };
    await account.iam.send(new AddClientIDToOpenIDConnectProviderCommand(added));
    expect(kindsOf(await account.run())).toEqual(["audience-widened"]);
  });

  test("to another organisation keeps its provider when the neighbour is removed", async () => {
    const account = await two(asking(["b"]));
    await account.put(beta({ circleci: { organizationId: otherOrganization }, mode }), "beta");
    await account.run();
    await account.remove("alpha");
    const run = await account.run();
    expect(run.iamWrites).not.toContain("DeleteOpenIDConnectProvider");
    expect((await provider(account)).audiences).toEqual(["b"]);
    expect(textOf(run, "orphaned")).not.toContain("oidc-provider");
    await account.run();
    await expectQuiet(account);
  });
});

test.each([
  ["observe", ["AddClientIDToOpenIDConnectProvider"]],
  ["suspend", []],
] as const)(
  "force brings what an edit to %s asks of a shared provider: %j",
  async (mode, writes) => {
    const account = await two(asking([]));
    await account.put(beta({ ...asking(["b"]), mode }), "beta");
    expect((await account.run({ force: true })).iamWrites.toSorted()).toEqual(
      writes.length === 0 ? [] : [...writes, "UpdateAssumeRolePolicy"],
    );
  },
);

test("force brings nothing that a first document in suspend asks of a provider", async () => {
  const account = await startScenario();
  await account.put(guideAs("alpha", asking([])), "alpha");
  await account.run();
  await account.put(beta({ ...asking(["b"]), mode: "suspend" }), "beta");
  expect((await account.run({ force: true })).iamWrites).toEqual([]);
});
