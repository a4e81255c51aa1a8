import {
  anyOne,
  anyOneInField,
  anyRun,
  anyRunInField,
  colon,
  type Pattern,
  patternOf,
} from "../language/pattern.ts";
import { surelyIncludes } from "../language/quick.ts";

/** A variable in a value: the key that it stands for, in lower case, and what it is without one. */
export type Variable = { readonly key: string; readonly fallback: string | null };

/** A value with variables: glyphs and variables as they follow each other. */
export type Template = {
  readonly pieces: readonly (number | Variable)[];
  readonly wildcards: boolean;
  readonly anyCase: boolean;
  /** It is an ARN: wildcards stay within its fields. */
  readonly isArn: boolean;
};

/** Signs whose lower case is a letter of Latin-1, the Kelvin's a k: whether IAM takes one for the other is not documented. */
export const oddLetter = /[\u212a\u212b]/;

/** Reads the text between `${` and `}`; null where that does not name a key, which has a prefix and a colon. */
export function readVariable(inside: string): Variable | null {
  const parts = /^([^,'{:]+:[^,'{]+?)\s*(?:,\s*'([^']*)')?$/.exec(inside.trim());
  const key = parts?.[1];
  return key === undefined || oddLetter.test(key)
    ? null
    : { key: key.toLowerCase(), fallback: parts?.[2] ?? null };
}

/**
 * What a template is where its variables have these values: a pattern, or nothing at all where one
 * has neither a value nor a default. Unclear where the documentation does not say whether a
 * character of a value means itself: a wildcard's, or a colon in an ARN.
 */
export function fillTemplate(
  template: Template,
  valueFor: (key: string) => string | null,
): Pattern | "nothing" | "unclear" {
  const glyphs: number[] = [];
  for (const piece of template.pieces) {
    if (typeof piece === "number") {
      glyphs.push(piece);
      continue;
    }
    const text = valueFor(piece.key) ?? piece.fallback;
    if (text === null) return "nothing";
    if (template.wildcards && /[*?$]/.test(text)) return "unclear";
    if (template.isArn && text.includes(":")) return "unclear";
    for (let at = 0; at < text.length; at += 1) glyphs.push(text.charCodeAt(at));
  }
  if (!template.isArn) return patternOf(glyphs, template);
  return arnIn(glyphs) ?? "unclear";
}

/**
 * A pattern for all that a template can match, whatever its variables are. A value has a character at
 * least, but a default may have none; among wildcards, one that acts as a wildcard itself may match none, or cross
 * an ARN's fields.
 */
export function widest({ pieces, wildcards, anyCase, isArn }: Template): Pattern {
  const glyphs = pieces.flatMap((piece) => {
    if (isVariable(piece)) return wildcards || piece.fallback === "" ? [anyRun] : [anyOne, anyRun];
    return isArn && piece < 0 ? [anyRun] : piece;
  });
  return patternOf(glyphs, { anyCase });
}

const isVariable = (piece: number | Variable): piece is Variable => typeof piece !== "number";

/** What variables are written as: private characters, up to those that a pattern's name has for its signs. */
const firstLetter = 0xe000;
const lettersMax = 0x18f0;
const isLetter = (piece: number | Variable) => typeof piece === "number" && piece >= firstLetter;

/** A template with each variable as a letter of its own, to be held against others with the same letters. */
export type Lettered = {
  readonly template: Template;
  readonly pattern: Pattern;
  /** One of its letters. */
  readonly letter: number;
  /** Of an ARN: its first fields, up to the last of them that holds a variable. */
  readonly fields: string | null;
};

/**
 * Writes a template with letters for its variables; `letters` has those that are given already, and gets the
 * new ones. Null where that is not possible: then nothing is seen to be within it.
 */
export function lettered(template: Template, letters: Map<string, number>): Lettered | null {
  const { pieces, isArn, anyCase } = template;
  // A document can write any character by an escape, so that one of these need not be a variable.
  if (pieces.some(isLetter)) return null;
  const glyphs = pieces.map((piece) => {
    if (typeof piece === "number") return piece;
    const name = JSON.stringify(piece);
    const letter = letters.get(name) ?? firstLetter + letters.size;
    letters.set(name, letter);
    return letter;
  });
  if (letters.size > lettersMax) return null;
  const pattern = isArn ? arnIn(glyphs) : patternOf(glyphs, { anyCase });
  const letter = glyphs.find(isLetter) ?? 0;
  return pattern && { template, pattern, letter, fields: isArn ? fieldsOf(template) : null };
}

/**
 * Does `wide` match all that `narrow` does, whatever the variables are? True is certain. Each variable is
 * read as a letter of its own: a run may stand for it, a wildcard for one character may not. Where both have as
 * many, each letter of `wide` takes one of `narrow`, and none is left to a wildcard.
 */
export function surelyWithin(narrow: Lettered, wide: Lettered): boolean {
  // Nothing but the same letter takes a letter.
  if (!narrow.pattern.glyphs.includes(wide.letter)) return false;
  const [inner, outer] = [narrow.template, wide.template];
  // The letters of a value count as well, so a text without letters can ignore case.
  if (inner.anyCase && !outer.anyCase) return false;
  if (inner.wildcards !== outer.wildcards || inner.isArn !== outer.isArn) return false;
  // A colon in a value may begin the next field, and what is behind it is then in another one.
  if (narrow.fields !== wide.fields) return false;
  const isPlain = !outer.pieces.includes(anyOne) || variables(inner) === variables(outer);
  return isPlain && surelyIncludes({ narrow: narrow.pattern, wide: wide.pattern });
}

/** How many variables a template has. */
function variables({ pieces }: Template): number {
  return pieces.filter(isVariable).length;
}

/** The first fields of an ARN, up to the last of them that holds a variable. */
function fieldsOf({ pieces }: Template): string {
  const colons = pieces.flatMap((piece, at) => (piece === colon ? at : []));
  const fields = pieces.slice(0, colons[4]);
  return JSON.stringify(fields.slice(0, fields.findLastIndex(isVariable) + 1));
}

const arnBegins = [..."arn:"].map((sign) => sign.charCodeAt(0));

/** The pattern of an ARN; null where there are fewer than six fields, or the first is not `arn`. */
export function arnIn(text: readonly number[]): Pattern | null {
  return arnBegins.every((sign, at) => text[at] === sign) ? inFields(text) : null;
}

/** The pattern of six fields, of which the last holds what colons are left; null where there are fewer. */
export function inFields(text: readonly number[]): Pattern | null {
  let colons = 0;
  const glyphs = text.map((glyph) => {
    if (glyph === colon) colons += 1;
    if (colons >= 5) return glyph;
    return glyph === anyRun ? anyRunInField : glyph === anyOne ? anyOneInField : glyph;
  });
  return colons < 5 ? null : patternOf(glyphs, { anyCase: false });
}
