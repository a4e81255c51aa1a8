import type { EventBridgeEvent } from "../../sandbox/index.ts";
import type { EnvironmentReport, Report } from "../../shared/report/report.ts";
import type { Written } from "../scenarios/documents.ts";
import { differences } from "./differences.ts";
import {
  accessIn,
  exceeding,
  forgetReleased,
  forgetSeen,
  forgetUndone,
  formerDocuments,
  givenBeyond,
  isReleased,
  isReportedByHalf,
  isUntold,
  isWritten,
  noteClosed,
  noteLeft,
  noteLetThrough,
  noteReported,
  unreported,
} from "./doors.ts";
import { drift } from "./drift.ts";
import type { Disturbance, GroundRun } from "./ground.ts";
import type { Seen } from "./look.ts";
import { isOfProvider, orderIn } from "./order.ts";
import { desiredAccess, desiredRole, namesOf, seenRoleOfMany } from "./reading.ts";
import {
  type FaultName,
  faults,
  type Installation,
  type Step,
  said,
  shortest,
  stepsOf,
} from "./story.ts";
import {
  approve,
  changeTarget,
  documentOf,
  type Environment,
  environmentOf,
  openWorld,
  put,
  remove,
  type World,
} from "./world.ts";

/** A game: the account, and what the run before has left to compare with. */
type Game = {
  readonly world: World;
  /** Are there faults? */
  broken: boolean;
  /** What the last runs of each alerted, where they were undisturbed and nothing has happened since. */
  last: Readonly<Partial<Record<Installation, ReadonlySet<string>>>>;
};

const minute = 60_000;

/**
 * Plays the steps and then a quiet end.
 *
 * @returns what went wrong first, a line for each thing; empty where nothing did
 */
async function played(steps: readonly Step[]): Promise<readonly string[]> {
  const world = await openWorld();
  const game: Game = { world, broken: false, last: {} };
  for (const step of steps) {
    const wrong = await playStep(game, step);
    if (wrong.length > 0) return wrong;
  }
  return playEnd(game);
}

/** The shortest story that goes wrong as these steps do, with what is wrong; null where nothing is. */
async function story(steps: readonly Step[]): Promise<string | null> {
  const first = await playedSafely(steps);
  if (first.length === 0) return null;
  const short = await shortest(steps, async (fewer) => (await playedSafely(fewer)).length > 0);
  const wrong = await playedSafely(short);
  const happened = short.map((step, nth) => `${nth + 1}. ${said(step)}`);
  return [...happened, ...wrong.slice(0, 12).map((line) => `   ✗ ${line}`)].join("\n");
}

/** An error that nothing in the product should throw goes wrong too. */
async function playedSafely(steps: readonly Step[]): Promise<readonly string[]> {
  try {
    return await played(steps);
  } catch (thrown) {
    return [thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)];
  }
}

async function playStep(game: Game, step: Step): Promise<readonly string[]> {
  const { world } = game;
  if (step.do !== "run") game.last = {};
  switch (step.do) {
    case "put":
      await put(world, environmentOf(world, step.environment), step.form);
      return [];
    case "approve":
      await approve(world, environmentOf(world, step.environment));
      return [];
    case "delete":
      await remove(world, environmentOf(world, step.environment));
      return [];
    case "drift":
      await driftOn(game, step);
      return [];
    case "change a target":
      await changeTarget(world, step.change);
      return [];
    case "break":
      breakCalls(game, step.fault, step.lasts);
      return [];
    case "mend":
      world.ground.sandbox.faults.clear();
      game.broken = false;
      return [];
    case "wait":
      world.ground.wait(step.minutes * minute);
      return [];
    case "run":
      return (await fullRun(game, step.at)).wrong;
    case "deliver":
      return deliver(game, step.at, step.how);
    case "stop":
      return disturbed(game, step.at, undefined, {
        stop: { call: step.call, answered: step.answered },
      });
    default:
      return step satisfies never;
  }
}

