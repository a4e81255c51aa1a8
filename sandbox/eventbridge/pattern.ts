import { BlockList, isIPv4, isIPv6 } from "node:net";
import { isRecord } from "../input/members.ts";
import type { Compare, Except, Pattern, Test } from "./pattern-reader.ts";

export { type Pattern, parsePattern, readPattern } from "./pattern-reader.ts";

type Scalar = string | number | boolean | null;

/**
 * Whether an event matches a pattern. Every field of the pattern has to match, one value of a
 * field's list is enough, and an array in the event matches if one of its elements does. In an
 * array of objects, one element has to match all that the pattern says below it. Source:
 * EventBridge User Guide, "Event patterns" and "Comparison operators".
 */
export function matchesPattern(pattern: Pattern, event: unknown): boolean {
  const here = isRecord(event) ? event : {};
  const fields = [...pattern.fields].every(([name, field]) => {
    const value = Object.hasOwn(here, name) ? here[name] : undefined;
    switch (field.kind) {
      case "below":
        return elementsOf(value).some((element) => matchesPattern(field.pattern, element));
      case "leaf":
        return matchesLeaf(field.tests, leavesOf(value));
      default:
        return field satisfies never;
    }
  });
  return (
    fields && pattern.oneOf.every((choice) => choice.some((one) => matchesPattern(one, event)))
  );
}

/** What a pattern's object is compared with: an object, or each object of an array. */
function elementsOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) return [value];
  const flat: readonly unknown[] = value.flat(Number.POSITIVE_INFINITY);
  return flat.length === 0 ? [undefined] : flat;
}

/** The values of a field. An object is not a value, so `exists` does not see it. */
function leavesOf(value: unknown): readonly Scalar[] {
  if (Array.isArray(value)) return value.flatMap(leavesOf);
  if (value === null) return [null];
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
      return [value];
    default:
      return [];
  }
}

function matchesLeaf(tests: readonly Test[], leaves: readonly Scalar[]): boolean {
  return tests.some((test) =>
    test.kind === "exists"
      ? test.exists === leaves.length > 0
      : leaves.some((leaf) => passes(test, leaf)),
  );
}

function passes(test: Exclude<Test, { kind: "exists" }>, leaf: Scalar): boolean {
  switch (test.kind) {
    case "equals":
      return leaf === test.value;
    case "text":
      return typeof leaf === "string" && passesText(test.compare, leaf);
    case "except":
      return !isExcepted(test.except, leaf);
    case "numeric":
      return typeof leaf === "number" && test.bounds.every((bound) => isWithin(bound, leaf));
    case "cidr":
      return typeof leaf === "string" && isInBlock(test, leaf);
    default:
      return test satisfies never;
  }
}

function passesText(compare: Compare, text: string): boolean {
  switch (compare.kind) {
    case "prefix":
      return text.startsWith(compare.value);
    case "suffix":
      return text.endsWith(compare.value);
    case "equals-ignore-case":
      return folded(text) === folded(compare.value);
    case "prefix-ignore-case":
      return folded(text).startsWith(folded(compare.value));
    case "suffix-ignore-case":
      return folded(text).endsWith(folded(compare.value));
    case "wildcard":
      return matchesWildcard(compare.parts, text);
    default:
      return compare satisfies never;
  }
}

function folded(text: string): string {
  return text.toLowerCase();
}

/** `parts` is the text between the stars. The first and the last part are anchored. */
function matchesWildcard(parts: readonly string[], text: string): boolean {
  const [first = "", ...others] = parts;
  const last = others.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of others) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

function isExcepted(except: Except, leaf: Scalar): boolean {
  switch (except.kind) {
    case "values":
      return except.values.some((value) => value === leaf);
    case "texts":
      return typeof leaf === "string" && except.compares.some((one) => passesText(one, leaf));
    default:
      return except satisfies never;
  }
}

function isWithin(
  bound: { readonly comparison: "<" | "<=" | "=" | ">=" | ">"; readonly limit: number },
  value: number,
): boolean {
  switch (bound.comparison) {
    case "<":
      return value < bound.limit;
    case "<=":
      return value <= bound.limit;
    case "=":
      return value === bound.limit;
    case ">=":
      return value >= bound.limit;
    case ">":
      return value > bound.limit;
    default:
      return bound.comparison satisfies never;
  }
}

function isInBlock(
  block: { readonly address: string; readonly bits: number },
  text: string,
): boolean {
  const family = isIPv4(block.address) ? "ipv4" : "ipv6";
  if (family === "ipv4" ? !isIPv4(text) : !isIPv6(text)) return false;
  const list = new BlockList();
  list.addSubnet(block.address, block.bits, family);
  return list.check(text, family);
}
