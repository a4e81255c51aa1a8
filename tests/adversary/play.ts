import { expect } from "vitest";
import { atDepth } from "../depth.ts";
import type { Run, Scenario } from "../scenarios/harness.ts";
import { hour, openApplied, start, textOf, wait } from "./ground.ts";
import { type Access, accessOf, more } from "./oracle.ts";
import { type Row, rows } from "./rows.ts";
import { type Way, ways } from "./ways.ts";

const day = 24 * hour;

const rowsInOrder = Object.values(rows).flat();

/** In every run one way, in turn from row to row; all of them in depth. */
function waysOf(row: Row): readonly Way[] {
  const first = rowsInOrder.indexOf(row) % ways.length;
  const inTurn = [...ways.slice(first), ...ways.slice(0, first)];
  return inTurn.slice(0, atDepth({ usual: 1, deep: ways.length }));
}

/** Writes a row in the ways of this depth, and holds what three runs make of it against its verdict. */
export async function playRow(row: Row): Promise<void> {
  const account = await openApplied();
  const approved = await accessOf(account);
  for (const way of waysOf(row)) {
    await playWay(account, row, way, approved);
    await account.put(textOf(start));
    await account.run();
  }
}

async function playWay(account: Scenario, row: Row, way: Way, approved: Access): Promise<void> {
  const where = `${row.field}: ${row.edit}; by ${way.way}`;
  await way.write(account, textOf(row.document));
  const first = await account.run();
  expectVerdict(row, first, where);
  // Where nothing was written nothing can have grown; what was, is looked at again in the end.
  if (first.iamWrites.length > 0) await expectNoMore(account, approved, where);
  for (const pause of [0, day]) {
    wait(pause);
    const later = await account.run();
    expect(later.report.alerts, `reported again: ${where}`).toEqual([]);
    expect(later.iamWrites, `written later: ${where}`).toEqual([]);
  }
  await expectNoMore(account, approved, where);
}

/** Nobody new, and nobody more than was approved. */
export async function expectNoMore(
  account: Scenario,
  approved: Access,
  where: string,
): Promise<void> {
  expect(more(await accessOf(account), approved), `access grew: ${where}`).toEqual([]);
}

function expectVerdict({ verdict }: Row, run: Run, where: string): void {
  const { outcome } = run.environment;
  const kinds = run.report.alerts.map(({ kind }) => kind);
  switch (verdict.is) {
    case "held":
      expect({ outcome, writes: run.iamWrites }, where).toEqual({ outcome: "held", writes: [] });
      expect(kinds, where).toContain(verdict.alert);
      return;
    case "reported":
      expect(kinds, where).toContain(verdict.alert);
      expect(outcome, where).not.toBe("held");
      return;
    case "harmless":
      expect(kinds, where).toEqual([]);
      expect(["in-sync", "reconciled"], where).toContain(outcome);
      return;
    default:
      verdict satisfies never;
  }
}
