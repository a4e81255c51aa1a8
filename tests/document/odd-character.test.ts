import { describe, expect, test } from "vitest";
import { problems, valid } from "./documents.ts";

const yaml = `circleci: {organizationId: 11111111-2222-4333-8444-555555555555}
trust:
  projects:
    - id: aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee
      origin: github.com/acme/shop
mode: enforce
deploy: {ecr: [demo-backend]}
`;

const noBreak = "a no-break space (U+00A0): write a plain space";

/** What, the text to look for, what is there instead, what the message says. */
const cases: readonly (readonly [string, string, string, string])[] = [
  [
    "typographic quotes round a value",
    "github.com/acme/shop",
    "“github.com/acme/shop”",
    "a typographic quotation mark (U+201C)",
  ],
  [
    "single ones",
    "github.com/acme/shop",
    "‘github.com/acme/shop’",
    "a typographic quotation mark (U+2018)",
  ],
  ["low ones", "enforce", "„enforce“", "a typographic quotation mark (U+201E)"],
  ["French ones", "demo-backend", "«demo-backend»", "a typographic quotation mark (U+00AB)"],
  [
    "typographic quotes round an id",
    "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
    "“aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee”",
    "a typographic quotation mark (U+201C)",
  ],
  [
    "typographic quotes round a number",
    "mode: enforce",
    "role: {maxSessionSeconds: “3600”}",
    "a typographic quotation mark (U+201C)",
  ],
  ["typographic quotes round a key", "mode:", "“mode”:", "a typographic quotation mark (U+201C)"],
  ["a no-break space before a key", "deploy:", "\u00a0deploy:", noBreak],
  ["a no-break space before a nested key", "      origin", "      \u00a0origin", noBreak],
  ["no-break spaces as indentation", "  projects", "\u00a0\u00a0projects", noBreak],
  ["a no-break space before a value", "demo-backend", "\u00a0demo-backend", noBreak],
  ["a no-break space after a colon", "origin: ", "origin:\u00a0", noBreak],
  ["an ideographic space", "demo-backend", "\u3000demo-backend", "an unusual space (U+3000)"],
  [
    "a zero-width space in a name",
    "demo-backend",
    "demo\u200b-backend",
    "an invisible character (U+200B)",
  ],
  [
    "a byte order mark within",
    "demo-backend",
    "\ufeffdemo-backend",
    "an invisible character (U+FEFF)",
  ],
  [
    "a dash for a hyphen in a name",
    "demo-backend",
    "demo–backend",
    "a typographic hyphen or dash (U+2013): write -",
  ],
  [
    "a no-break hyphen",
    "demo-backend",
    "demo\u2011backend",
    "a typographic hyphen or dash (U+2011)",
  ],
  ["a dash for a list's hyphen", "- id", "– id", "a typographic hyphen or dash (U+2013)"],
  ["a full-width colon", "mode: ", "mode： ", "a full-width character (U+FF1A)"],
  [
    "a Cyrillic letter in a key",
    "deploy:",
    "d\u0435ploy:",
    "a letter of another script, which may look like a Latin one (U+0435)",
  ],
  ["a Greek letter in a word", "enforce", "enf\u03bfrce", "another script"],
];

describe("a character that cannot be seen or looks like another is named", () => {
  test.each(cases)("%s", (_what, right, wrong, says) => {
    expect(yaml).toContain(right);
    const messages = problems(yaml.replace(right, wrong)).map(({ message }) => message);
    expect(messages.join("\n")).toContain(says);
  });

  test("but not where everything is plain", () => {
    const messages = problems(yaml.replace("enforce", "enforced")).map(({ message }) => message);
    expect(messages).toHaveLength(1);
    expect(messages[0]).not.toMatch(/U\+/);
  });

  test("nor where it is allowed", () => {
    const tagged = `${yaml}role: {tags: {Équipe: "Łódź – Zürich"}}\n`;
    expect(problems(tagged.replace(" – ", " "))).toEqual([]);
    expect(
      valid(yaml.replace("{ecr: [demo-backend]}", "{amplify: [{app: приложение}]}")).deploy.amplify,
    ).toHaveLength(1);
  });
});
