import type { CircleciClient } from "../shared/edge/circleci/client.ts";
import { deleteVariable, setVariable } from "../shared/edge/circleci/variables.ts";
import type { VariableRow, VariableTarget } from "../shared/projects/index.ts";
import { circleciFailure } from "./circleci.ts";
import { CommandError } from "./command-error.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Io } from "./io.ts";

type Place = {
  readonly circleci: CircleciClient;
  readonly io: Io;
  readonly target: VariableTarget;
  readonly values: Readonly<Record<string, string>>;
};

/** What goes into CircleCI in this call. */
type Goes = { readonly apply: boolean; readonly removeKeys: boolean };

/**
 * Writes variables one after the other, the keys last: they go only once everything else is there.
 *
 * @throws CommandError where CircleCI refuses one, or Ctrl-C comes in between; it says what was done
 */
export async function applyRows(
  place: Place,
  rows: readonly VariableRow[],
  goes: Goes,
): Promise<readonly VariableRow[]> {
  const { io } = place;
  const due = rows.filter(({ change }) => isDue(change, goes));
  const done: string[] = [];
  try {
    for (const row of due) {
      if (io.interrupted().aborted) throw interrupted(sentenceOn(done, due.length));
      io.progress(`${row.name} (${done.length + 1} of ${due.length})`);
      await applyRow(place, row);
      done.push(row.name);
    }
  } catch (thrown) {
    throw circleciFailure(thrown, sentenceOn(done, due.length));
  } finally {
    io.progress(null);
  }
  return rows.map((row) => (due.includes(row) ? { ...row, applied: true } : row));
}

function isDue(change: VariableRow["change"], { apply, removeKeys }: Goes): boolean {
  switch (change) {
    case "create":
    case "update":
      return apply;
    case "delete":
      return removeKeys;
    case "none":
      return false;
    default:
      return change satisfies never;
  }
}

async function applyRow(
  { circleci, target, values }: Place,
  { name, change }: VariableRow,
): Promise<void> {
  if (change === "delete") return deleteVariable(circleci, target, name);
  const value = values[name];
  if (value !== undefined) await setVariable(circleci, target, name, value);
}

function interrupted(done: string): CommandError {
  const message = `Ended by Ctrl-C. ${done}`;
  return new CommandError(message, { exit: exitCodes.failed, code: "Interrupted" });
}

function sentenceOn(done: readonly string[], count: number): string {
  if (count === 0) return "";
  if (done.length === 0) return "Nothing was changed.";
  return `${done.length} of ${count} changes are made (${done.join(", ")}): run it again for the rest.`;
}
