import { GetRoleCommand, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  DeleteParameterCommand,
  GetParameterCommand,
  ParameterNotFound,
  PutParameterCommand,
} from "@aws-sdk/client-ssm";
import { describe, expect, test } from "vitest";
import { emptyMemory } from "../../shared/loop/memory.ts";
import { type Ground, type GroundRun, openGround } from "../model/ground.ts";
import { guideAs, guideWith, roleName, textOf, type Written } from "../scenarios/documents.ts";
import { openSwept } from "../sweeps/account.ts";
import { stoppedRun } from "../sweeps/stops.ts";
import { anybody } from "./policies.ts";

/** Document and status are gone, and the record alone says what there is. */

const quarter = 15 * 60_000;
const day = 24 * 3_600_000;
const deleting = guideWith({ onRemove: "delete" });

const outcomeOf = ({ report }: GroundRun, name = "production") =>
  report.environments.find((each) => each.name === name)?.outcome;
const kindsOf = ({ report }: GroundRun) => report.alerts.map(({ kind }) => kind);
const listsRecords = ({ calls }: GroundRun) =>
  calls.some(
    ({ operation, input }) =>
      operation === "GetParametersByPath" && String(input["Path"]).endsWith("/applied"),
  );

async function parameterOf({ ssm, prefix }: Ground, path: string): Promise<string | null> {
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: `${prefix}/${path}` }));
    return Parameter?.Value ?? null;
  } catch (thrown) {
    if (thrown instanceof ParameterNotFound) return null;
    throw thrown;
  }
}

async function lose({ ssm, prefix }: Ground, ...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await ssm.send(new DeleteParameterCommand({ Name: `${prefix}/${path}` }));
  }
}

async function write({ ssm, prefix }: Ground, path: string, Value: string): Promise<void> {
  await ssm.send(
    new PutParameterCommand({ Name: `${prefix}/${path}`, Value, Type: "String", Overwrite: true }),
  );
}

/** Parameter Store's own event. */
const changeOf = (name: string, operation: "Create" | "Delete" = "Create") => ({
  source: "aws.ssm",
  "detail-type": "Parameter Store Change",
  account: "123456789012",
  region: "us-east-1",
  detail: { name, operation, type: "String" },
});

/** An account with two environments in sync, fifteen minutes later. */
async function inSync(document: Written = guideWith({})): Promise<Ground> {
  const ground = await openGround();
  await ground.seed();
  await ground.put(textOf(document));
  await ground.put(textOf(guideAs("two")), "two");
  await ground.run();
  ground.wait(quarter);
  await ground.run();
  ground.wait(quarter);
  return ground;
}

const isLeft = ({ iam }: Pick<Ground, "iam">) =>
  iam.send(new GetRoleCommand({ RoleName: roleName })).then(
    () => true,
    () => false,
  );

