import { expect, test } from "vitest";
import { confirm } from "../../cli/ask.ts";

/** Someone at a terminal who gives one answer. */
const whoSays = (answer: string | null) => ({ terminal: { ask: async () => answer } });

test.each([
  ["y", true],
  ["Yes", true],
  [" y ", true],
  ["", false],
  ["n", false],
  ["yesterday", false],
  [null, false],
])("the answer %j is %s", async (answer, yes) => {
  expect(await confirm(whoSays(answer), "Go on?", "--yes")).toBe(yes);
});

test("shows the question, and that no is the default", async () => {
  const asked: string[] = [];
  const ask = async (question: string) => {
    asked.push(question);
    return "y";
  };
  await confirm({ terminal: { ask } }, "Approve version 3?", "--yes");
  expect(asked).toEqual(["Approve version 3? [y/N] "]);
});

test("where nobody can be asked it is wrong usage that names the option", async () => {
  await expect(confirm({ terminal: null }, "Go on?", "--yes")).rejects.toMatchObject({
    message: expect.stringContaining("add --yes"),
    details: { exit: 2 },
  });
});
