import { describe, expect, test } from "vitest";
import type { HttpAnswer, RecordedCall } from "../../sandbox/index.ts";
import { atDepth, timeLimit } from "../depth.ts";
import { expectSafeAnswer } from "../hostile/oracles.ts";
import type { AccountState } from "../scenarios/state.ts";
import { isOwnOf, openBench, type Ready } from "./bench.ts";
import { type Cell, nameOf } from "./cells.ts";
import { inIam } from "./in-iam.ts";
import { kindsOf } from "./members.ts";
import { playFault } from "./play-fault.ts";
import { firstOfEach } from "./play-stop.ts";
import { starts } from "./starts.ts";

/** In CI each operation is played in some ways: together they are all ways that an answer can be strange in. */
const oneIn = atDepth({ usual: 23, deep: 1 });
const isDeep = atDepth({ usual: false, deep: true });

/** Between them they make nearly every call that reads, by name and by listing. */
const whole = [
  "every kind of deploy target in sync, and a door open in another environment",
  "a first document with every kind of deploy target",
];

/** After them the others, for what none before has called. */
const played = [
  ...starts.filter(({ start }) => whole.includes(start)),
  ...starts.filter(
    ({ start }) => !whole.includes(start) && (isDeep || start === "a status that somebody deleted"),
  ),
];

const seen = new Set<string>();

/** What nobody can tell from an answer of AWS: members that it leaves out where there is nothing of the kind. */
const leftOut: Readonly<Record<string, RegExp>> = {
  "amplify:ListApps": /\.repository (left out|null)/,
  "apprunner:DescribeService":
    /(AuthenticationConfiguration|RoleArn) (left out|null)|(Source|Instance|Authentication)Configuration (an empty object|a list of nothing)/,
  "ecs:DescribeExpressGatewayService": /\.taskRoleArn (left out|null)/,
  "ecs:DescribeTaskDefinition": /RoleArn (left out|null)/,
  // A document whose type is not a text is said to be invalid: tests/scenarios/answers.test.ts.
  "ssm:GetParametersByPath": /\.Type /,
};

const bench = openBench({ freshClients: true });

describe("an answer with any member left out, null or of another type is said, drops nothing, and harms nobody else", () => {
  test.each(played)("from $start", { timeout: timeLimit(300_000) }, async (start) => {
    const ready = await bench.ready(start);
    const isNew = firstOfEach();
    const failed: string[] = [];
    for (const cell of (await cellsOf(ready)).filter((_, index) => index % oneIn === 0)) {
      await playStrange(ready, cell, isNew).catch((thrown) => failed.push(String(thrown)));
    }
    expect(failed).toEqual([]);
  });
});

async function playStrange(
  ready: Ready,
  cell: Cell,
  isNew: (changed: string) => boolean,
): Promise<void> {
  const where = `${nameOf(cell)}, from ${ready.start.start}`;
  const [run] = await playFault(ready, cell, isNew, () => {
    const now = inIam(ready.account.sandbox);
    expect(lostIn(now, ready), `lost with ${where}`).toEqual([]);
    // Where documents cannot be listed, no environment is known.
    if (cell.call.operation === "GetParametersByPath") return;
    const doors = ["CircleCI-staging-Role"].filter((name) =>
      JSON.stringify(now.roles[name]?.trust ?? null).includes('"AWS":"*"'),
    );
    expect(doors, `open with ${where}`).toEqual([]);
  });
  expectSafeAnswer(run?.report);
}

/** Each first call of an operation that answers with something, with each of its members in each other way. */
async function cellsOf(ready: Ready): Promise<readonly Cell[]> {
  const { account } = ready;
  const answers = new Map<RecordedCall["operation"], readonly [RecordedCall, HttpAnswer]>();
  const isOwn = isOwnOf(account);
  ready.restore();
  for (const wanted of ready.calls) {
    const isIt = (call: RecordedCall) =>
      isOwn(call) && call.service === wanted.service && call.operation === wanted.operation;
    account.sandbox.faults.add({
      when: isIt,
      at: "after",
      times: 1,
      how: {
        garbled: (answer) => {
          const name = `${wanted.service}:${wanted.operation}`;
          if (!answers.has(name)) answers.set(name, [wanted, answer]);
          return answer;
        },
      },
    });
  }
  await account.run(ready.event);
  account.sandbox.faults.clear();
  const isWhole = whole.includes(ready.start.start);
  const fresh = [...answers].filter(([name]) => isWhole || !seen.has(name));
  for (const [name] of fresh) seen.add(name);
  return fresh.flatMap(([name, [call, { body }]]) =>
    kindsOf(body)
      .filter(({ kind }) => leftOut[name]?.test(kind) !== true)
      .map((kind): Cell => ({ nth: 1, call, kind, stays: false })),
  );
}

/** What a policy granted before and is to grant, and does not now. */
function lostIn(now: AccountState, { before, end }: Ready): readonly string[] {
  const [has, had, wanted] = [now, before, end].map(grantsOf);
  return [...(had ?? [])].filter((line) => wanted?.has(line) && !has?.has(line));
}

function grantsOf({ policies }: AccountState): ReadonlySet<string> {
  return new Set(
    Object.entries(policies).flatMap(([arn, { document }]) => {
      const { Statement = [] } = document as { readonly Statement?: readonly Granted[] };
      return [Statement]
        .flat()
        .flatMap(({ Action, Resource }) =>
          [Action]
            .flat()
            .flatMap((action) => [Resource].flat().map((on) => `${arn} ${action} ${on}`)),
        );
    }),
  );
}

type Granted = {
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
};
