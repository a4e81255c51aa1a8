import { DetachRolePolicyCommand } from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import type { RecordedCall } from "../../sandbox/index.ts";
import { guideAs } from "../scenarios/documents.ts";
import { type Scenario, startScenario } from "../scenarios/harness.ts";
import { runWith, swiftTime } from "./run-with.ts";
import { isOwn } from "./telling.ts";

const names = ["blog", "shop", "wiki"];

/** A run over all environments in ten minutes, of which each call takes so much. */
async function runOf(account: Scenario, costMs: (call: RecordedCall) => number) {
  const first = account.sandbox.calls.length;
  const own = () => account.sandbox.calls.slice(first).filter(isOwn);
  const spent = () => own().reduce((sum, call) => sum + costMs(call), 0);
  const remainingMs = () => 600_000 - spent();
  const report = await runWith(account, { time: swiftTime(), remainingMs });
  const written = own().filter(({ service, mutating }) => service === "iam" && mutating);
  return { report, written: written.map(({ operation }) => operation) };
}

test("a run that has read for nine minutes begins nothing in its last, and says so", async () => {
  const account = await startScenario();
  for (const name of names) await account.put(guideAs(name, { deploy: { ecr: ["demo-backend"] } }), name);
  await runOf(account, () => 0);
  await runOf(account, () => 0);
  for (const name of names) {
    const detached = {
      RoleName: `CircleCI-${name}-Role`,
      PolicyArn: `arn:aws:iam::123456789012:policy/CircleCI-${name}-Policy`,
    };
    await account.iam.send(new DetachRolePolicyCommand(detached));
  }
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
