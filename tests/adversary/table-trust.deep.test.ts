import { describe, test } from "vitest";
import { playRow } from "./play.ts";
import { rows } from "./rows.ts";

describe.each(rows.trustRows)("$field: $edit", (row) => {
  test(`is ${row.verdict.is}, however it is written`, () => playRow(row));
});
