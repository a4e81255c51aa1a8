import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hiddenCharacterIn } from "../../shared/document/hidden-character.ts";
import { visible } from "../../shared/language/visible.ts";
import {
  documentText,
  organizationId,
  parameter,
  problems,
  projectId,
  read,
  valid,
} from "./documents.ts";

const head = `circleci: {organizationId: ${organizationId}}\ntrust: {projects: all}\ndeploy: {}\n`;

describe("YAML that means something else than it shows is refused:", () => {
  test.each([
    ["a key twice", `${head}mode: observe\nmode: enforce\n`, "mode", "given twice"],
    [
      "a key twice, once in quotes",
      `${head}mode: observe\n"mode": enforce\n`,
      "mode",
      "given twice",
    ],
    [
      "a key twice, once escaped",
      `${head}mode: observe\n"m\\u006fde": enforce\n`,
      "mode",
      "given twice",
    ],
    ["a key twice deep down", `${head}role: {tags: {a: x, a: y}}\n`, "role.tags.a", "given twice"],
    ["a key twice in JSON", `{"deploy":{},"deploy":{}}`, "deploy", "given twice"],
    ["an anchor", `${head}mode: &m enforce\n`, "line 4, column 7", "an anchor"],
    ["an alias", "a: *b\n", "line 1, column 4", "an alias"],
    ["a tag", `${head}mode: !!str enforce\n`, "line 4, column 7", "a tag"],
    ["a tag for code", "a: !!js/function 'x'\n", "line 1, column 4", "a tag"],
    ["a tag on a block", "a: !x |\n  b\n", "line 1, column 4", "a tag"],
    ["a merge key", `${head}role:\n  <<: {name: x}\n`, 'role["<<"]', "a merge key"],
    ["a directive", `%YAML 1.1\n---\n${head}`, "line 1, column 1", "a directive"],
    ["a second document", `${head}---\nmode: observe\n`, "", "more than one YAML document"],
    ["a list as a key", "[a]: b\n", "line 1, column 1", "a key is a list"],
    ["a key __proto__", `${head}__proto__: {mode: observe}\n`, '["__proto__"]', "unknown field"],
    ["a key constructor", `${head}constructor: {}\n`, "constructor", "unknown field"],
    ["a template", `${head}mode: {{ mode }}\n`, "", "nobody filled in"],
    ["a tab as indentation", "a:\n\tb: 1\n", "line 2, column 1", "a tab"],
    ["an open quote", 'a: "b\n', "line 2, column 1", "missing"],
    ["a colon too many", "a: b: c\n", "line 1, column 4", "two colons"],
  ])("%s", (_why, text, path, says) => {
    const [first] = problems(text);
    expect(first?.path).toBe(path);
    expect(first?.message).toContain(says);
  });

  test("an alias bomb, without unfolding it", () => {
    const levels = Array.from({ length: 26 }, (_, level) => {
      const name = String.fromCharCode(97 + level);
      const before = String.fromCharCode(96 + level);
      return `${name}: &${name} ${level === 0 ? "x" : `[${`*${before},`.repeat(9)}]`}`;
    });
    const began = performance.now();
    expect(problems(levels.join("\n"))[0]?.code).toBe("yaml-feature");
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

describe("a character that a screen hides, obeys or breaks a line at is refused", () => {
  const kinds = [
    ["a lone carriage return", "\r", "a carriage return without a line feed (U+000D)"],
    ["one before a CRLF", "\r\r\n# ", "a carriage return without a line feed (U+000D)"],
    ["a next line", "\u0085", "an unusual line break (U+0085)"],
    ["a line separator", "\u2028", "an unusual line break (U+2028)"],
    ["a paragraph separator", "\u2029", "an unusual line break (U+2029)"],
    ["a vertical tab", "\v", "a control character (U+000B)"],
    ["a form feed", "\f", "a control character (U+000C)"],
    ["NUL", "\0", "a control character (U+0000)"],
    ["ESC", "\u001b[2K", "a control character (U+001B)"],
    ["DEL", "\u007f", "a control character (U+007F)"],
    ["CSI", "\u009b2K", "a control character (U+009B)"],
    ["an override of direction", "\u202e", "an invisible character (U+202E)"],
    ["an isolate", "\u2067", "an invisible character (U+2067)"],
    ["a mark of direction", "\u200f", "an invisible character (U+200F)"],
    ["a zero-width space", "\u200b", "an invisible character (U+200B)"],
    ["a joiner alone", "a\u200db", "an invisible character (U+200D)"],
    ["a soft hyphen", "\u00ad", "an invisible character (U+00AD)"],
    ["a byte order mark", "\ufeff", "an invisible character (U+FEFF)"],
    ["a filler", "\u3164", "an invisible character (U+3164)"],
    ["a selector alone", "a\ufe0f", "an invisible character (U+FE0F)"],
    ["a tag", "\u{e0041}", "an invisible character (U+E0041)"],
    ["half a character", "\ud800", "an invisible character (U+D800)"],
    ["no character", "\uffff", "an invisible character (U+FFFF)"],
    [
      "marks on marks",
      `e${"\u0301".repeat(5)}`,
      "one mark more on a letter than a language writes",
    ],
  ] as const;

  test.each(kinds)("in a comment: %s", (_what, text, says) => {
    const shown = `${head}# only this week${text}mode: suspend\n`;
    const [first, second] = problems(shown);
    expect(first?.code).toBe("hidden-character");
    expect(first?.path).toMatch(/^line 4, column 1[6-9]|^line 4, column 2/);
    expect(first?.message).toContain(says);
    expect(second).toBeUndefined();
  });

  test.each(kinds)("in a value, as it is and as an escape: %s", (_what, text, says) => {
    const branches = (written: string) =>
      `${head.replace("deploy: {}", `deploy: {amplify: [{app: a, branches: ["ma${written}in"]}]}`)}`;
    const escaped = JSON.stringify(text)
      .slice(1, -1)
      .replaceAll(
        /[\u007f-\uffff]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
      );
    expect(problems(branches(text))[0]).toMatchObject({ code: "hidden-character" });
    expect(problems(branches(text))[0]?.message).toContain(says);
    const json = documentText({ deploy: { amplify: [{ app: "a", branches: ["HERE"] }] } });
    const [first] = problems(json.replace("HERE", `ma${escaped}in`));
    expect(first).toMatchObject({
      code: "hidden-character",
      path: "deploy.amplify[0].branches[0]",
    });
    expect(first?.message).toContain(says);
  });

  test("in a ref, though IAM would take it, and in the key of a tag", () => {
    const entry = { id: projectId, origin: "github.com/acme/shop", refs: ["refs/heads/HERE"] };
    const texts = [
      documentText({ trust: { projects: [entry] } }),
      documentText({ role: { tags: { HERE: "x" } } }),
    ];
    const paths = ["trust.projects[0].refs[0]", 'role.tags["a?b"]'];
    for (const [at, text] of texts.entries()) {
      expect(problems(text.replace("HERE", "a\\u00adb"))[0]).toMatchObject({
        code: "hidden-character",
        path: paths[at],
      });
    }
  });

  test("at its own line and column, CRLF or not", () => {
    for (const lineBreak of ["\n", "\r\n"]) {
      const text = [...head.trimEnd().split("\n"), "# ab\u200b"].join(lineBreak);
      expect(problems(text)[0]?.path).toBe("line 4, column 5");
    }
  });

  test.each([
    ["accents", "# Für Zoë: déjà vu, ça va? e\u0301"],
    ["other scripts", "# 本番環境, продакшен, ระบบ, עברית"],
    ["emoji", "# 🚀 deploy"],
    ["emoji with a selector", "# ⚠️ careful, 1️⃣"],
    ["emoji of several", "# 👩‍💻👨‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 👍🏽 🇨🇭"],
    ["a tab", "# a\tb"],
    ["an unusual blank", "# a\u00a0b\u3000c"],
  ])("but not %s in a comment", (_what, comment) => {
    for (const lineBreak of ["\n", "\r\n"]) {
      const text = `\ufeff${head}${comment}\n`.replaceAll("\n", lineBreak);
      expect(valid(text)).toEqual(valid(head));
    }
  });

  test("and every other character of Unicode is shown as it is", () => {
    for (let code = 0; code <= 0xe0fff; code = code === 0x1ffff ? 0xe0000 : code + 1) {
      const text = `a${String.fromCodePoint(code)}b`;
      const isShown = visible(text) === text || /[\t\n]/.test(text);
      const isRefused = hiddenCharacterIn(text) !== null;
      if (isRefused === isShown && !/[\ufffe\uffff]/.test(text))
        expect.fail(`U+${code.toString(16)}`);
    }
  });
});

describe("a template that an escape takes past Parameter Store", () => {
  const braces = "\\u007b\\u007bx}}";
  const escaped = (fields: Readonly<Record<string, unknown>>) =>
    documentText(fields).replaceAll("HERE", braces);

  test.each([
    ["an Amplify app", { deploy: { amplify: [{ app: "HERE" }] } }, "deploy.amplify[0].app"],
    [
      "a branch",
      { deploy: { amplify: [{ app: "a", branches: ["b", "HERE"] }] } },
      "deploy.amplify[0].branches[1]",
    ],
    ["an audience", { circleci: { organizationId, audiences: ["HERE"] } }, "circleci.audiences[0]"],
    ["the key of a tag", { role: { tags: { HERE: "a" } } }, 'role.tags["{?x}}"]'],
    ["the value of a tag", { role: { tags: { a: "HERE" } } }, "role.tags.a"],
    ["a field that there is not", { HERE: 1 }, '["{?x}}"]'],
    ["a wrong word", { mode: "HERE" }, "mode"],
    ["a list in an unknown field", { extra: [["HERE"]] }, "extra[0][0]"],
  ])("is refused in %s", (_what, fields, path) => {
    const [first] = problems(escaped(fields));
    expect([first?.code, first?.path]).toEqual(["template", path]);
    expect(first?.message).toContain("two opening braces in a row");
  });

  test("is refused without its end too, which the JSON of a record would supply", () => {
    const text = documentText({ deploy: { amplify: [{ app: "HERE" }] } }).replace("HERE", "{{x");
    expect(problems(text)[0]?.code).toBe("template");
  });

  test("leaves no message behind that the status could not hold", () => {
    const texts = [
      escaped({ HERE: 1 }),
      escaped({ role: { tags: { HERE: "HERE" } } }),
      `${head}"${braces}": 1\n"${braces}": 2\n`,
      `${head}mode: {{ mode }}\n`,
    ];
    for (const text of texts) {
      expect(problems(text)).not.toEqual([]);
      for (const problem of problems(text)) expect(JSON.stringify(problem)).not.toContain("{{");
    }
  });

  test("is not seen in single braces, nor in closing ones", () => {
    const branches = ["a{b}", "}}", "{ {"];
    const text = documentText({ deploy: { amplify: [{ app: "{a}", branches }] } });
    expect(valid(text).deploy.amplify).toMatchObject([{ app: "{a}", branches }]);
  });
});

describe("YAML 1.1's surprises", () => {
  test("are words: yes, no, on and off are not booleans", () => {
    expect(
      valid(`${head}role: {tags: {a: yes, b: off, c: 12:30:45, d: 2026-12-31}}\n`).role.tags,
    ).toEqual({
      a: "yes",
      b: "off",
      c: "12:30:45",
      d: "2026-12-31",
    });
  });

  test("do not turn an account's id with a leading zero into another number", () => {
    const [first] = problems(`${head}role: {tags: {account: 0123}}\n`);
    expect(first?.message).toContain("put it in quotes");
    expect(valid(`${head}role: {tags: {account: "0123"}}\n`).role.tags).toEqual({
      account: "0123",
    });
  });
});

describe("a size that no parameter has", () => {
  test("is refused before it is read", () => {
    const began = performance.now();
    const [first] = problems("- ".repeat(500_000));
    expect(first?.message).toContain("1000000 characters; allowed: at most 8192");
    expect(performance.now() - began).toBeLessThan(200);
  });

  test("is 8,193 characters, not 8,192", () => {
    const filled = (length: number) => documentText().padEnd(length, " ");
    expect(problems(filled(8192))).toEqual([]);
    expect(problems(filled(8193))[0]?.code).toBe("too-long");
  });

  test.each(["[", "{a: ", "- ", "? ", "[{", ": ", "{? "])(
    "nor is a nest of %j read to its bottom",
    (opening) => {
      const nest = opening.repeat(Math.floor(8192 / opening.length));
      expect(problems(nest)[0]?.code).toBe("too-deep");
    },
  );
});

describe("a message", () => {
  test.each([
    ["a long value", documentText({ mode: "x".repeat(5000) })],
    ["a long key", documentText({ ["k".repeat(5000)]: 1 })],
    [
      "a long tag key and value",
      documentText({ role: { tags: { ["k".repeat(3000)]: "v".repeat(3000) } } }),
    ],
    ["a long YAML error", `a: "${"b".repeat(5000)}\nc: d`],
    ["a long anchor", `a: &${"b".repeat(5000)} c`],
  ])("repeats no more than 80 characters of %s", (_what, text) => {
    for (const { message, allowed } of problems(text)) {
      const echoed = message.replace(allowed, "").replace(parameter, "");
      expect(echoed.match(/([bkvx])\1*/g)?.join("").length ?? 0).toBeLessThanOrEqual(80);
      expect(echoed.length).toBeLessThan(300);
    }
  });

  test("is one line of printable characters", () => {
    const [first] = problems(documentText({ mode: 'a\t\nb"' }));
    expect(first?.message).toContain('"a??b?"');
  });

  test.each(["\u001b", "\u202e", "\u2028", "\u0000", "\ud800", "\u{e0041}", "\ufffe"])(
    "is that too where it is about %j",
    (character) => {
      for (const text of [`${head}# ${character}`, documentText({ [character]: character })]) {
        for (const { message } of problems(text)) expect(message).toMatch(/^[ -~]+$/);
      }
    },
  );
});

describe("whatever the text, there is an answer and no exception", () => {
  const pieces = fc.constantFrom(
    "a",
    "circleci",
    ": ",
    ":",
    "\n",
    "\n  ",
    "- ",
    "? ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "&a ",
    "*a",
    "!t ",
    "|\n",
    ">\n",
    '"',
    "'",
    "#",
    "%",
    "@",
    "`",
    "---\n",
    "...\n",
    "\t",
    "\u0000",
    "\ud800",
    "é",
    "日",
    "__proto__",
    "<<",
    "0x1",
    ".nan",
    "{{",
    "}}",
    "\\",
  );

  test("for random pieces of YAML", () => {
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
        const reading = read(parts.join(""));
        expect(reading.kind).toBe("invalid");
      }),
      { numRuns: 3000, seed: 20261122 },
    );
  });

  test("for any JSON value in any field", () => {
    const fields = fc.constantFrom(
      "circleci",
      "trust",
      "role",
      "policy",
      "deploy",
      "mode",
      "onWiden",
      "onRemove",
    );
    fc.assert(
      fc.property(fields, fc.jsonValue({ maxDepth: 4 }), (field, value) => {
        const text = documentText({ [field]: value });
        if (text.length > 8192) return;
        const reading = read(text);
        if (reading.kind === "valid") return;
        for (const problem of reading.problems) {
          expect(problem.message).toMatch(
            /^\/oidc-reconciler\/environments\/production, version 4.*; allowed: .*\.$/,
          );
        }
      }),
      { numRuns: 3000, seed: 20261122 },
    );
  });
});

describe("a secret in the wrong place is not repeated:", () => {
  const encode = (text: string) => Buffer.from(text).toString("base64url");
  const [header, payload, signature] = ['{"alg":"RS256"}', '{"iss":"x"}', "signature"].map(encode);
  const token = [header, payload, signature].join(".");

  test.each([
    ["a token as an id", { circleci: { organizationId: token } }, token],
    ["a token as an audience", { circleci: { organizationId, audiences: [`${token}\n`] } }, token],
    ["a token as a key", { [token]: 1 }, token],
    ["a token as a role's name", { role: { name: `Bearer ${token}` } }, token],
    ["a key of GitHub's", { mode: "ghp_abcdefghijklmnop0123456789" }, "ghp_abcdefgh"],
    [
      "a password in an address",
      {
        trust: {
          projects: [{ id: projectId, origin: "https://me:pass-word@github.com/acme/shop" }],
        },
      },
      "pass-word",
    ],
  ])("%s", (_, fields, secret) => {
    const reported = problems(documentText(fields));
    expect(reported).not.toEqual([]);
    for (const { message, path } of reported) {
      for (const part of secret.split(".")) expect(message + path).not.toContain(part.slice(0, 12));
    }
  });
});
