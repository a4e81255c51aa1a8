import { DeleteServiceCommand } from "@aws-sdk/client-apprunner";
import { DeleteRepositoryCommand } from "@aws-sdk/client-ecr";
import { PutRolePolicyCommand, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { atDepth, timeLimit } from "../depth.ts";
import { operationsOn } from "../scenarios/access.ts";
import { everything } from "../scenarios/by-hand.ts";
import {
  guide,
  guideAs,
  guideFor,
  guideWith,
  roleName,
  shopMain,
  shopMainAndDev,
} from "../scenarios/documents.ts";
import { openSwept, type SweptAccount } from "../sweeps/account.ts";
import { inIam } from "../sweeps/in-iam.ts";
import { accessOf } from "../sweeps/within.ts";
import { type Fact, facts, forged, type Spoiling, spoil, spoilings } from "./facts.ts";
import { anybody } from "./policies.ts";

type State = {
  readonly state: string;
  /** `false`: the targets are gone, and what a forged memory no longer names may go too. */
  readonly works?: false;
  readonly given: (account: SweptAccount) => Promise<unknown>;
};

const role = { RoleName: roleName };

async function applied(account: SweptAccount, document = guide): Promise<void> {
  await account.put(document);
  await account.put(guideAs("staging"), "staging");
  await account.run();
  await account.run();
}

const states: readonly State[] = [
  { state: "applied and in sync", given: (account) => applied(account) },
  {
    state: "with an edit that is held",
    given: async (account) => {
      await applied(account);
      await account.put(guideFor(shopMainAndDev));
      await account.run();
    },
  },
  {
    state: "with an edit that is held, and was in force before",
    given: async (account) => {
      await applied(account, guideFor(shopMainAndDev));
      await account.put(guideFor(shopMain));
      await account.run();
      await account.put(guideFor(shopMainAndDev));
      await account.run();
    },
  },
  {
    state: "with an edit that nobody has seen yet",
    given: async (account) => {
      await applied(account);
      await account.put(guideWith({ trust: { projects: "all" }, onWiden: "apply" }));
    },
  },
  {
    state: "with drift in trust and permissions",
    given: async (account) => {
      await applied(account);
      const { iam } = account;
      await iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument: anybody }));
      const inline = { ...role, PolicyName: "debug", PolicyDocument: everything };
      await iam.send(new PutRolePolicyCommand(inline));
    },
  },
  {
    state: "under another name, the old role retained",
    given: async (account) => {
      await applied(account);
      await account.put(guideAs("Renamed"));
      await account.run();
    },
  },
  {
    state: "with targets that are gone",
    works: false,
    given: async (account) => {
      await applied(account);
      const { serviceArn: ServiceArn } = account.targets;
      await account.appRunner.send(new DeleteServiceCommand({ ServiceArn }));
      const gone = { repositoryName: "demo-backend", force: true };
      await account.ecr.send(new DeleteRepositoryCommand(gone));
      await account.run();
    },
  },
  {
    state: "with targets that cannot be read",
    given: async (account) => {
      await applied(account);
      account.sandbox.faults.add({
        when: ({ service }) => service === "ecr" || service === "apprunner",
        at: "before",
        how: { error: "AccessDeniedException", httpStatus: 400 },
      });
    },
  },
  {
    state: "with targets of kinds that were never there",
    given: async (account) => {
      await applied(
        account,
        guideWith({
          deploy: {
            ecr: ["demo-backend"],
            ecsExpress: ["gone"],
            ecs: ["default/gone"],
            lambda: ["gone"],
          },
        }),
      );
    },
  },
  {
    state: "orphaned and retained",
    given: async (account) => {
      await applied(account);
      await account.remove();
      await account.run();
    },
  },
  {
    state: "orphaned and to be removed",
    given: async (account) => {
      await applied(account, guideWith({ onRemove: "delete" }));
      await account.remove();
    },
  },
];

type Spoilt = { readonly fact: Fact; readonly how: Spoiling };

const mixed: readonly Spoilt[] = facts.flatMap((fact) => spoilings.map((how) => ({ fact, how })));

/** An account in a state to which it can be put back, with a look at everything that anybody can do in it. */
type Ground = {
  readonly state: State;
  readonly account: SweptAccount;
  readonly access: () => ReadonlySet<string>;
  readonly restore: () => void;
  readonly normal: Untouched;
};

