import { describe, expect, test } from "vitest";
import { type ControlEntry, evidenceOf } from "../../shared/plan/control.ts";
import { describeConflict, nameConflicts } from "../../shared/plan/name-conflicts.ts";
import { entryWith, read, recordWith, versionWith } from "./entries.ts";

type Names = { readonly role: string; readonly policy: string };
/** What an environment's document says, and what its record says was applied. */
type Claims = { readonly says: Names | null; readonly applied?: Names };

const R: Names = { role: "R", policy: "P" };
const S: Names = { role: "S", policy: "Q" };
const named = ({ role, policy }: Names) => ({ role: { name: role }, policy: { name: policy } });

function entryOf(name: string, { says, applied }: Claims): ControlEntry {
  const record = recordWith({
    environment: name,
    applied: applied === undefined ? null : versionWith(1, named(applied)),
  });
  return entryWith({
    name,
    newest: says === null ? null : read(versionWith(2, named(says))),
    record:
      applied === undefined ? { kind: "absent" } : { kind: "found", record, parameterVersion: 3 },
  });
}

/** What each environment is in conflict over, and with which others. */
function conflictsOf(a: Claims, b: Claims): Readonly<Record<string, readonly string[]>> {
  const entries = [entryOf("a", a), entryOf("b", b)];
  const evidence = new Map(entries.map((entry) => [entry.name, evidenceOf(entry)]));
  return Object.fromEntries(
    [...nameConflicts(entries, evidence)].map(([name, conflicts]) => [
      name,
      conflicts.map((conflict) => `${conflict.resource} ${conflict.name}`),
    ]),
  );
}

describe("who may have a name that two environments claim:", () => {
  test.each<readonly [string, Claims, Claims, Readonly<Record<string, readonly string[]>>]>([
    ["other names are not a conflict", { says: R }, { says: S }, {}],
    [
      "nobody, where neither was applied",
      { says: R },
      { says: R },
      { a: ["role R", "policy P"], b: ["role R", "policy P"] },
    ],
    [
      "the one that was applied",
      { says: R, applied: R },
      { says: R },
      { b: ["role R", "policy P"] },
    ],
    [
      "the one that was applied, though its document says otherwise by now",
      { says: S, applied: R },
      { says: R },
      { b: ["role R", "policy P"] },
    ],
    [
      "nobody, where both were applied",
      { says: R, applied: R },
      { says: R, applied: R },
      { a: ["role R", "policy P"], b: ["role R", "policy P"] },
    ],
    [
      "case does not make another name",
      { says: R, applied: R },
      { says: { role: "r", policy: "Q" } },
      { b: ["role r"] },
    ],
    [
      "each resource for itself",
      { says: R, applied: R },
      { says: { role: "S", policy: "P" } },
      { b: ["policy P"] },
    ],
    ["a document that was deleted claims nothing", { says: null, applied: R }, { says: R }, {}],
    [
      "a role and a policy of one name are two things",
      { says: { role: "X", policy: "P" } },
      { says: { role: "S", policy: "X" } },
      {},
    ],
  ])("%s", (_what, a, b, expected) => {
    expect(conflictsOf(a, b)).toEqual(expected);
  });

  test("the conflict names the others", () => {
    const conflict = { resource: "role", name: "R", others: ["staging", "test"] } as const;
    expect(describeConflict(conflict)).toContain("staging, test");
  });
});
