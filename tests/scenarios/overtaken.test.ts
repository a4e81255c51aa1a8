import { TagRoleCommand } from "@aws-sdk/client-iam";
import { GetParameterCommand } from "@aws-sdk/client-ssm";
import { describe, expect, test } from "vitest";
import type { RecordedCall } from "../../sandbox/index.ts";
import { anybody } from "../invariants/policies.ts";
import { newVersion, policyText, setTrust } from "./by-hand.ts";
import {
  guide,
  guideFor,
  guideWith,
  roleName,
  shopMain,
  shopMainAndDev,
  textOf,
  type Written,
} from "./documents.ts";
import { expectIdle, prefix, type Scenario, startScenario } from "./harness.ts";

const document = `${prefix}/environments/production`;
const record = `${prefix}/applied/production`;

const isOwn = ({ caller }: RecordedCall) => caller.includes("oidc-reconciler-prod-reconcile");

/** Does something in the account once, just before the function's first call of this name. */
function justBefore({ sandbox }: Scenario, operation: string, act: () => void): void {
  let done = false;
  sandbox.faults.add({
    when: (call) => {
      if (done || !isOwn(call) || call.operation !== operation) return false;
      done = true;
      act();
      return false;
    },
    at: "before",
    how: "connection-reset",
  });
}

async function trustText(account: Scenario): Promise<string> {
  return JSON.stringify((await account.state()).roles[roleName]);
}

/** What jobs read from the status. */
async function outputsIn({ ssm }: Scenario): Promise<unknown> {
  const read = await ssm.send(new GetParameterCommand({ Name: `${prefix}/status/production` }));
  const { outputs }: { readonly outputs: unknown } = JSON.parse(read.Parameter?.Value ?? "");
  expect(outputs).toMatchObject({ AWS_ROLE_ARN: expect.stringContaining(roleName) });
  return outputs;
}

/** In sync with an environment whose guard lets wider versions through. */
async function unguarded(): Promise<Scenario> {
  const account = await startScenario();
  await account.put(guideWith({ onWiden: "apply" }));
  await account.run();
  await account.run();
  return account;
}

describe("what was true when it was read, and is not when it is written", () => {
  test("a document that is narrowed while a run is about to open by the wider one", async () => {
    const account = await unguarded();
    await account.put({ ...guideFor(shopMainAndDev), onWiden: "apply" });
    justBefore(account, "GetRole", () => {
      const value = textOf({ ...guideFor(shopMain), onWiden: "apply" });
      account.sandbox.createParameter({ name: document, value });
    });
    const run = await account.run();
    expect(run.iamWrites).not.toContain("UpdateAssumeRolePolicy");
    expect(await trustText(account)).not.toContain("refs/heads/dev");
    expect(run.environment).toMatchObject({ appliedVersion: 3, outcome: "in-sync" });
  });

  test("a record that another run writes meanwhile: the other's stays, and the run looks again", async () => {
    const account = await unguarded();
    const Name = record;
    const { Parameter } = await account.ssm.send(new GetParameterCommand({ Name }));
    const before: { readonly serial: number } = JSON.parse(Parameter?.Value ?? "");
    const others = JSON.stringify({ ...before, serial: before.serial + 5 });
    await account.put({ ...guideFor(shopMainAndDev), onWiden: "apply" });
    justBefore(account, "GetRole", () => {
      account.sandbox.createParameter({ name: record, value: others });
    });
    const run = await account.run();
    expect(run.environment).toMatchObject({ appliedVersion: 2, outcome: "reconciled" });
    const after = await account.ssm.send(new GetParameterCommand({ Name }));
    const { serial }: { readonly serial: number } = JSON.parse(after.Parameter?.Value ?? "");
    expect(serial).toBeGreaterThan(before.serial + 5);
    expect(run.environment.errors).toEqual([]);
  });

  test("a record that cannot be read opens nothing, though its guard would", async () => {
    const account = await unguarded();
    await account.put({ ...guideFor(shopMainAndDev), onWiden: "apply" });
    account.sandbox.faults.add({
      when: (call) => isOwn(call) && JSON.stringify(call.input["Names"] ?? "").includes(record),
      at: "before",
      how: { error: "InternalServerError", httpStatus: 500 },
    });
    const outputs = await outputsIn(account);
    const run = await account.run();
    expect(run.environment.outcome).toBe("failed");
    expect(await trustText(account)).not.toContain("refs/heads/dev");
    // Jobs read them from the status: what is not known now is still so.
    expect(await outputsIn(account)).toEqual(outputs);
    account.sandbox.faults.clear();
    expect((await account.run()).environment).toMatchObject({ appliedVersion: 2 });
  });

  test("a role that is read as it was before our own last write is nobody's attack", async () => {
    const account = await startScenario();
    await account.put(guideFor(shopMain));
    await account.run();
    await setTrust(account, () => JSON.parse(anybody));
    expect((await account.run()).report.alerts.map(({ kind }) => kind)).toEqual(["trust-widened"]);
    account.sandbox.faults.add({
      when: (call) => isOwn(call) && call.operation === "GetRole",
      at: "before",
      how: "stale",
      // Also after the documents, and not only where it was asked ahead.
      times: 2,
    });
    const run = await account.run();
    expect(run.report.alerts).toEqual([]);
    expect(run.iamWrites).toEqual([]);
  });
});

