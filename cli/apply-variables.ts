import type { CircleciClient } from "../shared/edge/circleci/client.ts";
import { CircleciError } from "../shared/edge/circleci/error.ts";
import {
  compareVariables,
  deleteVariable,
  setVariable,
} from "../shared/edge/circleci/variables.ts";
import {
  staticKeys,
  untakenRows,
  type VariableRow,
  type VariableTarget,
} from "../shared/projects/index.ts";
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

/** The rows with what was done, what ended it before its end, and what a person has to know. */
type Applied = {
  readonly rows: readonly VariableRow[];
  readonly failure: CommandError | null;
  readonly warnings: readonly string[];
};

/**
 * Writes variables one after the other, the keys last: they go only once everything else is there.
 * Then it looks whether CircleCI has what it said it took.
 */
export async function applyRows(
  place: Place,
  rows: readonly VariableRow[],
  goes: Goes,
): Promise<Applied> {
  const { io } = place;
  const due = rows.filter(({ change }) => isDue(change, goes));
  const done: VariableRow[] = [];
  const rowsNow = () => rows.map((row) => (done.includes(row) ? { ...row, applied: true } : row));
  try {
    for (const row of due) {
      if (io.interrupted().aborted) throw interrupted();
      io.progress(`${row.name} (${done.length + 1} of ${due.length})`);
      await applyRow(place, row);
      done.push(row);
    }
  } catch (thrown) {
    const at = mayHaveWritten(thrown) ? (due[done.length]?.name ?? null) : null;
    const failure = circleciFailure(thrown, sentenceOn(done, due.length, at));
    return { rows: rowsNow(), failure, warnings: [] };
  } finally {
    io.progress(null);
  }
  return { failure: null, ...(await lookedAt(place, rowsNow())) };
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

/** Reads the variables again. Where that fails, they count as written all the same. */
async function lookedAt(
  { circleci, target, values }: Place,
  rows: readonly VariableRow[],
): Promise<Pick<Applied, "rows" | "warnings">> {
  if (!rows.some(({ applied }) => applied)) return { rows, warnings: [] };
  try {
    const found = await compareVariables(circleci, target, values, staticKeys);
    const untaken = untakenRows(rows, found);
    const names = untaken.map(({ name }) => name);
    const after = rows.map((row) => untaken.find(({ name }) => name === row.name) ?? row);
    return { rows: after, warnings: names.length === 0 ? [] : [untakenSentence(names)] };
  } catch (thrown) {
    const message = `Whether CircleCI has them now could not be read. ${circleciFailure(thrown).message}`;
    return { rows, warnings: [message] };
  }
}

function untakenSentence(names: readonly string[]): string {
  return `CircleCI said that it has changed ${names.join(", ")}, and shows it as it was before. Look at the page of the variables, and run it again.`;
}

function interrupted(): CommandError {
  return new CommandError("Ended by Ctrl-C.", { exit: exitCodes.failed, code: "Interrupted" });
}

/** A request that had no answer, or none that could be read, may have done its work. */
function mayHaveWritten(thrown: unknown): boolean {
  if (!(thrown instanceof CircleciError)) return false;
  const { code } = thrown.failed;
  return code === "CircleciUnavailable" || code === "CircleciAnswerUnreadable";
}

/** @param open the variable of which nobody knows whether it was changed; null where none is */
function sentenceOn(done: readonly VariableRow[], count: number, open: string | null): string {
  if (count === 0) return "";
  const unknown = open === null ? "" : `Whether ${open} was changed is not known. `;
  if (done.length === 0) {
    return open === null ? "Nothing was changed." : `${unknown}Nothing else was changed.`;
  }
  const names = done.map(({ name }) => name).join(", ");
  return `${unknown}${done.length} of ${count} changes are made (${names}): run it again for the rest.`;
}
