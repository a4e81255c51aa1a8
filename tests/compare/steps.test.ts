/**
 * What the engine may cost, without a clock: how many steps the pairs take that are made to slow it down. A
 * change that makes it look at more than before fails here on any machine.
 */
import { describe, expect, test, vi } from "vitest";
import { chains } from "../../bench/adversarial/chains.ts";
import { crowdedPairs } from "../../bench/adversarial/crowded.ts";
import { type Family, type HardQuestion, questionsOf } from "../../bench/adversarial/family.ts";
import { keys } from "../../bench/adversarial/keys.ts";
import { lists } from "../../bench/adversarial/lists.ts";
import { permissions } from "../../bench/adversarial/permissions.ts";
import { variables } from "../../bench/adversarial/variables.ts";
import { contestQuestions } from "../../bench/questions.ts";
import { comparePermissions, compareTrust } from "../../shared/compare/index.ts";

const { given, searches } = vi.hoisted(() => ({
  given: new Map<{ stepsLeft: number }, number>(),
  searches: { made: 0 },
}));

vi.mock(import("../../shared/language/strings.ts"), async (original) => {
  const strings = await original();
  const findMember: typeof strings.findMember = (question) => {
    searches.made += 1;
    return strings.findMember(question);
  };
  return { ...strings, findMember };
});

vi.mock(import("../../shared/language/budget.ts"), async (original) => {
  const budgets = await original();
  const budgetOf = (steps: number) => {
    const budget = budgets.budgetOf(steps);
    given.set(budget, steps);
    return budget;
  };
  return { ...budgets, budgetOf };
});

/** The steps of all searches of a comparison, and its looks at literals, both directions together. */
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
      "NotResource, and a Deny statement each",
      "a NotLike list as a Deny each, one missing",
      "every length against ?*",
      "*-n-* of each number, and one more",
      "a Deny for each of many keys, in another order",
      "StringEqualsIgnoreCase, and the same by StringEquals",
      "suffixes *-n, and *-n with one character behind",
      "ForAllValues in parts, and together",
      "a Deny for each of many keys, one missing",
      "*a*a*…, *b*b*… and *c*c*… together, two of them",
      "either this key or that, for many keys (a clause each), and all of the first",
      "keys of four values each, the last one with three",
      "each first letter against every text",
      "a*n*z of each number, within a*z",
      "one statement for each key, and for each pair of neighbours",
      "both *a*a*… and *b*b*…, either of them",
      "*n* of each number at once, all but one",
      "a product of two keys, one statement for each pair",
      "action prefixes that overlap, a Deny of one of each",
      "a product of three keys, one statement for each triple but one",
      "projects, the last one another",
      "so many single places, and one more",
      "audience and subject lists, IfExists on one side",
      "a tag condition for each resource, in another order, one another",
      "variables in another order",
      "variables between stars, in another order",
      "an a at every distance, or at none",
      "a statement for each variable, one less",
    ],
  },
  {
    most: 27_000,
    because: "a job's token is searched for among as many patterns, or each of them is a Deny",
    titles: [
      "variables in another order, one less",
      "a variable behind so many texts, in another order, one less refused",
    ],
  },
  {
    most: 60_000,
    because: "what one variable may be is tried beside a Deny of what each of the others may be",
    titles: ["a Deny for each variable, one less"],
  },
];

const demandedToo = "the project's claim is demanded as well";

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
  const all = [...lists, ...chains, ...keys, ...variables];

  test.each(all.map((family) => [family.title, family] as const))("%s", (title, family) => {
    expect(stepsOfFamily(family, 8_192, trust)).toBeLessThanOrEqual(mostOf(title));
  });

  test.each(permissions.map((family) => [family.title, family] as const))(
    "permissions: %s",
    (title, family) => {
      expect(stepsOfFamily(family, 10_240, permission)).toBeLessThanOrEqual(mostOf(title));
    },
  );

  test("the project's claim beside the subject: one proof, and no search for a token's example before it", () => {
    const asked = contestQuestions().filter(({ title }) => title.endsWith(demandedToo));
    const steps = asked.map(({ before, after }) =>
      stepsOf(() => compareTrust({ before: [before], after: [after] })),
    );
    expect(steps.length).toBeGreaterThan(10);
    expect(Math.max(...steps)).toBeLessThanOrEqual(2_000);
  });

  describe("pairs that spend what they may", () => {
    const asked = crowdedPairs(60, 1).map(({ before, after }) => {
      searches.made = 0;
      const steps = stepsOf(() => compareTrust({ before: [before], after: [after] }));
      return { steps, searches: searches.made };
    });

    test("take no more steps than both directions, their examples and proofs may take together", () => {
      const most = Math.max(...asked.map(({ steps }) => steps));
      expect(most).toBeGreaterThan(60_000);
      expect(most).toBeLessThanOrEqual(130_000);
    });

    test("make no more searches than can be paid for, since each pays for what it holds against each other", () => {
      expect(Math.max(...asked.map((pair) => pair.searches))).toBeLessThanOrEqual(1_500);
    });
  });

  test("and each kind that needs more is one that there is", () => {
    const titles = [...all, ...permissions].map(({ title }) => title);
    expect(more.flatMap((kind) => kind.titles).filter((one) => !titles.includes(one))).toEqual([]);
  });
});
