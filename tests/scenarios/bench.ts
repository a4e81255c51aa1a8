import { expect } from "vitest";
import type { Fault, RecordedCall } from "../../sandbox/index.ts";
import { accessIn, type Operation, operationsOn } from "./access.ts";
import { openScenario, type Scenario } from "./harness.ts";
import { type Start, wipe } from "./starts.ts";
import { type AccountState, withoutVersions } from "./state.ts";

/** What a run without faults meets and makes of a start. */
export type Undisturbed = {
  readonly calls: readonly RecordedCall[];
  readonly before: ReadonlySet<string>;
  readonly after: ReadonlySet<string>;
  readonly end: AccountState;
};

export type How = Pick<Fault, "at" | "how">;

/** An account in which one start after the other is disturbed and put to the test. */
export type Bench = {
  readonly account: Scenario;
  undisturbed(start: Start): Promise<Undisturbed>;
  /**
   * From the start, runs with the fault at that place; then without, until there is nothing to do.
   * Gives the outcome of the disturbed run.
   */
  disturb(start: Start, normal: Undisturbed, at: Disturbance): Promise<string>;
};

export type Disturbance = How & {
  /** Which of the function's calls of its kind: `iam:CreateRole 1`. */
  readonly place: string;
  /** Whether every later call fails too, as where a run has ended. */
  readonly ends: boolean;
};

export async function openBench(): Promise<Bench> {
  const account = await openScenario();
  const { serviceArn, appId } = account.targets;
  const steps = operationsOn([
    "arn:aws:ecr:us-east-1:123456789012:repository/demo-backend",
    serviceArn,
    `arn:aws:amplify:us-east-1:123456789012:apps/${appId}/branches/main/jobs/1`,
  ]);
  return {
    account,
    undisturbed: async (start) => {
      await wipe(account);
      await start.given(account);
      const before = accessIn(await account.state(), steps);
      const { calls } = await account.run();
      const end = await account.state();
      const idle = await account.run();
      expect(idle.iamWrites).toEqual([]);
      return { calls, before, after: accessIn(end, steps), end };
    },
    disturb: async (start, normal, disturbance) => {
      const where = `${disturbance.at} ${disturbance.place}`;
      await wipe(account);
      await start.given(account);
      strike(account, disturbance);
      const disturbed = await account.invoke();
      await expectNoMoreThan(account, steps, normal, where);
      account.sandbox.faults.clear();
      await expectConvergence(account, normal, where);
      if (disturbed.kind === "threw") return disturbed.error.message;
      return disturbed.run.report.environments[0]?.outcome ?? "nothing";
    },
  };
}

/** The places of calls: which of its kind each was. */
export function places(calls: readonly RecordedCall[]): readonly string[] {
  const seen = new Map<string, number>();
  return calls.map(({ service, operation }) => {
    const name = `${service}:${operation}`;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return `${name} ${count}`;
  });
}

/** The places of the calls that changed something. */
export function writesIn(calls: readonly RecordedCall[]): readonly string[] {
  return places(calls).filter((_, index) => calls[index]?.mutating === true);
}

/** No answer, no second try: what a function meets whose session is at its end. */
const ended = { error: "AccessDenied", httpStatus: 403 } as const;

function strike(account: Scenario, { place, ends, at, how }: Disturbance): void {
  const [wanted = "", nth = "1"] = place.split(" ");
  let seen = 0;
  let struck = false;
  const own = (call: RecordedCall) => call.caller.includes("oidc-reconciler-prod-reconcile");
  account.sandbox.faults.add({
    at: "before",
    how: ended,
    when: (call) => own(call) && ends && struck,
  });
  account.sandbox.faults.add({
    at,
    how,
    times: 1,
    when: (call) => {
      if (!own(call) || `${call.service}:${call.operation}` !== wanted) return false;
      seen += 1;
      struck ||= seen === Number(nth);
      return struck;
    },
  });
}

async function expectNoMoreThan(
  account: Scenario,
  steps: readonly Operation[],
  normal: Undisturbed,
  where: string,
): Promise<void> {
  const now = accessIn(await account.state(), steps);
  const more = [...now].filter((line) => !normal.before.has(line) && !normal.after.has(line));
  expect(more, `access opened by a fault ${where}`).toEqual([]);
}

async function expectConvergence(
  account: Scenario,
  normal: Undisturbed,
  where: string,
): Promise<void> {
  const next = await account.run();
  expect(withoutVersions(await account.state()), `after a fault ${where}`).toEqual(
    withoutVersions(normal.end),
  );
  const isIdle = [...next.iamWrites, ...next.parameterWrites].join() === "/heartbeat";
  const idle = isIdle ? next : await account.run();
  expect(
    [...idle.iamWrites, ...idle.parameterWrites],
    `second run after a fault ${where}, the first having done ${next.iamWrites}`,
  ).toEqual(["/heartbeat"]);
}
