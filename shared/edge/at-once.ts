/**
 * Runs a task for each item, at most `most` at the same time, and returns the results in the items'
 * order. The next task begins as soon as one ends. Rejects as the first task that rejects.
 */
export async function atMost<Item, Result>(
  most: number,
  items: readonly Item[],
  task: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const waiting = items.entries();
  const results: (readonly [number, Result])[] = [];
  const lane = async (): Promise<void> => {
    // All lanes draw from one iterator, so that each item is taken once.
    for (const [index, item] of waiting) results.push([index, await task(item)]);
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, lane));
  return results.toSorted(([left], [right]) => left - right).map(([, result]) => result);
}
