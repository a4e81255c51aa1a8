/**
 * What the engine may cost, without a clock: how many steps the pairs take that are made to slow it down. A
 * change that makes it look at more than before fails here on any machine.
 */
import { describe, expect, test, vi } from "vitest";
import { chains } from "../../bench/adversarial/chains.ts";
import { type Family, type HardQuestion, questionsOf } from "../../bench/adversarial/family.ts";
import { keys } from "../../bench/adversarial/keys.ts";
import { lists } from "../../bench/adversarial/lists.ts";
import { permissions } from "../../bench/adversarial/permissions.ts";
import { comparePermissions, compareTrust } from "../../shared/compare/index.ts";

const { given } = vi.hoisted(() => ({ given: new Map<{ stepsLeft: number }, number>() }));

vi.mock(import("../../shared/language/budget.ts"), async (original) => {
  const budgets = await original();
  const budgetOf = (steps: number) => {
    const budget = budgets.budgetOf(steps);
    given.set(budget, steps);
    return budget;
  };
  return { ...budgets, budgetOf };
});

/** The steps of all searches of a comparison, and its looks at clauses, both directions together. */
function stepsOf(compare: () => unknown): number {
  given.clear();
  compare();
  return [...given].reduce((sum, [{ stepsLeft }, steps]) => sum + steps - stepsLeft, 0);
}

/** What is not named below is seen by comparing patterns, statements or clauses two at a time. */
const seen = 1_000;

/** Families that take more, and why. */
const more: readonly {
  readonly most: number;
  readonly because: string;
  readonly titles: readonly string[];
}[] = [
  {
    most: 10_000,
    because: "each of hundreds of patterns or clauses is looked at, for each of a few searches",
    titles: [
      "keys that may each be missing",
      "every length against ?*",
      "a statement for each action, one resource missing",
      "one statement for each key, and for each pair of neighbours",
      "a Deny for each of many keys, in another order",
      "a Deny for each of many keys, one missing",
      "StringEqualsIgnoreCase, and the same by StringEquals",
      "either this key or that, for many keys (a clause each), and all of the first",
      "ForAnyValue, a statement each",
      "ForAllValues in parts, and together",
      "suffixes *-n, and *-n with one character behind",
      "keys of four values each, the last one with three",
      "keys of four values each, in another order",
      "each first letter against every text",
      "a*n*z of each number, within a*z",
      "statements that overlap, in another order",
      "a Deny unless each of many keys fits, as conditions of the Allow",
      "a product of two keys, one statement for each pair",
      "a product of three keys, one statement for each triple but one",
      "windows of dates, a Deny between them",
      "action prefixes that overlap, a Deny of one of each",
      "projects, one statement each",
      "*n* of each number, in another order",
    ],
  },
  {
    most: 31_000,
    because:
      "a job's token is searched for in one direction, until the limits of an example and a proof",
    titles: [
      "*a*a*…, *b*b*… and *c*c*… together, two of them",
      "an a so far from the end, and a b somewhat nearer as well",
      "a long text between stars, and a longer one",
      "both *a*a*… and *b*b*…, either of them",
      "*a?*a?*…, and *a*a*…",
      "*a*a*… and once more",
      "so many single places, and one more",
      "*ab?…?c* in the middle, and the same pinned",
      "statements that overlap, and a text that none has",
      "an a at every distance, or at none",
      "audience and subject lists, IfExists on one side",
      "projects, the last one another",
      "*-n-* of each number, one statement each, and another one",
      "a NotLike list as a Deny each, one missing",
    ],
  },
  {
    most: 39_000,
    because:
      "the same, past what a search costs that begins just before a limit; or a product of lists",
    titles: [
      "*-n-* of each number, and one more",
      "*n* of each number at once, all but one",
      "NotResource, and a Deny statement each",
    ],
  },
  {
    most: 62_000,
    because:
      "the same in both directions; or each of a hundred statements for each of as many callers",
    titles: [
      "*a*b*a*b*… and *b*a*b*a*…",
      "an a so far from the end, and one farther",
      "accounts, and one statement each, one another",
      "resources with stars inside, one statement each, and one more",
    ],
  },
];

const trust = ({ before, after }: HardQuestion) =>
  compareTrust({ before: [before], after: [after] });
const permission = ({ before, after }: HardQuestion) =>
  comparePermissions({ before: [before], after: [after] });

const mostOf = (title: string): number =>
  more.find(({ titles }) => titles.includes(title))?.most ?? seen;

function stepsOfFamily(
  family: Family,
  limit: number,
  compare: (question: HardQuestion) => unknown,
): number {
  return Math.max(
    ...questionsOf(family, limit).map((question) => stepsOf(() => compare(question))),
  );
}

describe("a comparison takes no more steps than its kind needs", () => {
  const all = [...lists, ...chains, ...keys];

  test.each(all.map((family) => [family.title, family] as const))("%s", (title, family) => {
    expect(stepsOfFamily(family, 8_192, trust)).toBeLessThanOrEqual(mostOf(title));
  });

  test.each(permissions.map((family) => [family.title, family] as const))(
    "permissions: %s",
    (title, family) => {
      expect(stepsOfFamily(family, 10_240, permission)).toBeLessThanOrEqual(mostOf(title));
    },
  );

  test("and each kind that needs more is one that there is", () => {
    const titles = [...all, ...permissions].map(({ title }) => title);
    expect(more.flatMap((kind) => kind.titles).filter((one) => !titles.includes(one))).toEqual([]);
  });
});
