/** Many values with variables that are in the same conditions are asked about together, and as exactly as each alone. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { admitsNobody, compareTrust } from "../../shared/compare/index.ts";
import { provider } from "./documents.ts";
import { allow, deny, policy, sub } from "./pairs/vocabulary.ts";
import { isAllowed } from "./properties/replay.ts";

const tags = Array.from({ length: 14 }, (_, at) => `aws:PrincipalTag/k${at}`);
const alone = tags.map((tag) => `\${${tag}}`);
const behind = tags.map((tag) => `job-\${${tag}}`);

const kinds = (before: string, after: string) => {
  const { widening, narrowing } = compareTrust({ before: [before], after: [after] });
  return [widening.kind, narrowing.kind];
};
const listed = (values: readonly string[], operator = "StringEquals") =>
  policy(allow({ [operator]: { [sub]: values } }));

describe.each([
  ["variables alone", alone],
  ["a text and a variable", behind],
])("%s", (_, values) => {
  const less = values.slice(1);
  const turned = values.toReversed();

  test("in another order, and one of them spelt in another way, are the same", () => {
    const [first = "", ...others] = turned;
    const spelt = listed([...others, first.replace("aws:PrincipalTag", "AWS:principaltag")]);
    expect(kinds(listed(values), spelt)).toEqual(["disproved", "disproved"]);
  });

  test("are more than all but one, and all but one are others than all but another", () => {
    expect(kinds(listed(less), listed(turned))).toEqual(["proved", "disproved"]);
    expect(kinds(listed(less), listed(values.slice(0, -1)))).toEqual(["proved", "proved"]);
  });

  test("refused by the negation are what is not admitted", () => {
    const both = { StringEquals: { [sub]: values }, StringNotEquals: { [sub]: turned } };
    expect(admitsNobody(policy(allow(both)))).toBe(true);
    const refused = deny({ StringEquals: { [sub]: turned } });
    expect(admitsNobody(policy(allow({ StringEquals: { [sub]: values } }), refused))).toBe(true);
    expect(
      admitsNobody(policy(allow({ StringEquals: { [sub]: [...values, "x"] } }), refused)),
    ).toBe(false);
  });

  test("need neither the variable of one of them nor its text", () => {
    const isThere = { Null: { [tags[0] ?? ""]: "false" } };
    const with0 = policy(allow({ StringEquals: { [sub]: values }, ...isThere }));
    expect(kinds(with0, listed(values))).toEqual(["proved", "disproved"]);
    const mixed = [...behind.map((text) => `${text}-too`), ...values];
    const too = policy(allow({ StringEquals: { [sub]: mixed }, StringLike: { [sub]: "*-too" } }));
    const notToo = policy(
      allow({ StringEquals: { [sub]: mixed }, StringNotLike: { [sub]: "*-too" } }),
    );
    for (const part of [too, notToo]) expect(kinds(part, listed(mixed))[0]).toBe("proved");
  });

  test("all held against one value that each of them may be are open or a difference, never none", () => {
    expect(kinds(listed(["job-x"]), listed(values))[0]).toBe("proved");
    const [{ widening }] = [compareTrust({ before: [listed(values)], after: [listed(["job-x"])] })];
    expect(widening.kind).not.toBe("disproved");
  });
});

test.each([
  ["in groups", []],
  ["one by one, for a wildcard may match another", [`\${aws:PrincipalTag/k0}*`]],
])("what is disproved no request shows, says the evaluator of the sandbox: %s", (_, wild) => {
  const pool = [...alone, ...behind.slice(0, 6), ...wild, "job-x", "x"];
  // Documents that are decided have most of their values in common.
  const values = fc.shuffledSubarray(pool, { minLength: pool.length - 2 });
  const operator = fc.constantFrom("StringEquals", "StringLike", "StringEqualsIgnoreCase");
  const condition = fc.tuple(operator, values, fc.boolean()).map(([name, list, isNegated]) => ({
    [isNegated ? name.replace("String", "StringNot") : name]: { [sub]: list },
  }));
  const statement = fc
    .tuple(fc.boolean(), condition)
    .map(([isDeny, one]) => (isDeny ? deny(one) : allow(one)));
  const document = fc
    .tuple(condition, fc.array(statement, { maxLength: 2 }))
    .map(([first, more]) => policy(allow(first), ...more));
  const text = fc.constantFrom("x", "y", "job-x", "job-y", "X");
  const request = fc.tuple(text, fc.array(fc.option(text), { minLength: 14, maxLength: 14 }));
  const requests = fc.array(request, { minLength: 20, maxLength: 20 });
  let decided = 0;
  fc.assert(
    fc.property(document, document, requests, (before, after, asked) => {
      const comparison = compareTrust({ before: [before], after: [after] });
      const ways = [
        [comparison.widening, after, before],
        [comparison.narrowing, before, after],
      ] as const;
      for (const [direction, allows, refuses] of ways) {
        if (direction.kind !== "disproved") continue;
        decided += 1;
        for (const [subject, held] of asked) {
          const context = Object.fromEntries([
            [sub, [subject]],
            ...tags.flatMap((tag, at) => (held[at] ? [[tag, [held[at]]]] : [])),
          ]);
          const witness = {
            principal: { type: "Federated", id: provider },
            action: "sts:AssumeRoleWithWebIdentity",
            context,
          };
          expect(isAllowed(allows, witness) && !isAllowed(refuses, witness)).toBe(false);
        }
      }
    }),
    { numRuns: 150, seed: 3 },
  );
  expect(decided).toBeGreaterThan(20);
});