/** Somebody changes something by hand; what he opens has to be reported. */
async function driftOn(game: Game, step: Extract<Step, { do: "drift" }>): Promise<void> {
  const { world } = game;
  const environment = environmentOf(world, step.environment);
  const named = environment.may.at(-1) ?? documentOf("usual", environment.name);
  if (named === null) return;
  const { role, policy, provider } = namesOf(named);
  const policyArn = `arn:aws:iam::123456789012:policy/${policy}`;
  const before = accessIn(world.look());
  await drift(step.drift, { iam: world.ground.iam, role, policyArn, provider }, world.now());
  const seen = world.look();
  // A longer session by itself is reported as drift.
  const lines = exceeding(world, accessIn(seen).difference(before)).filter(
    (line) => !line.includes(" stays for "),
  );
  const fresh = lines.filter(
    (line) =>
      world.left.get(role)?.has(line) !== true && !isReportedByHalf(world, environment, role, line),
  );
  if (environment.known && fresh.length > 0 && !isReleased(environment, seen, role)) {
    environment.opened = {
      role,
      lines: fresh,
      by: said(step),
      provider: step.drift === "adds an audience" ? provider : null,
      from: world.ground.sandbox.messages.length,
    };
    environment.doors = [...environment.doors, lines];
  }
}

function breakCalls(game: Game, name: FaultName, lasts: boolean): void {
  const { world } = game;
  const [service, operation, error, httpStatus] = faults[name];
  world.ground.sandbox.faults.add({
    at: "before",
    how: { error, httpStatus },
    ...(lasts ? {} : { times: 1 }),
    when: (call) =>
      call.service === service && call.operation === operation && isOwn(world, call.caller),
  });
  game.broken = true;
}

function isOwn({ installations }: World, caller: string): boolean {
  return Object.values(installations).some((each) => each.caller === caller);
}

/** A run over everything by the schedule, which nothing disturbs unless something is broken. */
async function fullRun(
  game: Game,
  at: Installation,
): Promise<{ readonly run: GroundRun; readonly wrong: readonly string[] }> {
  const { world } = game;
  const undisturbed = !game.broken;
  const { run, wrong } = await watched(game, at, undefined, {});
  const unseen = undisturbed ? unreported(world, at) : [];
  const keys = new Set(
    run.report.alerts.map(({ kind, environment, text }) => `${kind} ${environment} ${text}`),
  );
  const last = game.last[at] ?? new Set();
  const again = [...keys].filter((key) => last.has(key));
  // Where both take a role or provider for theirs, a run of the one is something that happens to the other.
  const others = run.iamWrites.some((write) => takesOver.test(write)) ? {} : game.last;
  game.last = undisturbed ? { ...others, [at]: new Set([...last, ...keys]) } : {};
  return { run, wrong: [...wrong, ...unseen, ...again.map((key) => `alerted twice: ${key}`)] };
}

const takesOver = /^Tag(Role|OpenIDConnectProvider)$/;

async function disturbed(
  game: Game,
  at: Installation,
  event: unknown,
  disturbance: Disturbance,
): Promise<readonly string[]> {
  const { wrong } = await watched(game, at, event, disturbance);
  return wrong;
}

async function deliver(
  game: Game,
  at: Installation,
  how: Extract<Step, { do: "deliver" }>["how"],
): Promise<readonly string[]> {
  const queue = game.world.events[at];
  const events = queue.splice(0, queue.length);
  if (how === "never" || events.length === 0) return [];
  const order = how === "in reverse" ? events.toReversed() : events;
  const sent = (how === "twice" ? [...order, ...order] : order).slice(-10);
  return disturbed(game, at, { Records: sent.map(recordOf) }, {});
}

function recordOf(event: EventBridgeEvent, nth: number) {
  return {
    messageId: `00000000-0000-4000-8000-${String(nth).padStart(12, "0")}`,
    receiptHandle: "handle",
    body: JSON.stringify(event),
    attributes: {},
    messageAttributes: {},
    md5OfBody: "",
    eventSource: "aws:sqs",
    eventSourceARN: "arn:aws:sqs:us-east-1:123456789012:events.fifo",
    awsRegion: "us-east-1",
  };
}

/**
 * A run, with IAM looked at after each of its writes: nobody can do what nobody could before and no
 * approved document says, and on a role nothing is opened before the last thing is closed.
 */
async function watched(
  game: Game,
  at: Installation,
  event: unknown,
  disturbance: Disturbance,
): Promise<{ readonly run: GroundRun; readonly wrong: readonly string[] }> {
  const { world } = game;
  const wrong: string[] = [];
  const start = world.look();
  const before = new Set(accessIn(start));
  forgetUndone(world, start);
  const tooLate = orderIn(world, start);
  const afterWrite: Disturbance["afterWrite"] = ({ operation: write }) => {
    const seen = world.look();
    noteClosed(world, { was: start, is: seen });
    const more = accessIn(seen).difference(before);
    if (isOfProvider(write)) for (const line of more) before.add(line);
    else wrong.push(...givenBeyond(world, seen, more).map((line) => `after ${write}: ${line}`));
    wrong.push(...tooLate(seen, write));
  };
  const run = await world.installations[at].run(event, {
    ...disturbance,
    fresh: game.broken,
    afterWrite,
  });
  const { stopped } = run;
  for (const report of stopped ? [] : run.report.environments) {
    noteReported(world, report);
    wrong.push(...applied(world, at, report, isWritten(run, `/applied/${report.name}`)));
  }
  const isUndisturbed = !game.broken && !stopped;
  forgetReleased(world, at, run, isUndisturbed);
  noteLetThrough(world, at, run);
  noteLeft(world, at, run, isUndisturbed);
  if (isUntold(run) || (stopped && !isWritten(run, "/journal"))) forgetSeen(world);
  wrong.push(
    ...run.report.errors.filter(({ code }) => code === "Unexpected").map(({ message }) => message),
  );
  return { run, wrong: [...new Set(wrong)] };
}

