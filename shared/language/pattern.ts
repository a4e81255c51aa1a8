/**
 * Patterns over strings: literal characters, "any one character" and "any run of characters".
 *
 * A pattern is a list of glyphs. A glyph that is not negative is a character (a UTF-16 code unit),
 * the others are the wildcards below. The fielded wildcards do not cross a colon; they are what a
 * wildcard means in one of the first five fields of an ARN.
 */
export const anyOne = -1;
export const anyRun = -2;
export const anyOneInField = -3;
export const anyRunInField = -4;

export const colon = 58;

export type Pattern = {
  readonly glyphs: readonly number[];
  /** Letters match in both cases; the glyphs are in lower case then. */
  readonly anyCase: boolean;
  /** The text, where the pattern has no wildcard (folded, where it ignores case). */
  readonly literal: string | null;
  /** One name for one meaning: equal identities match the same strings. */
  readonly identity: string;
  /** What every match begins with: the text up to the first wildcard (folded, as above). */
  readonly head: string;
  /** Some run does not cross a colon. */
  readonly isFielded: boolean;
};

/** Lower case for ASCII and Latin-1 letters, one character for one; others are left alone. */
export function foldCharacter(character: number): number {
  if (character >= 65 && character <= 90) return character + 32;
  if (character >= 0xc0 && character <= 0xde && character !== 0xd7) return character + 32;
  return character;
}

/** The other case of a folded character, or itself. */
export function unfoldCharacter(character: number): number {
  if (character >= 97 && character <= 122) return character - 32;
  if (character >= 0xe0 && character <= 0xfe && character !== 0xf7) return character - 32;
  return character;
}

/** Lower case, as `foldCharacter` has it. */
function foldText(text: string): string {
  let folded = "";
  for (let at = 0; at < text.length; at += 1) {
    folded += String.fromCharCode(foldCharacter(text.charCodeAt(at)));
  }
  return folded;
}

/** Several runs beside each other are one run; a run and single wildcards have one order. */
function normalise(glyphs: readonly number[]): number[] {
  const normal: number[] = [];
  for (let at = 0; ; ) {
    const glyph = glyphs[at];
    if (glyph === undefined) return normal;
    if (glyph !== anyOne && glyph !== anyRun) {
      const repeated = glyph === anyRunInField && normal[normal.length - 1] === anyRunInField;
      if (!repeated) normal.push(glyph);
      at += 1;
      continue;
    }
    let run = false;
    for (; at < glyphs.length; at += 1) {
      const next = glyphs[at];
      if (next === anyOne) normal.push(anyOne);
      else if (next === anyRun) run = true;
      else break;
    }
    if (run) normal.push(anyRun);
  }
}

/** In a name, these stand for the four wildcards, and the first is put before any of them. */
const nameSigns = /[\uf8f0-\uf8f4]/g;

function nameOf(glyphs: readonly number[]): string {
  let name = "";
  for (const glyph of glyphs) {
    if (glyph >= 0xf8f0 && glyph <= 0xf8f4) name += "\uf8f0";
    name += String.fromCharCode(glyph < 0 ? 0xf8f0 - glyph : glyph);
  }
  return name;
}

/** Does this character of a name stand for a run? (One that stands for itself has the first sign before it.) */
export function isRunSign(character: number): boolean {
  return character === 0xf8f2 || character === 0xf8f4;
}

/** Makes a pattern of glyphs; equal meanings of the plain wildcards get equal identities. */
export function patternOf(
  glyphs: readonly number[],
  options: { readonly anyCase: boolean },
): Pattern {
  const normal = normalise(options.anyCase ? glyphs.map(foldGlyph) : glyphs);
  const firstWildcard = normal.findIndex((glyph) => glyph < 0);
  const fixed = firstWildcard < 0 ? normal : normal.slice(0, firstWildcard);
  const head = String.fromCharCode(...fixed);
  const anyCase = options.anyCase && normal.some((glyph) => unfoldCharacter(glyph) !== glyph);
  return {
    glyphs: normal,
    anyCase,
    literal: firstWildcard < 0 ? head : null,
    identity: `${anyCase ? "i" : "s"}${nameOf(normal)}`,
    head,
    isFielded: normal.includes(anyRunInField),
  };
}

function foldGlyph(glyph: number): number {
  return glyph < 0 ? glyph : foldCharacter(glyph);
}

/** The pattern that matches one text, or with `anyCase` that text in any case. */
export function literalPattern(text: string, options = { anyCase: false }): Pattern {
  if (options.anyCase) return patternOf(charactersOf(text), options);
  const identity = `s${text.replace(nameSigns, "\uf8f0$&")}`;
  return new LazyPattern(text, { literal: text, identity, head: text });
}

/** A pattern written with `*` for a run and `?` for one character, no escapes. */
export function globPattern(text: string, options = { anyCase: false }): Pattern {
  const firstWildcard = text.search(/[*?]/);
  if (firstWildcard < 0) return literalPattern(text, options);
  if (options.anyCase || /\*[*?]/.test(text)) return patternOf(globGlyphs(text), options);
  const identity = `s${text.replace(nameSigns, "\uf8f0$&").replaceAll("*", "\uf8f2").replaceAll("?", "\uf8f1")}`;
  const head = text.slice(0, firstWildcard);
  return new LazyPattern(text, { literal: null, identity, head });
}

