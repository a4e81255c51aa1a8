import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import {
  CloudTrailClient,
  CreateTrailCommand,
  StartLoggingCommand,
} from "@aws-sdk/client-cloudtrail";
import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import type { EventBridgeEvent } from "../../sandbox/index.ts";
import { eventBatchOf } from "../../shared/diagnose/queued-calls.ts";
import { makeClients } from "../../shared/edge/clients.ts";
import { emptyMemory, type Memory } from "../../shared/loop/memory.ts";
import { audit } from "../../shared/runs/audit.ts";
import type { Invocation } from "../../shared/runs/envelope.ts";
import { reportRefusals } from "../../shared/runs/refusals.ts";
import type { FunctionSettings } from "../../shared/settings.ts";
import { connected, type Ground, openGround, timeOf } from "../model/ground.ts";
import { makeTargets } from "../model/targets.ts";
import { connect, type Line } from "../model/wire.ts";
import { recordOf, refusedCall, subjectOf } from "../replay/records.ts";
import { guide, guideAs, roleName, textOf } from "../scenarios/documents.ts";
import { loadAll, openGate, type RoundTrips } from "./gate.ts";
import {
  drifts,
  everyTargetInForce,
  letAnotherIn,
  type Stage,
  type WakeKind,
  wakeKinds,
} from "./wakes.ts";

/** How many environments stand for a large installation. */
export const many = 50;

/** What a run took, and what it came to. */
type Taken = RoundTrips & { readonly outcomes: readonly string[] };

/** Calls and round trips, and those before the first write in IAM. */
export function shortly({ calls, sequential, beforeWrite }: Taken): string {
  const all = `${calls.length} in ${sequential}`;
  return beforeWrite === null ? all : `${all}; ${beforeWrite.calls} in ${beforeWrite.sequential}`;
}

/** One kind of wake, in a process that has made a run over all environments and in a new one. */
export type MeasuredWake = {
  readonly what: string;
  readonly remembering: Taken;
  readonly fresh: Taken;
};

const firstRun = "first creation";
const otherFunctions = ["audit", "diagnose, one refused job"] as const;

/** An account in sync, and a process that has just made a run over all its environments. */
type Start = { readonly back: () => void; readonly memory: Memory };

function startFrom({ sandbox }: Ground, memory: Memory): Start {
  const { clock } = sandbox;
  const at = clock.now().getTime();
  const restore = sandbox.snapshot();
  const back = () => {
    restore();
    clock.advance(at - clock.now().getTime());
  };
  return { memory, back };
}

const minute = 60_000;

/** An account in sync, to which everything happens that can wake a run, each time from the start. */
class Laboratory {
  readonly #stage: Omit<Stage, "run">;
  readonly #start: Start;
  readonly #prepared = new Map<WakeKind["before"], Start>();

  private constructor(stage: Omit<Stage, "run">, memory: Memory) {
    this.#stage = stage;
    this.#start = startFrom(stage.ground, memory);
  }

  static async open(environments: number): Promise<Laboratory> {
    const ground = await openGround();
    const trail = connect(new CloudTrailClient({ region: "us-east-1" }), ground.sandbox);
    const Name = "management-events";
    await trail.send(new CreateTrailCommand({ Name, S3BucketName: "trail-of-the-account" }));
    await trail.send(new StartLoggingCommand({ Name }));
    const events: EventBridgeEvent[] = [];
    ground.sandbox.events.onEvent((event) => events.push(event));
    const targets = await makeTargets(ground);
    await ground.put(textOf(guide));
    await ground.ecr.send(new CreateRepositoryCommand({ repositoryName: "team" }));
    for (let number = 1; number < environments; number += 1) {
      // Of a repository of their own: what is made again is the first one's alone.
      const document = guideAs(`team-${number}`, { deploy: { ecr: ["team"] } });
      await ground.put(textOf(document), `team-${number}`);
    }
    await ground.run();
    ground.wait(10 * minute);
    const memory = emptyMemory();
    await ground.run(undefined, { memory });
    // So much later that no read is in doubt.
    ground.wait(10 * minute);
    const event = (name: string): EventBridgeEvent => {
      const found = events.findLast(
        (each) => each["detail-type"] === name || each.detail["eventName"] === name,
      );
      if (found === undefined) throw new Error(`The bus has seen no ${name}.`);
      return found;
    };
    return new Laboratory({ ground, targets, event }, memory);
  }

