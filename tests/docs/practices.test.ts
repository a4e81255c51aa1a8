import { describe, expect, test } from "vitest";
import { textOf } from "../source-files.ts";
import { hasTest } from "./named-tests.ts";

const page = textOf("docs/security-practices.md");

/** The tests that the page names, each with the practice that it keeps. */
const promises = page.split(/^## /m).flatMap((section) => {
  const [practice = ""] = section.split("\n");
  return [...section.matchAll(/^- `(tests\/[^`]+)`: "(.+)"$/gm)].map(
    ([, file = "", title = ""]) => ({ practice, file, title }),
  );
});

describe("docs/security-practices.md", () => {
  test.each(promises)("$practice: $title", ({ file, title }) => {
    expect(hasTest(file, title), file).toBe(true);
  });

  test("has a test for each practice, and each practice of the guides", () => {
    const practices = [...page.matchAll(/^## (.+)$/gm)].map(([, name = ""]) => name);
    expect(practices.filter((name) => !promises.some(({ practice }) => practice === name))).toEqual(
      [],
    );
    for (const name of ["Restrict resources", "Enable CloudTrail", "Separate environments"]) {
      expect(practices).toContain(name);
    }
    expect(practices.some((name) => name.startsWith("Limit by project"))).toBe(true);
    expect(practices.some((name) => name.startsWith("Review regularly"))).toBe(true);
  });

  test("would notice a test that is gone", () => {
    expect(hasTest("tests/docs/practices.test.ts", "would notice a test that is gone")).toBe(true);
    expect(hasTest("tests/docs/practices.test.ts", ["a test", "of nobody"].join(" "))).toBe(false);
    expect(hasTest("tests/docs/gone.test.ts", "would notice a test that is gone")).toBe(false);
  });
});