const s3 = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }],
});

/** In sync, until somebody puts a policy in the place of ours: closing and opening are one write. */
async function replaced(what: "trust" | "policy"): Promise<Scenario> {
  const account = await startScenario();
  await account.put(guideFor(shopMain));
  await account.run();
  await account.run();
  if (what === "policy") await newVersion(account, s3);
  else await setTrust(account, () => JSON.parse(anybody));
  return account;
}

/** Whatever names these parameters, as the look at the gate does and nothing else. */
function atGate({ input }: RecordedCall): boolean {
  return JSON.stringify(input["Names"]) === JSON.stringify([document, record]);
}

/** The same once more: a record counts on with each write. */
function putAgain(text: string, times: number): string {
  const counted = text.replace(
    /"serial":(\d+)/,
    (_, serial) => `"serial":${Number(serial) + times}`,
  );
  return `${counted}${" ".repeat(times)}`;
}

async function isOpen(account: Scenario): Promise<boolean> {
  const { roles } = account.sandbox.directory();
  const trust = roles.get(roleName.toLowerCase())?.trust ?? "";
  return trust.includes('"AWS":"*"') || (await policyText(account)).includes("s3:*");
}

describe.each([
  ["trust", "trust-widened"],
  ["policy", "permissions-widened"],
] as const)("a %s that was replaced, while nothing may be opened", (what, kind) => {
  test.each([
    ["document", document],
    ["record", record],
  ])(
    "is closed where the %s is put again and again; the run that is left alone opens",
    async (_, name) => {
      const account = await replaced(what);
      const { Parameter } = await account.ssm.send(new GetParameterCommand({ Name: name }));
      let puts = 0;
      account.sandbox.faults.add({
        when: (call) => {
          if (!isOwn(call) || !atGate(call)) return false;
          puts += 1;
          const value = putAgain(Parameter?.Value ?? "", puts);
          account.sandbox.createParameter({ name, value });
          return false;
        },
        at: "before",
        how: "connection-reset",
      });
      const closed = await account.run();
      expect(await isOpen(account)).toBe(false);
      expect(closed.environment).toMatchObject({ outcome: "degraded" });
      expect(closed.environment.conditions.TrustAsIntended.reason).not.toBe("Widened");
      const [alert] = closed.report.alerts.filter((each) => each.kind === kind);
      expect(alert?.title).toContain("(closed)");
      expect(alert?.text).toContain(
        "What the document asks for beside it waits for a later run: the document or the record was written by somebody else while this run was at work.",
      );
      const [failed] = closed.report.alerts.filter((each) => each.kind === "reconcile-failed");
      expect(failed?.text).toContain("The next run goes on from the newest version.");
      const waiting = await account.run();
      expect([waiting.iamWrites, waiting.report.alerts]).toEqual([[], []]);
      account.sandbox.faults.clear();
      await expectOpenedOnce(account);
    },
  );

  test("is closed where the look at the gate is refused, for as long as it is", async () => {
    const account = await replaced(what);
    account.sandbox.faults.add({
      when: (call) => isOwn(call) && atGate(call),
      at: "before",
      how: { error: "AccessDeniedException", httpStatus: 400 },
    });
    const closed = await account.run();
    expect(await isOpen(account)).toBe(false);
    const [alert] = closed.report.alerts.filter((each) => each.kind === kind);
    expect(alert?.title).toContain("(closed)");
    const waiting = await account.run();
    expect([waiting.iamWrites, waiting.report.alerts]).toEqual([[], []]);
    account.sandbox.faults.clear();
    await expectOpenedOnce(account);
  });
});

describe("a version that a refused one overtakes before the first write of its run", () => {
  test.each<readonly [string, readonly Written[], string]>([
    [
      "a first document, by one that is held",
      [],
      textOf(guideWith({ trust: { projects: "all" } })),
    ],
    ["a first document, by one that does not parse", [], "trust: ["],
    ["an edit, by one that is held", [guide], textOf(guideWith({ trust: { projects: "all" } }))],
  ])("passes for no drift: %s", async (_, before, newer) => {
    const account = await startScenario();
    for (const each of before) {
      await account.put(each);
      await account.run();
    }
    await account.put(guideWith({ role: { tags: { team: "a" }, maxSessionSeconds: 3_600 } }));
    if (before.length > 0) {
      await account.run();
      await account.approve(2);
    }
    justBefore(account, "PutParameter", () => {
      account.sandbox.createParameter({ name: document, value: newer });
    });
    const run = await account.run();
    expect(run.iamWrites).not.toEqual([]);
    expect(run.report.alerts.map(({ kind }) => kind)).not.toContain("drift-corrected");
    // What somebody changes from then on is drift, though the version has only begun.
    await account.iam.send(
      new TagRoleCommand({ RoleName: roleName, Tags: [{ Key: "team", Value: "b" }] }),
    );
    expect((await account.run()).report.alerts.map(({ kind }) => kind)).toContain(
      "drift-corrected",
    );
  });
});

/** A run that may open does so once, and the next one finds nothing to do. */
async function expectOpenedOnce(account: Scenario): Promise<void> {
  const run = await account.run();
  expect(run.environment).toMatchObject({ outcome: "reconciled" });
  expect(run.iamWrites.filter((name) => !name.startsWith("Delete"))).toHaveLength(1);
  expectIdle(await account.run());
}
