import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { generatedPage } from "../../scripts/page/sample-page.ts";
import { hostileTexts, pageWith } from "../../scripts/page/strangers.ts";
import type { PageData } from "../../shared/page/data.ts";
import { bytesMax } from "../../shared/page/limits.ts";
import { pageOf } from "../../shared/page/page.ts";
import { script } from "../../shared/page/script.ts";
import { type Element, elementsIn, readPage, textIn } from "./read-page.ts";

const data = generatedPage(30);
const page = pageOf(data);
const elements = elementsIn(readPage(page));
const ofTag = (tag: string) => elements.filter((element) => element.tag === tag);
const attributeOf = (element: Element | undefined, name: string) =>
  element?.attributes.get(name) ?? "";
const section = (id: string) => {
  const found = ofTag("section").find((each) => attributeOf(each, "aria-labelledby") === id);
  if (found === undefined) throw new Error(`no section ${id}`);
  return textIn(found);
};

/** Every text in a data object, with the path to it. */
function textsIn(value: unknown, path = ""): readonly (readonly [string, string])[] {
  if (typeof value === "string") return [[path, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) =>
    textsIn(each, Array.isArray(value) ? `${path}[]` : `${path}.${name}`),
  );
}

describe("the page", () => {
  test("shows everything that the data object holds", () => {
    const whole = textIn(readPage(page));
    // Codes, moments and words of ours are shown in words of the page.
    const ownWords =
      /(At|since|from|until|verdict|state|kind|mode|source|prefix|trigger|enforcedBy|\.at|ready|roleArn|organization|audiences\[\]|effect|outcome|reason|actions\[\]|by|closedBy)$/;
    const settled = /\.conditions\./;
    // A key begins with the issuer, which is said before it.
    const shown = (path: string, text: string) =>
      path.endsWith("conditions[]") ? text.slice(text.indexOf(":")) : text;
    const missing = textsIn(data).filter(
      ([path, text]) =>
        !ownWords.test(path) &&
        !settled.test(path) &&
        text !== "" &&
        !whole.includes(shown(path, text)),
    );
    expect(missing).toEqual([]);
    expect(whole).toContain("ECS service main/billing-0001 does not exist");
  });

  test("is the same for the same object, and comes from it alone", () => {
    expect(pageOf(JSON.parse(JSON.stringify(data)))).toBe(page);
  });

  test("has its sections in order, under one heading each", () => {
    const headings = ofTag("h2").map((each) => attributeOf(each, "id"));
    expect(headings).toEqual(["safe", "reach", "past", "why", "may", "others", "proof"]);
    expect(ofTag("h1")).toHaveLength(1);
    const levels = elements.flatMap(({ tag }) => /^h(\d)$/.exec(tag)?.[1] ?? []).map(Number);
    for (const [at, level] of levels.entries()) {
      expect(level - (levels[at - 1] ?? 0)).toBeLessThanOrEqual(1);
    }
  });

  test("leads to its own sections, and nowhere else", () => {
    const ids = new Set(elements.map((each) => attributeOf(each, "id")));
    for (const link of ofTag("a")) {
      const to = attributeOf(link, "href");
      expect(to).toMatch(/^#\w+$/);
      expect(ids).toContain(to.slice(1));
    }
    const fetched = ["src", "srcset", "xlink:href", "action", "data", "poster", "background"];
    const fetching = elements.filter(({ attributes }) =>
      fetched.some((name) => attributes.has(name)),
    );
    expect(fetching).toEqual([]);
    expect(page).not.toMatch(/url\(|@import|http:\/\/|https:\/\//);
  });

  test("runs one script of under 3 KB and one style, by their hashes", () => {
    const [policy] = ofTag("meta").filter(
      (each) => attributeOf(each, "http-equiv") === "Content-Security-Policy",
    );
    const allowed = attributeOf(policy, "content");
    for (const tag of ["script", "style"]) {
      const [own, ...others] = ofTag(tag);
      expect(others).toEqual([]);
      const text = own === undefined ? "" : textIn(own);
      const hash = createHash("sha256").update(text).digest("base64");
      expect(allowed).toContain(`${tag}-src 'sha256-${hash}'`);
    }
    expect(allowed).toContain("default-src 'none'");
    expect(allowed).not.toContain("unsafe");
    expect(script.length).toBeLessThan(3 * 1024);
    const obeyed = elements.filter(({ attributes }) =>
      [...attributes.keys()].some((name) => name === "style" || name.startsWith("on")),
    );
    expect(obeyed).toEqual([]);
  });

  test("says a state in a word and a shape, never by colour alone", () => {
    const states = elements.filter((each) =>
      / ?\bs (ok|warn|bad)$/.test(attributeOf(each, "class")),
    );
    expect(states.length).toBeGreaterThan(60);
    for (const each of states) expect(textIn(each)).toMatch(/^[✓▲✕].+/);
  });

  test("answers whether it is safe, the worst first", () => {
    expect(section("safe")).toContain("Yes, as far as it is watched");
    const stale = readPage(pageOf({ ...data, isStale: true }));
    expect(textIn(stale)).toContain("Not known. No run has looked");
    const [first, ...others] = data.environments;
    if (first === undefined) throw new Error("no environment");
    const open = first.history.openings.concat({
      kind: "trust",
      says: "anybody could assume it",
      by: null,
      openedAt: data.madeAt,
      closedAt: null,
      closedBy: null,
      seconds: null,
    });
    const opened = { ...first, history: { ...first.history, openings: open } };
    const text = pageOf({ ...data, isStale: true, environments: [opened, ...others] });
    expect(text).toContain("No. 1 environment lets in, or may let in,");
  });

  test("says no where the last run saw a widening, and not known where no run could say", () => {
    const [first, ...others] = data.environments;
    if (first === undefined) throw new Error("no environment");
    const seen = (reason: string) => ({ status: false, reason, message: "x", since: data.madeAt });
    const answer = (conditions: (typeof first)["conditions"]) =>
      pageOf({ ...data, environments: [{ ...first, conditions }, ...others] });
    const widened = { ...first.conditions, TrustAsIntended: seen("Widened") };
    expect(answer(widened)).toContain("No. 1 environment lets in, or may let in,");
    const unknown = { ...first.conditions, TrustAsIntended: seen("Unknown") };
    for (const conditions of [unknown, {}]) {
      expect(answer(conditions)).toContain("Not known for 1 of 30 environments");
    }
  });

  test("says what nothing keeps, and what could not be read", () => {
    expect(section("past")).toContain("what was before is unknown");
    expect(section("past")).toContain("Before 2026-08-22 09:30 UTC it is not known");
    const unread: PageData = {
      ...data,
      trail: { from: null, stopped: "you may not" },
      unmanaged: { findings: [], unread: "you may not" },
    };
    const text = textIn(readPage(pageOf(unread)));
    expect(text).toContain("the roles of the account could not be read (you may not)");
    expect(text).toContain("who approved what (you may not)");
  });

  test("of no environment is a page too", () => {
    const none = textIn(readPage(pageOf(generatedPage(0))));
    expect(none).toContain("There is no environment");
  });
});

describe("over 1,000 environments", () => {
  const many = generatedPage(1000);

  test("it has at most 3 MB, and leaves out no policy and no resource", () => {
    const text = pageOf(many);
    expect(Buffer.byteLength(text)).toBeLessThan(bytesMax);
    expect(text).not.toContain("of 1000 environments: the data has all");
  });

  test("with long documents too: its tables are shorter, and say so", () => {
    const long = many.environments.map((environment) => ({
      ...environment,
      trust: {
        ...environment.trust,
        statements: environment.trust.statements.flatMap((each) => [each, each, each]),
      },
    }));
    const text = pageOf({ ...many, environments: long });
    expect(Buffer.byteLength(text)).toBeLessThan(bytesMax);
    expect(text).toContain("The first 150 of 1000 environments: the data has all");
    expect(text).toContain("The newest 300 of");
  });
});

describe("texts of strangers", () => {
  /** How many elements of each tag with which attributes there are, but for our own marks. */
  function shapeOf(text: string): readonly string[] {
    return elementsIn(readPage(text))
      .filter((each) => attributeOf(each, "class") !== "x")
      .map(({ tag, attributes }) => `${tag} ${[...attributes.keys()].join(" ")}`)
      .toSorted();
  }

  test("make no element and no attribute, whatever 10,000 of them say", () => {
    let texts = 0;
    const shape = shapeOf(pageOf(pageWith(6, () => "text")));
    for (let seed = 0; texts < 10_000; seed += 1) {
      const next = hostileTexts(seed);
      const text = pageOf(
        pageWith(6, () => {
          texts += 1;
          return next();
        }),
      );
      expect(shapeOf(text)).toEqual(shape);
    }
  });
});
