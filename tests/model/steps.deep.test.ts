import { expect, test } from "vitest";
import { atDepth } from "../depth.ts";
import { type Form, forms } from "./features.ts";
import { beginWalk } from "./steps.ts";

/** From the first to the last and back again, by the same steps. */
const andBack = (there: readonly Form[]): readonly Form[] => [
  ...there,
  ...there.slice(0, -1).toReversed(),
];

const portions = 4;

/** Walks in which each form is left and reached, or every pair of forms, from each side. */
const walks = atDepth({
  usual: Array.from({ length: portions }, (_, nth) =>
    andBack(forms.filter((_form, at) => at % portions === nth)),
  ),
  deep: forms.flatMap((first) =>
    forms.filter((second) => second !== first).map((second) => andBack([first, second])),
  ),
});

const timeout = atDepth({ usual: 120_000, deep: 0 });

/** Every change of a document, there and back: each ends where the document says, and stays there. */
test("every step of a document ends where it says", { timeout }, async () => {
  const wrong: string[] = [];
  for (const forms of walks) wrong.push(...(await walked(forms)));
  expect(wrong).toEqual([]);
});

async function walked(forms: readonly Form[]): Promise<readonly string[]> {
  const walk = await beginWalk();
  const done: string[] = [];
  for (const form of forms) {
    done.push(form.form);
    const wrong = await walk.step(form);
    // What follows from what went wrong says nothing more.
    if (wrong.length > 0) return wrong.map((line) => `${done.join(" → ")}: ${line}`);
  }
  return [];
}
