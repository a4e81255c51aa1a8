import { type Line, line } from "../report/layout.ts";

/** Beyond it the lines are not paired: no document comes near, unless it is made to. */
const pairsMax = 1_000_000;

/** Unchanged lines that are shown on each side of a change. */
const contextLines = 2;

type Step = { readonly kind: "same" | "removed" | "added"; readonly text: string };

/**
 * The difference of two texts, line by line, as `diff -u` shows it: what goes before what comes, with
 * a few unchanged lines around it. Empty where they are the same but for closing line breaks.
 */
export function lineDifference(before: string, after: string): readonly Line[] {
  const steps = stepsBetween(linesOf(before), linesOf(after));
  const changed = steps.flatMap(({ kind }, at) => (kind === "same" ? [] : [at]));
  const isNear = (at: number) => changed.some((other) => Math.abs(other - at) <= contextLines);
  const shown: Line[] = [];
  let skipped = false;
  for (const [at, { kind, text }] of steps.entries()) {
    if (!isNear(at)) {
      skipped = true;
      continue;
    }
    if (skipped) shown.push(line("…", { mark: " ", tone: "quiet" }));
    skipped = false;
    shown.push(line(text, looks[kind]));
  }
  if (skipped && shown.length > 0) shown.push(line("…", { mark: " ", tone: "quiet" }));
  return shown;
}

const looks = {
  same: { mark: " ", tone: "quiet" },
  removed: { mark: "-", tone: "removed" },
  added: { mark: "+", tone: "added" },
} as const;

/**
 * The lines as the document's reader has them, and no others: what only a screen takes for a line
 * break stays within its line, to be shown as what it is.
 */
function linesOf(text: string): readonly string[] {
  const lines = text.split(/\r?\n/);
  return lines.slice(0, lines.findLastIndex((each) => each !== "") + 1);
}

/** By the longest common subsequence of lines. */
function stepsBetween(before: readonly string[], after: readonly string[]): readonly Step[] {
  const common = before.length * after.length > pairsMax ? [] : commonLengths(before, after);
  const lengthAt = (left: number, right: number) => common[left]?.[right] ?? 0;
  const steps: Step[] = [];
  let left = 0;
  let right = 0;
  while (left < before.length || right < after.length) {
    const [was, is] = [before[left], after[right]];
    if (was !== undefined && was === is) {
      steps.push({ kind: "same", text: was });
      left += 1;
      right += 1;
    } else if (
      was !== undefined &&
      (is === undefined || lengthAt(left + 1, right) >= lengthAt(left, right + 1))
    ) {
      steps.push({ kind: "removed", text: was });
      left += 1;
    } else if (is !== undefined) {
      steps.push({ kind: "added", text: is });
      right += 1;
    }
  }
  return steps;
}

/** For each pair of places, how many lines the rests have in common. */
function commonLengths(
  before: readonly string[],
  after: readonly string[],
): readonly (readonly number[])[] {
  const lengths = Array.from({ length: before.length + 1 }, () =>
    Array.from({ length: after.length + 1 }, () => 0),
  );
  for (let left = before.length - 1; left >= 0; left -= 1) {
    const row = lengths[left] ?? [];
    const below = lengths[left + 1] ?? [];
    for (let right = after.length - 1; right >= 0; right -= 1) {
      row[right] =
        before[left] === after[right]
          ? (below[right + 1] ?? 0) + 1
          : Math.max(below[right] ?? 0, row[right + 1] ?? 0);
    }
  }
  return lengths;
}
