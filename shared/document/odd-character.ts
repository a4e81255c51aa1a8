/** One kind of character that people cannot see, or take for another one. */
type OddKind = {
  readonly pattern: RegExp;
  /** Where it is odd only in a text that holds this too. */
  readonly beside?: RegExp;
  readonly name: string;
  readonly instead: string;
};

/**
 * Tried in order. Word processors, chat programs and web pages put these into text that is copied
 * from them (Unicode, general categories and the property Quotation_Mark).
 */
const oddKinds: readonly OddKind[] = [
  {
    pattern:
      /[\u00ab\u00bb\u2018-\u201f\u2032-\u2037\u2039\u203a\u300c-\u300f\u301d-\u301f\uff02\uff07]/u,
    name: "a typographic quotation mark",
    instead: "write \" or '",
  },
  { pattern: /[\u00a0\u202f\u2007]/u, name: "a no-break space", instead: "write a plain space" },
  { pattern: /(?! )\p{Zs}/u, name: "an unusual space", instead: "write a plain space" },
  { pattern: /[\p{Zl}\p{Zp}\u0085]/u, name: "an unusual line break", instead: "write a plain one" },
  {
    pattern: /[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]/u,
    name: "a typographic hyphen or dash",
    instead: "write -",
  },
  {
    pattern: /[\p{Cf}\p{Default_Ignorable_Code_Point}\p{Cs}\p{Noncharacter_Code_Point}]/u,
    name: "an invisible character",
    instead: "take it out",
  },
  { pattern: /(?![\t\n\r])\p{Cc}/u, name: "a control character", instead: "take it out" },
  {
    pattern: /[\uff01-\uff5e]/u,
    name: "a full-width character",
    instead: "write the plain one",
  },
  {
    pattern: /(?!\p{Script=Latin})\p{L}/u,
    beside: /[A-Za-z]/,
    name: "a letter of another script, which may look like a Latin one",
    instead: "write the Latin one",
  },
];

/**
 * The first character of a text that cannot be seen or looks like another one.
 *
 * Such characters are not wrong by themselves: ask only where a text is refused anyway, to say
 * what the eye cannot find.
 *
 * @returns the end of a sentence whose subject is the text, such as
 *   "holds a no-break space (U+00A0): write a plain space"; null where there is none
 */
export function oddCharacterIn(text: string): string | null {
  const kinds = oddKinds.filter(({ beside }) => beside === undefined || beside.test(text));
  for (const character of text) {
    const kind = kinds.find(({ pattern }) => pattern.test(character));
    if (kind !== undefined) return `holds ${sentenceOf(character, kind)}`;
  }
  return null;
}

/** What one character that nobody can see is, and what to do: "a control character (U+0000): take it out". */
export function hiddenSentence(character: string): string {
  const kind = oddKinds.find(
    ({ pattern, beside }) => beside === undefined && pattern.test(character),
  );
  return sentenceOf(character, kind ?? pile);
}

/** What is hidden only by how many there are on one letter. */
const pile = { name: "one mark more on a letter than a language writes", instead: "take it out" };

function sentenceOf(character: string, kind: Pick<OddKind, "name" | "instead">): string {
  return `${kind.name} (${codeOf(character)}): ${kind.instead}`;
}

function codeOf(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
  return `U+${hex.padStart(4, "0")}`;
}
