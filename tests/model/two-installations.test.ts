import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { describe, expect, test } from "vitest";
import type { EventBridgeEvent } from "../../sandbox/index.ts";
import { guideAs, organization, textOf, type Written } from "../scenarios/documents.ts";
import { providerArn } from "./callers.ts";
import { type DriftName, drift } from "./drift.ts";
import { type Deployed, type Ground, type GroundRun, openGround } from "./ground.ts";
import { makeTargets } from "./targets.ts";

/** Two installations in one account, whose documents name one organisation, or one role. */
const provider = providerArn(organization);
const roleOf = (environment: string) => `CircleCI-${environment}-Role`;

type Account = { readonly ground: Ground; readonly team: Deployed };

/** Both installations have written their environments, and each takes the provider for its own. */
async function bothInForce(own: readonly string[]): Promise<Account> {
  const ground = await openGround();
  await makeTargets(ground);
  const team = await ground.deploy({ stage: "team", params: { parameterPrefix: "/team/oidc" } });
  for (const name of own) await ground.put(textOf(guideAs(name)), name);
  await ground.run();
  await putOther({ ground, team }, {});
  expect(outcomesOf(await team.run())).toEqual(["conflict"]);
  await happens(ground, "deletes the provider");
  expect((await team.run()).iamWrites).toContain("CreateOpenIDConnectProvider");
  return { ground, team };
}

async function putOther({ ground, team }: Account, changes: Written): Promise<void> {
  const Name = `${team.prefix}/environments/other`;
  const Value = textOf(guideAs("other", changes));
  await ground.ssm.send(new PutParameterCommand({ Name, Value, Type: "String", Overwrite: true }));
}

async function happens({ iam, sandbox }: Ground, name: DriftName, role = ""): Promise<void> {
  await drift(name, { iam, role, policyArn: "", provider }, sandbox.clock.now());
}

const outcomesOf = ({ report }: GroundRun) => report.environments.map(({ outcome }) => outcome);
const kindsOf = ({ report }: GroundRun) => report.alerts.map(({ kind }) => kind);
const prefixAt = ({ sandbox }: Ground) =>
  sandbox.directory().providers.get(provider)?.tags.get("oidc-reconciler:prefix");

/** Both run in turn, as their schedules wake them. */
async function rounds({ ground, team }: Account, count: number) {
  const runs: { readonly own: GroundRun; readonly others: GroundRun }[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    ground.wait(15 * 60_000);
    runs.push({ own: await ground.run(), others: await team.run() });
  }
  return runs;
}

