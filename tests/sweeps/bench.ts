import { expect } from "vitest";
import type { PublishedMessage, RecordedCall } from "../../sandbox/index.ts";
import { parseRecord } from "../../shared/plan/record.ts";
import { reportedBy } from "../invariants/telling.ts";
import type { GroundRun } from "../model/ground.ts";
import { type Operation, operationsOn } from "../scenarios/access.ts";
import { readBelow } from "../scenarios/holds.ts";
import { type AccountState, withoutVersions } from "../scenarios/state.ts";
import { openSwept, type SweptAccount } from "./account.ts";
import { inIam } from "./in-iam.ts";
import type { Start } from "./start.ts";
import { accessBeyond } from "./within.ts";

/** A start to which its account can be put back, and what runs without any fault make of it. */
export type Ready = {
  readonly start: Start;
  readonly account: SweptAccount;
  readonly operations: readonly Operation[];
  restore(): void;
  /** What wakes the first run; `undefined`: the schedule. */
  readonly event: unknown;
  readonly before: AccountState;
  readonly end: AccountState;
  /** The function's own calls in the first run. */
  readonly calls: readonly RecordedCall[];
  /** Outcomes of the first run, by environment. */
  readonly outcomes: Readonly<Record<string, string>>;
  /** What all runs until there was nothing to do reported: `production trust-widened`. */
  readonly reported: readonly string[];
  /** The same where the first run comes a week late: what only denies has had its time by then. */
  readonly aWeekLater: Pick<Ready, "end" | "reported">;
};

/** How long the schedule waits between two runs. */
export const periodMs = 15 * 60_000;
export const weekMs = 7 * 24 * 3_600_000;

/** Accounts in which one start after the other is made ready; each is used again for the next. */
export type Bench = {
  ready(start: Start): Promise<Ready>;
};

export function openBench(options: { readonly freshClients?: boolean } = {}): Bench {
  const accounts = new Map<string, Promise<{ account: SweptAccount; empty: () => void }>>();
  const accountFor = (firstDocument: Start["first"]) => {
    const known = accounts.get(firstDocument) ?? openEmpty({ firstDocument, ...options });
    accounts.set(firstDocument, known);
    return known;
  };
  return {
    ready: async (start) => {
      const { account, empty } = await accountFor(start.first);
      empty();
      return makeReady(account, start);
    },
  };
}

async function openEmpty(options: Parameters<typeof openSwept>[0]) {
  const account = await openSwept(options);
  return { account, empty: account.keep() };
}

async function makeReady(account: SweptAccount, start: Start): Promise<Ready> {
  await start.given(account);
  const event = start.wokenBy === undefined ? undefined : account.eventOf(start.wokenBy);
  if (event === undefined) account.wait(periodMs);
  const restore = account.keep();
  const before = inIam(account.sandbox);
  account.wait(weekMs);
  const late = await account.run();
  const aWeekLater = { end: inIam(account.sandbox), reported: reportedBy(late.messages) };
  restore();
  const first = await account.run(event);
  const reported = [...reportedBy(first.messages)];
  for (let nth = 0; nth < 3; nth += 1) {
    account.wait(periodMs);
    reported.push(...reportedBy((await account.run()).messages));
  }
  expect(reported, `what ${start.start} reports`).toEqual(
    expect.arrayContaining([...start.reports]),
  );
  return {
    start,
    account,
    operations: operationsOf(account),
    restore,
    event,
    before,
    end: inIam(account.sandbox),
    aWeekLater,
    calls: first.calls.filter(isOwnOf(account)),
    outcomes: outcomesOf(first),
    reported,
  };
}

function operationsOf({ targets: { serviceArn, appId } }: SweptAccount): readonly Operation[] {
  return operationsOn([
    "arn:aws:ecr:us-east-1:123456789012:repository/demo-backend",
    serviceArn,
    `arn:aws:amplify:us-east-1:123456789012:apps/${appId}/branches/main/jobs/1`,
  ]);
}

export function outcomesOf({
  report,
}: Pick<GroundRun, "report">): Readonly<Record<string, string>> {
  return Object.fromEntries(report.environments.map(({ name, outcome }) => [name, outcome]));
}

export function isOwnOf({ caller }: Pick<SweptAccount, "caller">): (call: RecordedCall) => boolean {
  return (call) => call.caller === caller;
}

/** Does a run do nothing but say that it was there? */
export function isQuiet({ iamWrites, parameterWrites, messages }: GroundRun): boolean {
  const written = parameterWrites.filter((name) => name !== "/heartbeat");
  return iamWrites.length + written.length + messages.length === 0;
}

/** The same start for what happens a week after it: what only a run at once reports is not missed. */
export function aWeekAfter(ready: Ready): Ready {
  const { end, reported } = ready.aWeekLater;
  return { ...ready, end, reported: ready.reported.filter((line) => reported.includes(line)) };
}

/** Access after a disturbed run is what was there or what is desired. */
export function expectWithin({ account, before, end, operations }: Ready, where: string): void {
  const beyond = accessBeyond(inIam(account.sandbox), { before, end }, operations);
  expect(beyond, `access that was neither there nor desired after ${where}`).toEqual([]);
}

/**
 * The next run gets where undisturbed runs got, the one after it at the latest finds nothing to do.
 * Gives what they published.
 */
export async function expectRecovery(
  ready: Ready,
  where: string,
): Promise<readonly PublishedMessage[]> {
  const { account } = ready;
  account.wait(periodMs);
  const next = await account.run();
  expectWithin(ready, `${where}, and the next run`);
  expect(withoutVersions(inIam(account.sandbox)), `the account one run after ${where}`).toEqual(
    withoutVersions(ready.end),
  );
  const later: GroundRun[] = [];
  while (later.length < 2 && !isQuiet(later.at(-1) ?? next)) {
    account.wait(periodMs);
    later.push(await account.run());
  }
  const last = later.at(-1) ?? next;
  expect(
    [...last.iamWrites, ...last.parameterWrites, ...reportedBy(last.messages)],
    `what the last run still did after ${where}`,
  ).toEqual(["/heartbeat"]);
  return [next, ...later].flatMap(({ messages }) => messages);
}

/** Whatever is of the environment is in its record: by that name it is found again. */
export async function expectNamed({ account }: Ready, where: string): Promise<void> {
  const { roles, policies } = inIam(account.sandbox);
  const tagged = [
    ...Object.entries(roles).map(([name, { tags }]) => ({ kind: "roles", name, tags }) as const),
    ...Object.entries(policies).map(
      ([arn, { tags }]) =>
        ({ kind: "policies", name: arn.slice(arn.lastIndexOf("/") + 1), tags }) as const,
    ),
  ];
  for (const { kind, name, tags } of tagged) {
    const environment = tags["oidc-reconciler:environment"];
    if (environment === undefined) continue;
    const text = await readBelow(account, `applied/${environment}`);
    const reading = text === null ? null : parseRecord(text, environment);
    const named = reading?.kind === "fits" ? reading.record.names[kind] : [];
    expect(named, `names in the record of ${environment} after ${where}`).toContain(name);
  }
}
