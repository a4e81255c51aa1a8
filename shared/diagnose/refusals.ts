import { createHash } from "node:crypto";
import type { Account } from "../aws/account.ts";
import { parseSubject } from "../circleci/tokens.ts";
import type { AskedCall } from "./call.ts";
import type { Diagnosis } from "./cause.ts";
import type { CauseCode } from "./causes.ts";
import { isAnybodys, type ManagedRoles, type StrangerKind, whoseCall } from "./whose-call.ts";

/** Refused calls of one job for one reason in STS's words: one diagnosis does for all. */
export type OwnCalls = {
  readonly environment: string;
  readonly isProven: boolean;
  /** The newest. */
  readonly call: AskedCall;
  readonly times: number;
  /** As CloudTrail writes instants; empty where a record has none. */
  readonly firstAt: string;
  readonly lastAt: string;
};

/** How many calls were nobody's job of ours, and why. */
export type Strangers = Readonly<Record<StrangerKind, number>>;

const nobody: Strangers = {
  "role-not-managed": 0,
  "not-a-job": 0,
  "other-organisation": 0,
  "not-verified": 0,
};

/** Sorts refused calls: those of our own jobs, alike ones together, and how many were of strangers. */
export function sortedCalls(
  calls: readonly AskedCall[],
  managed: readonly ManagedRoles[],
  account: Account,
): { readonly own: readonly OwnCalls[]; readonly strangers: Strangers } {
  const own = new Map<string, OwnCalls>();
  const strangers = { ...nobody };
  for (const call of calls) {
    const whose = whoseCall(call, managed, account);
    if (whose.kind === "stranger") {
      strangers[whose.why] += 1;
      continue;
    }
    const { environment, isProven } = whose;
    const at = call.at ?? "";
    const one = { environment, isProven, call, times: 1, firstAt: at, lastAt: at };
    const { role, token, sessionName, durationSeconds, outcome } = call;
    const key = JSON.stringify([role, token, sessionName, durationSeconds, outcome]);
    own.set(key, joined(own.get(key), one));
  }
  return { own: [...own.values()], strangers };
}

function joined<Calls extends OwnCalls>(known: Calls | undefined, next: Calls): Calls {
  if (known === undefined) return next;
  return {
    ...(next.lastAt >= known.lastAt ? next : known),
    times: known.times + next.times,
    firstAt: [known.firstAt, next.firstAt].toSorted()[0] ?? "",
    lastAt: [known.lastAt, next.lastAt].toSorted()[1] ?? "",
  };
}

/** Jobs that one alert is about: of one project, refused for one cause. */
export type Refusal = OwnCalls & {
  readonly diagnosis: Diagnosis;
  /** The cause; or that nothing refuses it now; or that it cannot be decided. */
  readonly what: CauseCode | "admitted" | "undecided";
  /** Digest of environment, role and project, and of repository and ref where these are the cause. */
  readonly who: string;
  /** Both digests, under either of which the same job may be remembered for another cause. */
  readonly anyWho: readonly string[];
};

/** What a batch of refused calls comes to. */
export type Refusals = {
  readonly refused: readonly Refusal[];
  readonly strangers: Strangers;
};

/** Joins the diagnoses of a batch: one refusal for each job and cause. */
export function refusalsOf(
  diagnosed: readonly { readonly calls: OwnCalls; readonly diagnosis: Diagnosis }[],
  strangers: Strangers,
): Refusals {
  const refused = new Map<string, Refusal>();
  let unverified = 0;
  for (const { calls, diagnosis } of diagnosed) {
    const what = diagnosis.cause?.code ?? (diagnosis.admitted === true ? "admitted" : "undecided");
    if (!calls.isProven && isAnybodys(what)) {
      unverified += calls.times;
      continue;
    }
    const anyWho = [digestOf(calls, "project"), digestOf(calls, "ref")] as const;
    const who = ofOneRef.has(what) ? anyWho[1] : anyWho[0];
    const key = `${who} ${what}`;
    refused.set(key, joined(refused.get(key), { ...calls, diagnosis, what, who, anyWho }));
  }
  const all = { ...strangers, "not-verified": strangers["not-verified"] + unverified };
  return { refused: [...refused.values()], strangers: all };
}

/** What may be refused on one ref and not on another. The rest is the same for a whole project. */
const ofOneRef: ReadonlySet<Refusal["what"]> = new Set<Refusal["what"]>([
  "ref-refused",
  "denied",
  "condition-refused",
  "admitted",
  "undecided",
]);

/**
 * What a token that STS has not verified says of its job, anybody can have written there: if each
 * such text were a job of its own, a stranger could send as many alerts as he likes. Nor is each
 * pull request one.
 */
function digestOf({ environment, isProven, call }: OwnCalls, upTo: "project" | "ref"): string {
  const job = isProven ? parseSubject(call.token?.subject ?? "") : null;
  const parts = job?.kind === "job" ? [job.projectId] : [];
  if (job?.kind === "job" && upTo === "ref") {
    parts.push(job.origin ?? "", (job.ref ?? "").replace(/^(refs\/heads\/pull\/)\d+$/, "$1"));
  }
  const text = JSON.stringify([environment, call.role, ...parts]);
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}