describe("a provider that two installations take for their own", () => {
  test("is tagged once by each, and then the one whose tags it has keeps it", async () => {
    const account = await bothInForce(["production", "staging"]);
    const [first, second, ...quiet] = await rounds(account, 5);
    expect(first?.own.iamWrites).toEqual(["TagOpenIDConnectProvider"]);
    expect(first?.others.iamWrites).toEqual(["TagOpenIDConnectProvider"]);
    expect(second?.own.iamWrites).toEqual([]);
    for (const { kind, text } of second?.own.report.alerts ?? []) {
      expect(kind).toBe("conflict");
      expect(text).toContain("belongs to the reconciler with prefix /team/oidc");
      expect(text).toContain("A provider has one owner");
    }
    expect(second?.own.report.alerts).toHaveLength(2);
    expect(prefixAt(account.ground)).toBe("/team/oidc");
    for (const { own, others } of quiet) {
      expect([outcomesOf(own), outcomesOf(others)]).toEqual([
        ["conflict", "conflict"],
        ["in-sync"],
      ]);
      expect([...own.iamWrites, ...others.iamWrites]).toEqual([]);
      expect([...kindsOf(own), ...kindsOf(others)]).toEqual([]);
    }
  });

  test("does not cost the other one its watch over its roles, nor is it taken back after a day", async () => {
    const account = await bothInForce(["production", "staging"]);
    await rounds(account, 2);
    account.ground.wait(25 * 3_600_000);
    await happens(account.ground, "opens the trust policy to everybody", roleOf("production"));
    const run = await account.ground.run();
    expect(run.iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
    expect(kindsOf(run)).toEqual(["trust-widened"]);
    const [next] = await rounds(account, 1);
    expect(next?.own.iamWrites).toEqual([]);
  });

  test("is not fought over again for an edit of one environment alone", async () => {
    const account = await bothInForce(["production", "staging"]);
    await rounds(account, 2);
    const { ground } = account;
    const events: EventBridgeEvent[] = [];
    ground.sandbox.events.onEvent((event) => events.push(event));
    const circleci = { organizationId: organization, audiences: ["deploy"] };
    await ground.put(textOf(guideAs("staging", { circleci })), "staging");
    const [edited] = events;
    const run = await ground.run(edited);
    expect([outcomesOf(run), run.iamWrites, kindsOf(run)]).toEqual([["conflict"], [], []]);
  });

  test("is the other one's again once nobody's tags are on it", async () => {
    const account = await bothInForce(["production"]);
    await rounds(account, 2);
    const { ground, team } = account;
    await putOther(account, { mode: "suspend" });
    await team.run();
    await happens(ground, "takes all tags off the provider");
    expect(outcomesOf(await ground.run())).toEqual(["reconciled"]);
    expect(prefixAt(ground)).toBe("/oidc-reconciler");
  });
});

describe("tags of another installation that somebody puts on a provider again and again", () => {
  async function tagged(tag: string, rounds: number): Promise<Ground> {
    const ground = await openGround();
    await makeTargets(ground);
    await ground.put(textOf(guideAs("production")));
    await ground.run();
    for (let nth = 0; nth < rounds; nth += 1) {
      ground.sandbox.setTags(provider, { ...ownTags, [tag]: "elsewhere" });
      await ground.run();
    }
    return ground;
  }
  const ownTags = {
    "oidc-reconciler:prefix": "/oidc-reconciler",
    "oidc-reconciler:home": "us-east-1",
    "oidc-reconciler:created": "true",
  };

  test("hide no audience: it is reported once, though another installation may own the provider", async () => {
    const ground = await tagged("oidc-reconciler:prefix", 3);
    await happens(ground, "adds an audience");
    const run = await ground.run();
    expect([outcomesOf(run), kindsOf(run)]).toEqual([["conflict"], ["audience-widened"]]);
    expect(kindsOf(await ground.run())).toEqual([]);
  });

  test("end nothing where they name only another Region", async () => {
    const ground = await tagged("oidc-reconciler:home", 3);
    await happens(ground, "adds an audience");
    const run = await ground.run();
    expect(run.iamWrites).toEqual(["RemoveClientIDFromOpenIDConnectProvider"]);
    expect(kindsOf(run)).toEqual(["audience-widened"]);
  });
});

/** Each has the role in force: the other one took it over while nobody's tags were on it. */
async function bothHaveOneRole(): Promise<Account> {
  const ground = await openGround();
  await makeTargets(ground);
  const team = await ground.deploy({ stage: "team", params: { parameterPrefix: "/team/oidc" } });
  await ground.put(textOf(guideAs("production")));
  await ground.run();
  await putOther({ ground, team }, { role: { name: roleOf("production") } });
  expect(outcomesOf(await team.run())).toEqual(["conflict"]);
  await happens(ground, "takes all tags off the provider");
  await happens(ground, "takes all tags off the role", roleOf("production"));
  expect(outcomesOf(await team.run())).toEqual(["reconciled"]);
  return { ground, team };
}

describe("a role that two installations have in force", () => {
  test("is given up by neither: tags alone prove nothing, and one alert names the other", async () => {
    const account = await bothHaveOneRole();
    const [, , third, ...later] = await rounds(account, 6);
    const [alert, ...none] = third?.own.report.alerts ?? [];
    expect([alert?.kind, none]).toEqual(["contended", []]);
    expect(alert?.text).toContain("it belongs to the reconciler with prefix /team/oidc");
    expect(alert?.text).toContain("Anyone who may tag it can write that");
    expect(alert?.text).toContain("keep it in one of the two documents alone");
    for (const { own, others } of later) {
      expect([...kindsOf(own), ...kindsOf(others)]).toEqual([]);
      expect(own.iamWrites).toContain("TagRole");
    }
  });

  test("is closed to strangers each time, whatever its tags say", async () => {
    const { ground } = await bothHaveOneRole();
    for (let nth = 0; nth < 5; nth += 1) {
      ground.sandbox.setTags(`arn:aws:iam::123456789012:role/${roleOf("production")}`, {
        "oidc-reconciler:prefix": "/team/oidc",
      });
      await happens(ground, "opens the trust policy to everybody", roleOf("production"));
      expect((await ground.run()).iamWrites).toContain("UpdateAssumeRolePolicy");
    }
  });

  test("is one installation's again once the other's document names another", async () => {
    const account = await bothHaveOneRole();
    await rounds(account, 3);
    await putOther(account, {});
    const [, ...quiet] = await rounds(account, 4);
    for (const { own, others } of quiet) {
      expect([...own.iamWrites, ...others.iamWrites]).toEqual([]);
      expect([...kindsOf(own), ...kindsOf(others)]).toEqual([]);
    }
  });
});

test("tags of another installation that nobody puts back are drift, and taken over once", async () => {
  const ground = await openGround();
  await makeTargets(ground);
  await ground.put(textOf(guideAs("production")));
  await ground.run();
  ground.sandbox.setTags(provider, { "oidc-reconciler:prefix": "/team/oidc" });
  const run = await ground.run();
  expect([outcomesOf(run), kindsOf(run)]).toEqual([["reconciled"], ["drift-corrected"]]);
  expect(run.report.alerts[0]?.severity).toBe("critical");
  expect(outcomesOf(await ground.run())).toEqual(["in-sync"]);
});
