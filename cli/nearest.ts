/** The name that somebody probably meant; null where none is close. */
export function nearestName(given: string, names: readonly string[]): string | null {
  const farthest = Math.ceil(given.length / 3);
  const ranked = names
    .map((name) => ({ name, edits: editsBetween(given, name) }))
    .filter(({ edits }) => edits <= farthest)
    .toSorted((left, right) => left.edits - right.edits);
  return ranked[0]?.name ?? null;
}

/** How many letters to add, drop or change (Levenshtein's distance). */
function editsBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (const [line, letter] of [...from].entries()) {
    const next = [line + 1];
    for (let at = 1; at <= to.length; at += 1) {
      const change = (row[at - 1] ?? 0) + (to[at - 1] === letter ? 0 : 1);
      next.push(Math.min(change, (row[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
