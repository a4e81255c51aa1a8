import { describe, expect, test } from "vitest";
import { repositoryFiles, textOf } from "../source-files.ts";
import { isSuperLinear } from "./regex-work.ts";

type Found = { readonly path: string; readonly source: string; readonly flags: string };

/** A comment, a text, or a regular expression behind what no value can be in front of. */
const token =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|(?<=(?:[(,=:[!&|?{};>]|\breturn)\s*)\/((?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+)\/([dgimsuvy]*)(?![\w/])/g;

/** A part of a longer text between two slashes may look like one. */
function isRegex(source: string, flags: string): boolean {
  try {
    return new RegExp(source, flags).flags.length >= 0;
  } catch {
    return false;
  }
}

/** Every regular expression that a file of ours writes as a literal. */
function regexesIn(path: string): readonly Found[] {
  return [...textOf(path).matchAll(token)].flatMap(([, source, flags = ""]) =>
    source === undefined || !isRegex(source, flags) ? [] : [{ path, source, flags }],
  );
}

const regexes = repositoryFiles
  .filter((path) => /^(?:shared|cli|functions)\/.*\.ts$/.test(path))
  .flatMap(regexesIn);

describe("the check sees", () => {
  test.each([
    [/(a+)+$/, true],
    [/(a|a)*b/, true],
    [/\s+$/, true],
    [/^\s+$/, false],
    [/a+/g, false],
    [/^a*a*b/, true],
    [/^(a+){2,5}b/, true],
    [/[^b]+b/, true],
    [/[^b]+b/y, false],
    [/^[a-z]+(?:-[a-z]+)*$/, false],
    [/x.*y/, true],
    [/^[^,]*,[^,]*$/, false],
    [/abc/, false],
  ])("%s: %s", (regex, isSlow) => {
    expect(isSuperLinear(regex.source, regex.flags)).toBe(isSlow);
  });
});

const policy = "a text of a policy, to which IAM gives at most 10,240 characters";
const ownFile = "a file that its reader chose, and no stranger's";
const short = "cut to a few thousand characters before";
const sdk = "a sentence of AWS or of its SDK";
const caller = "the ARN of a caller, which only AWS writes into an event";
const template = "the constant pieces of our own templates";
const inLine = "tied to a line's beginning, which the check does not see";

/** Files with regular expressions that can take more than linear time, and why no stranger makes them. */
const bounded: Readonly<Record<string, readonly [count: number, why: string]>> = {
  "cli/aws-failure.ts": [1, sdk],
  "shared/compare/examples/token.ts": [1, policy],
  "shared/diagnose/call.ts": [1, short],
  "shared/diagnose/sts-answer.ts": [2, short],
  "shared/diagnose/token-checks.ts": [1, policy],
  "shared/explain/findings/branches.ts": [2, policy],
  "shared/explain/findings/named.ts": [1, policy],
  "shared/issuers/keys.ts": [1, policy],
  "shared/language/surroundings.ts": [2, ownFile],
  "shared/page/html.ts": [1, template],
  "shared/pipeline/names.ts": [1, short],
  "shared/plan/quarrel.ts": [1, caller],
  "shared/policy/condition.ts": [2, policy],
  "shared/policy/template.ts": [1, policy],
  "shared/policy/wrapping.ts": [2, inLine],
  "shared/projects/access.ts": [1, ownFile],
  "shared/replay/unused.ts": [1, policy],
  "shared/takeover/subjects.ts": [1, policy],
};

test("no regular expression takes more than linear time on a stranger's text", () => {
  expect(regexes.length).toBeGreaterThan(200);
  const slow = regexes.filter(({ source, flags }) => isSuperLinear(source, flags));
  const byFile = Map.groupBy(slow, ({ path }) => path);
  const found = [...byFile].map(([path, all]) => [
    path,
    new Set(all.map((one) => one.source)).size,
  ]);
  const known = Object.entries(bounded).map(([path, [count]]) => [path, count]);
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(known));
});
