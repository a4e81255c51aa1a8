import { UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { describe, expect, test } from "vitest";
import type { Fault, RecordedCall } from "../../sandbox/index.ts";
import { emptyMemory } from "../../shared/loop/memory.ts";
import { type Ground, type GroundRun, openGround } from "../model/ground.ts";
import {
  guide,
  guideAs,
  guideFor,
  guideWith,
  roleName,
  shopMain,
  shopMainAndDev,
  textOf,
  type Written,
} from "./documents.ts";

/** One process of the function, which remembers its last run, and another one beside it. */
type Processes = {
  readonly ground: Ground;
  readonly run: (event?: unknown) => Promise<GroundRun>;
  readonly runElsewhere: () => Promise<GroundRun>;
};

async function start(...documents: readonly Written[]): Promise<Processes> {
  const ground = await openGround();
  await ground.seed();
  for (const [nth, document] of documents.entries()) {
    await ground.put(textOf(document), nth === 0 ? "production" : `team-${nth}`);
  }
  const memory = emptyMemory();
  return {
    ground,
    run: (event) => ground.run(event, { memory }),
    runElsewhere: () => ground.run(),
  };
}

/** The same where the process has just left all in sync. */
async function startInSync(...documents: readonly Written[]): Promise<Processes> {
  const processes = await start(...documents);
  await processes.run();
  expectQuiet(await processes.run());
  return processes;
}

function expectQuiet(run: GroundRun): void {
  const { environments, alerts, errors } = run.report;
  expect(environments.map(({ outcome }) => outcome)).toEqual(environments.map(() => "in-sync"));
  expect([...alerts, ...errors, ...run.iamWrites]).toEqual([]);
  expect(run.parameterWrites.filter((name) => name !== "/heartbeat")).toEqual([]);
}

const outcomeOf = ({ report }: GroundRun) => report.environments[0]?.outcome;
const kindsOf = ({ report }: GroundRun) => report.alerts.map(({ kind }) => kind);
const isLook = ({ operation, input }: RecordedCall) =>
  operation === "GetRole" && input["RoleName"] === roleName;

/** How often a run looked at the role, and whether it asked IAM before the documents. */
function looksOf({ calls }: GroundRun): { readonly ahead: boolean; readonly looks: number } {
  const documents = calls.findIndex(({ operation }) => operation === "GetParametersByPath");
  // Of what it asks together, the SDK sends first what its process has sent before.
  const first = calls.findIndex(({ service }) => service === "iam");
  return { ahead: first >= 0 && first < documents, looks: calls.filter(isLook).length };
}

async function loosen({ iam }: Ground): Promise<void> {
  const Statement = [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }];
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument }));
}

const refused = { error: "AccessDenied", httpStatus: 403 } as const;

/** The first time that a run asks. */
function once(how: Fault["how"], when: Fault["when"] = isLook): Fault {
  return { when, at: "before", how, times: 1 };
}

describe("a run over all asks for the account together with the documents, and once", () => {
  test.each([
    ["after a first document", start, [guide]],
    ["after a run in sync", startInSync, [guide]],
    ["with outputs for jobs", startInSync, [guideWith({ policy: { readOutputs: true } })]],
    ["with a few environments", startInSync, [guide, guideAs("a"), guideAs("b"), guideAs("c")]],
  ])("%s", async (_, begin, documents) => {
    const { run } = await begin(...documents);
    if (begin === start) await run();
    const next = await run();
    expectQuiet(next);
    expect(looksOf(next)).toEqual({ ahead: true, looks: 1 });
  });

  test("after an edit that was held, approved and brought into force", async () => {
    const { ground, run } = await startInSync(guide);
    const version = await ground.put(textOf(guideFor(shopMainAndDev)));
    expect(outcomeOf(await run())).toBe("held");
    await ground.approve(version);
    expect(outcomeOf(await run())).toBe("reconciled");
    const next = await run();
    expectQuiet(next);
    expect(looksOf(next)).toEqual({ ahead: true, looks: 1 });
  });

  test("after an edit that a run over its environment brought into force", async () => {
    const { ground, run } = await startInSync(guideFor(shopMainAndDev), guideAs("team"));
    await ground.put(textOf(guideFor(shopMain)));
    expect(outcomeOf(await run({ environments: ["production"] }))).toBe("reconciled");
    const next = await run();
    expectQuiet(next);
    expect(looksOf(next)).toEqual({ ahead: true, looks: 1 });
  });
});

