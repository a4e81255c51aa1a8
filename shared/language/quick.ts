import {
  anyOne,
  anyOneInField,
  anyRun,
  anyRunInField,
  colon,
  foldCharacter,
  isRun,
  matches,
  type Pattern,
} from "./pattern.ts";

/**
 * Does `wide` match everything that `narrow` matches? True is certain; false means "not seen". Linear in practice: it reads the narrow pattern's wildcards as letters of their own.
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
  let narrowAt = 0;
  let wideAt = 0;
  let runAt = -1;
  let resumeAt = 0;
  for (;;) {
    const inner = narrow.glyphs[narrowAt];
    if (inner === undefined) break;
    const glyph = wide.glyphs[wideAt];
    if (glyph === anyRun) {
      runAt = wideAt;
      wideAt += 1;
      resumeAt = narrowAt;
    } else if (glyph !== undefined && covers(glyph, inner, wide.anyCase)) {
      wideAt += 1;
      narrowAt += 1;
    } else if (runAt >= 0) {
      wideAt = runAt + 1;
      resumeAt += 1;
      narrowAt = resumeAt;
    } else {
      return false;
    }
  }
  while (wide.glyphs[wideAt] === anyRun) wideAt += 1;
  return wideAt === wide.glyphs.length;
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