/** The version that a run counts as applied is one that may be, and from then on the only one. */
function applied(
  world: World,
  at: Installation,
  report: EnvironmentReport,
  isRemembered: boolean,
): readonly string[] {
  const environment = world.environments.find(
    ({ name, reading }) =>
      name === report.name && reading.prefix === world.installations[at].prefix,
  );
  // After a deletion the numbers begin again: only of the newest version is it plain which it is.
  const isNewest = report.version === report.appliedVersion && settled.has(report.outcome);
  const version = isNewest ? environment?.versions.at(-1) : undefined;
  if (environment === undefined || version?.document === undefined || version.document === null) {
    return [];
  }
  const now = world.now();
  const { document } = version;
  const more = exceeding(world, desiredAccess(document, environment.reading, now));
  environment.known = true;
  const later = environment.versions.filter((each) => each.version > version.version);
  environment.former = formerDocuments(environment, now);
  if (isRemembered) environment.since = version.version;
  environment.may = [
    ...(isRemembered ? [] : environment.may),
    document,
    ...later.flatMap((each) => (each.approved && each.document !== null ? [each.document] : [])),
  ];
  return more.map(
    (line) => `version ${version.version} (${version.form}) was not approved: ${line}`,
  );
}

const settled: ReadonlySet<string> = new Set(["in-sync", "reconciled", "degraded"]);

/**
 * Everything works, whatever is held is approved, and two runs come each time. A role that both
 * installations have in force is fought over until somebody takes one of the two documents away. Then three more write
 * nothing and alert nobody, and each environment is what its document says.
 */
async function playEnd(game: Game): Promise<readonly string[]> {
  const { world } = game;
  world.ground.sandbox.faults.clear();
  game.broken = false;
  const wrong: string[] = [];
  waitOutEnds(game);
  // What a conflict ends for is announced in the second round at the earliest, and in the third where two
  // installations are at odds about what it waits for.
  for (let round = 1; round <= rounds; round += 1) {
    // Longer than a Deny stays, and than anybody waits out a quarrel.
    world.ground.wait(13 * 60 * minute);
    const [first, second] = [await runs(game), await runs(game)];
    wrong.push(...first.wrong, ...second.wrong);
    if (second.isOver) break;
    if (second.areAtOdds) await remove(world, environmentOf(world, "team"));
    if (round === rounds) continue;
    for (const each of world.environments) await approve(world, each);
    // What is left of another version is reported again, in the same words where only a value differs.
    game.last = {};
  }
  if (wrong.length > 0) return wrong;
  // That a quarrel is over is said three days after its last round at the latest.
  world.ground.wait(73 * 60 * minute);
  for (const at of places) {
    const { iamWrites } = await world.installations[at].run();
    wrong.push(...iamWrites.map((write) => `a run of the ${at} installation days later: ${write}`));
  }
  for (let nth = 1; nth <= 3; nth += 1) {
    const { did, reports } = await quietRuns(game, nth);
    wrong.push(...did, ...(nth === 3 ? notAsDesired(game, reports) : []));
  }
  return wrong;
}

/** An entry that ends between the last runs would be taken off by one of them. */
function waitOutEnds({ world }: Game): void {
  const documents = world.environments.flatMap(({ versions, may }) => [
    ...may,
    ...versions.flatMap(({ document }) => document ?? []),
  ]);
  const ends = documents.flatMap(({ trust: { projects = [] } = {} }) =>
    projects === "all" ? [] : projects.map(({ until }) => Date.parse(until ?? "")),
  );
  for (const end of ends.toSorted((one, other) => one - other)) {
    const left = end - world.now().getTime();
    // Longer than everything that comes after takes.
    if (left > 0 && left < 6 * 24 * 60 * minute) world.ground.wait(left + minute);
  }
}

