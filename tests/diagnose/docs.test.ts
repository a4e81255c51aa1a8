import { expect, test } from "vitest";
import { causeCodes } from "../../shared/diagnose/causes.ts";
import { textOf } from "../source-files.ts";

test("the page on diagnosis has every code, in the order in which it is checked", () => {
  const rows = textOf("docs/diagnosis.md").matchAll(/^\| `([a-z-]+)` \|/gm);
  expect([...rows].map(([, code]) => code)).toEqual([...causeCodes]);
});
