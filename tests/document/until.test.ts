import { expect, test } from "vitest";
import { untilOf } from "../../shared/document/until.ts";

test.each([
  "12026-12-31T00:00:00Z",
  " 2026-12-31T00:00:00Z",
  "2026-12-31T00:00:00Z;",
  "2026-12-31T00:00:00Z\n",
  "9999-12-31T23:59:59-01:00",
])("no entry ends at %j: there is more around it, or its year has five digits", (text) => {
  expect(untilOf(text)).toBeNull();
});
