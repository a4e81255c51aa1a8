import { DeleteRepositoryCommand } from "@aws-sdk/client-ecr";
import { expect, test } from "vitest";
import { guideAs } from "./documents.ts";
import { startScenario } from "./harness.ts";

test("while Parameter Store takes no write, a state is reported once and each new thing still is", async () => {
  const account = await startScenario();
  const name = "nothing-remembered";
  await account.put(guideAs(name), name);
  await account.run();
  const how = { error: "InternalServerError", httpStatus: 500 };
  account.sandbox.faults.add({
    when: ({ operation }) => operation === "PutParameter",
    at: "before",
    how,
  });
  await account.ecr.send(
    new DeleteRepositoryCommand({ repositoryName: "demo-backend", force: true }),
  );
  const kindsOf = async () => (await account.run()).published;
  expect(await kindsOf()).toContain("target-missing");
  for (const _ of [1, 2, 3]) expect(await kindsOf()).toEqual([]);
  account.sandbox.faults.clear();
  await account.put("no document at all", name);
  expect(await kindsOf()).toContain("spec-invalid");
  expect(await kindsOf()).toEqual([]);
});
