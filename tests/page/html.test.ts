import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { constant, html, htmlText, svg } from "../../shared/page/html.ts";
import { elementsIn, readPage, textIn } from "./read-page.ts";

const shown = (text: string) => textIn(readPage(htmlText(html`<p>${text}</p>`)));

describe("a text in a hole", () => {
  test("is text, whatever it is", () => {
    const text = `</p><script>alert("1")</script>&lt; 'a' \`b\``;
    expect(shown(text)).toBe(text);
  });

  test("is a quoted value inside of one", () => {
    const page = readPage(htmlText(html`<p data-n="${'" onclick="x'}"></p>`));
    expect([...(elementsIn(page)[0]?.attributes ?? [])]).toEqual([["data-n", '" onclick="x']]);
  });

  test("shows what would hide, and marks it and every letter beyond ASCII", () => {
    expect(shown("a\u202eb\u200bc")).toBe("a⟦\\u202e⟧b⟦\\u200b⟧c");
    expect(shown("m\u0430in")).toBe("m⟦\u0430⟧in");
    expect(shown("a\nb\u00a0c")).toBe("a⟦\\u000a⟧b⟦\u00a0⟧c");
    expect(shown("a\\u202eb")).toBe("a\\u202eb");
  });

  test("is marked in a picture by an element that a picture has", () => {
    expect(htmlText(svg`<text>${"\u202e"}</text>`)).toBe(
      '<text><tspan class="x">\\u202e</tspan></text>',
    );
  });

  test("loses what looks like a token", () => {
    expect(shown(`CCIPAT_${"a1B2".repeat(8)}`)).toBe("(a token)");
  });

  test("shows two different texts differently", () => {
    const odd = fc.constantFrom(
      "a",
      "\\",
      "u",
      "2",
      "0",
      "e",
      "\u202e",
      "\u200b",
      "\n",
      " ",
      "<b>",
    );
    const word = fc.array(odd, { maxLength: 12 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(word, word, (one, other) => {
        expect(shown(one) === shown(other)).toBe(one === other);
      }),
      { numRuns: 2_000, seed: 20_261_126 },
    );
  });
});

describe("a hole", () => {
  const template = (...pieces: readonly string[]) =>
    Object.assign([...pieces], { raw: [...pieces] });

  test.each([
    ["in a script", ["<script>", "</script>"]],
    ["in a style", ["<style>p{", "}</style>"]],
    ["in a comment", ["<!-- ", " -->"]],
    ["in a tag", ["<p ", "></p>"]],
    ["in a tag's name", ["<", "></p>"]],
    ["in a value without quotes", ["<p class=", "></p>"]],
    ["in an address", ['<a href="', '">x</a>']],
    ["in a handler", ['<p onclick="', '"></p>']],
    ["in a style of an element", ['<p style="', '"></p>']],
    ["in a source", ['<img src="', '">']],
  ])("%s throws", (_, pieces) => {
    expect(() => html(template(...pieces), "x")).toThrow("no text may be");
  });

  test("behind our own # of an address is an address on the page", () => {
    expect(htmlText(html`<a href="#${"e1"}">x</a>`)).toBe('<a href="#e1">x</a>');
  });

  test("takes lists, HTML and nothing", () => {
    const page = html`<ul>${[1, 2].map((each) => html`<li>${each}</li>`)}${null}${false}</ul>`;
    expect(htmlText(page)).toBe("<ul><li>1</li><li>2</li></ul>");
    expect(htmlText(html`${constant("<hr>")}`)).toBe("<hr>");
  });
});
