/** So that a name is still one line of a page; the session of a job takes 64 of its characters. */
const lengthMax = 40;

/**
 * A text as part of the name of a job, which has small letters, digits and dashes.
 *
 * @see https://circleci.com/docs/reference/reusing-config/
 */
export function slugOf(text: string): string {
  const dashed = text.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  return dashed.slice(0, lengthMax).replaceAll(/^-+|-+$/g, "") || "x";
}

/** Gives out each name once: a name that is taken gets a number. */
export function distinctNames(): (name: string) => string {
  const taken = new Set<string>();
  return (name) => {
    let free = name;
    for (let number = 2; taken.has(free); number += 1) free = `${name}-${number}`;
    taken.add(free);
    return free;
  };
}
