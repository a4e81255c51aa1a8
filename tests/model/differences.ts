/** Where two values differ, a line for each place: what was expected there and what there is. */
export function differences(expected: unknown, actual: unknown): readonly string[] {
  const [wanted, found] = [new Map(leavesOf(expected, "")), new Map(leavesOf(actual, ""))];
  const places = [...new Set([...wanted.keys(), ...found.keys()])];
  return places.flatMap((place) => {
    const [should, is] = [wanted.get(place) ?? "nothing", found.get(place) ?? "nothing"];
    return should === is ? [] : [`${place}: ${is}, expected ${should}`];
  });
}

/** Every value inside with its path; the members of a list or a set are places of their own. */
function leavesOf(value: unknown, path: string): readonly (readonly [string, string])[] {
  if (Array.isArray(value) || value instanceof Set) {
    return [...value].map((each) => [`${path} ${JSON.stringify(each)}`, "there"]);
  }
  if (typeof value !== "object" || value === null) return [[path, JSON.stringify(value) ?? ""]];
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, `${path}.${name}`));
}
