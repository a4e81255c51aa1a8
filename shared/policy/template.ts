import {
  anyOne,
  anyOneInField,
  anyRun,
  anyRunInField,
  colon,
  type Pattern,
  patternOf,
} from "../language/pattern.ts";

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

/** Reads the text between `${` and `}`; null where that does not name a key. */
export function readVariable(inside: string): Variable | null {
  const parts = /^([^,']+?)\s*(?:,\s*'([^']*)')?$/.exec(inside.trim());
  const key = parts?.[1];
  return key === undefined ? null : { key: key.toLowerCase(), fallback: parts?.[2] ?? null };
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
  return inFields(glyphs) ?? "unclear";
}

/** The pattern of an ARN; null where there are fewer than six fields. */
export function inFields(text: readonly number[]): Pattern | null {
  let colons = 0;
  const glyphs = text.map((glyph) => {
    if (glyph === colon) colons += 1;
    if (colons >= 5) return glyph;
    return glyph === anyRun ? anyRunInField : glyph === anyOne ? anyOneInField : glyph;
  });
  return colons < 5 ? null : patternOf(glyphs, { anyCase: false });
}
