/**
 * A pair that is made to be hard is still shown by a token, or by the proof that nobody has one: the search
 * for a fine example may give up, but it has to give up on none of these.
 */
import { describe, expect, test } from "vitest";
import { chains } from "../../bench/adversarial/chains.ts";
import { questionsOf } from "../../bench/adversarial/family.ts";
import { lists } from "../../bench/adversarial/lists.ts";
import { compareTrust, type Direction, witnessOf } from "../../shared/compare/index.ts";
import { allow, organization, policy, sub } from "./pairs/vocabulary.ts";

const isShown = (direction: Direction<unknown>): boolean =>
  direction.kind === "disproved" || (direction.kind === "proved" && direction.possible !== null);

describe("whether a caller makes a request of the difference is known", () => {
  const families = [...lists, ...chains];

  test.each(families.map((family) => [family.title, family] as const))("%s", (_, family) => {
    const left = questionsOf(family, 8_192).filter(({ before, after }) => {
      const { widening, narrowing } = compareTrust({ before: [before], after: [after] });
      return !isShown(widening) || !isShown(narrowing);
    });
    expect(left.map(({ size }) => size)).toEqual([]);
  });
});

test("of many projects the one that is added is shown by the same token as of two", () => {
  const id = (at: number): string => `${String(at).padStart(8, "0")}-0000-4000-8000-000000000000`;
  const listed = (projects: readonly string[]): string => {
    const jobs = projects.map((project) => `org/${organization}/project/${project}/user/*`);
    return policy(allow({ StringLike: { [sub]: jobs } }));
  };
  const added = id(9_999);
  const shownAmong = (size: number): readonly string[] | undefined => {
    const before = Array.from({ length: size }, (_, at) => id(at));
    const after = [...before, added];
    const { widening } = compareTrust({ before: [listed(before)], after: [listed(after)] });
    return witnessOf(widening)?.context[sub];
  };
  const among = shownAmong(40);
  expect(among?.[0]).toContain(`/project/${added}/`);
  expect(among).toEqual(shownAmong(2));
});
