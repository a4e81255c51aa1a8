/**
 * Whether a text is of a pattern with `*` (any characters, slashes too) and `?` (one). Takes time in proportion to the product of both lengths, whatever the pattern.
 *
 * Source: IAM user guide, "IAM JSON policy elements: Resource".
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let at = 0;
  let next = 0;
  // Where to go on if what follows the newest star turns out not to fit.
  let star = -1;
  let retry = 0;
  while (next < text.length) {
    const sign = pattern[at];
    if (sign === "*") {
      star = at++;
      retry = next;
    } else if (sign !== undefined && (sign === "?" || sign === text[next])) {
      at++;
      next++;
    } else if (star >= 0) {
      at = star + 1;
      next = ++retry;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}
