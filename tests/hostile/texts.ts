import fc from "fast-check";

/**
 * Texts that somebody could plant wherever the product reads a text: the one list of them, for every
 * test that plants texts. Each stands for a kind of trouble.
 */
export const hostileTexts: readonly string[] = [
  // Lines and log entries that are not ours.
  "a\nNo loose ends.",
  'a\r\n{"level":"INFO","message":"run","outcome":"in-sync"}',
  "a\u2028b\u2029c\u0085d",
  'x","outcome":"in-sync","x":"',
  "::error::forged",
  "${{ secrets.X }}",
  "%0aset-output",
  // What a screen obeys.
  "\u001b[2J\u001b[1;1Hclean",
  "\u001b]8;;https://evil.example\u0007click\u001b]8;;\u0007",
  "\u009b31mred",
  "\u0000\u0001\u0007\b\u007f",
  // What turns writing round, or takes no room.
  "exe\u202egpj.\u202d\u202c\u202a\u202b",
  "a\u2066b\u2067c\u2068d\u2069",
  "a\u200bb\u200cc\u200dd\u200ee\u200ff\ufeffg\u2060h\u00ad",
  "tag\u{e0041}\u{e007f}",
  "selector\ufe0f\ufe00\u{e0100}",
  "filler\u3164\u115f\u034f\uffa0",
  `storm e${"\u0301\u0489".repeat(40)}`,
  // Halves of characters, and letters that look alike.
  "\ud800",
  "\udc00\ud800",
  "rоle-аdmin",
  "ＲＯＬＥ",
  // Names that every object has.
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "valueOf",
  "__defineGetter__",
  "then",
  "length",
  // Text that other languages take for their own.
  "${aws:PrincipalArn}",
  "{{ssm:secret}}",
  "<<pipeline.id>>",
  "$(id)`id`",
  "../../etc/passwd",
  "<script>alert(1)</script>",
  "'; DROP TABLE--",
  "*",
  "arn:aws:iam::123456789012:role/*",
  // Numbers, blanks and nothing.
  "",
  " ",
  "-0",
  "NaN",
  "1e999",
  "0x10",
  "9".repeat(400),
  "x".repeat(5_000),
  "é".repeat(2_500),
  " \t".repeat(1_000),
  "*".repeat(600),
  "a*".repeat(300),
  "(".repeat(500),
];

/** Secrets that somebody left where none belongs: no output may have one. */
export const plantedTokens: readonly string[] = [
  "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL3BsYW50ZWQifQ.cGxhbnRlZC1zaWduYXR1cmU",
  "ghp_PlantedGithubTokenOf36LettersAndMor",
  "CCIPAT_PlantedCircleTokenAbc_0123456789abcdef0123456789abcdef01234567",
  "IQoJb3JpZ2luX2VjPlantedSessionToken0123456789",
];

/** What is found again of each token, wherever it is cut. */
const remainders: readonly string[] = [
  "eyJpc3MiOiJodHRwczovL3BsYW50ZWQifQ",
  "cGxhbnRlZC1zaWduYXR1cmU",
  "PlantedGithubToken",
  "PlantedCircleToken",
  "PlantedSessionToken",
];

const tokens = fc
  .tuple(fc.constantFrom("", "a\n", "KeyAdmin/", "x_", "sub: "), fc.constantFrom(...plantedTokens))
  .map((parts) => parts.join(""));

/** One of them, two run together, a token, or letters of any script. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...hostileTexts) },
  { weight: 2, arbitrary: tokens },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(...hostileTexts), fc.constantFrom(...hostileTexts))
      .map((parts) => parts.join("")),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 20 }) },
);

/** What no screen may be given: what it would obey or not show, and marks that pile up. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]|\p{M}{5}/u;

/** The first character of a text that a screen would obey or not show; null where there is none. */
export function unseenIn(text: string): string | null {
  const found = unseen.exec(text.replaceAll("\n", ""));
  return found === null ? null : `U+${(found[0].codePointAt(0) ?? 0).toString(16)}`;
}

/** The parts of planted tokens that a text still has. */
export function tokensIn(text: string): readonly string[] {
  return remainders.filter((part) => text.includes(part));
}