describe("an environment of which only the record is left", () => {
  test("is orphaned, and onRemove of its record is done", async () => {
    const ground = await inSync(deleting);
    await lose(ground, "environments/production", "status/production");
    const run = await ground.run();
    expect(outcomeOf(run)).toBe("orphaned");
    expect(kindsOf(run)).toEqual(["orphaned"]);
    expect(await isLeft(ground)).toBe(false);
    expect(await parameterOf(ground, "applied/production")).toBeNull();
    ground.wait(quarter);
    expect((await ground.run()).report.environments.map(({ name }) => name)).toEqual(["two"]);
    ground.wait(quarter);
    const last = await ground.run();
    expect(listsRecords(last)).toBe(false);
    expect(last.parameterWrites).toEqual(["/heartbeat"]);
  });

  test("is watched while anything of it stays, and reported once", async () => {
    const ground = await inSync();
    await lose(ground, "environments/production", "status/production");
    expect(kindsOf(await ground.run())).toEqual(["orphaned"]);
    expect(await parameterOf(ground, "status/production")).not.toBeNull();
    ground.wait(quarter);
    const quiet = await ground.run();
    expect([outcomeOf(quiet), kindsOf(quiet), listsRecords(quiet)]).toEqual([
      "orphaned",
      [],
      false,
    ]);
    await ground.iam.send(
      new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument: anybody }),
    );
    ground.wait(quarter);
    expect(kindsOf(await ground.run())).toEqual(["trust-widened"]);
  });

  test("is found again where its status is lost once more", async () => {
    const ground = await inSync();
    await lose(ground, "environments/production", "status/production");
    await ground.run();
    ground.wait(quarter);
    await lose(ground, "status/production");
    expect(outcomeOf(await ground.run())).toBe("orphaned");
  });

  test("is found by a process that left everything as it should be", async () => {
    const ground = await inSync();
    const memory = emptyMemory();
    await ground.run(undefined, { memory });
    ground.wait(quarter);
    const quiet = await ground.run(undefined, { memory });
    expect(listsRecords(quiet)).toBe(false);
    await lose(ground, "environments/production", "status/production");
    ground.wait(quarter);
    expect(outcomeOf(await ground.run(undefined, { memory }))).toBe("orphaned");
  });

  test("is found by an event that names it", async () => {
    const ground = await inSync(deleting);
    await lose(ground, "environments/production", "status/production");
    const run = await ground.run(changeOf(`${ground.prefix}/environments/production`, "Delete"));
    expect(kindsOf(run)).toEqual(["orphaned"]);
    expect(await isLeft(ground)).toBe(false);
  });

  test("is shown by a dry run, which writes nothing", async () => {
    const ground = await inSync(deleting);
    await lose(ground, "environments/production", "status/production");
    const run = await ground.run({ dryRun: true });
    expect(outcomeOf(run)).toBe("orphaned");
    expect([...run.iamWrites, ...run.parameterWrites]).toEqual([]);
  });

  test.each([
    ["is spoilt", (ground: Ground) => write(ground, "heartbeat", "{")],
    [
      "is of an earlier release",
      async (ground: Ground) => {
        const text = (await parameterOf(ground, "heartbeat")) ?? "";
        const { records: _, ...rest } = JSON.parse(text);
        await write(ground, "heartbeat", JSON.stringify(rest));
      },
    ],
  ])("is found where the heartbeat %s", async (_, spoil) => {
    const ground = await inSync();
    await lose(ground, "environments/production", "status/production");
    await ground.run();
    await lose(ground, "status/production");
    await ground.run();
    await lose(ground, "status/production");
    await spoil(ground);
    expect(outcomeOf(await ground.run())).toBe("orphaned");
  });

  test("is found within a day where the heartbeat is gone, which a new installation has none of either", async () => {
    const ground = await inSync();
    await lose(ground, "environments/production", "status/production");
    await ground.run();
    await lose(ground, "status/production", "heartbeat");
    expect(outcomeOf(await ground.run())).toBeUndefined();
    ground.wait(day + quarter);
    expect(outcomeOf(await ground.run())).toBe("orphaned");
  });

  test("an environment that was added makes no run list the records", async () => {
    const ground = await inSync();
    await ground.put(textOf(guideAs("three")), "three");
    await ground.run(changeOf(`${ground.prefix}/environments/three`));
    expect(listsRecords(await ground.run())).toBe(false);
  });

  test("is found within a day where it came and went between two runs over all", async () => {
    const ground = await inSync();
    await ground.put(textOf(guideAs("three", { onRemove: "delete" })), "three");
    await ground.run(changeOf(`${ground.prefix}/environments/three`));
    await lose(ground, "environments/three", "status/three");
    ground.wait(quarter);
    expect(outcomeOf(await ground.run(), "three")).toBeUndefined();
    ground.wait(day - 3 * quarter);
    const run = await ground.run();
    expect(listsRecords(run)).toBe(true);
    expect(outcomeOf(run, "three")).toBe("orphaned");
    expect(await parameterOf(ground, "applied/three")).toBeNull();
  });

  test("removes nothing while its record cannot be believed, and keeps that", async () => {
    const ground = await inSync(deleting);
    await lose(ground, "environments/production", "status/production");
    await write(ground, "applied/production", "{}");
    for (const kinds of [["orphaned"], []]) {
      const run = await ground.run();
      expect([outcomeOf(run), kindsOf(run)]).toEqual(["orphaned", kinds]);
      expect(run.iamWrites).toEqual([]);
      ground.wait(quarter);
    }
    expect(await parameterOf(ground, "applied/production")).toBe("{}");
  });

  test("is in sync where only the listings have missed its document", async () => {
    const ground = await inSync();
    ground.sandbox.setLag(() => 0);
    await ground.put(textOf(guideAs("three", { onRemove: "delete" })), "three");
    await ground.run(changeOf(`${ground.prefix}/environments/three`));
    await write(ground, "heartbeat", "{");
    ground.sandbox.setLag(({ operation, input }) =>
      operation === "GetParametersByPath" && !String(input["Path"]).endsWith("/applied")
        ? 10 * 60_000
        : 0,
    );
    const run = await ground.run();
    const byName = run.calls.filter(
      ({ operation, input }) =>
        operation === "GetParameters" && JSON.stringify(input).includes("/environments/three"),
    );
    expect(byName.length).toBeGreaterThan(0);
    expect([outcomeOf(run, "three"), run.iamWrites, kindsOf(run)]).toEqual(["in-sync", [], []]);
  });

  test("is not one that another installation has", async () => {
    const ground = await inSync(deleting);
    await write(ground, "applied/a/b", "{}");
    await ground.ssm.send(
      new PutParameterCommand({ Name: "/other/applied/x", Value: "{}", Type: "String" }),
    );
    await write(ground, "heartbeat", "{");
    const run = await ground.run();
    expect(listsRecords(run)).toBe(true);
    expect(run.report.environments.map(({ name }) => name)).toEqual(["production", "two"]);
    expect(run.report.errors).toEqual([]);
  });

  test("is looked for again where the records cannot be listed, and the report says so", async () => {
    const ground = await inSync();
    await lose(ground, "environments/production", "status/production");
    ground.sandbox.faults.add({
      at: "before",
      how: { error: "AccessDeniedException", httpStatus: 400 },
      times: 1,
      when: ({ operation, input }) =>
        operation === "GetParametersByPath" && String(input["Path"]).endsWith("/applied"),
    });
    const run = await ground.run();
    expect(run.report.errors.map(({ message }) => message)).toEqual([
      expect.stringContaining("listing the records, which may name environments that nothing else"),
    ]);
    expect(outcomeOf(run, "two")).toBe("in-sync");
    ground.wait(quarter);
    expect(outcomeOf(await ground.run())).toBe("orphaned");
  });
});

