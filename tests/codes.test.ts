import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { codesFile, codesText } from "../scripts/generate-codes.ts";
import * as codes from "../shared/codes.ts";
import { causeCodes } from "../shared/diagnose/causes.ts";
import * as policyCodes from "../shared/policy/codes.ts";
import { repositoryFiles, textOf } from "./source-files.ts";

const tables = { ...codes, ...policyCodes };
const sources = repositoryFiles.filter(
  (path) =>
    /^(shared|cli|functions)\/.*\.ts$/.test(path) && !/^shared\/(policy\/)?codes\.ts$/.test(path),
);

/** Codes that the table has, and those that another page explains and its own test holds. */
const listed: ReadonlySet<string> = new Set([
  ...Object.values(tables).flatMap((table) => Object.keys(table)),
  ...causeCodes,
  ...[...textOf("docs/trust-policy.md").matchAll(/^\| (`[a-z`, -]+`) \|/gm)].flatMap(
    ([, codes = ""]) => codes.replaceAll("`", "").split(", "),
  ),
]);

/** AWS's and zod's own, which are read and never made here. */
const foreign: ReadonlySet<string> = new Set(["custom", "invalid_type"]);

/** Every text where a code is given: to a member, a variable or a function that takes one. */
function codesIn(text: string): readonly string[] {
  const places = [
    /\b(?:code|reason): ((?:[^,;{}()[\]`]|\n)*)/g,
    /\b\w*[cC]ode = ([^;{}()[\]`]*);/g,
    /\b(?:Refusal|refused)\(\s*("[^"]*")/g,
  ];
  return places.flatMap((place) =>
    [...text.matchAll(place)].flatMap(([, value = ""]) =>
      [...value.matchAll(/(?<![!=]== )"([A-Za-z_-]+)"(?! in )/g)].map(([, code = ""]) => code),
    ),
  );
}

describe("codes", () => {
  test("are all in the table, so that a new one is explained", () => {
    const unknown = sources.flatMap((path) =>
      codesIn(textOf(path))
        .filter((code) => !listed.has(code) && !foreign.has(code))
        .map((code) => `${path}: ${code}`),
    );
    expect(unknown, "Explain each in shared/codes.ts, then write the page again.").toEqual([]);
  });

  test("of the table are all in use", () => {
    const all = sources.map(textOf).join("\n");
    const dead = Object.values(tables).flatMap((table) =>
      Object.keys(table).filter((code) => !all.includes(`"${code}"`)),
    );
    expect(dead).toEqual([]);
  });

  test("are found where they are given", () => {
    const text = `
      return { code: bad ? "OneCode" : "other-code", message: "No code." };
      throw new Refusal("third-code", "It is wrong.", where);
      const stuckCode = "Fourth";
      if (reason === "Fifth") return;`;
    expect(codesIn(text).toSorted()).toEqual(["Fourth", "OneCode", "other-code", "third-code"]);
  });

  test("have a page that is fresh (UPDATE_DOCS=1 writes it again)", () => {
    if (process.env["UPDATE_DOCS"] === "1") writeFileSync(codesFile, codesText());
    else expect(readFileSync(codesFile, "utf8")).toBe(codesText());
  });

  test("put no text of theirs into a bundle: the product imports types alone", () => {
    const importers = sources.filter((path) =>
      /^import (?!type )[^;]*\/codes\.ts"/m.test(textOf(path)),
    );
    expect(importers).toEqual([]);
  });
});
