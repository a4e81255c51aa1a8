import { UpdateRoleCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import type { RecordedCall } from "../../sandbox/index.ts";
import { realTime } from "../../shared/edge/time.ts";
import type { Report } from "../../shared/report/report.ts";
import { runWith } from "../invariants/run-with.ts";
import { isOwn } from "../invariants/telling.ts";
import { type Scenario, startScenario } from "../scenarios/harness.ts";
import { documentsOf, memberOf, settle } from "./crowd.ts";

/** What a run over an account with AWS's rates came to. */
type Rated = {
  readonly report: Report;
  readonly calls: readonly RecordedCall[];
  /** Calls that came over their rate. */
  readonly refused: readonly RecordedCall[];
  readonly seconds: number;
};

/** A run whose waits pass at once, in the account's time too, by which its rates count. */
async function ratedRun(account: Scenario): Promise<Rated> {
  const { sandbox } = account;
  const first = sandbox.calls.length;
  sandbox.setRates(true);
  const from = sandbox.clock.now().getTime();
  const time = {
    now: () => sandbox.clock.now().getTime(),
    sleep: async (ms: number, signal?: AbortSignal) => {
      if (signal === undefined) sandbox.clock.advance(ms);
      else await realTime.sleep(ms, signal);
    },
  };
  const report = await runWith(account, { time });
  sandbox.setRates(false);
  const calls = sandbox.calls.slice(first).filter(isOwn);
  return {
    report,
    calls,
    refused: calls.filter(({ error }) => /^Throttling/.test(error ?? "")),
    seconds: (sandbox.clock.now().getTime() - from) / 1000,
  };
}

const outcomes = ({ environments }: Report) =>
  Object.fromEntries(
    [...Map.groupBy(environments, ({ outcome }) => outcome)].map(([of, { length }]) => [
      of,
      length,
    ]),
  );

/** Nobody is left out for a call that was refused, and few are. */
function expectCalm({ report, calls, refused }: Rated): void {
  expect(report.errors).toEqual([]);
  expect(report.environments.flatMap(({ errors }) => errors)).toEqual([]);
  expect(refused.length).toBeLessThan(calls.length / 8);
}

describe("a run over many environments of an account with rates", () => {
  test("reads pages no faster than leaves jobs their share, and many providers", async () => {
    const account = await startScenario();
    await settle(account, { count: 400, organisations: 60, apply: () => account.run() });
    const run = await ratedRun(account);
    expect(outcomes(run.report)).toEqual({ "in-sync": 400 });
    expectCalm(run);
    const reads = run.calls.filter(({ operation }) => operation.startsWith("GetParameter"));
    expect(reads.length).toBeLessThanOrEqual(20 + 30 * run.seconds + 1);
    expect(run.seconds).toBeGreaterThan((reads.length - 20) / 30 - 0.1);
  });

  test("applies fifty first documents", async () => {
    const account = await startScenario();
    const members = Array.from({ length: 50 }, (_, number) => memberOf(number));
    const parameters = documentsOf(members, account.sandbox.clock.now());
    account.sandbox.createMany({ roles: [], policies: [], parameters });
    const run = await ratedRun(account);
    expect(outcomes(run.report)).toEqual({ reconciled: 50 });
    expectCalm(run);
  });

  test("corrects an account in which everything was changed", async () => {
    const account = await startScenario();
    const members = await settle(account, { count: 100, apply: () => account.run() });
    for (const { role } of members) {
      const longer = { RoleName: role, MaxSessionDuration: 43_200 };
      await account.iam.send(new UpdateRoleCommand(longer));
    }
    const run = await ratedRun(account);
    expect(outcomes(run.report)).toEqual({ reconciled: 100 });
    expectCalm(run);
  });
});
