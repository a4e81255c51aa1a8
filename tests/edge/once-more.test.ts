import { expect, test } from "vitest";
import { onceMore } from "../../shared/edge/once-more.ts";

/** An error as the SDK throws it. */
const answered = (name: string, httpStatusCode: number): Error =>
  Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });

async function timesAsked(
  error: Error,
  again: NonNullable<Parameters<typeof onceMore>[2]> = {},
): Promise<number> {
  let asked = 0;
  const ask = async (): Promise<never> => {
    asked += 1;
    throw error;
  };
  await expect(onceMore("ssm:PutParameter", ask, again)).rejects.toBe(error);
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
  expect(await timesAsked(answered("AccessDeniedException", 400), { isDue: () => false })).toBe(1);
});

test.each([
  [true, 2],
  [false, 1],
])(
  "asks once more after a strange answer only for what may be done twice: %s",
  async (isSame, times) => {
    expect(await timesAsked(new TypeError("the answer is not the operation's"), { isSame })).toBe(
      times,
    );
  },
);
