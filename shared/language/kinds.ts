import type { CharacterClass } from "./machine.ts";

/** Characters that a reader takes for a placeholder come first, then all others that print. */
const preferredCharacters =
  "xyzabcdefghijklmnopqrstuvw0123456789XYZABCDEFGHIJKLMNOPQRSTUVW-_./:@+=,!#$%&'()*;<>?[]^`{|}~ \"\\";

/** Characters that are in the same ones of some classes. */
type Kind = {
  readonly characters: readonly number[];
  /** They are in none of the classes. */
  readonly outside: boolean;
};

/** The kinds that a list of classes tells apart, found by following the list from the root. */
type Known = { kinds: readonly Kind[] | null; readonly longer: WeakMap<CharacterClass, Known> };

const root: Known = { kinds: null, longer: new WeakMap() };

/** The kinds of characters that these classes tell apart; made once for each list of classes. */
export function kindsOf(classes: readonly CharacterClass[]): readonly Kind[] {
  let known = root;
  for (const one of classes) {
    const next = known.longer.get(one) ?? { kinds: null, longer: new WeakMap() };
    known.longer.set(one, next);
    known = next;
  }
  known.kinds ??= makeKinds(classes);
  return known.kinds;
}

function makeKinds(classes: readonly CharacterClass[]): readonly Kind[] {
  const groups = new Map<string, number[]>();
  const add = (character: number): void => {
    const kind = classes.map((candidate) => (candidate.has(character) ? "1" : "0")).join("");
    const group = groups.get(kind);
    if (group === undefined) groups.set(kind, [character]);
    else group.push(character);
  };
  for (let at = 0; at < preferredCharacters.length; at += 1)
    add(preferredCharacters.charCodeAt(at));
  for (let character = 0xa1; character <= 0xff; character += 1) add(character);
  return [...groups].map(([kind, characters]) => ({ characters, outside: !kind.includes("1") }));
}
