/** What a terminal or an editor obeys or hides: controls, marks of direction, halves of a character. */
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * A text of strangers on one line, everything in it to be seen: a character that a terminal would
 * obey or hide, a line break among them, is written as its number, `\u001b`.
 *
 * Without it a policy, a token or a file's name could turn the screen's writing round, or add
 * lines that look like ours.
 */
export function visible(text: string): string {
  return text.replaceAll(hidden, escapeOf);
}

/** JSON text of the same value, in which such characters are escapes of JSON's own. */
export function visibleJson(json: string): string {
  return json.replaceAll(hidden, (character) =>
    /[\n\r\t ]/.test(character) ? character : escapeOf(character),
  );
}

function escapeOf(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
