import {
  anyOne,
  anyOneInField,
  anyRun,
  anyRunInField,
  charactersFrom,
  colon,
  foldCharacter,
  isRun,
  matches,
  type Pattern,
} from "./pattern.ts";

/**
 * Does `wide` match everything that `narrow` matches? True is certain; false means "not seen". Linear
 * in practice: it reads the narrow pattern's wildcards as letters of their own.
 */
export function surelyIncludes(input: {
  readonly wide: Pattern;
  readonly narrow: Pattern;
}): boolean {
  const { wide, narrow } = input;
  if (wide.identity === narrow.identity) return true;
  if (narrow.literal !== null && !narrow.anyCase) return matches(wide, narrow.literal);
  if (narrow.anyCase && !wide.anyCase) return wide.glyphs.length === 1 && wide.glyphs[0] === anyRun;
  if (!wide.anyCase && !narrow.head.startsWith(wide.head)) return false;
  if (wide.isFielded) return false;
  return coversAll(wide, narrow);
}

/**
 * The usual wildcard walk over the narrow pattern's glyphs. Single wildcards right before a run are
 * part of it: together they take any text that is long enough.
 */
function coversAll({ glyphs, anyCase }: Pattern, inner: Pattern): boolean {
  const narrow = inner.glyphs;
  const nextPlace = placesIn(inner, anyCase);
  const lastRun = glyphs.lastIndexOf(anyRun);
  const end = narrow.length - (glyphs.length - 1 - lastRun);
  let narrowAt = 0;
  let wideAt = 0;
  let runAt = -1;
  let resumeAt = 0;
  let behind = "";
  /** Up to here, single wildcards stand for themselves. */
  let plainUntil = 0;
  while (narrowAt < narrow.length || wideAt < glyphs.length) {
    const run = wideAt < plainUntil ? wideAt : afterOnes(glyphs, wideAt);
    if (glyphs[run] === anyRun) {
      resumeAt = past(narrow, narrowAt, run - wideAt);
      if (resumeAt < 0 || (run === lastRun && resumeAt > end)) return false;
      wideAt = run + 1;
      runAt = run === lastRun ? -1 : run;
      behind = runAt < 0 ? "" : charactersFrom(glyphs, wideAt);
      narrowAt = runAt < 0 ? end : nextPlace(behind, resumeAt);
    } else {
      plainUntil = Math.max(plainUntil, run);
      const glyph = glyphs[wideAt];
      const other = narrow[narrowAt];
      if (glyph !== undefined && other !== undefined && covers(glyph, other, anyCase)) {
        wideAt += 1;
        narrowAt += 1;
        continue;
      }
      if (runAt < 0) return false;
      wideAt = runAt + 1;
      narrowAt = nextPlace(behind, resumeAt + 1);
    }
    if (narrowAt < 0 || narrowAt > end) return false;
    resumeAt = narrowAt;
  }
  return true;
}

/** Where these characters can be next in a pattern, from a place on; -1 for nowhere. */
function placesIn(pattern: Pattern, anyCase: boolean): (text: string, from: number) => number {
  const { glyphs, name } = pattern;
  // A name has a character for each glyph, but for the few that are escaped.
  if (name.length !== glyphs.length || anyCase !== pattern.anyCase)
    return (_, from) => (from <= glyphs.length ? from : -1);
  return (text, from) => (from <= glyphs.length ? name.indexOf(text, from) : -1);
}

/** The place behind the single wildcards that begin here. */
function afterOnes(glyphs: readonly number[], from: number): number {
  let at = from;
  while (glyphs[at] === anyOne) at += 1;
  return at;
}

/** The place behind so many glyphs that are one character each; -1 where there are not so many. */
function past(glyphs: readonly number[], from: number, count: number): number {
  let at = from;
  for (let left = count; left > 0; at += 1) {
    const glyph = glyphs[at];
    if (glyph === undefined) return -1;
    if (!isRun(glyph)) left -= 1;
  }
  return at;
}

function covers(wide: number, narrow: number, anyCase: boolean): boolean {
  if (narrow === anyRun || narrow === anyRunInField) return false;
  if (wide >= 0) return narrow >= 0 && wide === (anyCase ? foldCharacter(narrow) : narrow);
  if (wide === anyOne) return true;
  return narrow === anyOneInField || (narrow >= 0 && narrow !== colon);
}

/** Can no string match both? True is certain; it looks at the fixed beginnings and ends only. */
export function surelyDisjoint(left: Pattern, right: Pattern): boolean {
  if (left.literal !== null && !left.anyCase) return !matches(right, left.literal);
  if (right.literal !== null && !right.anyCase) return !matches(left, right.literal);
  const folded = left.anyCase || right.anyCase;
  if (!folded && !left.head.startsWith(right.head) && !right.head.startsWith(left.head))
    return true;
  return (
    conflicts(left.glyphs, right.glyphs, { folded, fromEnd: false }) ||
    conflicts(left.glyphs, right.glyphs, { folded, fromEnd: true })
  );
}

function conflicts(
  left: readonly number[],
  right: readonly number[],
  { folded, fromEnd }: { readonly folded: boolean; readonly fromEnd: boolean },
): boolean {
  const shorter = Math.min(left.length, right.length);
  for (let step = 0; step < shorter; step += 1) {
    const one = left[fromEnd ? left.length - 1 - step : step];
    const other = right[fromEnd ? right.length - 1 - step : step];
    if (one === undefined || other === undefined || isRun(one) || isRun(other)) return false;
    if (one < 0 || other < 0) {
      if (
        (one === anyOneInField && other === colon) ||
        (other === anyOneInField && one === colon)
      ) {
        return true;
      }
      continue;
    }
    if (one !== other && !(folded && foldCharacter(one) === foldCharacter(other))) return true;
  }
  return false;
}
