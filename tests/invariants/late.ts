import { onTestFinished, vi } from "vitest";
import type { RecordedCall } from "../../sandbox/index.ts";
import { realTime } from "../../shared/edge/time.ts";
import { type Scenario, type ScenarioOptions, startScenario } from "../scenarios/harness.ts";
import { isOwn } from "./telling.ts";

/** What a call of the function takes on the virtual clock. */
const callMs = 40;

export type LateAccount = Scenario & {
  /** Lets time pass. */
  pass(ms: number): void;
  /** By how much the function's calls lag from now on. */
  lags(lag: (call: RecordedCall) => number): void;
};

/**
 * An account and the deployed function on one virtual clock: a call takes a moment, a wait of the
 * function passes at once, and what the function sees may be a minute old. Who waits for an answer, and
 * may be woken, waits really.
 */
export async function startLate(options: ScenarioOptions = {}): Promise<LateAccount> {
  if (!vi.isMockFunction(realTime.sleep)) useVirtualTime();
  const account = await startScenario(options);
  const lags: LateAccount["lags"] = (lag) => {
    account.sandbox.setLag((call) => {
      if (!isOwn(call)) return 0;
      pass(callMs);
      // Whether a name is taken is asked of what is there: who replaces a role by one of the same name, as
      // Terraform does, is not refused.
      const isMade = call.operation.startsWith("Create");
      return call.service === "iam" && !isMade ? lag(call) : 0;
    });
  };
  lags(() => 0);
  return {
    ...account,
    pass,
    lags,
    run: async (event) => {
      await renew(account);
      return account.run(event);
    },
  };
}

/** Lambda renews the credentials of a function before they end, which the virtual clock would reach. */
async function renew({ sandbox, variables }: Scenario): Promise<void> {
  const name = "oidc-reconciler-prod-reconcile";
  const arn = `arn:aws:iam::${sandbox.account}:role/${name}`;
  const credentials = await sandbox.credentialsOf(arn, name);
  variables.set("AWS_ACCESS_KEY_ID", credentials.accessKeyId);
  variables.set("AWS_SECRET_ACCESS_KEY", credentials.secretAccessKey);
  variables.set("AWS_SESSION_TOKEN", credentials.sessionToken);
}

function useVirtualTime(): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
  const { sleep } = realTime;
  const spy = vi.spyOn(realTime, "sleep").mockImplementation(async (ms, signal) => {
    if (signal === undefined) pass(ms);
    else await sleep(ms, signal);
  });
  onTestFinished(() => {
    spy.mockRestore();
    vi.useRealTimers();
  });
}

function pass(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}
