import { foldCharacter, instance, isRun, type Pattern } from "./pattern.ts";

/** What wildcards are filled with. */
type Filler = { readonly run: string; readonly one: string };

/** The shortest. */
const shortest: Filler = { run: "", one: "x" };

const fillers: readonly Filler[] = [shortest, { run: "x", one: "x" }, { run: "q7", one: "7" }];

const longestRun = 1_024;
const longestText = 4_096;

/** A run that reaches beyond whatever a pattern asks for at a distance from the beginning or the end. */
function beyond(excluded: readonly Pattern[]): readonly Filler[] {
  const distance = excluded.reduce(
    (most, { name, literal }) => (literal === null ? Math.max(most, name.length) : most),
    0,
  );
  return distance === 0 ? [] : [{ run: "x".repeat(Math.min(distance, longestRun)), one: "x" }];
}

/** So many patterns of a list are filled in. */
const filledMax = 8;

/** A pattern filled in by each filler, as far as somebody asked: one comparison asks again and again. */
const filledTexts = new WeakMap<Pattern, string[]>();

/** Texts that some pattern of these lists matches: each pattern with its wildcards filled in. */
export function* filledIn(
  lists: readonly (readonly Pattern[])[],
  excluded: () => readonly Pattern[],
): Generator<string> {
  for (const patterns of lists) {
    for (const pattern of patterns.slice(0, filledMax)) {
      const texts = filledTexts.get(pattern) ?? [];
      filledTexts.set(pattern, texts);
      for (const [at, filler] of fillers.entries()) {
        const text = texts[at] ?? instance(pattern, filler);
        texts[at] = text;
        yield text;
      }
    }
  }
  for (const filler of beyond(excluded())) {
    for (const patterns of lists) {
      for (const pattern of patterns.slice(0, filledMax)) {
        const runs = pattern.glyphs.filter(isRun).length;
        if (runs * filler.run.length <= longestText) yield instance(pattern, filler);
      }
    }
  }
}

/**
 * Texts that match one pattern of each list, where these have runs: the longest beginning and end,
 * and between them what each pattern has between its first run and its last, one after the other.
 */
export function* together(lists: readonly (readonly Pattern[])[]): Generator<string> {
  const [first = [], ...others] = [...lists].sort((one, other) => one.length - other.length);
  for (const pattern of first.slice(0, filledMax)) {
    let ends = withEnds(noEnds, [pattern]);
    for (const list of others) ends = ends === null ? null : withEnds(ends, list);
    if (ends === null) continue;
    for (const filler of fillers) yield textOf(ends, filler);
    yield textOf({ ...ends, middles: [woven(ends.middles)] }, shortest);
  }
}

/**
 * The pieces of several middles, in one row in which each middle finds its own in order: the next piece of
 * the one that has most left, which is the next piece of others as well, where it is the same.
 */
function woven(middles: readonly (readonly number[])[]): readonly number[] {
  const left = middles.map((middle) => piecesOf(middle).reverse());
  const row: number[] = [];
  for (;;) {
    const longest = left.reduce(
      (most, pieces) => (pieces.length > most.length ? pieces : most),
      [],
    );
    const piece = longest.at(-1);
    if (piece === undefined) return row;
    row.push(...piece);
    const name = piece.join();
    for (const pieces of left) if (pieces.at(-1)?.join() === name) pieces.pop();
  }
}

/** What is between the runs. */
function piecesOf(middle: readonly number[]): number[][] {
  const pieces: number[][] = [[]];
  for (const glyph of middle) {
    if (isRun(glyph)) pieces.push([]);
    else pieces.at(-1)?.push(glyph);
  }
  return pieces.filter((piece) => piece.length > 0);
}

type Ends = {
  readonly head: readonly number[];
  readonly middles: readonly (readonly number[])[];
  /** From its last glyph to its first. */
  readonly tail: readonly number[];
};

const noEnds: Ends = { head: [], middles: [], tail: [] };

/** The same with what the first of some patterns asks for that agrees; null where none does, or none has a run. */
function withEnds({ head, middles, tail }: Ends, patterns: readonly Pattern[]): Ends | null {
  for (const { glyphs, anyCase } of patterns) {
    const first = glyphs.findIndex(isRun);
    const last = glyphs.findLastIndex(isRun);
    if (first < 0) continue;
    const heads = unified(head, glyphs.slice(0, first), anyCase);
    const tails = unified(tail, glyphs.slice(last + 1).reverse(), anyCase);
    if (heads === null || tails === null) continue;
    const more = last > first ? [glyphs.slice(first + 1, last)] : [];
    return { head: heads, middles: [...middles, ...more], tail: tails };
  }
  return null;
}

/** Both of these, place by place: a character goes before a wildcard. */
function unified(
  left: readonly number[],
  right: readonly number[],
  anyCase: boolean,
): readonly number[] | null {
  const both: number[] = [];
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    const one = left[at] ?? -1;
    const other = right[at] ?? -1;
    const differ = one !== other && !(anyCase && foldCharacter(one) === other);
    if (one >= 0 && other >= 0 && differ) return null;
    both.push(one >= 0 ? one : other);
  }
  return both;
}

function textOf({ head, middles, tail }: Ends, filler: Filler): string {
  const parts = [head, ...middles, tail.toReversed()];
  return parts.map((glyphs) => instance({ glyphs }, filler)).join(filler.run);
}