/** Heads or names tell most patterns apart, so glyphs are made only when needed. */
class LazyPattern implements Pattern {
  readonly anyCase = false;
  readonly isFielded = false;
  readonly literal: string | null;
  readonly identity: string;
  readonly head: string;
  readonly #text: string;
  #made: readonly number[] | null = null;

  constructor(text: string, named: Pick<Pattern, "literal" | "identity" | "head">) {
    this.#text = text;
    this.literal = named.literal;
    this.identity = named.identity;
    this.head = named.head;
  }

  get glyphs(): readonly number[] {
    this.#made ??= this.literal === null ? globGlyphs(this.#text) : charactersOf(this.#text);
    return this.#made;
  }
}

function charactersOf(text: string): number[] {
  const characters: number[] = [];
  for (let at = 0; at < text.length; at += 1) characters.push(text.charCodeAt(at));
  return characters;
}

function globGlyphs(text: string): number[] {
  return charactersOf(text).map((character) =>
    character === 42 ? anyRun : character === 63 ? anyOne : character,
  );
}

/** Every string. */
export const everything: Pattern = patternOf([anyRun], { anyCase: false });

/** Does the pattern match the whole text? Time at most pattern length × text length. */
export function matches(pattern: Pattern, text: string): boolean {
  if (pattern.literal !== null) {
    if (pattern.literal.length !== text.length) return false;
    return pattern.literal === (pattern.anyCase ? foldText(text) : text);
  }
  const folded = pattern.anyCase ? foldText(text) : text;
  if (!folded.startsWith(pattern.head)) return false;
  const { glyphs } = pattern;
  return pattern.isFielded ? matchesStepwise(pattern, text) : matchesGreedily(glyphs, folded);
}

/**
 * The usual wildcard walk: on a mismatch, let the last run swallow more, up to where the text behind
 * it is next. What is behind the last run has one place only.
 */
function matchesGreedily(glyphs: readonly number[], text: string): boolean {
  const lastRun = glyphs.lastIndexOf(anyRun);
  const end = text.length - (glyphs.length - 1 - lastRun);
  let at = 0;
  let glyphAt = 0;
  let runAt = -1;
  let resumeAt = 0;
  let behind = "";
  while (at < text.length || glyphAt < glyphs.length) {
    const glyph = glyphs[glyphAt];
    if (glyphAt === lastRun) {
      if (at > end) return false;
      at = end;
      runAt = -1;
      glyphAt += 1;
      continue;
    }
    if (glyph === anyRun) {
      runAt = glyphAt;
      behind = charactersFrom(glyphs, glyphAt + 1);
      resumeAt = at - 1;
    } else if (
      glyph !== undefined &&
      at < text.length &&
      takesCharacter(glyph, text.charCodeAt(at))
    ) {
      glyphAt += 1;
      at += 1;
      continue;
    } else if (runAt < 0) return false;
    resumeAt = text.indexOf(behind, resumeAt + 1);
    if (resumeAt < 0 || resumeAt > end) return false;
    glyphAt = runAt + 1;
    at = resumeAt;
  }
  return true;
}

/** The characters from a place on, up to the next wildcard. */
export function charactersFrom(glyphs: readonly number[], from: number): string {
  let text = "";
  for (let at = from; ; at += 1) {
    const glyph = glyphs[at];
    if (glyph === undefined || glyph < 0) return text;
    text += String.fromCharCode(glyph);
  }
}

/** Follows every possible position at once; needed where a run may not cross a colon. */
function matchesStepwise(pattern: Pattern, text: string): boolean {
  const { glyphs } = pattern;
  let positions = new Set<number>([0]);
  skipRuns(glyphs, positions);
  for (let at = 0; at < text.length; at += 1) {
    const raw = text.charCodeAt(at);
    const character = pattern.anyCase ? foldCharacter(raw) : raw;
    const next = new Set<number>();
    for (const position of positions) {
      const glyph = glyphs[position];
      if (glyph === undefined || !takesCharacter(glyph, character)) continue;
      next.add(glyph === anyRun || glyph === anyRunInField ? position : position + 1);
    }
    skipRuns(glyphs, next);
    if (next.size === 0) return false;
    positions = next;
  }
  return positions.has(glyphs.length);
}

function skipRuns(glyphs: readonly number[], positions: Set<number>): void {
  // A set visits what is added while it is walked, so chains of runs are followed too.
  for (const position of positions) {
    const glyph = glyphs[position];
    if (glyph === anyRun || glyph === anyRunInField) positions.add(position + 1);
  }
}

/** May this glyph stand for this character? */
function takesCharacter(glyph: number, character: number): boolean {
  if (glyph >= 0) return glyph === character;
  return glyph === anyOne || glyph === anyRun || character !== colon;
}

export function isRun(glyph: number | undefined): boolean {
  return glyph === anyRun || glyph === anyRunInField;
}

/** A text that the pattern matches: each run becomes `run`, each single wildcard `one`. */
export function instance(
  pattern: Pick<Pattern, "glyphs">,
  filler: { readonly run: string; readonly one: string },
): string {
  let text = "";
  for (const glyph of pattern.glyphs) {
    text += glyph >= 0 ? String.fromCharCode(glyph) : isRun(glyph) ? filler.run : filler.one;
  }
  return text;
}

/** The pattern with `*` and `?` for its wildcards, for people. */
export function patternText(pattern: Pattern): string {
  return instance(pattern, { run: "*", one: "?" });
}
