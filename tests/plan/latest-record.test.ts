import { describe, expect, test } from "vitest";
import { asHistoryShows, lastRecordIn } from "../../shared/plan/latest-record.ts";
import { type AppliedRecord, serializeRecord } from "../../shared/plan/record.ts";
import { recordWith, versionWith, wider } from "./entries.ts";

/** Serial, what is in force, and the version that it says it follows; or a spoilt text. */
type Written = readonly [number, "narrow" | "wide", number?] | "spoilt";

const versions = { narrow: versionWith(2), wide: versionWith(1, wider) };
const environment = "production";
/** A serial that no record has. */
const above = 1000;

function recordOf([serial, applied, after]: Exclude<Written, "spoilt">): AppliedRecord {
  return recordWith({ serial, after, applied: versions[applied] });
}

/** What is read of a parameter's last version, and its history: as it was written, oldest first. */
function written(...all: readonly Written[]) {
  const history = all.map((each, nth) => ({
    version: nth + 1,
    value: each === "spoilt" ? "{}" : (serializeRecord(recordOf(each)) ?? ""),
  }));
  const last = all.at(-1) ?? "spoilt";
  const parameterVersion = all.length;
  const known =
    last === "spoilt"
      ? ({ kind: "misfit", why: "it is not a record", parameterVersion } as const)
      : ({ kind: "found", record: recordOf(last), parameterVersion } as const);
  return { known, history, environment, above };
}

describe("a record is what was written last", () => {
  test.each([
    ["as one run after the other wrote it", written([1, "wide", 0], [2, "narrow", 1])],
    ["that two runs wrote at once", written([1, "narrow", 0], [1, "narrow", 0])],
    ["that was sent twice", written([1, "wide", 0], [2, "narrow", 1], [2, "narrow", 1])],
    [
      "restored by a run that was overtaken",
      written([1, "wide", 0], [2, "narrow", 1], [2, "wide", 1], [2, "narrow", 1]),
    ],
    [
      "of the first of two that had begun at once, over the other's",
      written([1, "wide", 0], [1, "wide", 0], [2, "narrow", 1]),
    ],
    [
      "of the first of two, over what the other has restored",
      written([1, "wide", 0], [2, "narrow", 1], [2, "wide", 1], [2, "narrow", 1], [3, "wide", 2]),
    ],
    ["that follows a spoilt one", written([1, "wide", 0], "spoilt", [3, "narrow", 2])],
    ["of a parameter that was re-created", written([8, "wide", 0], [9, "narrow", 1])],
    ["of release 0.1.0", written([1, "wide"], [2, "narrow"])],
    [
      "of release 0.1.0, that lags since another was sent twice",
      written([1, "wide"], [1, "wide"], [2, "narrow"], [3, "narrow"]),
    ],
    ["of release 0.1.0, restored", written([1, "wide"], [2, "narrow"], [2, "wide"], [2, "narrow"])],
    ["that follows one of release 0.1.0", written([1, "wide"], [1, "wide"], [2, "narrow", 2])],
    ["of release 0.1.0, which follows one of this", written([8, "wide", 0], [9, "narrow"])],
  ])("%s", (_, { known, ...given }) => {
    expect(asHistoryShows(known, given)).toBe(known);
  });
});

