import { UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import type { EventBridgeEvent } from "../../sandbox/index.ts";
import { type Ground, type GroundRun, openGround } from "../model/ground.ts";
import { startTrail } from "../model/world.ts";
import { guideAs, textOf } from "../scenarios/documents.ts";
import { anybody } from "./policies.ts";
import { batchOf } from "./shut.ts";

/** Above four environments a run lists the account. Where it cannot, it reads by name, some in each run. */

const schedule = { source: "aws.events", "detail-type": "Scheduled Event", detail: {} };
const roleOf = (name: string) => `CircleCI-${name}-Role`;

async function opened(count: number): Promise<Ground & { readonly names: readonly string[] }> {
  const ground = await openGround();
  await ground.seed();
  const names = Array.from({ length: count }, (_, index) => `e${String(index).padStart(2, "0")}`);
  const deploy = { ecr: ["demo-backend"] };
  for (const name of names) await ground.put(textOf(guideAs(name, { deploy })), name);
  await later(ground);
  const { report } = await later(ground);
  expect(new Set(report.environments.map(({ outcome }) => outcome))).toEqual(new Set(["in-sync"]));
  return { ...ground, names };
}

async function later(ground: Ground): Promise<GroundRun> {
  ground.wait(15 * 60_000);
  return ground.run();
}

function refuse(ground: Ground, operation: string): void {
  ground.sandbox.faults.add({
    at: "before",
    how: { error: "AccessDenied", httpStatus: 403 },
    when: (call) => call.operation === operation,
  });
}

const open = (ground: Ground, name: string) =>
  ground.iam.send(
    new UpdateAssumeRolePolicyCommand({ RoleName: roleOf(name), PolicyDocument: anybody }),
  );
const said = ({ report }: GroundRun) =>
  report.alerts.map(({ kind, environment }) => `${kind} ${environment}`);
const ofIam = ({ calls }: GroundRun) =>
  calls.filter(({ service, operation }) => service === "iam" && /^(Get|List)/.test(operation));

describe("while the account cannot be listed,", () => {
  test.each(["GetAccountAuthorizationDetails", "ListRoles"])(
    "a door is reported and shut all the same: %s",
    async (operation) => {
      const ground = await opened(6);
      refuse(ground, operation);
      const first = await later(ground);
      expect(said(first)).toEqual(ground.names.map((name) => `reconcile-failed ${name}`));
      expect(first.report.environments[0]?.errors).toMatchObject([
        { message: expect.stringContaining("iam:GetAccountAuthorizationDetails") },
      ]);
      await open(ground, "e03");
      const found = await later(ground);
      expect([said(found), found.iamWrites]).toEqual([
        ["trust-widened e03"],
        ["UpdateAssumeRolePolicy"],
      ]);
      const quiet = await later(ground);
      expect([said(quiet), quiet.iamWrites, quiet.parameterWrites.length]).toEqual([[], [], 1]);
      ground.sandbox.faults.clear();
      await later(ground);
      const { report } = await later(ground);
      expect(report.environments.map(({ outcome }) => outcome)).toEqual(
        ground.names.map(() => "in-sync"),
      );
    },
  );

  test("each of many environments has its turn, and a run reads a few of them", async () => {
    const ground = await opened(45);
    refuse(ground, "GetAccountAuthorizationDetails");
    await later(ground);
    const doors = ["e00", "e21", "e44"];
    for (const name of doors) await open(ground, name);
    const runs = [await later(ground), await later(ground), await later(ground)];
    expect(runs.flatMap(said).toSorted()).toEqual(doors.map((name) => `trust-widened ${name}`));
    for (const run of runs) expect(ofIam(run).length).toBeLessThanOrEqual(20 * 6 + 20);
    const quiet = [await later(ground), await later(ground), await later(ground)];
    expect(quiet.flatMap(said)).toEqual([]);
    expect(quiet.map(({ parameterWrites }) => parameterWrites.length)).toEqual([1, 1, 1]);
  });

  test("what an event names is read first", async () => {
    const ground = await opened(45);
    await startTrail(ground);
    refuse(ground, "GetAccountAuthorizationDetails");
    await later(ground);
    // No twenty that follow one another have both.
    const doors = ["e00", "e22"];
    const events: EventBridgeEvent[] = [];
    ground.sandbox.events.onEvent((event) => events.push(event));
    for (const name of doors) await open(ground, name);
    ground.wait(120_000);
    const found = await ground.run(batchOf([schedule, ...events]));
    expect(said(found).toSorted()).toEqual(doors.map((name) => `trust-widened ${name}`));
  });
});
