import { expect, test } from "vitest";
import { measureFullRuns } from "../../bench/full-runs.ts";
import { atDepth } from "../depth.ts";

/** The most that the process may have had, Node and the bundle included, which are 70 MB at its start. */
const { environments, megabytes } = atDepth({
  usual: { environments: 1_000, megabytes: 190 },
  deep: { environments: 5_000, megabytes: 256 },
});

test("a run over thousands of environments in sync holds little of each", async () => {
  const [run] = await measureFullRuns([{ environments, organisations: 1 }]);
  expect(run?.outcomes).toEqual({ "in-sync": environments });
  expect(run?.rssMb).toBeLessThan(megabytes);
}, 240_000);
