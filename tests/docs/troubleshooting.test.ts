import { describe, expect, test } from "vitest";
import { causeCodes } from "../../shared/diagnose/causes.ts";
import { textOf } from "../source-files.ts";

const page = textOf("docs/troubleshooting.md");
const [logins = "", rest = ""] = page.split("## A job logs in, but may not deploy");

/** What is in backticks in the second cells of a table. */
function codesIn(text: string): readonly string[] {
  return [...text.matchAll(/^\|[^|]*\|((?: ?`[a-z-]+` ?)+)\|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`([a-z-]+)`/g)].map(([, code = ""]) => code),
  );
}

describe("docs/troubleshooting.md", () => {
  test("has a row for each cause, and no row for another", () => {
    expect(codesIn(logins).toSorted()).toEqual([...causeCodes].toSorted());
  });

  test("has a row for each error of the guides", () => {
    for (const error of [
      "Not authorized to perform sts:AssumeRoleWithWebIdentity",
      "Token is expired",
      "Invalid identity token",
    ]) {
      expect(page).toContain(`| **${error}** |`);
    }
  });

  test("has a row for each failure of every command", () => {
    for (const code of ["AccessDenied", "LoginExpired", "CredentialsMissing", "RegionMissing"]) {
      expect(rest).toContain(`| \`${code}\` |`);
      expect(textOf("docs/codes.md")).toContain(`\`${code}\``);
    }
  });
});
