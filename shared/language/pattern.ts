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
  /** The pattern as a text, with a sign for each wildcard. */
  readonly name: string;
  /** One name for one meaning: equal identities match the same strings. */
  readonly identity: string;
  /** What every match begins with: the text up to the first wildcard (folded, as above). */
  readonly head: string;
  /** Some run does not cross a colon. */
  readonly isFielded: boolean;
  /** What is between the runs, where all of them cross colons. */
  readonly pieces: readonly Piece[];
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

/** Lower case, as `foldCharacter` has it; for Latin-1 that is what JavaScript has. */
function foldText(text: string): string {
  if (text === lastFolded.text) return lastFolded.folded;
  const folded = /[^\0-\xff]/.test(text)
    ? textOf(charactersOf(text).map(foldCharacter))
    : text.toLowerCase();
  lastFolded = { text, folded };
  return folded;
}

/** One text is held against each pattern of a list. */
let lastFolded = { text: "", folded: "" };

/** So many characters are made a text of with one call, which takes no more than the stack holds. */
const charactersAtOnce = 4_096;

function textOf(characters: readonly number[]): string {
  if (characters.length <= charactersAtOnce) return String.fromCharCode(...characters);
  let text = "";
  for (let from = 0; from < characters.length; from += charactersAtOnce)
    text += String.fromCharCode(...characters.slice(from, from + charactersAtOnce));
  return text;
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

/** In a name, these are wildcards, and one that is a character has the escape sign before it. */
const nameSigns = /[*?\uf8f0-\uf8f4]/g;
const escapeSign = "\uf8f0";
/**
 * What the identity of a pattern begins with that ignores case; that of any other is its name, and none has
 * a run right before a single wildcard. Of signs of one byte, so that texts of one byte make no longer ones.
 */
const anyCaseSign = "*?";
const wildcardSigns = ["?", "*", "\uf8f3", "\uf8f4"];

/** Is this character such a sign? */
export function isNameSign(character: number): boolean {
  return character === 42 || character === 63 || (character >= 0xf8f0 && character <= 0xf8f4);
}

/** The name of a text. That of a glob in its usual form is the glob itself. */
export function nameOfText(text: string): string {
  return text.search(nameSigns) < 0 ? text : text.replace(nameSigns, `${escapeSign}$&`);
}

function nameOf(glyphs: readonly number[]): string {
  let name = "";
  for (const glyph of glyphs) {
    if (isNameSign(glyph)) name += escapeSign;
    name += glyph < 0 ? wildcardSigns[anyOne - glyph] : String.fromCharCode(glyph);
  }
  return name;
}

/** The length of the shortest text that a pattern matches, and whether a run makes that longer. */
export function lengthOf({ name }: Pattern): { readonly least: number; readonly hasRun: boolean } {
  let least = 0;
  let hasRun = false;
  for (let at = 0; at < name.length; at += 1) {
    const sign = name.charCodeAt(at);
    if (sign === 42 || sign === 0xf8f4) hasRun = true;
    else least += 1;
    if (sign === 0xf8f0) at += 1;
  }
  return { least, hasRun };
}

/** Makes a pattern of glyphs; equal meanings of the plain wildcards get equal identities. */
export function patternOf(
  glyphs: readonly number[],
  options: { readonly anyCase: boolean },
): Pattern {
  const normal = normalise(options.anyCase ? glyphs.map(foldGlyph) : glyphs);
  const firstWildcard = normal.findIndex((glyph) => glyph < 0);
  const fixed = firstWildcard < 0 ? normal : normal.slice(0, firstWildcard);
  const head = textOf(fixed);
  const literal = firstWildcard < 0 ? head : null;
  return new MadePattern(normal, { ...options, literal, head, name: nameOf(normal) });
}

function foldGlyph(glyph: number): number {
  return glyph < 0 ? glyph : foldCharacter(glyph);
}

/** The pattern that matches one text, or with `anyCase` that text in any case. */
export function literalPattern(text: string, options = { anyCase: false }): Pattern {
  const own = options.anyCase ? foldText(text) : text;
  return new MadePattern(own, { ...options, literal: own, head: own, name: nameOfText(own) });
}

/** A pattern written with `*` for a run and `?` for one character, no escapes. */
export function globPattern(text: string, options = { anyCase: false }): Pattern {
  if (/\*[*?]|[\uf8f0-\uf8f4]/.test(text)) return patternOf(globGlyphs(text), options);
  const firstWildcard = text.search(/[*?]/);
  if (firstWildcard < 0) return literalPattern(text, options);
  const own = options.anyCase ? foldText(text) : text;
  const head = own.slice(0, firstWildcard);
  return new MadePattern(own, { ...options, literal: null, head, name: own });
}

/** What is between two runs: a text, or glyphs where there are single wildcards in it. */
type Piece = string | readonly number[];

const cased = /[a-z\xe0-\xf6\xf8-\xfe]/;

/** Heads or names tell most patterns apart, so glyphs and pieces are made only when needed. */
class MadePattern implements Pattern {
  readonly anyCase: boolean;
  readonly literal: string | null;
  readonly name: string;
  readonly identity: string;
  readonly head: string;
  readonly isFielded: boolean;
  /** A text as it was written (folded, where case is ignored), or glyphs. */
  readonly #source: string | readonly number[];
  #glyphs: readonly number[] | null = null;
  #pieces: readonly Piece[] | null = null;

  constructor(
    source: string | readonly number[],
    made: Pick<Pattern, "anyCase" | "literal" | "head" | "name">,
  ) {
    this.#source = source;
    this.anyCase = made.anyCase && cased.test(made.name);
    this.literal = made.literal;
    this.name = made.name;
    this.identity = this.anyCase ? anyCaseSign + made.name : made.name;
    this.head = made.head;
    this.isFielded = typeof source !== "string" && source.includes(anyRunInField);
  }

  get glyphs(): readonly number[] {
    const source = this.#source;
    if (typeof source !== "string") return source;
    this.#glyphs ??= this.literal === null ? globGlyphs(source) : charactersOf(source);
    return this.#glyphs;
  }

  get pieces(): readonly Piece[] {
    const source = this.#source;
    this.#pieces ??= typeof source === "string" ? piecesOfGlob(source) : piecesOf(source);
    return this.#pieces;
  }
}

function piecesOfGlob(text: string): readonly Piece[] {
  const pieces = text.split("*");
  if (!text.includes("?")) return pieces;
  return pieces.map((piece) => (piece.includes("?") ? globGlyphs(piece) : piece));
}

function piecesOf(glyphs: readonly number[]): readonly Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (let at = 0; at <= glyphs.length; at += 1) {
    if (at < glyphs.length && glyphs[at] !== anyRun) continue;
    const piece = glyphs.slice(from, at);
    pieces.push(piece.some((glyph) => glyph < 0) ? piece : textOf(piece));
    from = at + 1;
  }
  return pieces;
}