describe("what was asked ahead shows that all is as it was, and nothing else", () => {
  test("a door is shut by what the account has after the documents", async () => {
    const { ground, run } = await startInSync(guide);
    await loosen(ground);
    const found = await run();
    expect(found.iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
    expect(kindsOf(found)).toEqual(["trust-widened"]);
    expect(looksOf(found)).toEqual({ ahead: true, looks: 2 });
  });

  test("an edit of which no event came is brought into force", async () => {
    const { ground, run } = await startInSync(guideFor(shopMainAndDev));
    await ground.put(textOf(guideFor(shopMain)));
    const edited = await run();
    expect(edited.report.environments).toMatchObject([{ outcome: "reconciled", version: 2 }]);
    expect(edited.iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
  });

  test("a document that is gone is reported", async () => {
    const { ground, run } = await startInSync(guide);
    await ground.remove();
    expect(kindsOf(await run())).toEqual(["orphaned"]);
  });

  test("a new environment is made", async () => {
    const { ground, run } = await startInSync(guide);
    await ground.put(textOf(guideAs("team")), "team");
    expect((await run()).iamWrites).toContain("CreateRole");
  });

  test("an answer from before another run's work accuses nobody", async () => {
    const { ground, run, runElsewhere } = await startInSync(guideFor(shopMainAndDev));
    await ground.put(textOf(guideFor(shopMain)));
    expect(outcomeOf(await runElsewhere())).toBe("reconciled");
    // So long after it nobody takes it for our own work.
    ground.wait(200_000);
    ground.sandbox.faults.add(once("stale"));
    const next = await run();
    expectQuiet(next);
    expect(looksOf(next)).toEqual({ ahead: true, looks: 2 });
  });

  test("an answer that is older than what this process shut accuses nobody", async () => {
    const { ground, run } = await startInSync(guide);
    await loosen(ground);
    expect(kindsOf(await run())).toEqual(["trust-widened"]);
    ground.wait(200_000);
    ground.sandbox.faults.add(once("stale"));
    const next = await run();
    expectQuiet(next);
    expect(looksOf(next)).toEqual({ ahead: true, looks: 2 });
  });

  test("an answer that did not come is asked for again", async () => {
    const { ground, run } = await startInSync(guide);
    ground.sandbox.faults.add(once(refused));
    const next = await run();
    expectQuiet(next);
    expect(looksOf(next)).toEqual({ ahead: true, looks: 2 });
  });

  test.each([
    ["a status that somebody has written", "/oidc-reconciler/status/production", "{}"],
    ["a record that somebody has spoilt", "/oidc-reconciler/applied/production", "{}"],
    ["a journal that somebody has spoilt", "/oidc-reconciler/journal", "[]"],
    ["outputs that somebody has written", "/oidc-reconciler/outputs/production", "{}"],
  ])("%s is not taken for nothing", async (_, Name, Value) => {
    const { ground, run } = await startInSync(guideWith({ policy: { readOutputs: true } }));
    await ground.ssm.send(new PutParameterCommand({ Name, Value, Overwrite: true }));
    const next = await run();
    expect(next.parameterWrites).not.toEqual(["/heartbeat"]);
    expect(looksOf(next)).toEqual({ ahead: true, looks: 2 });
  });

  test("a run that was interrupted is reported", async () => {
    const { ground, run } = await startInSync(guide);
    const at = "2026-11-22T09:00:00.000Z";
    const alerts = [{ kind: "trust-widened", environment: "production", title: "it was open" }];
    const Value = JSON.stringify({ lost: { at, source: "queue", alerts } });
    const Name = "/oidc-reconciler/journal";
    await ground.ssm.send(new PutParameterCommand({ Name, Value, Overwrite: true }));
    expect(kindsOf(await run())).toEqual(["run-interrupted"]);
  });
});

describe("nothing is asked ahead", () => {
  test("while an edit is held", async () => {
    const { ground, run } = await startInSync(guide);
    await ground.put(textOf(guideFor(shopMainAndDev)));
    expect(outcomeOf(await run())).toBe("held");
    expect(looksOf(await run())).toEqual({ ahead: false, looks: 1 });
  });

  test("after a run that could not do what it meant to", async () => {
    const { ground, run } = await startInSync(guide);
    await loosen(ground);
    const shuts = ({ operation }: RecordedCall) => operation === "UpdateAssumeRolePolicy";
    ground.sandbox.faults.add(once(refused, shuts));
    expect(outcomeOf(await run())).toBe("degraded");
    const next = await run();
    expect(next.iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
    expect(looksOf(next)).toEqual({ ahead: false, looks: 1 });
  });

  test.each([
    ["a dry run", { dryRun: true }],
    ["a run with force", { force: true }],
  ])("by %s", async (_, payload) => {
    const { run } = await startInSync(guide);
    const next = await run(payload);
    expect(outcomeOf(next)).toBe("in-sync");
    expect(looksOf(next)).toEqual({ ahead: false, looks: 1 });
  });

  test("where there are more environments than are read by name", async () => {
    const { run } = await startInSync(guide, ...["a", "b", "c", "d"].map((name) => guideAs(name)));
    const next = await run();
    expectQuiet(next);
    expect(looksOf(next).looks).toBe(0);
    expect(next.calls.filter(({ operation }) => operation === "ListRoles")).toHaveLength(1);
  });
});
