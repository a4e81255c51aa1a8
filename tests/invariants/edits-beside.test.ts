import { expect, test } from "vitest";
import { openGround } from "../model/ground.ts";
import { guideWith, textOf } from "../scenarios/documents.ts";

const minute = 60_000;
const narrow = textOf(guideWith({ deploy: { ecr: ["demo-backend"] } }));

/** Somebody takes an approved edit back when a request with this text reaches the account. */
async function takenBackAt(isIt: (text: string) => boolean) {
  const ground = await openGround();
  await ground.seed();
  await ground.put(narrow);
  await ground.run();
  ground.wait(15 * minute);
  const version = await ground.put(textOf(guideWith({})));
  await ground.run();
  ground.wait(minute);
  await ground.approve(version);
  const { sandbox } = ground;
  const answer = sandbox.answer.bind(sandbox);
  let taken = false;
  sandbox.answer = async (request) => {
    if (!taken && isIt(Buffer.from(request.body).toString())) {
      taken = true;
      await ground.put(narrow);
    }
    return answer(request);
  };
  const run = await ground.run();
  sandbox.answer = answer;
  expect(taken).toBe(true);
  return run;
}

test("an edit that is taken back while its record is written opens nothing", async () => {
  const run = await takenBackAt(
    (text) => text.includes("/applied/production") && text.includes("Overwrite"),
  );
  expect(run.iamWrites).toEqual([]);
});
