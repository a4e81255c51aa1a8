import type { EnvironmentDocument } from "../shared/document/index.ts";
import { changeLines } from "../shared/replay/sentences.ts";
import { type Line, line } from "../shared/report/layout.ts";
import { replayRecentDays } from "../shared/runs/replay.ts";
import { inShort } from "./aws-failure.ts";
import type { Io } from "./io.ts";
import { readRole, trustOfDocument } from "./role.ts";
import type { Ready } from "./settings.ts";
import { whileWorking } from "./while-working.ts";

const days = 30;

/** So long a person waits for what is good to know: about a thousand events. */
const patienceMs = 10_000;

type Waiting = {
  readonly inForce: EnvironmentDocument;
  readonly proposed: EnvironmentDocument;
  /** How `trust replay` is called for the whole of it. */
  readonly call: string;
};

/**
 * Who was really seen for an environment's role in the last days, and what a document that waits for
 * approval changes for them. Where the role or the event history cannot be read, that is what it
 * says: nothing depends on it.
 */
export async function seenLately(waiting: Waiting, io: Io, at: Ready): Promise<readonly Line[]> {
  const doing = `looking who was seen for the role in the last ${days} days`;
  try {
    return await whileWorking(
      io,
      (seconds) => `${doing}: ${seconds} s`,
      () => linesOf(waiting, io, at),
    );
  } catch (thrown) {
    const why = inShort(thrown, "cloudtrail:LookupEvents");
    return [line(`Who was seen for the role is not known: ${why}.`, { tone: "quiet" })];
  }
}

async function linesOf(
  { inForce, proposed, call }: Waiting,
  io: Io,
  { invocation, settings }: Ready,
): Promise<readonly Line[]> {
  const { clients } = invocation;
  const now = io.clock();
  const { arn, account, tags, trust } = await readRole(clients, inForce.role.name);
  const asked = {
    role: arn,
    account,
    tags,
    current: trust,
    proposed: trustOfDocument(proposed, account, now),
    regions: [settings.region, inForce.deploy.region],
  };
  const signal = AbortSignal.timeout(patienceMs);
  const time = { now: () => io.clock().getTime(), sleep: (ms: number) => io.wait(ms) };
  const { replay, read } = await replayRecentDays(clients, asked, { now, days, signal, time });
  if (read.stopped === null) return changeLines(replay, `in the last ${days} days`);
  const back = read.from.toISOString().slice(0, 16).replace("T", " ");
  const more = `The event history was read no further back than that. The whole of it: ${call}`;
  return [...changeLines(replay, `since ${back}`), line(more)];
}