function charactersOf(text: string): number[] {
  const characters: number[] = [];
  for (let at = 0; at < text.length; at += 1) characters.push(text.charCodeAt(at));
  return characters;
}

function globGlyphs(text: string): number[] {
  const glyphs: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    glyphs.push(character === 42 ? anyRun : character === 63 ? anyOne : character);
  }
  return glyphs;
}

/** Every string. */
export const everything: Pattern = patternOf([anyRun], { anyCase: false });

/** Does the pattern match the whole text? Time at most pattern length × text length. */
export function matches(pattern: Pattern, text: string): boolean {
  const { literal, anyCase, head } = pattern;
  if (literal !== null && literal.length !== text.length) return false;
  const folded = anyCase ? foldText(text) : text;
  if (literal !== null) return literal === folded;
  if (!folded.startsWith(head)) return false;
  return pattern.isFielded ? matchesStepwise(pattern, text) : matchesPieces(pattern.pieces, folded);
}

/** Each piece is taken where it is first, behind the one before; what is before the first run and behind the last has one place only. */
function matchesPieces(pieces: readonly Piece[], text: string): boolean {
  const [first = ""] = pieces;
  const last = pieces.at(-1) ?? "";
  if (pieces.length === 1) return text.length === first.length && isAt(first, text, 0);
  const end = text.length - last.length;
  let at = first.length;
  if (at > end || !isAt(first, text, 0) || !isAt(last, text, end)) return false;
  for (let next = 1; next < pieces.length - 1; next += 1) {
    const piece = pieces[next] ?? "";
    const found = placeOf(piece, text, at);
    at = found + piece.length;
    if (found < 0 || at > end) return false;
  }
  return true;
}

function isAt(piece: Piece, text: string, place: number): boolean {
  if (typeof piece === "string") return text.startsWith(piece, place);
  for (let at = 0; at < piece.length; at += 1)
    if (!takesCharacter(piece[at] ?? 0, text.charCodeAt(place + at))) return false;
  return true;
}

/** The first place of a piece from here on; -1 where there is none. */
function placeOf(piece: Piece, text: string, from: number): number {
  if (typeof piece !== "string") {
    for (let at = from; at + piece.length <= text.length; at += 1)
      if (isAt(piece, text, at)) return at;
    return -1;
  }
  if (piece.length > 1) return text.indexOf(piece, from);
  // In a row of letters each is near, and to look is cheaper than to call.
  const letter = piece.charCodeAt(0);
  for (let at = from; at < text.length; at += 1) if (text.charCodeAt(at) === letter) return at;
  return -1;
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
  const characters: number[] = [];
  for (const glyph of pattern.glyphs) {
    const filled = glyph >= 0 ? "" : isRun(glyph) ? filler.run : filler.one;
    if (glyph >= 0) characters.push(glyph);
    for (let at = 0; at < filled.length; at += 1) characters.push(filled.charCodeAt(at));
  }
  return textOf(characters);
}

/** The pattern with `*` and `?` for its wildcards, for people. */
export function patternText(pattern: Pattern): string {
  return instance(pattern, { run: "*", one: "?" });
}
