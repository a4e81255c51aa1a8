import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { isOrigin, isRef } from "../../shared/circleci/grammar.ts";
import { isWritten, parseSubject, subjectMachines } from "../../shared/circleci/tokens.ts";
import { accepts } from "../../shared/language/walk.ts";

const organizationId = "11111111-2222-4333-8444-555555555555";
const projectId = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
const job = `org/${organizationId}/project/${projectId}/user/${projectId}`;
// Of V2 tokens: that of V1 is the last.
const machines = subjectMachines({ organizationId }).slice(0, -1);

function isInGrammar(origin: string, ref: string): boolean {
  const text = `${job}/vcs-origin/${origin}/vcs-ref/${ref}`;
  return machines.some((machine) => accepts(machine, text));
}

/** Is it a branch that git would make? Git itself is asked. */
function doesGitTake(branch: string): boolean {
  try {
    execFileSync("git", ["check-ref-format", "--branch", branch], { stdio: "pipe" });
    return true;
  } catch {
    return false;
  }
}

describe("a branch's name is what git check-ref-format takes", () => {
  test.each([
    "main",
    "x/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/main",
    "pull/7",
    "a..b",
    "a.",
    "a./b",
    ".a",
    "a/.b",
    "a/b.lock",
    "a.lock/b",
    "a.lock.",
    "a.lockx",
    "a.lo",
    "a.l",
    "a.locklock",
    "a.lock.lock",
    "lock",
    "a//b",
    "a/",
    "/a",
    "-a",
    "a/-b",
    "a-b",
    "a@{b",
    "a@b",
    "a@@{b",
    "a{b",
    "{",
    "a@/b",
    "a b",
    "a~b",
    "a^b",
    "a:b",
    "a?b",
    "a*b",
    "a[b",
    "a]b",
    "a\\b",
    "a`b",
    "caf\u00e9",
    "a\tb",
    "a\u007fb",
  ])("%j", (branch) => {
    const taken = doesGitTake(branch);
    expect(isRef(`refs/heads/${branch}`)).toBe(taken);
    expect(isInGrammar("github.com/acme/shop", `refs/heads/${branch}`)).toBe(taken);
    expect(isInGrammar("github.com/acme/shop", `refs/tags/${branch}`)).toBe(taken);
  });

  test("and nothing but a branch or a tag is a ref", () => {
    for (const ref of ["refs/heads/", "refs/pull/7/head", "heads/main", "refs/tags/", "main", ""])
      expect([isRef(ref), isInGrammar("github.com/acme/shop", ref)]).toEqual([false, false]);
  });
});

describe("an origin is host, owner and repository", () => {
  test.each([
    "github.com/acme/shop",
    "github.com/acme/.github",
    "bitbucket.org/acme_2/shop.js",
    "gitlab.com/acme/tools/shop",
    "git.acme-corp.example/a/b",
  ])("%s", (origin) => {
    expect([isOrigin(origin), isInGrammar(origin, "refs/heads/main")]).toEqual([true, true]);
  });

  test.each([
    "github.com/x",
    "github.com",
    "github/acme/shop",
    "x.x/vcs-ref/refs/tags",
    "GitHub.com/acme/shop",
    "github.com/acme/",
    "github.com//shop",
    ".com/acme/shop",
    "a..com/acme/shop",
    "-a.com/acme/shop",
    "github.com/acme/.",
    "github.com/acme/..",
    "",
  ])("not %j", (origin) => {
    expect([isOrigin(origin), isInGrammar(origin, "refs/heads/main")]).toEqual([false, false]);
  });

  test("and GitHub and Bitbucket have no further groups", () => {
    expect(isOrigin("github.com/acme/tools/shop")).toBe(false);
    expect(isOrigin("bitbucket.org/acme/tools/shop")).toBe(false);
  });
});

test("a subject is read up to its first ref, as CircleCI wrote it", () => {
  const written = (rest: string): boolean => {
    const subject = parseSubject(`${job}${rest}`);
    return subject !== null && isWritten(subject);
  };
  expect(written("")).toBe(true);
  expect(written("/vcs-origin/github.com/a/b/vcs-ref/refs/heads/x/vcs-ref/refs/tags/y")).toBe(true);
  expect(written("/vcs-origin/x.xx/vcs-ref/refs/tags/vcs-ref/refs/heads/main")).toBe(false);
});
