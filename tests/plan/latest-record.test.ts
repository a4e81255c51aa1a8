import { expect, test } from "vitest";
import { isLatestIn } from "../../shared/plan/latest-record.ts";
import { serializeRecord } from "../../shared/plan/record.ts";
import { recordWith, versionWith, wider } from "./entries.ts";

const narrow = { applied: versionWith(2) };
const wide = { applied: versionWith(1, wider) };

/** A parameter's history, oldest first as it was written: a serial and what is in force, or a spoilt text. */
function historyOf(...written: readonly (readonly [number, typeof narrow] | string)[]) {
  return written
    .map((each, nth) => ({
      version: nth + 1,
      value:
        typeof each === "string"
          ? each
          : (serializeRecord(recordWith({ serial: each[0], ...each[1] })) ?? ""),
    }))
    .toReversed();
}

test.each([
  ["that two runs wrote at once", historyOf([1, narrow], [1, narrow]), true],
  ["that was sent twice", historyOf([1, wide], [2, narrow], [2, narrow]), true],
  ["put back by a fence", historyOf([1, wide], [2, narrow], [2, wide], [2, narrow]), true],
  ["put back over a newer one", historyOf([1, wide], [2, narrow], [1, wide]), false],
  ["put back twice", historyOf([1, wide], [2, narrow], [1, wide], [1, wide]), false],
  ["put back over a spoilt one", historyOf([1, wide], [2, narrow], "{}", [1, wide]), false],
  ["of another text", historyOf([1, wide], [2, narrow], [2, wide]), false],
  ["that the history does not show any more", historyOf("{}", [1, wide]), false],
  ["of another environment's history", historyOf(), false],
])("a record that lags its parameter, %s", (_, history, isLatest) => {
  expect(isLatestIn(history, history.length, "production")).toBe(isLatest);
});
