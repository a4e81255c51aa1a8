import { isRun, type Pattern } from "../../language/pattern.ts";
import type { Part } from "./subject-tracker.ts";

/** Stand for the wildcards, so that a pattern's text has one character for each glyph. */
const run = "\uf8f2";
const one = "\uf8f1";

/** The words of a subject, in their order, with the part that each of them is. */
const words: readonly (readonly [string, Part, number])[] = [
  ["project", "project", 1],
  ["user", "user", 2],
  ["vcs-origin", "vcs-origin", 3],
  ["vcs-ref", "vcs-ref", 4],
  ["refs", "ref", 5],
  ["heads", "folder", 6],
  ["tags", "folder", 6],
];

type Claims = Map<number, ReadonlySet<Part>>;

/**
 * Which part of a subject a pattern seems to speak of, by the glyph at which it begins to.
 *
 * A word of a subject between slashes or wildcards claims to be that word, each in its order. Text
 * between wildcards with no such word claims to be of the origin, text at the end the branch; a
 * UUID before the user claims to be the project. What is before the first wildcard is where it
 * is and needs no claim.
 */
export function claimsOf(pattern: Pattern): ReadonlyMap<number, ReadonlySet<Part>> {
  const text = pattern.glyphs
    .map((glyph) => (glyph >= 0 ? String.fromCharCode(glyph) : isRun(glyph) ? run : one))
    .join("");
  const claims: Claims = new Map();
  const first = text.search(/[\uf8f1\uf8f2]/);
  if (first < 0) return claims;
  const ranks = claimWords(text, first, claims);
  claimTexts(text, ranks, claims);
  return claims;
}

type Ranked = { readonly at: number; readonly rank: number };

function claimWords(text: string, first: number, claims: Claims): readonly Ranked[] {
  const ranks: Ranked[] = [];
  let rank = 0;
  for (let at = 0; at < text.length; at += 1) {
    const found = words.find(([word, , wordRank]) => wordRank > rank && standsAt(text, at, word));
    if (found === undefined) continue;
    const [word, part, wordRank] = found;
    rank = wordRank;
    ranks.push({ at, rank });
    if (at > first) claims.set(at, new Set([part]));
    at += word.length - 1;
  }
  return ranks;
}

/** Is this word here, between slashes or wildcards? A letter or two may be a wildcard. */
function standsAt(text: string, at: number, word: string): boolean {
  const before = text[at - 1];
  const after = text[at + word.length];
  const isEdge = (sign: string | undefined): boolean =>
    sign === undefined || sign === "/" || sign === run || sign === one;
  if (!isEdge(before) || !isEdge(after)) return false;
  let wild = 0;
  for (let offset = 0; offset < word.length; offset += 1) {
    const sign = text[at + offset];
    if (sign === one) wild += 1;
    else if (sign !== word[offset]) return false;
  }
  return wild <= 2 && wild < word.length - 1;
}

/** Texts between runs that hold none of the words. */
function claimTexts(text: string, ranks: readonly Ranked[], claims: Claims): void {
  let begin = 0;
  for (const chunk of text.split(run)) {
    const end = begin + chunk.length;
    const isUnclaimed = begin > 0 && !ranks.some(({ at }) => at >= begin && at < end);
    if (isUnclaimed) claimText({ text, chunk, begin, end, ranks, claims });
    begin = end + 1;
  }
}

function claimText(input: {
  readonly text: string;
  readonly chunk: string;
  readonly begin: number;
  readonly end: number;
  readonly ranks: readonly Ranked[];
  readonly claims: Claims;
}): void {
  const { text, chunk, begin, end, ranks, claims } = input;
  const rank = ranks.findLast(({ at }) => at < begin)?.rank ?? 0;
  const next = ranks.find(({ at }) => at >= end)?.rank ?? 9;
  const slash = chunk.startsWith("/") ? 1 : 0;
  const bare = chunk.slice(slash);
  if (rank >= 4 || !/[A-Za-z0-9]{3}/.test(bare)) return;
  if (rank <= 1 && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.test(bare)) {
    claims.set(begin + slash, new Set(["project-id"]));
  } else if (next <= 3 || /^[0-9a-f\uf8f1/-]*$/.test(bare)) {
    // Within an id, whose place the words around it claim.
  } else if (end === text.length) {
    claims.set(begin + slash, new Set(["branch"]));
  } else {
    claims.set(begin, new Set(["origin-start", "origin"]));
  }
}
