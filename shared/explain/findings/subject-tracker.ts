import { uuidGlob } from "../../circleci/tokens.ts";
import { type CharacterClass, characterClass, type Edge } from "../../language/machine.ts";
import { anyOne } from "../../language/pattern.ts";

/** Where in a job's subject a character is, as far as a pattern can speak of it. */
export type Part =
  | "project"
  | "project-id"
  | "user"
  | "user-id"
  | "vcs-origin"
  | "origin-start"
  | "origin"
  | "vcs-ref"
  | "ref"
  | "folder"
  | "branch";

/** An automaton that follows a subject of a job; `parts` names what begins at a state. */
type Tracker = {
  readonly edges: readonly (readonly Edge[])[];
  readonly start: number;
  readonly parts: readonly (Part | undefined)[];
  /** Class -10 of the automaton: every character that the word between origin and ref lacks. */
  readonly others: CharacterClass;
};

/** Ids have 36 characters, so everything up to the origin has a fixed place. */
const fixedParts: readonly (readonly [string, Part | null])[] = [
  ["org/", null],
  [uuidGlob, null],
  ["/", null],
  ["project/", "project"],
  [uuidGlob, "project-id"],
  ["/", null],
  ["user/", "user"],
  [uuidGlob, "user-id"],
  ["/", null],
  ["vcs-origin/", "vcs-origin"],
];

/** An origin ends where this first follows it. */
const divider = "/vcs-ref/refs/";
const dividerLetters: ReadonlySet<string> = /* @__PURE__ */ new Set(divider);
const others = -10;

/**
 * Subjects are known to be CircleCI's own elsewhere, so that ids and words are only counted here.
 * An origin has no segment `vcs-ref` with `refs` behind it: the first one is the true one.
 */
export const tracker: Tracker = /* @__PURE__ */ makeTracker();

function makeTracker(): Tracker {
  const edges: Edge[][] = [];
  const parts: (Part | undefined)[] = [];
  const add = (part?: Part): number => {
    parts.push(part);
    return edges.push([]) - 1;
  };
  const link = (from: number, on: number, to: number): void => {
    edges[from]?.push({ on, to: [to] });
  };
  const start = addFixed(add, link);
  const originStart = add("origin-start");
  link(originStart - 1, anyOne, originStart);
  const progress = [...divider].map(() => add("origin"));
  const guess = [...divider].map((_, at) =>
    add(at === 0 ? "vcs-ref" : at === 8 ? "ref" : undefined),
  );
  for (const [state, done] of [
    [originStart, 0] as const,
    ...progress.map((to, at) => [to, at] as const),
  ]) {
    link(state, others, progress[0] ?? 0);
    for (const letter of dividerLetters) {
      const next = progress[progressAfter(done, letter)];
      if (next !== undefined) link(state, letter.charCodeAt(0), next);
    }
    link(state, "/".charCodeAt(0), guess[0] ?? 0);
  }
  for (const [at, state] of guess.entries()) {
    const letter = divider.charCodeAt(at + 1);
    const next = guess[at + 1];
    if (next !== undefined) link(state, letter, next);
  }
  addRef(guess.at(-1) ?? 0, parts, add, link);
  const characters = Array.from({ length: 0xff - 0x20 }, (_, at) => String.fromCharCode(at + 0x20));
  const rest = characters.filter((character) => !dividerLetters.has(character)).join("");
  return { edges, start, parts, others: characterClass(rest) };
}

type Add = (part?: Part) => number;
type Link = (from: number, on: number, to: number) => void;

function addFixed(add: Add, link: Link): number {
  let last: number | null = null;
  let start = 0;
  for (const [text, part] of fixedParts) {
    for (let at = 0; at < text.length; at += 1) {
      const state = add(at === 0 && part !== null ? part : undefined);
      if (last === null) start = state;
      else link(last, anyOne, state);
      last = state;
    }
  }
  return start;
}

/** `heads/NAME` or `tags/NAME`. */
function addRef(folderStart: number, parts: (Part | undefined)[], add: Add, link: Link): void {
  parts[folderStart] = "folder";
  const branch = add("branch");
  const rest = add();
  for (const folder of ["heads/", "tags/"]) {
    let last = folderStart;
    for (let at = 0; at < folder.length; at += 1) {
      const next = at === folder.length - 1 ? branch : add();
      link(last, folder.charCodeAt(at), next);
      last = next;
    }
  }
  link(branch, anyOne, rest);
  link(rest, anyOne, rest);
}

/** How much of the divider has been read after one letter more. */
function progressAfter(done: number, letter: string): number {
  const read = divider.slice(0, done) + letter;
  for (let length = read.length; length > 0; length -= 1) {
    if (divider.startsWith(read.slice(-length))) return length;
  }
  return 0;
}
