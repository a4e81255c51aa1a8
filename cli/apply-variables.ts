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
  /** Why the keys stay that were to go, as sentences. */
  readonly blocked: readonly string[];
};

/** What is to be done in all, and what CircleCI said yes to so far. */
type Work = {
  readonly rows: readonly VariableRow[];
  readonly due: readonly VariableRow[];
  readonly done: VariableRow[];
  /** Of these it said that they are not there, or that they are not found. */
  readonly gone: VariableRow[];
};

type Round = Omit<Applied, "blocked"> & {
  /** How the variables compare afterwards; null where nobody looked, or it could not be read. */
  readonly found: Found | null;
};

type Found = Awaited<ReturnType<typeof compareVariables>>;

/**
 * Writes variables one after the other, and looks whether CircleCI has what it said it took. The keys go last, which
 * nobody can get back: only once everything else was seen there.
 */
export async function applyRows(
  place: Place,
  rows: readonly VariableRow[],
  goes: Goes,
): Promise<Applied> {
  const due = rows.filter(({ change }) => isDue(change, goes));
  const keys = due.filter(({ change }) => change === "delete");
  const work: Work = { rows, due, done: [], gone: [] };
  const others = due.filter(({ change }) => change !== "delete");
  const written = await round(place, work, others);
  if (keys.length === 0) return { ...written, blocked: [] };
  const blocked = whyNotSeen(place, written);
  if (blocked.length > 0) return { ...written, blocked };
  return { ...(await round(place, work, keys)), blocked };
}

/** Makes some of the changes that are due, and then looks. */
async function round(place: Place, work: Work, rows: readonly VariableRow[]): Promise<Round> {
  const { io } = place;
  const { due, done } = work;
  let at: VariableRow | null = null;
  try {
    for (const row of rows) {
      at = row;
      if (io.interrupted().aborted) throw interrupted();
      io.progress(`${row.name} (${done.length + 1} of ${due.length})`);
      if ((await applyRow(place, row)) === "gone") work.gone.push(row);
      done.push(row);
    }
  } catch (thrown) {
    const open = mayHaveWritten(thrown) ? (at?.name ?? null) : null;
    const failure = circleciFailure(thrown, sentenceOn(done, due.length, open));
    return { rows: rowsNow(work, []), failure, warnings: [], found: null };
  } finally {
    io.progress(null);
  }
  return lookedAt(place, work);
}

/** @param unknown of these nobody knows whether they are done */
function rowsNow({ rows, done }: Work, unknown: readonly VariableRow[]): readonly VariableRow[] {
  return rows.map((row) =>
    done.includes(row) && !unknown.includes(row) ? { ...row, applied: true } : row,
  );
}

/** Why the keys may not go after the other variables were written. */
function whyNotSeen({ values }: Place, { found, failure }: Round): readonly string[] {
  if (failure !== null || found === null) {
    return ["Not every variable was seen in CircleCI as it was written."];
  }
  const names = Object.keys(values);
  const wrong = names.flatMap((name) => {
    const state = found.get(name) ?? "missing";
    return state === "missing" || state === "differs" ? [`${name} (${state})`] : [];
  });
  const hidden = names.filter((name) => found.get(name) === "unseen").join(", ");
  return [
    ...(wrong.length === 0
      ? []
      : [`CircleCI does not show every variable as it was written: ${wrong.join(", ")}.`]),
    ...(hidden === "" ? [] : [hiddenSentence(hidden)]),
  ];
}

function hiddenSentence(names: string): string {
  return `CircleCI shows nothing of the value of ${names}, so nobody can see whether it is right. Delete the keys by hand once a job has deployed with the role.`;
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
): Promise<"done" | "gone"> {
  if (change === "delete") return deleteVariable(circleci, target, name);
  const value = values[name];
  if (value !== undefined) await setVariable(circleci, target, name, value);
  return "done";
}

/** Reads the variables again. Where that fails, nobody has seen what was done, and what was not found may be there. */
async function lookedAt({ circleci, target, values }: Place, work: Work): Promise<Round> {
  const rows = rowsNow(work, []);
  if (work.due.length === 0) return { rows, failure: null, warnings: [], found: null };
  try {
    const found = await compareVariables(circleci, target, values, staticKeys);
    const untaken = untakenRows(rows, found);
    const names = untaken.map(({ name }) => name);
    const after = rows.map((row) => untaken.find(({ name }) => name === row.name) ?? row);
    const warnings = names.length === 0 ? [] : [untakenSentence(names)];
    return { rows: after, failure: null, warnings, found };
  } catch (thrown) {
    const failure = unseen(circleciFailure(thrown), work.gone);
    return { rows: rowsNow(work, work.gone), failure, warnings: [], found: null };
  }
}

function unseen({ message, details }: CommandError, gone: readonly VariableRow[]): CommandError {
  const names = gone.map(({ name }) => name).join(", ");
  const open = names === "" ? "" : `Whether ${names} was deleted is not known. `;
  const sentence = `${open}Whether CircleCI has them now could not be read. ${message}`;
  return new CommandError(sentence, details);
}

function untakenSentence(names: readonly string[]): string {
  return `CircleCI said that it has changed ${names.join(", ")}, and does not show that. Look at the page of the variables, and run it again.`;
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
