import {
  CloudTrailClient,
  CreateTrailCommand,
  StartLoggingCommand,
} from "@aws-sdk/client-cloudtrail";
import { TagPolicyCommand, TagRoleCommand } from "@aws-sdk/client-iam";
import { DeleteParameterCommand, PutParameterCommand } from "@aws-sdk/client-ssm";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EventBridgeEvent } from "../../sandbox/index.ts";
import { emptyMemory, type Memory } from "../../shared/loop/memory.ts";
import { digestOf } from "../../shared/plan/digest.ts";
import { atDepth } from "../depth.ts";
import { drift, driftNames, isRefusal } from "../model/drift.ts";
import { type Ground, type GroundRun, openGround } from "../model/ground.ts";
import { connect } from "../model/wire.ts";
import { providerArn } from "../scenarios/by-hand.ts";
import {
  guideAs,
  organization,
  otherOrganization,
  shopMainAndDev,
  textOf,
  type Written,
} from "../scenarios/documents.ts";
import { accountState, withoutVersions } from "../scenarios/state.ts";

const minute = 60_000;
const roleOf = (name: string) => `CircleCI-${name}-Role`;
const policyOf = (name: string) => `CircleCI-${name}-Policy`;
const policyArn = (name: string) => `arn:aws:iam::123456789012:policy/${policyOf(name)}`;

/** What a document may be changed to. `of` is the environment, `other` any of the account. */
const edits = {
  "as it was": () => ({}),
  "lets dev in": () => ({ trust: { projects: [shopMainAndDev] } }),
  "asks for another audience": () => ({
    circleci: { organizationId: organization, audiences: ["deploy"] },
  }),
  "goes to another organisation": () => ({ circleci: { organizationId: otherOrganization } }),
  "claims another's role": (other) => ({ role: { name: roleOf(other) } }),
  "claims another's policy": (other) => ({ policy: { name: policyOf(other) } }),
  "takes a new name": () => ({ role: { name: "CircleCI-New-Role" } }),
  "claims the role in other case": (other) => ({ role: { name: roleOf(other).toUpperCase() } }),
  "has another path": () => ({ role: { path: "/other/" } }),
  "only observes": () => ({ mode: "observe" }),
  suspends: () => ({ mode: "suspend" }),
  "deletes at the end": () => ({ onRemove: "delete" }),
  "applies what widens": () => ({ onWiden: "apply", trust: { projects: [shopMainAndDev] } }),
  "deploys less": () => ({ deploy: { ecr: ["demo-backend"] } }),
} as const satisfies Readonly<Record<string, (other: string) => Written>>;

/** Values that somebody may write into a tag. */
const tags = {
  environment: ["env-0", "env-1", "ghost", "no name", "env-1:1", "a/b"],
  prefix: ["/oidc-reconciler", "/another"],
  home: ["us-east-1", "eu-west-1"],
} as const;

const facts = ["status", "applied", "journal", "heartbeat"] as const;

const index = fc.integer({ min: 0, max: 2 });
const tag = fc.oneof(
  ...(["environment", "prefix", "home"] as const).map((key) =>
    fc.record({ key: fc.constant(key), value: fc.constantFrom(...tags[key]) }),
  ),
);
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("drift"),
      at: index,
      does: fc.constantFrom(...driftNames),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("edit"),
      at: index,
      other: index,
      to: fc.constantFrom(...keysOf(edits)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("first"),
      other: index,
      to: fc.constantFrom(...keysOf(edits)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("invalid"), at: index }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("approve"), at: index }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove"), at: index }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("tag"),
      at: index,
      on: fc.constantFrom("role", "policy"),
      tag,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("forget"),
      at: index,
      fact: fc.constantFrom(...facts),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("spoil"),
      at: index,
      fact: fc.constantFrom(...facts),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("run elsewhere") }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("time passes") }) },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

function keysOf<Key extends string>(record: Readonly<Record<Key, unknown>>): readonly Key[] {
  return Object.keys(record).filter((key): key is Key => key in record);
}

type World = {
  readonly ground: Ground;
  /** Runs by names of their own, counted on: what a run looks at in turn hangs on its name. */
  readonly run: (event?: unknown, memory?: Memory) => Promise<GroundRun>;
  /** Counts the runs on from here. */
  readonly count: (from: number) => void;
  readonly events: EventBridgeEvent[];
  readonly back: () => void;
};

