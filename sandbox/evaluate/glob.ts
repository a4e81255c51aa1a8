/** One piece of a pattern: a plain character or a wildcard. */
export type Piece =
  | { readonly kind: "character"; readonly character: string }
  | { readonly kind: "any-run" }
  | { readonly kind: "any-one" };

export type Pattern = readonly Piece[];

/** A pattern of plain characters only. */
export function literal(text: string): Pattern {
  return [...text].map((character) => ({ kind: "character", character }));
}

/** A pattern in which `*` is any number of characters, even none, and `?` exactly one. */
export function glob(text: string): Pattern {
  return [...text].map((character) => {
    if (character === "*") return { kind: "any-run" };
    if (character === "?") return { kind: "any-one" };
    return { kind: "character", character };
  });
}

/**
 * Whether the whole text matches the pattern. Goes through both once. On a mismatch, the last
 * `any-run` takes one more character, so the cost is at most pattern × text.
 */
export function matches(pattern: Pattern, text: string): boolean {
  // Only a text with surrogate pairs has to be split to count its characters.
  const characters = /[\ud800-\udfff]/.test(text) ? [...text] : text;
  let at = 0;
  let place = 0;
  let runPlace = -1;
  let runAt = 0;
  while (at < characters.length) {
    const piece = pattern[place];
    if (piece?.kind === "any-run") {
      runPlace = place;
      runAt = at;
      place += 1;
    } else if (
      piece !== undefined &&
      (piece.kind === "any-one" || piece.character === characters[at])
    ) {
      place += 1;
      at += 1;
    } else if (runPlace >= 0) {
      runAt += 1;
      at = runAt;
      place = runPlace + 1;
    } else {
      return false;
    }
  }
  return pattern.slice(place).every((piece) => piece.kind === "any-run");
}
