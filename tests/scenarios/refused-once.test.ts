import { UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import type { RecordedCall } from "../../sandbox/index.ts";
import { anybody } from "../invariants/policies.ts";
import { isOwn } from "../invariants/telling.ts";
import {
  guide,
  guideFor,
  guideWith,
  type Project,
  roleName,
  shopMain,
  shopMainAndDev,
} from "./documents.ts";
import { type Scenario, startScenario } from "./harness.ts";

const applied = (...projects: readonly Project[]) =>
  guideWith({ onWiden: "apply", onRemove: "delete", trust: { projects } });

const stories: Readonly<Record<string, (account: Scenario) => Promise<unknown>>> = {
  "a first document": (account) => account.put(guide),
  "an edit that widens": async (account) => {
    await account.put(applied(shopMain));
    await account.run();
    await account.put(applied(shopMainAndDev));
  },
  "an edit that is held": async (account) => {
    await account.put(guide);
    await account.run();
    await account.put(guideFor(shopMainAndDev));
  },
  "a trust policy that somebody opened": async (account) => {
    await account.put(guide);
    await account.run();
    await account.iam.send(
      new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument: anybody }),
    );
  },
  "a document that is removed": async (account) => {
    await account.put(applied(shopMain));
    await account.run();
    await account.remove();
  },
};

/** What has to be kept or sent, for the next run or for people. */
const isKept = ({ operation }: RecordedCall): boolean =>
  ["PutParameter", "Publish", "PutEvents"].includes(operation);

type Wrong = Pick<Parameters<Scenario["sandbox"]["faults"]["add"]>[0], "at" | "how">;

const refused: Wrong = {
  at: "before",
  how: { error: "AccessDeniedException", httpStatus: 400 },
};
const garbled: Wrong = { at: "after", how: { garbled: (answer) => ({ ...answer, body: "" }) } };

/** What two runs alerted, the first of which has its call of that number for what is kept go wrong once. */
async function alertsWith(
  story: (account: Scenario) => Promise<unknown>,
  nth: number,
  { wrong = refused, isAsked = isKept } = {},
) {
  const account = await startScenario();
  await story(account);
  const numbers = new Map<number, number>();
  const isNth = (call: RecordedCall): boolean => {
    if (!isAsked(call) || !isOwn(call)) return false;
    numbers.set(call.index, numbers.get(call.index) ?? numbers.size + 1);
    return numbers.get(call.index) === nth;
  };
  account.sandbox.faults.add({ ...wrong, times: 1, when: isNth });
  const first = account.sandbox.messages.length;
  const { report } = await account.run();
  expect(report.errors).toEqual([]);
  account.sandbox.faults.clear();
  await account.run();
  const alerts = account.sandbox.messages.slice(first).map(({ attributes }) => {
    return `${attributes.get("severity")?.value} ${attributes.get("kind")?.value}`;
  });
  return { alerts, isPlayed: numbers.size >= nth };
}

describe("a parameter or an alert that is refused once is kept or sent all the same, and nothing is alerted twice", () => {
  test.each(Object.entries(stories))("%s", async (_, story) => {
    const { alerts: undisturbed } = await alertsWith(story, Number.POSITIVE_INFINITY);
    expect(undisturbed).toHaveLength(1);
    for (let nth = 1; ; nth += 1) {
      const { alerts, isPlayed } = await alertsWith(story, nth);
      if (!isPlayed) break;
      expect(alerts, `with call ${nth} refused`).toEqual(undisturbed);
    }
  });
});

describe("a parameter that is written, with an answer that nobody can read, is written again, and nothing is alerted twice", () => {
  const isWritten = ({ operation }: RecordedCall): boolean => operation === "PutParameter";

  test.each(Object.entries(stories))("%s", async (_, story) => {
    const { alerts: undisturbed } = await alertsWith(story, Number.POSITIVE_INFINITY);
    for (let nth = 1; ; nth += 1) {
      const given = { wrong: garbled, isAsked: isWritten };
      const { alerts, isPlayed } = await alertsWith(story, nth, given);
      if (!isPlayed) break;
      expect(alerts, `with the answer of write ${nth} lost`).toEqual(undisturbed);
    }
  });
});
