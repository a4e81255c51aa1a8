import { ipAddress } from "./addresses.ts";
import { arnLike } from "./arns.ts";
import { binaryEquals } from "./binaries.ts";
import { bool } from "./booleans.ts";
import {
  dateEquals,
  dateGreaterThan,
  dateGreaterThanEquals,
  dateLessThan,
  dateLessThanEquals,
} from "./dates.ts";
import {
  numericEquals,
  numericGreaterThan,
  numericGreaterThanEquals,
  numericLessThan,
  numericLessThanEquals,
} from "./numbers.ts";
import { stringEquals, stringEqualsIgnoreCase, stringLike } from "./strings.ts";
import type { Test } from "./test.ts";

/** A comparison of the policy language: its test, and whether the operator negates it. */
export type Comparison = { readonly test: Test; readonly negated: boolean };

const is = (test: Test): Comparison => ({ test, negated: false });
const isNot = (test: Test): Comparison => ({ test, negated: true });

/** Every operator except Null, which only looks whether a key is present. */
const comparisons: ReadonlyMap<string, Comparison> = new Map([
  ["StringEquals", is(stringEquals)],
  ["StringNotEquals", isNot(stringEquals)],
  ["StringEqualsIgnoreCase", is(stringEqualsIgnoreCase)],
  ["StringNotEqualsIgnoreCase", isNot(stringEqualsIgnoreCase)],
  ["StringLike", is(stringLike)],
  ["StringNotLike", isNot(stringLike)],
  ["NumericEquals", is(numericEquals)],
  ["NumericNotEquals", isNot(numericEquals)],
  ["NumericLessThan", is(numericLessThan)],
  ["NumericLessThanEquals", is(numericLessThanEquals)],
  ["NumericGreaterThan", is(numericGreaterThan)],
  ["NumericGreaterThanEquals", is(numericGreaterThanEquals)],
  ["DateEquals", is(dateEquals)],
  ["DateNotEquals", isNot(dateEquals)],
  ["DateLessThan", is(dateLessThan)],
  ["DateLessThanEquals", is(dateLessThanEquals)],
  ["DateGreaterThan", is(dateGreaterThan)],
  ["DateGreaterThanEquals", is(dateGreaterThanEquals)],
  ["Bool", is(bool)],
  ["BinaryEquals", is(binaryEquals)],
  ["IpAddress", is(ipAddress)],
  ["NotIpAddress", isNot(ipAddress)],
  ["ArnEquals", is(arnLike)],
  ["ArnLike", is(arnLike)],
  ["ArnNotEquals", isNot(arnLike)],
  ["ArnNotLike", isNot(arnLike)],
]);

/** How an operator takes several values of one key together. */
export type Quantifier = "single" | "for-all-values" | "for-any-value";

export type Operator =
  | { readonly kind: "null" }
  | {
      readonly kind: "comparison";
      readonly comparison: Comparison;
      readonly quantifier: Quantifier;
      readonly ifExists: boolean;
    };

/** An operator by its full name, with set prefix and IfExists; null if IAM does not know it. */
export function operatorOf(name: string): Operator | null {
  if (name === "Null") return { kind: "null" };
  const parts = /^(ForAllValues:|ForAnyValue:)?([A-Za-z]+?)(IfExists)?$/.exec(name);
  const comparison = comparisons.get(parts?.[2] ?? "");
  if (parts === null || comparison === undefined) return null;
  const quantifier =
    parts[1] === "ForAllValues:"
      ? "for-all-values"
      : parts[1] === "ForAnyValue:"
        ? "for-any-value"
        : "single";
  return { kind: "comparison", comparison, quantifier, ifExists: parts[3] !== undefined };
}