describe("a first creation that was stopped, and its document deleted before the next run", () => {
  test("leaves nothing, wherever it was stopped once anything was made", async () => {
    const account = await openSwept({ firstDocument: "apply" });
    const keep = account.keep();
    await account.put(deleting);
    const { calls } = await account.run();
    const own = calls.filter(({ caller }) => caller === account.caller);
    const from = own.findIndex(({ operation }) => operation === "CreateOpenIDConnectProvider");
    const stops = own.slice(from).map((_, index) => from + index + 1);
    expect(stops.length).toBeGreaterThan(8);
    for (const call of stops) {
      keep();
      await account.put(deleting);
      await stoppedRun(account, { call, at: "after" });
      await account.remove();
      for (let runs = 0; runs < 3; runs += 1) {
        account.wait(quarter);
        await account.run();
      }
      const { roles, providers, policies } = account.sandbox.directory();
      const left = [...roles.keys(), ...policies.keys()].filter((name) => /CircleCI/.test(name));
      const stopped = own[call - 1]?.operation;
      expect([left, providers.size], `after ${stopped}`).toEqual([[], 0]);
    }
  });

  test("is found by the first run that finds it was stopped, whichever event wakes that", async () => {
    const account = await openSwept({ firstDocument: "apply" });
    await account.put(guideAs("two"), "two");
    await account.run();
    account.wait(quarter);
    await account.put(deleting);
    const name = (environment: string) => `${account.prefix}/environments/${environment}`;
    const own = (await counted(account)).map(({ operation }) => operation);
    await stoppedRun(
      account,
      { call: own.indexOf("AttachRolePolicy") + 1, at: "after" },
      changeOf(name("production")),
    );
    await account.remove();
    account.wait(quarter);
    const run = await account.run(changeOf(name("two")));
    expect(kindsOf(run)).toContain("run-interrupted");
    expect(outcomeOf(run)).toBe("orphaned");
    expect(await isLeft(account)).toBe(false);
  });
});

test("an alert that nobody takes makes no event a listing", async () => {
  const ground = await inSync();
  ground.sandbox.faults.add({
    at: "before",
    how: { error: "InternalError", httpStatus: 500 },
    when: ({ operation }) => operation === "Publish" || operation === "PutEvents",
  });
  await ground.put("mode: nonsense");
  await ground.run(changeOf(`${ground.prefix}/environments/production`));
  expect(await parameterOf(ground, "journal")).toContain("spec-invalid");
  ground.wait(quarter);
  const run = await ground.run(changeOf(`${ground.prefix}/environments/two`));
  expect(outcomeOf(run, "two")).toBe("in-sync");
  expect(run.calls.map(({ operation }) => operation)).not.toContain("GetParametersByPath");
});

/** The calls of a run by the event of the document, which is then undone. */
async function counted(account: Awaited<ReturnType<typeof openSwept>>) {
  const back = account.keep();
  const { calls } = await account.run(changeOf(`${account.prefix}/environments/production`));
  back();
  return calls.filter(({ caller }) => caller === account.caller);
}
