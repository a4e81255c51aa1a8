import { expect } from "vitest";
import type { PublishedMessage, RecordedCall } from "../../sandbox/index.ts";
import { reportedBy } from "../invariants/telling.ts";
import type { GroundRun } from "../model/ground.ts";
import type { SweptAccount } from "./account.ts";
import { isOwnOf, type Ready } from "./bench.ts";

/** The place in a run where it is killed: before or after its call of that number, counted from 1. */
export type Stop = { readonly call: number; readonly at: "before" | "after" };

/**
 * The places where a run with these calls can be stopped: every one, or one for each state of the account, which
 * are the state before the first call and that after each write. What a read finds is lost with the run.
 */
export function stopsOf(
  calls: readonly RecordedCall[],
  { every }: { readonly every: boolean },
): readonly Stop[] {
  return calls.flatMap(({ mutating }, index): readonly Stop[] => {
    const call = index + 1;
    return [
      ...(every || index === 0 ? [{ call, at: "before" } as const] : []),
      ...(every || mutating ? [{ call, at: "after" } as const] : []),
    ];
  });
}

/**
 * A run of which no call reaches AWS from the stop on; after it, the answer to the call itself is lost
 * too. A killed process makes no more calls, and these change nothing.
 */
export async function stoppedRun(
  account: SweptAccount,
  stop: Stop,
  event?: unknown,
): Promise<GroundRun> {
  const isOwn = isOwnOf(account);
  const numberOf = counter();
  const refused = { error: "AccessDenied", httpStatus: 403 } as const;
  account.sandbox.faults.add({
    at: "before",
    how: refused,
    when: (call) => {
      if (!isOwn(call)) return false;
      const number = numberOf(call);
      return number > stop.call || (number === stop.call && stop.at === "before");
    },
  });
  account.sandbox.faults.add({
    at: "after",
    how: refused,
    when: (call) => isOwn(call) && numberOf(call) === stop.call && stop.at === "after",
  });
  try {
    return await account.run(event);
  } finally {
    account.sandbox.faults.clear();
  }
}

/** Numbers calls in the order in which they come, each once however often it is asked about. */
export function counter(): (call: RecordedCall) => number {
  const numbers = new Map<number, number>();
  return ({ index }) => {
    const number = numbers.get(index) ?? numbers.size + 1;
    numbers.set(index, number);
    return number;
  };
}

/** What a run changed, in order, without what differs from run to run: ids and times. */
export function changesIn({ calls }: Pick<GroundRun, "calls">): string {
  const changes = calls.filter(({ mutating, happened }) => mutating && happened === true);
  return JSON.stringify(changes.map(({ service, operation, input }) => [service, operation, input]))
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "ID")
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "TIME");
}

/** Calls that take something away which nobody could put together again from what is left. */
const removing = new Set([
  "UpdateAssumeRolePolicy",
  "DeleteRolePolicy",
  "DetachRolePolicy",
  "DeletePolicyVersion",
  "DeletePolicy",
  "DeleteRole",
  "DeleteRolePermissionsBoundary",
  "DeleteOpenIDConnectProvider",
  "RemoveClientIDFromOpenIDConnectProvider",
  "UntagRole",
  "UntagPolicy",
  "UntagOpenIDConnectProvider",
]);

/** Before each call that takes something away, a line of the log says what. */
export function expectLogged(run: GroundRun, where: string): void {
  const silent = run.calls
    .filter(({ operation, happened }) => removing.has(operation) && happened === true)
    .filter(
      ({ index, input }) =>
        !run.removals.some(
          ({ calls, change }) =>
            calls <= index &&
            change.before !== null &&
            JSON.stringify(change).includes(subjectOf(input)),
        ),
    );
  expect(
    silent.map(({ operation, input }) => `${operation} ${JSON.stringify(input)}`),
    `removed without a line in the log, ${where}`,
  ).toEqual([]);
}

function subjectOf(input: RecordedCall["input"]): string {
  const subject = input["PolicyName"] ?? input["RoleName"] ?? input["PolicyArn"];
  return String(subject ?? input["OpenIDConnectProviderArn"]);
}

/** What runs after a disturbed one may say, once, beside what undisturbed runs report: nothing critical. */
export type Further = (line: string, usual: readonly string[]) => boolean;

/**
 * After a stop: what else differs where somebody opened a door is corrected by the next run if the stopped one
 * had closed the door, and no undisturbed run says that, for it has said so of the door.
 */
export const afterStop: Further = (line, usual) => {
  const [environment = "", kind] = line.split(" ");
  const opened = ["trust-widened", "permissions-widened", "audience-widened"];
  return (
    kind === "drift-corrected" && opened.some((door) => usual.includes(`${environment} ${door}`))
  );
};

/**
 * After a call that went wrong: that it did, or that it is over; that a target was not seen, or is again; and
 * that what was left has been done. The roles of a service that a version brings come when they can be read.
 */
export const afterFault: Further = (line, usual) => {
  const [environment = "", kind = ""] = line.split(" ");
  if (["reconcile-failed", "target-missing", "drift-corrected"].includes(kind)) return true;
  const isApplied = usual.includes(`${environment} trust-widening-applied`);
  return kind === "permissions-widening-applied" && isApplied;
};

/**
 * Whatever undisturbed runs report has been reported, if only as what an interrupted run had found, and by
 * the runs after the disturbed one nothing more often, and nothing else but what they may say.
 */
export function expectTold(
  { reported: usual, start }: Pick<Ready, "reported" | "start">,
  {
    stopped,
    later,
    further,
  }: Readonly<Record<"stopped" | "later", readonly PublishedMessage[]>> & {
    readonly further: Further;
  },
  where: string,
): void {
  const reported = reportedBy([...stopped, ...later]);
  const missing = usual.filter((line) => !reported.includes(line));
  expect(missing, `unreported after ${where}`).toEqual([]);
  const usually = countsOf(usual);
  const critical = countsOf(alertsIn(later.filter(isCritical)));
  const excess = [...countsOf(alertsIn(later))].filter(([line, count]) => {
    const isFurther = !critical.has(line) && further(line, usual);
    const isMore = !usually.has(line) && (isFurther || start.accuses?.includes(line) === true);
    return count > (isMore ? 1 : (usually.get(line) ?? 0));
  });
  expect(excess, `reported too often after ${where}`).toEqual([]);
}

function isCritical({ attributes }: PublishedMessage): boolean {
  return attributes.get("severity")?.value === "critical";
}

/** The alerts of what was found, without those that only report an interrupted run. */
export function alertsIn(messages: readonly PublishedMessage[]): readonly string[] {
  return reportedBy(
    messages.filter(({ attributes }) => attributes.get("kind")?.value !== "run-interrupted"),
  );
}

export function countsOf(lines: readonly string[]): ReadonlyMap<string, number> {
  return new Map([...Map.groupBy(lines, (line) => line)].map(([line, all]) => [line, all.length]));
}

/** The place in words: `before call 7 of 26, iam:CreateRole`. */
export function placeOf(calls: readonly RecordedCall[], { call, at }: Stop): string {
  const { service = "", operation = "" } = calls[call - 1] ?? {};
  return `${at} call ${call} of ${calls.length}, ${service}:${operation}`;
}
