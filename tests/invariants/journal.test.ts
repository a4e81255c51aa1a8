import { UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import type { RecordedCall } from "../../sandbox/index.ts";
import { journalWith, parseJournal } from "../../shared/report/journal.ts";
import type { Alert } from "../../shared/report/report.ts";
import { guide, roleName } from "../scenarios/documents.ts";
import { expectIdle, prefix, type Scenario, startScenario } from "../scenarios/harness.ts";
import { deleteBelow, kindsOf, readBelow, textOf, writeBelow } from "../scenarios/holds.ts";
import { anybody } from "./policies.ts";
import { trustOpened, watched } from "./shut.ts";

const byHand = { environments: ["production"] };
const timeoutSeconds = 600;

async function startInSync(): Promise<Scenario> {
  const account = await startScenario();
  await account.put(guide);
  await account.run();
  expectIdle(await account.run());
  return account;
}

function openDoor({ iam }: Scenario): Promise<unknown> {
  return iam.send(
    new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument: anybody }),
  );
}

async function journalOf(account: Scenario): Promise<unknown> {
  return JSON.parse((await readBelow(account, "journal")) ?? "null");
}

/** What a run left that had begun so many seconds ago and did not come to its end. */
function left(source: "queue" | "hand", secondsAgo: number, title = "a door was open") {
  return {
    at: new Date(Date.now() - secondsAgo * 1_000).toISOString(),
    source,
    alerts: [{ kind: "trust-widened", environment: "production", title }],
    more: {},
  };
}

const leave = (account: Scenario, journal: Readonly<Record<string, ReturnType<typeof left>>>) =>
  writeBelow(account, "journal", JSON.stringify(journal));

describe.each(["{", "[]", "7", '{"run":{"at":1}}', '{"run":{"at":"","source":"x","alerts":[]}}'])(
  "a journal that somebody has spoilt with %s",
  (text) => {
    test("counts as empty, holds nothing up and is replaced", async () => {
      const account = await startInSync();
      await writeBelow(account, "journal", text);
      await openDoor(account);
      const run = await account.run();
      expect(run.environment.outcome).toBe("reconciled");
      expect(run.report.errors).toEqual([]);
      expect(run.published).toEqual(["trust-widened"]);
      expect(await journalOf(account)).toEqual({});
      expectIdle(await account.run());
    });

    test("is replaced by a run that has nothing to report", async () => {
      const account = await startInSync();
      await writeBelow(account, "journal", text);
      const run = await account.run();
      expect([run.published, run.report.errors]).toEqual([[], []]);
      expect(await journalOf(account)).toEqual({});
      expectIdle(await account.run());
    });
  },
);

describe("what a run left unreported", () => {
  test("from the queue is reported by the queue's next run, at once", async () => {
    const account = await startInSync();
    await leave(account, { earlier: left("queue", 0) });
    const run = await account.run();
    expect(kindsOf(run)).toEqual(["run-interrupted"]);
    expect(textOf(run, "run-interrupted")).toContain("trust-widened: a door was open");
    expect(await journalOf(account)).toEqual({});
    expectIdle(await account.run());
  });

  test("is reported though its entry names no environment, and goes then", async () => {
    const account = await startInSync();
    const entry = left("queue", 0);
    const alerts = entry.alerts.map((alert) => ({ ...alert, environment: "" }));
    await leave(account, { earlier: { ...entry, alerts } });
    expect((await account.run()).published).toEqual(["run-interrupted"]);
    expect(await journalOf(account)).toEqual({});
    expectIdle(await account.run());
  });

  test.each([
    { begun: "by hand", source: "hand", event: undefined, next: "one from the queue" },
    { begun: "by hand", source: "hand", event: byHand, next: "one by hand" },
    { begun: "from the queue", source: "queue", event: byHand, next: "one by hand" },
  ] as const)(
    "$begun is reported by $next only once its time is over",
    async ({ source, event }) => {
      const account = await startInSync();
      await leave(account, { earlier: left(source, timeoutSeconds - 30) });
      const early = await account.run(event);
      expect(early.published).toEqual([]);
      expect(await journalOf(account)).toMatchObject({ earlier: { source } });
      await leave(account, { earlier: left(source, timeoutSeconds + 1) });
      const late = await account.run(event);
      expect(late.published).toEqual(["run-interrupted"]);
      expect(await journalOf(account)).toEqual({});
    },
  );

  test("stays while a run finds and reports something of its own", async () => {
    const account = await startInSync();
    const earlier = left("hand", 10);
    await leave(account, { earlier });
    await openDoor(account);
    expect((await account.run()).published).toEqual(["trust-widened"]);
    expect(await journalOf(account)).toEqual({ earlier });
  });
});

const readsJournal = ({ operation, input }: RecordedCall) =>
  operation === "GetParameters" && JSON.stringify(input["Names"]).includes(`${prefix}/journal`);
