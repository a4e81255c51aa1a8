import { expect, test } from "vitest";
import { onceMore } from "../../shared/edge/once-more.ts";

/** An error as the SDK throws it. */
const answered = (name: string, httpStatusCode: number): Error =>
  Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });

async function timesAsked(error: Error, isDue?: () => boolean): Promise<number> {
  let asked = 0;
  const ask = async (): Promise<never> => {
    asked += 1;
    throw error;
  };
  await expect(onceMore("ssm:PutParameter", ask, isDue)).rejects.toBe(error);
  return asked;
}

test.each([
  ["AccessDeniedException", 400],
  ["TooManyUpdates", 400],
  ["ParameterLimitExceeded", 400],
])("asks once more where AWS answers %s", async (name, status) => {
  expect(await timesAsked(answered(name, status))).toBe(2);
});

test.each([
  ["ThrottlingException", 400],
  ["InternalServerError", 500],
])("leaves %s to the SDK, which has tried again", async (name, status) => {
  expect(await timesAsked(answered(name, status))).toBe(1);
});

test("asks no more for what is not to be done any longer", async () => {
  expect(await timesAsked(answered("AccessDeniedException", 400), () => false)).toBe(1);
});
