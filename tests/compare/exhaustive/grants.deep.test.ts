import { expect, test } from "vitest";
import { grantsBeyond } from "../../../shared/compare/index.ts";
import { atDepth, timeLimit } from "../../depth.ts";
import { BruteForce } from "./brute-force.ts";
import { allFamilies } from "./families/index.ts";
import { requestOf } from "./faults.ts";
import { planOf } from "./pairs.ts";
import { type Policy, textOf } from "./policies.ts";

/** Those of which nothing is open: a policy within a boundary, against another policy. */
const families = allFamilies.filter(
  ({ kind, undecided, name }) =>
    kind === "permissions" && (undecided.needless === 0 || name === "actions and resources"),
);

test.each(families.map((family) => [family.name, family] as const))(
  "%s: what a boundary leaves of a policy, and whether another grants it",
  (_, family) => {
    const truths = new BruteForce(family);
    const faults: string[] = [];
    let known: Policy | null = null;
    const plan = planOf(family, atDepth({ usual: 2_000, deep: 100_000 }));
    for (const { before: boundary, after: policy } of plan.pairs()) {
      const other: Policy = known ?? boundary;
      known = policy;
      const direction = grantsBeyond({
        granted: { policies: [textOf(policy)], boundary: textOf(boundary) },
        known: [{ policies: [textOf(other)], boundary: null }],
      });
      const within = truths.allowedBy(boundary);
      const granted = truths.allowedBy(policy).map((bits, at) => bits & (within[at] ?? 0));
      const others = truths.allowedBy(other);
      const truth = truths.truth(granted, others);
      const note = [policy, boundary, other].map(textOf).join("\n  ");
      if (direction.kind === "disproved" && truth !== "none") faults.push(`${truth}: ${note}`);
      if (direction.kind === "open" && family.undecided.needless === 0)
        faults.push(`open: ${note}`);
      if (direction.kind !== "proved") continue;
      const number = truths.numberOf(requestOf(direction.witness)) ?? -1;
      const isGranted = truths.readingsWith(granted, number).length === truths.readings.length;
      if (!isGranted || truths.readingsWith(others, number).length > 0)
        faults.push(`${JSON.stringify(direction.witness)} proves nothing: ${note}`);
    }
    expect(faults.slice(0, 5)).toEqual([]);
  },
  timeLimit(120_000),
);
