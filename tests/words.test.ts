import { describe, expect, test } from "vitest";
import { repositoryFiles, textOf } from "./source-files.ts";

/**
 * Words that this repository avoids, each with what to say instead. Write as on AWS's and
 * Terraform's best pages: short, common words, active voice, one idea a sentence.
 */
const avoided: readonly (readonly [pattern: RegExp, instead: string])[] = [
  // `told` is also a key of the stored status, which older releases read.
  [/(?<!\.)\btold\b(?!:)/i, "reported, alerted, said"],
  [/\btells?\b(?!.*\b(apart|from)\b)/i, "says, reports, alerts"],
  [
    /(?<!\bthere )\b(is|are|was|were) no (?!longer|more|less|better|worse|later|earlier|wider|narrower|other)/i,
    "is not a",
  ],
  [/(?<!\bthere )\b(is|are|was|were) none\b/i, "is not one, there is none"],
  [/\bwhoever\b/i, "anyone who"],
  [/\bwhom\b/i, "who"],
  [/\banew\b/i, "again; made anew: re-created"],
  [/\bstands?\b(?! for\b)/i, "is, is in, remains"],
  [/\bheed(s|ed)?\b/i, "follows, respects"],
  [/\bbesides\b/i, "also, other than"],
  [/\b(is|are|was) wanted\b/i, "is desired"],
  [/\bputs? right\b/i, "corrects"],
  [/\bfor ever\b/i, "permanently, always"],
  [/\bin vain\b/i, "without effect"],
  // AWS itself writes "TaskDefinition can not be blank."
  [/\bcan not\b(?! be blank)/i, "cannot"],
  [/\b(thus|hence|lest|upon|thereof|wherein|whereof|whilst|albeit|moreover)\b/i, "a common word"],
  [/\bcarriages?\b(?! return)/i, "the applied plan"],
  [/\bsought\b/i, "searched for"],
  [
    /\b(deeds?|leftovers?|strays?)\b/i,
    "the field's own word: handler, orphan, unmanaged attachment",
  ],
];

const own = "tests/words.test.ts";
const prose = /\.(ts|cjs|mjs|md|yml|yaml)$/;

/** The places where a text uses a word to avoid: line, the line's text, what to say instead. */
function wordsIn(text: string): readonly string[] {
  return text
    .split("\n")
    .flatMap((line, index) =>
      avoided.flatMap(([pattern, instead]) =>
        pattern.test(line) ? [`line ${index + 1}: ${line.trim()} (say: ${instead})`] : [],
      ),
    );
}

describe("plain English", () => {
  test("uses short, common words", () => {
    const found = repositoryFiles
      .filter((path) => prose.test(path) && path !== own)
      .flatMap((path) => wordsIn(textOf(path)).map((place) => `${path}: ${place}`));
    expect(found).toEqual([]);
  });

  test.each([
    ["What is told comes out as told", true],
    ["That is no instant with a zone", true],
    ["That is no longer there", false],
    ["`*` stands for any text", false],
    ["The value stands in one parameter", true],
    ["It is reported once", false],
    ["Where there is no topic", false],
  ])("judges %j: %s", (text, isAvoided) => {
    expect(wordsIn(text).length > 0).toBe(isAvoided);
  });
});
