import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  isOpen,
  type LastUse,
  type MaskComparison,
  staticKeys,
  variableRows,
  whyKeysStay,
} from "../../shared/projects/index.ts";

type Found = MaskComparison | "present";

const desired = { AWS_ROLE_ARN: "arn", AWS_REGION: "us-east-1", AWS_LAMBDA_FUNCTION: "api" };

describe("the variables of a project", () => {
  test("have a row each, in their order, and then the keys that are there", () => {
    const found = new Map<string, Found>([
      ["AWS_SECRET_ACCESS_KEY", "present"],
      ["AWS_REGION", "differs"],
      ["AWS_LAMBDA_FUNCTION", "unsure"],
    ]);
    expect(variableRows(desired, found)).toEqual([
      { name: "AWS_ROLE_ARN", state: "missing", change: "create", applied: false },
      { name: "AWS_REGION", state: "differs", change: "update", applied: false },
      { name: "AWS_LAMBDA_FUNCTION", state: "unsure", change: "update", applied: false },
      { name: "AWS_SECRET_ACCESS_KEY", state: "present", change: "delete", applied: false },
    ]);
    expect(variableRows({ A: "x" }, new Map([["A", "same"]]))).toEqual([
      { name: "A", state: "same", change: "none", applied: false },
    ]);
  });

  test.each([
    ["missing", "create", false, true],
    ["differs", "update", false, true],
    ["present", "delete", false, true],
    ["unsure", "update", false, false],
    ["same", "none", false, false],
    ["missing", "create", true, false],
    ["present", "delete", true, false],
  ] as const)("%s, to %s, applied %s: open %s", (state, change, applied, open) => {
    expect(isOpen({ name: "A", state, change, applied })).toBe(open);
  });
});

describe("the static keys", () => {
  const used: LastUse = { kind: "used", at: "2026-11-26T10:00:00Z" };
  const key: readonly [string, Found] = ["AWS_ACCESS_KEY_ID", "present"];
  const right: readonly (readonly [string, Found])[] = [
    ["AWS_ROLE_ARN", "unsure"],
    ["AWS_REGION", "same"],
    ["AWS_LAMBDA_FUNCTION", "unsure"],
  ];
  const stay = (found: readonly (readonly [string, Found])[], lastUse: LastUse) =>
    whyKeysStay(variableRows(desired, new Map(found)), "deploy", lastUse);

  test("may go where every variable is right and the role was used", () => {
    expect(stay([...right, key], used)).toEqual([]);
  });

  test("are not asked about where there are not any", () => {
    expect(stay([], { kind: "never" })).toEqual([]);
  });

  test.each([
    [right, { kind: "never" }, ["IAM knows of no use of deploy yet"]],
    [right, { kind: "absent" }, ["There is no role deploy"]],
    [right, { kind: "unreadable", why: "iam:GetRole is denied" }, ["iam:GetRole is denied"]],
    [
      [["AWS_REGION", "differs"]],
      { kind: "used", at: "" },
      ["AWS_ROLE_ARN (missing), AWS_REGION (differs), AWS_LAMBDA_FUNCTION (missing)"],
    ],
    [[], { kind: "never" }, ["AWS_ROLE_ARN (missing)", "IAM knows of no use"]],
  ] as const)("stay with %j and a role that is %j", (found, lastUse, sentences) => {
    const said = stay([...found, key], lastUse);
    expect(said).toHaveLength(sentences.length);
    for (const [at, part] of sentences.entries()) {
      expect(said[at]).toContain(part);
      expect(said[at]).toMatch(/\.$/);
    }
  });

  test("go only where nothing speaks against it, whatever is there", () => {
    const state = fc.constantFrom<Found | "missing">("missing", "differs", "unsure", "same");
    const lastUse = fc.constantFrom<LastUse>(
      used,
      { kind: "never" },
      { kind: "absent" },
      { kind: "unreadable", why: "x" },
    );
    fc.assert(
      fc.property(fc.tuple(state, state, state), lastUse, (states, use) => {
        const found = Object.keys(desired).flatMap((name, at): [string, Found][] => {
          const of = states[at] ?? "missing";
          return of === "missing" ? [] : [[name, of]];
        });
        const mayGo =
          use.kind === "used" && states.every((each) => each === "unsure" || each === "same");
        expect(stay([...found, [staticKeys[1], "present"]], use).length === 0).toBe(mayGo);
      }),
    );
  });
});