const rounds = 4;
const places: readonly Installation[] = ["first", "second"];

/** Outcomes of which nothing more comes, whatever is approved and however long one waits. */
const over: ReadonlySet<string> = new Set(["in-sync", "suspended", "orphaned", "invalid"]);

async function runs(game: Game) {
  const ended: { readonly run: GroundRun; readonly wrong: readonly string[] }[] = [];
  for (const at of places) ended.push(await fullRun(game, at));
  return {
    isOver: ended.every(
      ({ run: { iamWrites, parameterWrites, report } }) =>
        iamWrites.length === 0 &&
        parameterWrites.every((name) => name === "/heartbeat") &&
        report.environments.every(({ outcome }) => over.has(outcome)),
    ),
    areAtOdds: ended.every(({ run }) => run.iamWrites.includes("TagRole")),
    wrong: ended.flatMap(({ wrong }) => wrong),
  };
}

async function quietRuns({ world }: Game, nth: number) {
  const did: string[] = [];
  const reports: Report[] = [];
  for (const at of places) {
    world.ground.wait(15 * minute);
    const { iamWrites, parameterWrites, report } = await world.installations[at].run();
    const all = [
      ...iamWrites,
      ...parameterWrites.filter((name) => name !== "/heartbeat"),
      ...report.alerts.map(({ kind, environment, text }) => `${kind} ${environment}: ${text}`),
      ...report.errors.map(({ message }) => message),
    ];
    did.push(...all.map((each) => `quiet run ${nth} of the ${at} installation: ${each}`));
    reports.push(report);
  }
  return { did, reports };
}

/** Where an environment is not what its newest document says, without a reason that the model knows. */
function notAsDesired({ world }: Game, reports: readonly Report[]): readonly string[] {
  const wrong: string[] = [];
  const seen = world.look();
  for (const { environments } of reports) {
    for (const { name, outcome, errors } of environments) {
      const environment = environmentOf(world, name);
      const newest = environment.versions.at(-1);
      const expected = outcomesOf(environment);
      if (!expected.includes(outcome)) {
        const why = errors.map(({ message }) => message).join("; ");
        wrong.push(`${name} (${newest?.form}) ended ${outcome}: ${why}`);
      }
      const isWritten = outcome === "in-sync" || outcome === "degraded";
      if (!isWritten || newest === undefined || newest.document === null) continue;
      const { document } = newest;
      const lines = differences(
        desiredRole(document, environment.reading, world.now()),
        seenRoleOfMany(seen, document),
      );
      const excused = outcome === "degraded" ? excuses(seen, document) : [];
      wrong.push(
        ...lines
          .filter((line) => !excused.some((each) => each.test(line)))
          .map((line) => `${name} (${newest.form})${line}`),
      );
    }
  }
  return wrong;
}

/** How what is degraded may differ from its document. */
function excuses({ roles, providers }: Seen, document: Written): readonly RegExp[] {
  const { role, provider } = namesOf(document);
  const grants = roles.some(({ name, what }) => name === role && what.size > 0);
  const asked = document.circleci?.organizationId ?? "";
  const isOpen = providers.get(provider)?.audiences.includes(asked) ?? false;
  return [
    // A target that is missing grants nothing, or what it granted last.
    /^\.role\.what .*: nothing, /,
    // IAM takes no policy without a statement: where nothing can be granted, none is attached.
    ...(grants ? [] : [/^\.(role\.attached|policyTags)\b/]),
    // Nothing is opened on a provider that would open the trust of a member that may not be corrected.
    ...(isOpen ? [] : [/^\.role\.who .*: nothing, /]),
  ];
}

/** How an environment may end, by its newest version alone. */
function outcomesOf({ versions }: Environment): readonly string[] {
  const newest = versions.at(-1);
  if (newest === undefined) return ["orphaned"];
  if (newest.document === null) return ["invalid"];
  const { mode } = newest.document;
  // Another prefix may own the provider: then it is not touched, whatever the mode.
  if (mode === "suspend") return ["suspended", "held", "conflict"];
  if (mode === "observe") return ["drifted", "in-sync", "degraded", "held", "conflict"];
  return ["in-sync", "degraded", "conflict"];
}

/**
 * Plays the stories of seeds.
 *
 * @returns of each that goes wrong its seed and its shortest form
 */
export async function storiesOf(given: {
  readonly seeds: readonly number[];
  readonly steps: number;
}): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const seed of given.seeds) {
    const found = await story(stepsOf(seed, given.steps));
    if (found !== null) wrong.push(`seed ${seed}\n${found}`);
  }
  return wrong;
}
