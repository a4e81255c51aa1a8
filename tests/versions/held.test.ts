import { expect, test } from "vitest";
import { heldIn } from "../../shared/versions/held.ts";
import { read, versionWith, wider } from "../plan/entries.ts";

const second = read(versionWith(2, wider));
const holds = (heldVersion: number | null, heldDigest: string | null) => ({
  heldVersion,
  heldDigest,
});

test.each([
  [
    "the version that was announced",
    second,
    holds(2, second.digest),
    { kind: "held", version: second },
  ],
  ["nothing where no status says so", second, null, { kind: "nothing" }],
  ["nothing where the status holds none", second, holds(null, null), { kind: "nothing" }],
  ["nothing where the document is gone", null, holds(2, second.digest), { kind: "nothing" }],
  [
    "not the announced one where another was put since",
    { ...second, version: 3 },
    holds(2, second.digest),
    { kind: "overtaken", heldVersion: 2, newest: 3 },
  ],
  [
    "not another content under the number",
    second,
    holds(2, "another"),
    { kind: "other-content", heldVersion: 2 },
  ],
  [
    "not a content that the release before announced without its digest",
    second,
    holds(2, null),
    { kind: "other-content", heldVersion: 2 },
  ],
  [
    "not a parameter that was put again and counts from 1",
    { ...second, version: 1 },
    holds(2, second.digest),
    { kind: "other-content", heldVersion: 2 },
  ],
])("a label would release %s", (_, newest, status, held) => {
  expect(heldIn(newest, status)).toEqual(held);
});
