import fc from "fast-check";
import { DFA, JS, NFA } from "refa";
import { describe, expect, test } from "vitest";
import { budgetOf } from "../../shared/language/budget.ts";
import {
  characterClass,
  grammarMachine,
  machineOf,
  segments,
} from "../../shared/language/machine.ts";
import {
  anyOne,
  anyRun,
  globPattern,
  literalPattern,
  matches,
  type Pattern,
  patternOf,
} from "../../shared/language/pattern.ts";
import { findMember, includesText, type StringSet } from "../../shared/language/strings.ts";

function set(...globs: readonly string[]): StringSet {
  return { kind: "patterns", patterns: globs.map((text) => globPattern(text)) };
}

function find(included: readonly StringSet[], excluded: readonly StringSet[], steps = 1_000_000) {
  return findMember({ included, excluded, budget: budgetOf(steps) });
}

/** The same globs in an automata library: a second opinion that shares no code with ours. */
function automaton(globs: readonly string[]): DFA {
  const wildcards = new Map([
    ["*", "[^]*"],
    ["?", "[^]"],
  ]);
  const source = globs
    .map((text) => [...text].map((sign) => wildcards.get(sign) ?? sign).join(""))
    .join("|");
  const { expression, maxCharacter } = JS.Parser.fromLiteral({ source, flags: "" }).parse();
  return DFA.fromFA(NFA.fromRegex(expression, { maxCharacter }));
}

function hasMember(included: readonly (readonly string[])[], excluded: readonly string[]): boolean {
  const outside = automaton(excluded);
  outside.complement();
  const notEmpty = automaton(["?*"]);
  const all = [...included.map(automaton), outside, notEmpty];
  return !all.reduce((left, right) => DFA.fromFA(NFA.fromIntersection(left, right))).isEmpty;
}

const globs = (letters: readonly string[]) =>
  fc.array(fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 5 }), {
    minLength: 1,
    maxLength: 3,
  });

describe("a member of some sets and not of others", () => {
  const simple = globs(["a", "b", "*"]);
  const wild = globs(["a", "*", "?", "?"]);

  test.each([
    ["plain globs", simple],
    ["globs full of single wildcards", wild],
  ])("is found exactly where an automata library has one, for %s", (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, arbitrary, arbitrary, (left, right, out) => {
        const found = find([set(...left), set(...right)], [set(...out)]);
        expect(found.kind).toBe(hasMember([left, right], out) ? "found" : "none");
        if (found.kind !== "found") return;
        expect(includesText(set(...left), found.text)).toBe(true);
        expect(includesText(set(...right), found.text)).toBe(true);
        expect(includesText(set(...out), found.text)).toBe(false);
      }),
      { numRuns: 400, seed: 7 },
    );
  });

  test("is never the empty string", () => {
    expect(find([set("*")], [set("?*")])).toEqual({ kind: "none" });
    expect(find([set("*")], [])).toEqual({ kind: "found", text: "x" });
  });

  test("may leave every automaton where it was before the first letter", () => {
    expect(find([set("*")], [set("*x*", "*7*")])).toMatchObject({ kind: "found" });
  });

  test("is the shortest where a quick check shows none", () => {
    expect(find([set("a*", "b*")], [set("a", "b", "ax", "bx", "aq7", "bq7")])).toMatchObject({
      text: expect.stringMatching(/^..$/),
    });
  });

  test("minds the case of letters only where the pattern does", () => {
    const anyCase: StringSet = {
      kind: "patterns",
      patterns: [literalPattern("ab", { anyCase: true })],
    };
    expect(find([anyCase], [set("ab", "AB", "Ab")])).toEqual({ kind: "found", text: "aB" });
    expect(find([anyCase], [set("ab", "AB", "Ab", "aB")])).toEqual({ kind: "none" });
    expect(find([set("a?")], [anyCase])).toMatchObject({ kind: "found" });
  });
});