/** Some environments in sync; only the first three are played with. */
async function openWorld(count: number): Promise<World> {
  const ground = await openGround();
  const trail = connect(new CloudTrailClient({ region: "us-east-1" }), ground.sandbox);
  const Name = "events";
  await trail.send(
    new CreateTrailCommand({ Name, S3BucketName: "trail-bucket", IsMultiRegionTrail: true }),
  );
  await trail.send(new StartLoggingCommand({ Name }));
  const events: EventBridgeEvent[] = [];
  ground.sandbox.events.onEvent((event) => events.push(event));
  await ground.seed();
  for (let at = 0; at < count; at += 1) await ground.put(textOf(guideAs(`env-${at}`)), `env-${at}`);
  await ground.run();
  ground.wait(5 * minute);
  await ground.run();
  let runs = 0;
  return {
    ground,
    run: (event, memory) => {
      runs += 1;
      const runId = `${digestOf(`${runs}`).slice(0, 8)}-${runs}`;
      return ground.run(event, { runId, ...(memory === undefined ? {} : { memory }) });
    },
    count: (from) => {
      runs = from;
    },
    events,
    back: ground.sandbox.snapshot(),
  };
}

async function play({ ground, run }: World, one: Step): Promise<void> {
  const name = "at" in one ? `env-${one.at}` : "env-new";
  const parameter = (fact: string) =>
    `${ground.prefix}/${fact}${fact === "status" || fact === "applied" ? `/${name}` : ""}`;
  const { iam, ssm } = ground;
  switch (one.kind) {
    case "drift":
      return drift(
        one.does,
        { iam, role: roleOf(name), policyArn: policyArn(name), provider: providerArn },
        ground.sandbox.clock.now(),
      );
    case "edit":
    case "first":
      await ground.put(textOf(guideAs(name, edits[one.to](`env-${one.other}`))), name);
      return;
    case "invalid":
      await ground.put("nonsense: true", name);
      return;
    case "approve": {
      const version = await ground.put(textOf(guideAs(name, edits["lets dev in"]())), name);
      await run();
      await ground.approve(version, name);
      return;
    }
    case "remove":
      return ground.remove(name).catch(isRefusal);
    case "tag": {
      const Tags = [{ Key: `oidc-reconciler:${one.tag.key}`, Value: one.tag.value }];
      await (one.on === "role"
        ? iam.send(new TagRoleCommand({ RoleName: roleOf(name), Tags }))
        : iam.send(new TagPolicyCommand({ PolicyArn: policyArn(name), Tags }))
      ).catch(isRefusal);
      return;
    }
    case "forget":
      await ssm.send(new DeleteParameterCommand({ Name: parameter(one.fact) })).catch(isRefusal);
      return;
    case "spoil": {
      const put = {
        Name: parameter(one.fact),
        Value: "{}",
        Type: "String",
        Overwrite: true,
      } as const;
      await ssm.send(new PutParameterCommand(put));
      return;
    }
    case "run elsewhere":
      await run();
      return;
    case "time passes":
      ground.wait(25 * minute);
      return;
    default:
      one satisfies never;
  }
}

/** What the rules send on of what these steps do: documents, and what somebody does in IAM. */
const isDelivered = ({ detail, ...event }: EventBridgeEvent) =>
  event["detail-type"] === "Parameter Store Change" ||
  detail["eventSource"] === "iam.amazonaws.com";

const batchOf = (events: readonly unknown[]) => ({
  Records: events.map((event, at) => ({
    messageId: `m-${at}`,
    body: JSON.stringify(event),
    eventSource: "aws:sqs",
  })),
});

/** Of a provider that no environment has: it affects none, and only a listing of them all shows that. */
const nobodysProvider = {
  source: "aws.iam",
  "detail-type": "AWS API Call via CloudTrail",
  account: "123456789012",
  region: "us-east-1",
  detail: {
    eventSource: "iam.amazonaws.com",
    eventName: "AddClientIDToOpenIDConnectProvider",
    requestParameters: {
      openIDConnectProviderArn: providerArn.replace(
        organization,
        "99999999-0000-4000-8000-000000000000",
      ),
    },
  },
};

