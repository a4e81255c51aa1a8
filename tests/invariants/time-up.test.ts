import { DetachRolePolicyCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import type { RecordedCall } from "../../sandbox/index.ts";
import { emptyMemory } from "../../shared/loop/memory.ts";
import { guideAs } from "../scenarios/documents.ts";
import { type Scenario, startScenario } from "../scenarios/harness.ts";
import { type Given, runWith, swiftTime } from "./run-with.ts";
import { isOwn } from "./telling.ts";

const isWrite = ({ service, mutating }: RecordedCall) => service === "iam" && mutating;

const everything = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
});
const names = ["blog", "shop", "wiki"];

/** A run over all environments in ten minutes, of which each call takes so much. */
async function runOf(
  account: Scenario,
  costMs: (call: RecordedCall) => number,
  given: Pick<Given, "logRemoval" | "memory"> = {},
) {
  const first = account.sandbox.calls.length;
  const own = () => account.sandbox.calls.slice(first).filter(isOwn);
  const spent = () => own().reduce((sum, call) => sum + costMs(call), 0);
  const remainingMs = () => 600_000 - spent();
  const report = await runWith(account, { time: swiftTime(), remainingMs, ...given });
  const written = own().filter(isWrite);
  return { report, written: written.map(({ operation }) => operation) };
}

async function detachPolicyOf(account: Scenario, name: string): Promise<void> {
  const detached = {
    RoleName: `CircleCI-${name}-Role`,
    PolicyArn: `arn:aws:iam::123456789012:policy/CircleCI-${name}-Policy`,
  };
  await account.iam.send(new DetachRolePolicyCommand(detached));
}

/** Environments in sync, of which all is deleted with their documents. */
async function startDeletable(each: readonly string[]): Promise<Scenario> {
  const account = await startScenario();
  for (const name of each) {
    const document = guideAs(name, { deploy: { ecr: ["demo-backend"] }, onRemove: "delete" });
    await account.put(document, name);
  }
  await runOf(account, () => 0);
  await runOf(account, () => 0);
  return account;
}

test("a run that has read for nine minutes begins nothing in its last, and says so", async () => {
  const account = await startScenario();
  for (const name of names)
    await account.put(guideAs(name, { deploy: { ecr: ["demo-backend"] } }), name);
  await runOf(account, () => 0);
  await runOf(account, () => 0);
  for (const name of names) await detachPolicyOf(account, name);
  // Documents and statuses are a page each.
  const late = await runOf(account, ({ operation }) =>
    operation === "GetParametersByPath" ? 275_000 : 0,
  );
  expect(late.written).toEqual([]);
  expect(late.report.errors.map(({ code }) => code)).toEqual(["TimeUp"]);
  expect((await account.heartbeat())?.["next"]).toBe("blog");
  const next = await runOf(account, () => 0);
  expect(next.written).toEqual(names.map(() => "AttachRolePolicy"));
});

test("a run whose time is over in the middle of removals stops between two writes, and the next one goes on", async () => {
  const account = await startDeletable(names);
  for (const name of names) await account.remove(name);
  const late = await runOf(account, (call) => (isWrite(call) ? 150_000 : 0));
  // What was at work when the time was over, and nothing more.
  expect(late.written.length).toBeLessThanOrEqual(5);
  expect(late.report.errors.map(({ code }) => code)).toContain("TimeUp");
  expect(late.report.alerts.map(({ kind }) => kind)).toContain("orphaned");
  await runOf(account, () => 0);
  expect(Object.keys((await account.state()).roles)).toEqual([]);
});

test("what closes in the last half minute is in the log before it is written, as at any time", async () => {
  const account = await startScenario();
  await account.put(guideAs("shop", { deploy: { ecr: ["demo-backend"] } }), "shop");
  await runOf(account, () => 0);
  await runOf(account, () => 0);
  for (const PolicyName of ["one", "two"]) {
    const inline = { RoleName: "CircleCI-shop-Role", PolicyName, PolicyDocument: everything };
    await account.iam.send(new PutRolePolicyCommand(inline));
  }
  const logged: string[] = [];
  // The first write leaves 25 s.
  const late = await runOf(account, (call) => (isWrite(call) ? 575_000 : 0), {
    logRemoval: (_, { id }) => logged.push(id),
  });
  expect(late.written).toEqual(["DeleteRolePolicy", "DeleteRolePolicy"]);
  expect(logged).toHaveLength(2);
});

test("a removal has its turn though what goes first takes the time of each run", async () => {
  const account = await startDeletable(names);
  await account.remove("blog");
  await detachPolicyOf(account, "shop");
  // The write leaves 55 s.
  const full = await runOf(account, ({ operation }) =>
    operation === "AttachRolePolicy" ? 545_000 : 0,
  );
  expect(full.written).toContain("AttachRolePolicy");
  expect(Object.keys((await account.state()).roles)).not.toContain("CircleCI-blog-Role");
  expect(full.report.errors).toEqual([]);
  expect((await account.heartbeat())?.["next"]).toBeUndefined();
});

test("a removal that waits for the next run keeps no other environment from its turn", async () => {
  const others = ["docs", "mail", "maps", "news", "shop", "wiki"];
  const account = await startDeletable(["blog", ...others]);
  await account.remove("blog");
  for (const name of others) await detachPolicyOf(account, name);
  // Four at once, and 20 s are left.
  const full = await runOf(account, ({ operation }) =>
    operation === "AttachRolePolicy" ? 145_000 : 0,
  );
  expect(full.written).toEqual(Array(4).fill("AttachRolePolicy"));
  expect((await account.heartbeat())?.["next"]).toBe("shop");
});

test("a removal leaves the time that it takes to remember what was begun", async () => {
  const opened = Array.from({ length: 12 }, (_, nth) => `shop-${nth}`);
  const account = await startDeletable(["blog", ...opened]);
  await account.remove("blog");
  for (const name of opened) await detachPolicyOf(account, name);
  // 48 s are left in the end: enough for a removal, and not for twelve records beside it.
  const full = await runOf(account, ({ operation }) =>
    operation === "AttachRolePolicy" ? 46_000 : 0,
  );
  expect(full.written).toEqual(opened.map(() => "AttachRolePolicy"));
  expect(full.report.errors.map(({ message }) => message).join()).toContain("blog");
  expect((await runOf(account, () => 0)).written).toContain("DeleteRole");
});

test("an alert whose state the time was not enough to store is not sent again by the same process", async () => {
  const account = await startScenario();
  await account.put(guideAs("shop", { deploy: { ecr: ["demo-backend"] } }), "shop");
  await runOf(account, () => 0);
  const wider = { deploy: { ecr: ["demo-backend", "another"] } };
  await account.put(guideAs("shop", wider), "shop");
  const memory = emptyMemory();
  // 25 s are left once the alert is out.
  const late = await runOf(account, ({ operation }) => (operation === "Publish" ? 575_000 : 0), {
    memory,
  });
  expect(late.report.alerts).toHaveLength(1);
  expect(late.report.errors.map(({ code }) => code)).toContain("TimeUp");
  expect((await runOf(account, () => 0, { memory })).report.alerts).toEqual([]);
});
