import { expect, test } from "vitest";
import { openGround } from "../model/ground.ts";
import { guideWith, textOf } from "../scenarios/documents.ts";

const minute = 60_000;

/** A held version that is approved, and needs no write in IAM: only its guard is lower. */
async function approvedOne() {
  const ground = await openGround();
  await ground.seed();
  await ground.put(textOf(guideWith({})));
  await ground.run();
  ground.wait(15 * minute);
  const version = await ground.put(textOf(guideWith({ onWiden: "apply" })));
  await ground.run();
  ground.wait(minute);
  await ground.approve(version);
  return { ground, version };
}

test("an approval is not lost where its record cannot be written", async () => {
  const { ground, version } = await approvedOne();
  ground.sandbox.faults.add({
    at: "before",
    how: { error: "InternalServerError", httpStatus: 500 },
    times: 4,
    when: ({ operation, input }) =>
      operation === "PutParameter" && String(input["Name"]).includes("/applied/"),
  });
  const broken = await ground.run();
  expect(broken.parameterWrites.join()).not.toContain("/environments/");
  ground.wait(15 * minute);
  const after = await ground.run();
  expect(after.report.environments[0]?.appliedVersion).toBe(version);
});

test("an approval is not lost where the run stops before its record is written", async () => {
  const whole = await approvedOne();
  const { calls } = await whole.ground.run();
  const record = calls.findIndex(
    ({ operation, input }) =>
      operation === "PutParameter" && String(input["Name"]).includes("/applied/"),
  );
  expect(record).toBeGreaterThan(0);
  const { ground, version } = await approvedOne();
  // The call is the record's own, or goes beside it.
  await ground.run(undefined, { stop: { call: record, answered: false } }).catch(() => undefined);
  ground.wait(15 * minute);
  const after = await ground.run();
  expect(after.report.environments[0]?.appliedVersion).toBe(version);
});
