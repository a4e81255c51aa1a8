import { expect, test } from "vitest";
import { z3Contender } from "../../bench/contenders/z3.ts";
import { checkedOperators, checkTranslation } from "../../bench/contenders/z3-check.ts";

const relations = [
  "Equals",
  "NotEquals",
  "LessThan",
  "LessThanEquals",
  "GreaterThan",
  "GreaterThanEquals",
];

/** All that IAM documents, but for BinaryEquals, which the translation leaves out. */
const operators = [
  ...["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"],
  ...["StringLike", "StringNotLike", "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
  ...["Bool", "Null", "IpAddress", "NotIpAddress"],
  ...relations.flatMap((relation) => [`Numeric${relation}`, `Date${relation}`]),
];

test("the bench's SMT solver is asked about every operator, and knows the answer", {
  timeout: 120_000,
}, async () => {
  expect([...checkedOperators].sort()).toEqual([...operators].sort());
  const z3 = await z3Contender({ option: "rlimit", most: 50_000_000 });
  try {
    await checkTranslation(z3);
  } finally {
    z3.close();
  }
});