describe("a long list", () => {
  const glyph = fc.constantFrom(
    ..."abc*?".split("").map((sign) => sign.charCodeAt(0)),
    anyOne,
    anyRun,
  );
  const pattern: fc.Arbitrary<Pattern> = fc
    .record({ glyphs: fc.array(glyph, { minLength: 1, maxLength: 7 }), anyCase: fc.boolean() })
    .map(({ glyphs, anyCase }) => patternOf(glyphs, { anyCase }));
  const text = fc.string({ unit: fc.constantFrom(..."abcA*?"), maxLength: 8 });

  test("has the texts that one of its patterns matches, however many are asked about", () => {
    fc.assert(
      fc.property(
        fc.array(pattern, { minLength: 9, maxLength: 20 }),
        fc.array(text, { minLength: 12, maxLength: 12 }),
        (patterns, texts) => {
          const list: StringSet = { kind: "patterns", patterns };
          const isIn = (one: string) => patterns.some((each) => matches(each, one));
          expect(texts.map((one) => includesText(list, one))).toEqual(texts.map(isIn));
        },
      ),
      { numRuns: 500, seed: 20261126 },
    );
  });

  test("has nothing left where every text is taken out of it, and no search is needed to see that", () => {
    const list = set(...Array.from({ length: 200 }, (_, at) => `*${at}*`));
    expect(find([list], [list, set("*")], 1_000)).toEqual({ kind: "none" });
  });
});

describe("a hostile question", () => {
  const wide = "?".repeat(24);

  test("whose determinised automaton has 2^25 states is answered", () => {
    expect(find([set(`*a${wide}`)], [set(`*b${wide}`)]).kind).toBe("found");
    expect(find([set(`*a${wide}`)], [set(`*?${wide}`)]).kind).toBe("none");
    expect(find([set(`*a${wide}`), set(`*b${wide}`)], []).kind).toBe("none");
  });

  test("of many runs is answered", () => {
    expect(find([set(`${"*a".repeat(40)}*`)], [set(`${"*a".repeat(39)}*`)]).kind).toBe("none");
    expect(find([set(`${"*a".repeat(39)}*`)], [set(`${"*a".repeat(40)}*`)]).kind).toBe("found");
  });

  test.each([
    [
      ["*c*?b*a* ?b*c*a?c?c *b*a*?a*a a*?c*a*", "*?c*b*b* *c*c*b*c* a*?b*b* *?bac*"],
      ["*?c*?a*a*a* *a*c*b?c*?a* b*aa*ca* *c*?b*?c*a*?c*"],
      "*ca*a* *b*b*b*b*b* *c*b*?a *?b*?b*?c* *c?a*bb*b* *b*a*a?a*?c*",
    ],
    [
      ["?b*a*?a*ab* *b?a*b*c* b*c*c* *b*c?c*a*c*", "a*?b*c* *?c*c*?a* c?c*?b*cb* aa*a*ac*"],
      ["*b*ac* *ba*?a* *c*ac* *?b*?c*ba*"],
      "*a*?c*?c*ba* *bb*b?c*c* *b*c*cc *b*a*b*a?b* *ac*c?b*?b* *c*?b*b*cb*",
    ],
  ])("of lists of single wildcards between runs is answered in few steps", (one, two, shut) => {
    const lists = [...one, ...two].map((globs) => set(...globs.split(" ")));
    expect(find(lists, [set(...shut.split(" "))], 500_000).kind).toBe("found");
  });

  test("that takes more than its budget is given up, and says so", () => {
    const letters = [..."abcdefghijklmnop"];
    const contains = letters.map((letter) => set(`*${letter}*`));
    // The texts that come to mind, the letters in a row, with and without others between, are shut out.
    expect(find(contains, [set("*ab*", "*x*", "*7*")], 500)).toEqual({ kind: "spent" });
  });
});

