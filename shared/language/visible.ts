import { withoutTokens } from "./without-tokens.ts";

/**
 * What a terminal or an editor obeys or hides: controls, marks of direction, halves of a character,
 * what takes no room (Unicode, Default_Ignorable_Code_Point: variation selectors, fillers, tags), and
 * marks that pile up on one letter. No language writes more than four on one.
 */
export const hiddenCharacters =
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]|(?<=\p{M}{4})\p{M}/gu;

/**
 * A text of strangers on one line, everything in it to be seen: a character that a terminal would
 * obey or hide, a line break among them, is written as its number, `\u001b`.
 *
 * Without it a policy, a token or a file's name could turn the screen's writing round, or add
 * lines that look like ours.
 */
export function visible(text: string): string {
  return text.replaceAll(hiddenCharacters, escapeOf);
}

/** JSON text of the same value, in which such characters are escapes of JSON's own. */
export function visibleJson(json: string): string {
  return json.replaceAll(hiddenCharacters, (character) =>
    /[\n\r\t ]/.test(character) ? character : escapeOf(character),
  );
}

/** A text of strangers as a message may repeat it: on one line, to be seen, without tokens. */
export function safeText(text: string): string {
  return visible(withoutTokens(text));
}

/** JSON text as it may be logged and sent: the same value but for tokens in it. */
export function safeJson(json: string): string {
  return visibleJson(withoutTokens(json));
}

function escapeOf(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
