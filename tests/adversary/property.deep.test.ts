import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { atDepth, timeLimit } from "../depth.ts";
import type { Scenario } from "../scenarios/harness.ts";
import { hours, type Step, sequences, staging } from "./arbitraries.ts";
import { openGround, start, textOf, wait } from "./ground.ts";
import { type Access, accessOf, more } from "./oracle.ts";
import { putExpiring } from "./ways.ts";

const timeout = timeLimit(120_000);
const approvedTexts: Readonly<Record<string, string>> = {
  production: textOf(start),
  staging: textOf(staging),
};

/**
 * Whatever an editor writes and deletes, however long he waits, whenever a run comes: without an
 * approval nobody can do what nobody could before.
 */
test("without an approval who × what never grows", { timeout }, async () => {
  await fc.assert(
    fc.asyncProperty(sequences, async (steps) => {
      const account = await openGround();
      try {
        const approved = await approve(account);
        for (const step of steps) await play(account, step, approved);
        await lookAfter(account, approved, { do: "run", by: "schedule" });
        wait(hours(24));
        await lookAfter(account, approved, { do: "run", by: "schedule" });
      } finally {
        await account.close();
        vi.useRealTimers();
      }
    }),
    { numRuns: runs, seed: seed },
  );
});

// Each is an account of its own, and two thirds of a second; tests/model plays stories that are longer.
const runs = atDepth({ usual: 10, deep: 500 });
const seed = 20_261_122;

async function approve(account: Scenario): Promise<Access> {
  for (const [name, text] of Object.entries(approvedTexts)) await account.put(text, name);
  await account.run();
  account.variables.delete("OIDC_FIRST_DOCUMENT");
  return accessOf(account);
}

async function play(account: Scenario, step: Step, approved: Access): Promise<void> {
  switch (step.do) {
    case "put":
      await account.put(textOf(step.document), step.environment);
      return;
    case "put 101 times":
      for (let time = 0; time < 101; time += 1) {
        await account.put(textOf(step.document), step.environment);
      }
      return;
    case "put to expire":
      await account.remove(step.environment).catch(isGone);
      await putExpiring(account, textOf(step.document), step.environment);
      return;
    case "put back":
      await account.put(approvedTexts[step.environment] ?? "", step.environment).catch(isEmpty);
      return;
    case "delete":
      await account.remove(step.environment).catch(isGone);
      return;
    case "wait":
      wait(hours(step.hours));
      return;
    case "run":
      await lookAfter(account, approved, step);
      return;
    default:
      step satisfies never;
  }
}

function isGone(thrown: unknown): void {
  expect(thrown).toMatchObject({ name: "ParameterNotFound" });
}

/** There is no text to put back where nothing was approved. */
function isEmpty(thrown: unknown): void {
  expect(thrown).toMatchObject({ name: "ValidationException" });
}

async function lookAfter(
  account: Scenario,
  approved: Access,
  { by }: Extract<Step, { do: "run" }>,
): Promise<void> {
  const { report } =
    by === "schedule"
      ? await account.run()
      : await account.run(account.eventOf("Parameter Store Change"));
  const faults = report.errors.filter(({ code }) => code !== "BadEnvironmentName");
  expect(faults).toEqual([]);
  expect(more(await accessOf(account), approved)).toEqual([]);
}