  /** What happens to one environment, and the run that it wakes. */
  async wake(kind: WakeKind): Promise<MeasuredWake> {
    const remembering = await this.#take(kind, true);
    return { what: kind.what, remembering, fresh: await this.#take(kind, false) };
  }

  async #take({ before, happens, event }: WakeKind, remembers: boolean): Promise<Taken> {
    const { ground } = this.#stage;
    const from = before === undefined ? this.#start : await this.#after(before);
    from.back();
    const memory = remembers ? structuredClone(from.memory) : emptyMemory();
    const stage = { ...this.#stage, run: () => ground.run(undefined, { memory }) };
    await happens(stage);
    const woken = typeof event === "string" ? stage.event(event) : event(stage);
    return taken(ground, woken, remembers ? memory : emptyMemory());
  }

  /** What was brought into force, and left in sync. */
  async #after(before: NonNullable<WakeKind["before"]>): Promise<Start> {
    const known = this.#prepared.get(before);
    if (known !== undefined) return known;
    const { ground } = this.#stage;
    this.#start.back();
    const memory = structuredClone(this.#start.memory);
    const run = () => ground.run({ environments: ["production"] }, { memory });
    await before({ ...this.#stage, run });
    await run();
    await run();
    // A listing counts for twenty minutes.
    ground.wait(5 * minute);
    const start = startFrom(ground, memory);
    this.#prepared.set(before, start);
    return start;
  }

  /** Runs over all environments, after what happened to one of them. */
  async runs(rows: readonly ScheduledRun[]): Promise<readonly MeasuredRun[]> {
    const measured: MeasuredRun[] = [];
    for (const { run, happens, remembers = false } of rows) {
      this.#start.back();
      const memory = remembers ? structuredClone(this.#start.memory) : emptyMemory();
      const { ground } = this.#stage;
      await happens?.({ ...this.#stage, run: () => ground.run(undefined, { memory }) });
      measured.push({ run, ...(await taken(ground, undefined, memory)) });
    }
    return measured;
  }

  /** The two functions that do not reconcile. */
  async others(): Promise<readonly MeasuredRun[]> {
    this.#start.back();
    const { ground } = this.#stage;
    const job = recordOf(subjectOf("refs/heads/dev"), {
      ...refusedCall,
      requestParameters: {
        roleArn: `arn:aws:iam::${ground.sandbox.account}:role/${roleName}`,
        roleSessionName: "deploy",
      },
    });
    const batch = eventBatchOf({ source: "aws.sts", id: "refused", detail: job }) ?? [];
    return [
      {
        run: otherFunctions[0],
        ...(await asked(ground, (run) =>
          audit({ ...run, trigger: "schedule", ignored: null, dryRun: false, publish: null }),
        )),
      },
      {
        run: otherFunctions[1],
        ...(await asked(ground, (run) => reportRefusals({ ...run, batch, prefix: ground.prefix }))),
      },
    ];
  }

  close(): Promise<void> {
    return this.#stage.ground.sandbox.close();
  }
}

/** A run that no event woke. */
export type MeasuredRun = Taken & { readonly run: string };

type ScheduledRun = {
  readonly run: string;
  readonly happens?: (stage: Stage) => Promise<unknown>;
  /** Does it come to a process that has left all of them in sync? */
  readonly remembers?: boolean;
};

async function taken(ground: Ground, event: unknown, memory: Memory): Promise<Taken> {
  const gate = openGate();
  // What a run looks at in turn hangs on its name.
  const { report } = await ground.run(event, { memory, held: gate.held, runId: "measured" });
  const outcomes = [...new Set(report.environments.map(({ outcome }) => outcome))];
  return { ...gate.taken(), outcomes };
}

/** What a function other than the loop's asks for. */
async function asked(
  ground: Ground,
  ask: (run: Invocation & Pick<FunctionSettings, "installation" | "channels">) => Promise<unknown>,
): Promise<Taken> {
  const { sandbox, settings } = ground;
  const gate = openGate();
  const answer: Line["answer"] = async (request) => {
    const before = sandbox.calls.length;
    const answered = await sandbox.answer(request);
    await gate.held(sandbox.calls[before]);
    return answered;
  };
  const { AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "" } =
    sandbox.environment;
  const line = { keys: { accessKeyId, secretAccessKey }, answer };
  await ask({
    clients: connected(makeClients(sandbox.region, {}, timeOf(sandbox)), sandbox, line),
    installation: settings.installation,
    channels: settings.channels,
    functionArn: `arn:aws:lambda:${sandbox.region}:${sandbox.account}:function:another`,
    runId: "measured",
    clock: sandbox.clock.now,
  });
  return { ...gate.taken(), outcomes: [] };
}

export type Measurement = {
  readonly wakes: readonly (readonly [alone: MeasuredWake, among: MeasuredWake])[];
  readonly runs: readonly MeasuredRun[];
};

/**
 * Measures in a process of its own: only there nothing else has its turn between two calls of a run, and what is
 * loaded already is there at once.
 */
export async function measureElsewhere(): Promise<Measurement> {
  const child = fork(fileURLToPath(import.meta.url), {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const died = once(child, "exit").then(([code]) => {
    throw new Error(`what measures ended with ${code}`);
  });
  const [measurement] = await Promise.race([once(child, "message"), died]);
  child.kill();
  return measurement;
}

/** Plays everything that wakes a run, alone and among many environments, and the runs of the schedule. */
export async function measureRuns(): Promise<Measurement> {
  await loadAll();
  const [creation, alone, among] = [
    await firstCreation(),
    await Laboratory.open(1),
    await Laboratory.open(many),
  ];
  const wakes: [MeasuredWake, MeasuredWake][] = [];
  for (const kind of wakeKinds) wakes.push([await alone.wake(kind), await among.wake(kind)]);
  const runs = [
    creation,
    ...(await alone.runs(scheduled)),
    ...(await among.runs(scheduledAmongMany)),
    ...(await alone.others()),
  ];
  await Promise.all([alone.close(), among.close()]);
  return { wakes, runs };
}

async function firstCreation(): Promise<MeasuredRun> {
  const ground = await openGround();
  await ground.seed();
  await ground.put(textOf(guide));
  const measured = await taken(ground, undefined, emptyMemory());
  await ground.sandbox.close();
  return { run: firstRun, ...measured };
}

const withEveryTarget = async (stage: Stage): Promise<void> => {
  await everyTargetInForce(stage);
  await stage.run();
  await stage.run();
};

const scheduled: readonly ScheduledRun[] = [
  { run: "in sync, the first run of a process" },
  { run: "in sync", remembers: true },
  {
    run: "in sync, a deploy target of every kind",
    happens: withEveryTarget,
    remembers: true,
  },
  {
    run: "an inline policy, found by the schedule",
    happens: drifts("adds an inline policy that reads a bucket"),
    remembers: true,
  },
  {
    run: "a wider trust policy, found by the schedule",
    happens: letAnotherIn,
    remembers: true,
  },
];

const scheduledAmongMany: readonly ScheduledRun[] = [
  { run: `in sync, ${many} environments`, remembers: true },
];

/** What is measured beside events, in its order. */
export const runNames: readonly string[] = [
  firstRun,
  ...[...scheduled, ...scheduledAmongMany].map(({ run }) => run),
  ...otherFunctions,
];

if (process.argv[1] === fileURLToPath(import.meta.url)) process.send?.(await measureRuns());
