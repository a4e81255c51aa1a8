import { describe, expect, test } from "vitest";
import type { Choice } from "../../shared/plan/choice.ts";
import { correctionOf } from "../../shared/plan/correction.ts";
import { modeOf } from "../../shared/plan/mode.ts";
import { pausedIn, type WritePermission, writesOf } from "../../shared/plan/writes.ts";
import { installation, versionWith } from "./entries.ts";
import { changeOf, evidenceOf, newest, planOfNothing, planWith } from "./plans.ts";
import { now } from "./subjects.ts";

const observe = versionWith(2, { mode: "observe" });
const suspend = versionWith(2, { mode: "suspend" });
const enforce = versionWith(2);
const fault = { code: "AccessDenied", message: "denied", kind: "denied" } as const;
const unknown = { kind: "unknown", fault } as const;
const lost = { kind: "missing", why: "lost" } as const;
const applied = (at: typeof enforce) =>
  ({ kind: "applied", at, refusal: unknown, letThrough: null, label: null }) satisfies Choice;

describe("the mode is that of", () => {
  test.each([
    ["the newest version, whatever the record says", planWith(newest(observe)), "observe"],
    [
      "the record, while the newest version waits",
      planWith(applied(enforce), { evidence: evidenceOf({ mode: "suspend" }) }),
      "suspend",
    ],
    [
      "the version in force, where there is no record",
      planWith(applied(observe), { evidence: lost }),
      "observe",
    ],
    [
      "the record, where the document is gone",
      planOfNothing({ kind: "orphaned" }, { evidence: evidenceOf({ mode: "observe" }) }),
      "observe",
    ],
    ["nobody, and enforces", planOfNothing({ kind: "orphaned" }, { evidence: lost }), "enforce"],
  ])("%s", (_, plan, mode) => {
    expect(modeOf(plan)).toBe(mode);
  });
});

describe("a run may write", () => {
  const usual: WritePermission = { dryRun: false, force: false, steps: "all" };
  test.each([
    ["where the mode enforces", enforce, usual, "allowed"],
    ["nothing in a dry run", enforce, { ...usual, dryRun: true }, "dry-run"],
    [
      "nothing in a dry run that is forced",
      enforce,
      { ...usual, dryRun: true, force: true },
      "dry-run",
    ],
    ["nothing where the mode observes", observe, usual, "observe"],
    ["where it observes and a person forces it", observe, { ...usual, force: true }, "allowed"],
    ["nothing where the mode suspends", suspend, usual, "suspend"],
    ["nothing there by force either", suspend, { ...usual, force: true }, "suspend"],
  ] as const)("%s", (_, version, permission, writes) => {
    expect(writesOf(planWith(newest(version)), permission)).toBe(writes);
  });
});

describe("a change waits", () => {
  const untag = changeOf({ do: "untag-role", name: "deploy", keys: ["team"] });
  const shut = changeOf({ do: "update-trust-policy", name: "deploy", trustPolicy: "{}" }, "closes");
  const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000).toISOString();
  const quarrel = (...minutes: readonly number[]) => ({
    quarrels: [{ ...correctionOf(untag), actor: null, at: minutes.map(minutesAgo) }],
  });
  test.each([
    ["while somebody undoes it again and again", evidenceOf(quarrel(40, 25, 10)), [untag]],
    ["not after two rounds", evidenceOf(quarrel(25, 10)), []],
    ["not once the pause is over", evidenceOf(quarrel(50, 35, 20)), []],
    ["not where another was undone", evidenceOf({ quarrels: [] }), []],
    ["not where nothing is known", lost, []],
  ])("%s, and what closes never does", (_, evidence, waiting) => {
    const plan = planWith(newest(enforce), { evidence, changes: [untag, shut] });
    expect(pausedIn({ installation, now }, plan)).toEqual(waiting);
  });
});
