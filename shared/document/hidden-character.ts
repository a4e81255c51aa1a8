import { hiddenCharacters } from "../language/visible.ts";
import { hiddenSentence } from "./odd-character.ts";

type HiddenCharacter = {
  /** Where in the text. */
  readonly at: number;
  /** What it is and what to do: "an invisible character (U+200B): take it out". */
  readonly says: string;
};

/** Characters that a text of several lines consists of. A carriage return counts only before a line feed. */
const layout = /\r?\n|\t/g;

/** Not printable by the grammar of YAML (1.2, section 5.1), and shown by no screen. */
const noCharacter = /[\ufffe\uffff]/g;

/**
 * What makes one emoji of several characters (UTS 51), where it does: a selector, a joiner, the tags of
 * three flags. It changes a picture, and hides nothing.
 */
const ofEmoji =
  /(?<=\p{Extended_Pictographic})\ufe0f|(?<=[#*0-9])\ufe0f(?=\u20e3)|(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}]|\ufe0f)\u200d(?=\p{Extended_Pictographic})|(?<=\u{1f3f4})\u{e0067}\u{e0062}(?:\u{e0065}\u{e006e}\u{e0067}|\u{e0073}\u{e0063}\u{e0074}|\u{e0077}\u{e006c}\u{e0073})\u{e007f}/gu;

/**
 * The first character of a text that a screen obeys, hides or may take for a line break, and that may
 * make people read another text than the one that counts. Readers of YAML differ in them too: for
 * those of 1.1 a line ends at U+0085, U+2028 and U+2029, and for most at a lone carriage return, within a
 * comment as well.
 */
export function hiddenCharacterIn(text: string): HiddenCharacter | null {
  const at = firstOf(blanked(blanked(text, layout), ofEmoji));
  if (at === null) return null;
  return { at, says: saysOf(text.slice(at)) };
}

function firstOf(text: string): number | null {
  const places = [hiddenCharacters, noCharacter].flatMap((kind) => {
    const [first] = text.matchAll(kind);
    return first === undefined ? [] : [first.index];
  });
  return places.length === 0 ? null : Math.min(...places);
}

/** The text with blanks in the place of what is in order, so that all else keeps its place. */
function blanked(text: string, kind: RegExp): string {
  return text.replaceAll(kind, (whole) => " ".repeat(whole.length));
}

function saysOf(rest: string): string {
  if (rest.startsWith("\r")) {
    return "a carriage return without a line feed (U+000D): write a plain line break";
  }
  const character = String.fromCodePoint(rest.codePointAt(0) ?? 0);
  return hiddenSentence(character);
}