describe("a grammar", () => {
  const hex = characterClass("0123456789abcdef");
  const machine = grammarMachine([
    { kind: "text", text: "id-" },
    { kind: "one", of: hex },
    { kind: "any", of: hex },
    { kind: "text", text: ":" },
    segments(hex, characterClass("0123456789abcdef.")),
  ]);
  const grammar: StringSet = { kind: "machine", machine };

  test.each(["id-0:1", "id-0f:1.2/3", "id-a:a/b/c"])("takes %s", (text) => {
    expect(includesText(grammar, text)).toBe(true);
  });

  test.each(["id-:1", "id-0:", "id-0:.1", "id-0:1//2", "id-0:1/", "id-0:g"])(
    "refuses %s",
    (text) => {
      expect(includesText(grammar, text)).toBe(false);
    },
  );

  test("is searched together with patterns", () => {
    expect(find([grammar, set("*7*/*")], [])).toMatchObject({
      text: expect.stringMatching(/7.*\//),
    });
    expect(find([grammar, set("*g*")], [])).toEqual({ kind: "none" });
    expect(find([grammar], [set("id-*")])).toEqual({ kind: "none" });
  });

  test("costs the same whenever it is asked about, though what was made of it is kept", () => {
    const patterns = set("*7*/*", "*?b*/*c");
    const costs = [1, 2, 3].map(() => {
      const budget = budgetOf(100_000);
      const included = [grammar, grammar, patterns];
      expect(findMember({ included, excluded: [set("*0*")], budget }).kind).toBe("found");
      return 100_000 - budget.stepsLeft;
    });
    expect(costs).toEqual([costs[0], costs[0], costs[0]]);
    expect(costs[0]).toBeGreaterThan(100);
  });

  test("has no text that ends in what none of its texts ends in, and no search is needed to see that", () => {
    expect(find([grammar, set("*a?*b*/", "*?a*g")], [], 50)).toEqual({ kind: "none" });
    expect(find([grammar, set("*a?*b*/", "*/a")], [])).toMatchObject({
      text: expect.stringMatching(/\/a$/),
    });
    const inAnyCase = {
      kind: "patterns",
      patterns: [globPattern("*/A", { anyCase: true })],
    } as const;
    expect(find([grammar, inAnyCase], [])).toMatchObject({ kind: "found" });
  });

  test("is left where what is excluded takes whatever it still asks for", () => {
    const digits = Array.from({ length: 60 }, () => ({ kind: "one", of: hex }) as const);
    const long: StringSet = {
      kind: "machine",
      machine: grammarMachine([{ kind: "text", text: "org/" }, ...digits]),
    };
    // An `a` that far from the beginning is followed by more than five characters, or too near to the end.
    expect(find([long, set("*?a??*????a?")], [set("*????a?*???")], 2_000)).toEqual({
      kind: "none",
    });
    expect(find([long, set("*?a??*????a?")], [set("*????a?*????b???")], 8_000).kind).toBe("found");
  });

  test("can be excluded, together with patterns and other grammars", () => {
    const letters = globs(["a", "b", "*", "?"]);
    const asMachine = (texts: readonly string[]): StringSet => ({
      kind: "machine",
      machine: machineOf(texts.map((text) => globPattern(text))),
    });
    fc.assert(
      fc.property(letters, letters, letters, letters, (left, out, more, patterns) => {
        const found = find([set(...left)], [asMachine(out), set(...patterns), asMachine(more)]);
        const plain = find([set(...left)], [set(...out, ...more, ...patterns)]);
        expect(found.kind).toBe(plain.kind);
        if (found.kind === "found")
          expect(includesText(set(...out, ...more, ...patterns), found.text)).toBe(false);
      }),
      { numRuns: 300, seed: 20261126 },
    );
    expect(find([grammar, set("id-0:?")], [set("*:0"), grammar])).toEqual({ kind: "none" });
    const digits = grammarMachine([
      { kind: "text", text: "id-0:" },
      { kind: "one", of: characterClass("0123456789") },
    ]);
    expect(find([grammar, set("id-0:?")], [{ kind: "machine", machine: digits }])).toEqual({
      kind: "found",
      text: "id-0:a",
    });
  });
});
