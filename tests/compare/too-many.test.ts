import { describe, expect, test } from "vitest";
import { upTo } from "../../bench/adversarial/family.ts";
import {
  type Comparison,
  comparePermissions,
  compareTrust,
  grantsBeyond,
  undecidedOf,
} from "../../shared/compare/index.ts";
import { policy, sub, trusts } from "./pairs/vocabulary.ts";

const values = (count: number): readonly string[] =>
  upTo(count).map((at) => `\${aws:PrincipalTag/k${at}}`);
const kinds = {
  trust: (list: readonly string[]) => trusts({ StringLike: { [sub]: list } }),
  permissions: (list: readonly string[]) =>
    policy({ Effect: "Allow", Action: "ecr:*", Resource: list }),
};
const compared = (kind: keyof typeof kinds, before: string, after: string): Comparison<unknown> => {
  const sides = { before: [before], after: [after] };
  return kind === "trust" ? compareTrust(sides) : comparePermissions(sides);
};

describe.each(["trust", "permissions"] as const)("values with variables in %s policies", (kind) => {
  const make = kinds[kind];

  test("a hundred are compared", () => {
    const { widening, narrowing } = compared(
      kind,
      make(values(100)),
      make(values(100).toReversed()),
    );
    expect([widening.kind, narrowing.kind]).toEqual(["disproved", "disproved"]);
  });

  test("one more on either side is not, and the reason says what to do", () => {
    for (const [before, after] of [
      [values(101), values(102).slice(1)],
      [values(60), values(101).slice(60)],
    ] as const) {
      const { widening, narrowing } = compared(kind, make(before), make(after));
      expect([widening.kind, narrowing.kind]).toEqual(["open", "open"]);
      expect(undecidedOf(widening, narrowing)).toEqual([
        {
          code: "budget-spent",
          message:
            "More than 100 values have variables, or are unclear for another reason: too many to be held against each other. Write fewer. Treat it as a widening.",
          where: "",
        },
      ]);
    }
  });

  test("the same ones in another order are the same", () => {
    const { widening, narrowing } = compared(
      kind,
      make(values(300)),
      make(values(300).toReversed()),
    );
    expect([widening.kind, narrowing.kind]).toEqual(["disproved", "disproved"]);
  });

  test("the same text is the same", () => {
    const { widening, narrowing } = compared(kind, make(values(300)), make(values(300)));
    expect([widening.kind, narrowing.kind]).toEqual(["disproved", "disproved"]);
  });
});

test("what is granted beyond something known is not decided for so many either", () => {
  const granted = { policies: [kinds.permissions(values(101))], boundary: null };
  const known = { policies: [kinds.permissions(["*"])], boundary: null };
  expect(grantsBeyond({ granted, known: [known] })).toMatchObject({
    kind: "open",
    reasons: [{ code: "budget-spent" }],
    possible: null,
  });
});

// It was twenty seconds for four times, and no memory was enough for six.
test.each([4, 6])(
  "a key is held against its own value %i times, in no more time",
  { timeout: 8_000 },
  (times) => {
    const own = `*${"${aws:PrincipalTag/own, ''}".repeat(times)}`;
    const before = trusts({ StringLike: { "aws:PrincipalTag/team": "a" } });
    const after = trusts({ StringLike: { "aws:PrincipalTag/own": own } });
    const { widening, narrowing } = compareTrust({ before: [before], after: [after] });
    expect([widening.kind, narrowing.kind]).toEqual(["open", "proved"]);
  },
);
