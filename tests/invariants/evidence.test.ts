import { DeleteServiceCommand } from "@aws-sdk/client-apprunner";
import { DeleteRepositoryCommand } from "@aws-sdk/client-ecr";
import { PutRolePolicyCommand, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { accessIn, operationsOn } from "../scenarios/access.ts";
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
import { openScenario, type Scenario } from "../scenarios/harness.ts";
import { type Fact, facts, forged, type Spoiling, spoil, spoilings } from "./facts.ts";
import { anybody } from "./policies.ts";

type State = {
  readonly state: string;
  /** `false`: the targets are gone, and what a forged memory no longer names may go too. */
  readonly works?: false;
  readonly given: (account: Scenario) => Promise<unknown>;
};

const role = { RoleName: roleName };

async function applied(account: Scenario, document = guide): Promise<void> {
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

/** The account of a state, with a look at everything that anybody can do in it. */
async function openState({ given }: State) {
  const account = await openScenario();
  await given(account);
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
  // Ids that the account made up are not compared between accounts.
  const { serviceArn, appId } = account.targets;
  const named = (line: string) => line.replace(serviceArn, "SERVICE").replace(appId, "APP");
  const access = async (): Promise<ReadonlySet<string>> =>
    new Set([...accessIn(await account.state(), operations)].map(named));
  return { account, access };
}

/** What a run makes of a state when nothing is spoilt. */
async function untouched(state: State) {
  const { account, access } = await openState(state);
  const before = await access();
  const run = await account.run();
  const after = await access();
  const held = heldIn(run.report.environments);
  await account.close();
  return { held, after, kept: [...after].filter((line) => before.has(line)) };
}

function heldIn(environments: readonly { name: string; outcome: string }[]): readonly string[] {
  return environments.filter(({ outcome }) => outcome === "held").map(({ name }) => name);
}

/** Spoils facts of a state, runs twice, and expects that nothing opens and nothing that works goes. */
async function playSpoilt(
  state: State,
  normal: Awaited<ReturnType<typeof untouched>>,
  spoilt: readonly Spoilt[],
): Promise<void> {
  const { account, access } = await openState(state);
  try {
    const before = await access();
    const done: boolean[] = [];
    for (const { fact, how } of spoilt) done.push(await spoil(account, fact, how));
    if (!done.includes(true)) return;
    const where = spoilt.map(({ fact, how }) => `${fact} ${how}`).join(" and ");
    for (const nth of ["first", "second"]) {
      const { report } = await account.run();
      const after = await access();
      const more = [...after].filter((line) => !before.has(line) && !normal.after.has(line));
      expect(more, `opened by the ${nth} run with ${where}`).toEqual([]);
      const forgets = state.works === false && spoilt.some(({ how }) => how === "with forged ARNs");
      const less = forgets ? [] : normal.kept.filter((line) => !after.has(line));
      expect(less, `taken by the ${nth} run with ${where}`).toEqual([]);
      const through = normal.held.filter((name) => !heldIn(report.environments).includes(name));
      expect(through, `let through by the ${nth} run with ${where}`).toEqual([]);
    }
  } finally {
    await account.close();
  }
}

describe("missing, old or forged evidence opens nothing and takes nothing, in an environment", () => {
  test.each(states)("$state", { timeout: 300_000 }, async (state) => {
    const normal = await untouched(state);
    for (const each of mixed) await playSpoilt(state, normal, [each]);
  });
});

test("so do several facts spoilt at once", { timeout: 300_000 }, async () => {
  const normals = new Map<State, Awaited<ReturnType<typeof untouched>>>();
  // Record and status aged together are what they were: nothing distinguishes them from the truth.
  const several = fc.uniqueArray(
    fc.constantFrom(...mixed.filter(({ how }) => !how.startsWith("aged"))),
    {
      minLength: 2,
      maxLength: 4,
      selector: ({ fact }) => fact,
    },
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...states), several, async (state, spoilt) => {
      const normal = normals.get(state) ?? (await untouched(state));
      normals.set(state, normal);
      await playSpoilt(state, normal, spoilt);
    }),
    { seed: 8, numRuns: 40 },
  );
});