describe("a record was put back", () => {
  const narrowed = [
    [1, "wide", 0],
    [2, "narrow", 1],
  ] as const;
  const before = [
    [1, "wide"],
    [1, "wide"],
    [2, "narrow"],
  ] as const;
  test.each([
    ["over a newer one", written(...narrowed, [1, "wide", 0]), 2],
    ["twice", written(...narrowed, [1, "wide", 0], [1, "wide", 0]), 2],
    ["over a spoilt one", written(...narrowed, "spoilt", [1, "wide", 0]), 2],
    ["with another text", written(...narrowed, [2, "wide", 1]), 2],
    ["with a higher serial", written(...narrowed, [5, "wide", 1]), 2],
    ["before a run restores it", written(...narrowed, [2, "wide", 1], [3, "wide", 2]), 2],
    ["that follows an older one", written(...narrowed, [3, "narrow", 2], ...narrowed), 3],
    [
      "that follows one which is not there any more",
      written(...narrowed, [1, "wide", 0], [2, "wide", 1]),
      2,
    ],
    [
      "which a run restored that was overtaken too",
      written([1, "wide", 0], [1, "narrow", 0], [2, "wide", 1], [1, "narrow", 0]),
      1,
    ],
    [
      "where the parameter was re-created",
      written([8, "wide", 0], [9, "narrow", 1], [8, "wide", 0]),
      9,
    ],
    ["into a parameter that was re-created", written([9, "wide", 8]), above],
    ["that leads all others", written([above, "wide", 8]), above + 1],
    ["of 0.1.0, into one that was re-created", written([2, "wide"]), above],
    ["of 0.1.0, into one that was re-created, twice", written([2, "wide"], [2, "wide"]), above],
    ["after a spoilt one, in one that was re-created", written("spoilt", [9, "wide", 8]), above],
    ["once the history does not show what it was", written("spoilt", [1, "wide", 0]), above],
    ["over one of release 0.1.0", written(...before, [1, "wide"]), 2],
    ["of 0.1.0, over what followed it", written(...before, [3, "narrow", 3], [2, "narrow"]), 3],
    ["of 0.1.0, once the history does not show it", written("spoilt", [1, "wide"]), above],
  ])("%s", (_, { known, ...given }, serialMin) => {
    const shown = asHistoryShows(known, given);
    expect(shown).toMatchObject({ kind: "misfit", serialMin });
  });
});

test("a spoilt one says what is not older than it", () => {
  const { known, ...given } = written([1, "wide", 0], [2, "narrow", 1], "spoilt");
  expect(asHistoryShows(known, given)).toEqual({
    ...known,
    serialMin: 2,
    once: recordOf([2, "narrow", 1]),
  });
  const { known: unknown, ...nothing } = written("spoilt", "spoilt");
  expect(asHistoryShows(unknown, nothing)).toMatchObject({ kind: "misfit", serialMin: above });
});

test("what was in force once is what was written last, or else what was put back", () => {
  const { known, ...given } = written([1, "wide", 0], [2, "narrow", 1], [1, "wide", 0]);
  expect(asHistoryShows(known, given)).toMatchObject({ once: recordOf([2, "narrow", 1]) });
  const { known: alone, ...copied } = written([9, "wide", 8]);
  expect(asHistoryShows(alone, copied)).toMatchObject({ once: recordOf([9, "wide", 8]) });
});

test("what another run wrote after it was read says nothing of it", () => {
  const { known } = written([1, "wide", 0], [2, "narrow", 1]);
  const { known: _, ...given } = written([1, "wide", 0], [2, "narrow", 1], [3, "wide", 2]);
  expect(asHistoryShows(known, given)).toBe(known);
});

test("an old answer says nothing of it", () => {
  const { known, ...given } = written([1, "wide", 0], [2, "narrow", 1], [1, "wide", 0]);
  const upTo = (count: number) => ({ ...given, history: given.history.slice(0, count) });
  expect(asHistoryShows(known, upTo(1))).toBeNull();
  expect(asHistoryShows(known, upTo(2))?.kind).toBe("misfit");
});

test("another environment's record in the history does not count", () => {
  const { known, history, ...given } = written([1, "wide"], [9, "wide"], [2, "narrow"]);
  expect(asHistoryShows(known, { ...given, history })?.kind).toBe("misfit");
  const other = serializeRecord({ ...recordOf([9, "wide"]), environment: "staging" }) ?? "";
  const foreign = history.map(({ version, value }) =>
    version === 2 ? { version, value: other } : { version, value },
  );
  expect(asHistoryShows(known, { ...given, history: foreign })).toBe(known);
});

test("what was written last is known from the history alone, in any order", () => {
  const { history } = written([1, "wide", 0], [2, "narrow", 1], [2, "wide", 1], "spoilt");
  expect(lastRecordIn(history.toReversed(), environment)).toBe(history[1]?.value);
  expect(lastRecordIn(written("spoilt").history, environment)).toBeNull();
});
