import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { refusesSshReruns } from "../../shared/projects/expression.ts";

describe("an expression that refuses every SSH rerun", () => {
  test.each([
    "not job.ssh.enabled",
    "!job.ssh.enabled",
    "not(job.ssh.enabled)",
    "job.ssh.enabled == false",
    "false == job.ssh.enabled",
    "job.ssh.enabled != true",
    'pipeline.git.branch == "main" and not job.ssh.enabled',
    'pipeline.git.branch == "main"\nand not job.ssh.enabled\nand not (pipeline.config_source starts-with "api")',
    '(pipeline.git.branch == "main" or pipeline.git.tag matches /^v[0-9]+\\.[0-9]+$/) and not job.ssh.enabled',
    'not (job.ssh.enabled or pipeline.git.branch == "main")',
    "pipeline.number >= 768 and not job.ssh.enabled",
    "false",
    "not not not job.ssh.enabled",
  ])("%s", (expression) => {
    expect(refusesSshReruns(expression)).toBe(true);
  });
});

describe("an expression that does not, or of which it is not certain", () => {
  test.each([
    "",
    "true",
    "job.ssh.enabled",
    'pipeline.git.branch == "main"',
    'pipeline.git.branch == "not job.ssh.enabled"',
    'not job.ssh.enabled or pipeline.git.branch == "main"',
    'pipeline.git.branch == "main" or pipeline.git.branch == "x" and not job.ssh.enabled',
    "not job.ssh.enabled == pipeline.x",
    "not (job.ssh.enabled and pipeline.x)",
    'job.ssh.enabled == "false"',
    // Not in this language, or not whole.
    "not job.ssh.enabled && true",
    "not job.ssh.enabled )",
    "(not job.ssh.enabled",
    "not job.ssh.enabled and",
    "and not job.ssh.enabled",
    "not",
    '"not job.ssh.enabled',
    "not job.ssh.enabled or",
    `${"(".repeat(200)}not job.ssh.enabled${")".repeat(200)}`,
    `not job.ssh.enabled and ${"true and ".repeat(2000)}true`,
  ])("%.60s", (expression) => {
    expect(refusesSshReruns(expression)).toBe(false);
  });
});

describe("any expression", () => {
  const atom = fc.constantFrom("job.ssh.enabled", "a", "b", "true", "false");
  const { expression } = fc.letrec<{ expression: string }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 4 },
      atom,
      fc.tuple(fc.constantFrom("not", "!"), tie("expression")).map(([op, one]) => `${op} (${one})`),
      fc
        .tuple(tie("expression"), fc.constantFrom("and", "or", "==", "!="), tie("expression"))
        .map(([left, op, right]) => `(${left}) ${op} (${right})`),
    ),
  }));

  test("that is found to refuse SSH reruns does, whatever the other variables are", () => {
    fc.assert(
      fc.property(expression, fc.boolean(), fc.boolean(), (text, a, b) => {
        if (!refusesSshReruns(text)) return;
        expect(inJavaScript(text, { a, b })).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  test("in any text ends without an exception", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(typeof refusesSshReruns(text)).toBe("boolean");
      }),
    );
  });
});

/** The same expression as JavaScript evaluates it: everything but `false` is true. */
function inJavaScript(text: string, variables: Readonly<Record<string, boolean>>): boolean {
  const body = text
    .replaceAll("job.ssh.enabled", "true")
    .replaceAll(/\b[ab]\b/g, (name) => String(variables[name]))
    .replaceAll(/(not|!) \(/g, "isFalse(")
    .replaceAll(") and (", ") && (")
    .replaceAll(") or (", ") || (")
    .replaceAll(") == (", ") === (")
    .replaceAll(") != (", ") !== (");
  const evaluate = new Function("isFalse", `return (${body})`);
  return evaluate((value: boolean) => value === false);
}