const unreadable = { error: "AccessDeniedException", httpStatus: 400 };

describe("a journal that cannot be read", () => {
  test("once is read again before anything is written into it", async () => {
    const account = await startInSync();
    const earlier = left("hand", 10);
    await leave(account, { earlier });
    await openDoor(account);
    // Where it is asked ahead, and after the documents.
    account.sandbox.faults.add({ when: readsJournal, at: "before", how: unreadable, times: 2 });
    const run = await account.run();
    expect(run.published).toEqual(["trust-widened"]);
    const written = run.calls.filter(
      ({ operation, input }) =>
        operation === "PutParameter" && input["Name"] === `${prefix}/journal`,
    );
    const texts = written.map(({ input }) => parseJournal(String(input["Value"])));
    expect(texts.map((journal) => Object.keys(journal ?? {}).length)).toEqual([2, 1]);
    expect(await journalOf(account)).toEqual({ earlier });
  });

  test("at all is left as it is, and the run goes on", async () => {
    const account = await startInSync();
    const earlier = left("queue", 10);
    await leave(account, { earlier });
    await openDoor(account);
    account.sandbox.faults.add({ when: readsJournal, at: "before", how: unreadable });
    const run = await account.run();
    expect(run.environment.outcome).toBe("reconciled");
    expect(run.published).toEqual(["trust-widened"]);
    expect(run.parameterWrites).not.toContain("/journal");
    expect(await journalOf(account)).toEqual({ earlier });
    account.sandbox.faults.clear();
    expect((await account.run()).published).toEqual(["run-interrupted"]);
  });

  test("at all is left as it is though nobody takes the alerts, which is said", async () => {
    const account = await startInSync();
    const earlier = left("hand", 10);
    await leave(account, { earlier });
    await openDoor(account);
    account.sandbox.faults.add({ when: readsJournal, at: "before", how: unreadable });
    const when = ({ operation }: RecordedCall) => operation === "Publish";
    account.sandbox.faults.add({ when, at: "before", how: unreadable });
    const { report } = await account.run();
    const codes = report.errors.map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(["AccessDeniedException", "AlertUndelivered"]));
    const undelivered = report.errors.find(({ code }) => code === "AlertUndelivered");
    expect(undelivered?.message).toContain("the journal could not be written");
    expect(await journalOf(account)).toEqual({ earlier });
  });

  test("for there is none yet, is made", async () => {
    const account = await startInSync();
    await deleteBelow(account, "journal").catch(() => undefined);
    await openDoor(account);
    expect((await account.run()).published).toEqual(["trust-widened"]);
    expect(await journalOf(account)).toEqual({});
  });
});

test("a note ahead that failed is written before the door is shut", async () => {
  const account = await watched();
  await trustOpened[2](account);
  const isJournal = ({ operation, input }: RecordedCall) =>
    operation === "PutParameter" && input["Name"] === `${prefix}/journal`;
  account.sandbox.faults.add({ when: isJournal, at: "before", how: unreadable, times: 1 });
  const run = await account.run(account.eventOf(trustOpened[0]));
  expect(run.published).toEqual(["trust-widened"]);
  const order = run.calls.flatMap((call): readonly (string | number)[] => {
    if (call.operation === "UpdateAssumeRolePolicy") return ["shut"];
    if (!isJournal(call)) return [];
    return [Object.keys(parseJournal(String(call.input["Value"])) ?? {}).length];
  });
  expect(order).toEqual([1, 1, "shut", 0]);
});

describe("a journal that is full", () => {
  const alert = (nth: number): Alert => ({
    kind: nth % 2 === 0 ? "trust-widened" : "drift-corrected",
    severity: "critical",
    environment: `environment-${nth}`,
    title: "x".repeat(150),
    text: "",
  });
  const found = (count: number) => Array.from({ length: count }, (_, nth) => alert(nth));

  test.each([
    { runs: 3, of: "a few runs" },
    { runs: 25, of: "many runs" },
    { runs: 120, of: "more runs than it has room for" },
  ])("counts what $of left, and drops none of it", ({ runs }) => {
    let text = "{}";
    for (let nth = 0; nth < runs; nth += 1) {
      const entry = { at: "2026-11-22T10:00:00.000Z", source: "queue", alerts: found(20) } as const;
      const runId = `7c1e6a52-0000-4000-8000-${String(nth).padStart(12, "0")}`;
      text = journalWith(parseJournal(text) ?? {}, runId, entry);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
    }
    const entries = Object.values(parseJournal(text) ?? {});
    const kept = entries.flatMap(({ alerts }) => alerts).length;
    const counted = entries.flatMap(({ more }) => Object.values(more));
    expect(counted.reduce((sum, count) => sum + count, kept)).toBe(20 * runs);
  });
});
