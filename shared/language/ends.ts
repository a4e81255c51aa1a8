/**
 * A text without these characters at its end. A regular expression for it (`x+$`) looks again from each
 * of them, wherever they are, which takes minutes on a long text of a stranger.
 */
export function withoutEnd(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