/** What a run did and reported. */
const doneBy = ({ report, iamWrites, calls }: GroundRun) => ({
  environments: report.environments.map(({ name, outcome, changes, widenings }) => ({
    name,
    outcome,
    changes: changes.map((change) => JSON.stringify(change)).toSorted(),
    widenings: widenings
      .map(
        ({ source, resource, disposition, actor }) =>
          `${source} ${resource} ${disposition} ${actor}`,
      )
      .toSorted(),
  })),
  alerts: report.alerts.map(({ title }) => title).toSorted(),
  errors: report.errors.map(({ code }) => code),
  iamWrites: iamWrites.toSorted(),
  unnamable: namesAskedIn(calls).filter((name) => !/^\/[\w.\-/]+(:(approved|\d+))?$/.test(name)),
});

/** A name that no parameter can have makes Parameter Store refuse a whole call. */
const namesAskedIn = (calls: GroundRun["calls"]) =>
  calls.flatMap(({ operation, input }) => {
    const names = operation === "GetParameters" ? input["Names"] : [];
    return Array.isArray(names) ? names.map(String) : [];
  });

type Done = ReturnType<typeof doneBy>;

/** The first run, the state after it, what the schedule then does, and the state after that. */
async function twoRuns(world: World, first: () => Promise<GroundRun>) {
  const { ground } = world;
  world.count(100);
  const run = doneBy(await first());
  const between = withoutVersions(await accountState(ground.iam));
  const next = doneBy(await world.run());
  const end = withoutVersions(await accountState(ground.iam));
  return { run, between, next, end };
}

const toldBy = ({ run, next }: { readonly run: Done; readonly next: Done }) =>
  [...run.alerts, ...next.alerts].toSorted();

const outcomesOf = ({ environments }: Done) =>
  environments.map(({ name, outcome }) => `${name}: ${outcome}`);

/**
 * Environments that an event affects only by what they claim, or because nobody can read what they
 * have, may wait for the schedule, as long as nothing is to be written for them.
 */
function expectSame(near: Awaited<ReturnType<typeof twoRuns>>, whole: typeof near): void {
  const names = near.run.environments.map(({ name }) => name);
  const later = whole.run.environments.filter(({ name }) => !names.includes(name));
  expect(later.flatMap(({ changes }) => changes)).toEqual([]);
  expect(near.run.environments).toEqual(
    whole.run.environments.filter(({ name }) => names.includes(name)),
  );
  expect(near.run.unnamable).toEqual([]);
  expect(near.run.iamWrites).toEqual(whole.run.iamWrites);
  expect(near.between).toEqual(whole.between);
  expect(toldBy(near)).toEqual(toldBy(whole));
  expect(outcomesOf(near.next)).toEqual(outcomesOf(whole.next));
  expect(near.end).toEqual(whole.end);
}

const counts = [3, 12];
const worlds = new Map<number, World>();
beforeAll(async () => {
  for (const count of counts) worlds.set(count, await openWorld(count));
});
afterAll(async () => {
  for (const { ground } of worlds.values()) await ground.sandbox.close();
});

/** An editor of env-1 and somebody who may tag a role send its events to env-1, and open it. */
const misled: readonly Step[] = [
  { kind: "edit", at: 1, other: 0, to: "claims another's role" },
  { kind: "tag", at: 0, on: "role", tag: { key: "environment", value: "env-1" } },
  { kind: "drift", at: 0, does: "opens the trust policy to everybody" },
];
const unnamable: readonly Step[] = [
  { kind: "tag", at: 0, on: "role", tag: { key: "environment", value: "no name" } },
  { kind: "drift", at: 0, does: "opens the trust policy to everybody" },
];

test.each(counts)(
  "among %i environments, an event does and reports no less than if all were read",
  async (count) => {
    const world = worlds.get(count);
    if (world === undefined) throw new Error(`There is no account with ${count}.`);
    const { ground } = world;
    const steps = fc.array(step, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), fc.nat({ max: 9 }), async (played, remembers, more) => {
        world.back();
        world.count(0);
        const memory = emptyMemory();
        if (remembers) await world.run(undefined, memory);
        world.events.length = 0;
        for (const one of played) await play(world, one);
        const events = world.events.filter(isDelivered).slice(-1 - more);
        ground.wait(2_000);
        const back = ground.sandbox.snapshot();
        const near = await twoRuns(world, () => world.run(batchOf(events), memory));
        back();
        const batch = batchOf([...events, nobodysProvider]);
        expectSame(near, await twoRuns(world, () => world.run(batch)));
      }),
      {
        numRuns: atDepth({ usual: 6, deep: 2_000 }),
        seed: 3,
        examples: [
          [misled, false, 0],
          [unnamable, false, 0],
        ],
      },
    );
  },
);