/** What a run makes of a state when nothing is spoilt. */
type Untouched = {
  readonly held: readonly string[];
  readonly after: ReadonlySet<string>;
  readonly kept: readonly string[];
};

async function openGround(state: State): Promise<Ground> {
  const account = await openSwept({ firstDocument: "apply" });
  await state.given(account);
  const operations = [
    ...operationsOn([
      "arn:aws:ecr:us-east-1:123456789012:repository/demo-backend",
      account.targets.serviceArn,
      `arn:aws:amplify:us-east-1:123456789012:apps/${account.targets.appId}/branches/main/jobs/1`,
      forged.service,
      forged.foreign,
    ]),
    { action: "iam:PassRole", resource: forged.role },
    { action: "ecs:RegisterTaskDefinition", resource: "*" },
    { action: "ecs:UpdateService", resource: "*" },
    { action: "ecs:UpdateService", resource: forged.plain },
    { action: "lambda:UpdateFunctionCode", resource: forged.function },
  ];
  const access = () => accessOf(inIam(account.sandbox), operations);
  const restore = account.keep();
  const before = access();
  const run = await account.run();
  const after = access();
  const kept = [...after].filter((line) => before.has(line));
  const normal = { held: heldIn(run.report.environments), after, kept };
  return { state, account, access, restore, normal };
}

function heldIn(environments: readonly { name: string; outcome: string }[]): readonly string[] {
  return environments.filter(({ outcome }) => outcome === "held").map(({ name }) => name);
}

/** Spoils facts of a state, runs twice, and expects that nothing opens and nothing that works goes. */
async function playSpoilt(
  { state, account, access, restore, normal }: Ground,
  spoilt: readonly Spoilt[],
): Promise<void> {
  restore();
  const before = access();
  const done: boolean[] = [];
  for (const { fact, how } of spoilt) done.push(await spoil(account, fact, how));
  if (!done.includes(true)) return;
  const where = `${state.state}, ${spoilt.map(({ fact, how }) => `${fact} ${how}`).join(" and ")}`;
  for (const nth of ["first", "second"]) {
    const { report } = await account.run();
    const after = access();
    const more = [...after].filter((line) => !before.has(line) && !normal.after.has(line));
    expect(more, `opened by the ${nth} run with ${where}`).toEqual([]);
    const forgets = state.works === false && spoilt.some(({ how }) => how === "with forged ARNs");
    const less = forgets ? [] : normal.kept.filter((line) => !after.has(line));
    expect(less, `taken by the ${nth} run with ${where}`).toEqual([]);
    const through = normal.held.filter((name) => !heldIn(report.environments).includes(name));
    expect(through, `let through by the ${nth} run with ${where}`).toEqual([]);
  }
}

const grounds = new Map<State, Promise<Ground>>();
afterAll(async () => {
  for (const ground of grounds.values()) await (await ground).account.sandbox.close();
});

function groundOf(state: State): Promise<Ground> {
  const ground = grounds.get(state) ?? openGround(state);
  grounds.set(state, ground);
  return ground;
}

describe("missing, old or forged evidence opens nothing and takes nothing, in an environment", () => {
  test.each(states)("$state", { timeout: timeLimit(300_000) }, async (state) => {
    const ground = await groundOf(state);
    for (const each of mixed) await playSpoilt(ground, [each]);
  });
});

/** Record and status aged together are what they were: nothing distinguishes them from the truth. */
function areWhatTheyWere(spoilt: readonly Spoilt[]): boolean {
  const aged = spoilt.flatMap(({ fact, how }) => (how.startsWith("aged") ? fact : []));
  return aged.includes("status") && aged.includes("applied");
}

test("so do several facts spoilt at once", { timeout: timeLimit(300_000) }, async () => {
  const several = fc
    .uniqueArray(fc.constantFrom(...mixed), {
      minLength: 2,
      maxLength: 4,
      selector: ({ fact }) => fact,
    })
    .filter((spoilt) => !areWhatTheyWere(spoilt));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...states), several, async (state, spoilt) => {
      await playSpoilt(await groundOf(state), spoilt);
    }),
    { seed: 8, numRuns: atDepth({ usual: 20, deep: 4_000 }) },
  );
});
