import { visible } from "../language/visible.ts";
import { withoutTokens } from "../language/without-tokens.ts";

const made: unique symbol = Symbol("html");

/** HTML that `html` or `svg` made: no other text is taken for it. */
export type Html = { readonly [made]: string };

/** What may be put into a hole: texts are escaped, null and false are nothing. */
export type Part = string | number | Html | null | false | readonly Part[];

/** The tags' templates that were looked through, with the places of their holes. */
const known = new WeakMap<TemplateStringsArray, Template>();

type Template = { readonly pieces: readonly string[]; readonly holes: readonly Hole[] };

/** In text a character that hides is marked; an attribute's value has no room for marks. */
type Hole = "text" | "value";

/**
 * HTML by template: what comes into a hole is text unless it is HTML already, and text of strangers can
 * be nothing else. Holes are only between tags and in quoted values, never in a script, a style or an
 * address; line breaks of the template are nobody's text and go.
 *
 * A template of our own and no library: each text that is shown passes through one function, which also
 * makes visible what would hide, and a hole in the wrong place throws the first time it is reached.
 */
export const html = tagFor("b");

/** The same inside a picture, where HTML's own elements would end it. */
export const svg = tagFor("tspan");

function tagFor(mark: "b" | "tspan") {
  return (template: TemplateStringsArray, ...parts: readonly Part[]): Html => {
    const { pieces, holes } = templateOf(template);
    let text = pieces[0] ?? "";
    for (const [at, part] of parts.entries()) {
      text += textOf(part, holes[at] === "value" ? null : mark) + (pieces[at + 1] ?? "");
    }
    return { [made]: text };
  };
}

/** The text of the whole page. */
export function htmlText(whole: Html): string {
  return whole[made];
}

/** Our own constant text that is HTML, a script or a style. Never give it anything that was read. */
export function constant(text: string): Html {
  return { [made]: text };
}

function textOf(part: Part, mark: "b" | "tspan" | null): string {
  if (part === null || part === false) return "";
  if (typeof part === "string" || typeof part === "number") return escaped(String(part), mark);
  if (isHtml(part)) return part[made];
  return part.map((each) => textOf(each, mark)).join("");
}

function isHtml(part: Html | readonly Part[]): part is Html {
  return made in part;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
};

/**
 * A text of strangers, all of it to be seen. What is beyond ASCII is marked, so that a letter which
 * looks like another one does not pass for it, nor five letters for the escape of a hidden character.
 */
function escaped(text: string, mark: string | null): string {
  const shown = withoutTokens(text);
  if (mark === null) return entitled(visible(shown));
  return shown
    .split(/([^ -~]+)/)
    .map((part, at) => {
      const own = entitled(visible(part));
      return at % 2 === 0 ? own : `<${mark} class="x">${own}</${mark}>`;
    })
    .join("");
}

function entitled(text: string): string {
  return text.replaceAll(/[&<>"'`]/g, (sign) => entities[sign] ?? "");
}

function templateOf(strings: TemplateStringsArray): Template {
  const before = known.get(strings);
  if (before !== undefined) return before;
  const template = lookedThrough(strings);
  known.set(strings, template);
  return template;
}

/** Attributes that a browser obeys: what was read has no place in them but behind our own `#`. */
const obeyed = /^(?:on.*|style|srcdoc|src|href|xlink:href|action|formaction|data|ping|poster)$/i;

/** @throws where a hole is in a place in which a text could be more than text */
function lookedThrough(strings: TemplateStringsArray): Template {
  const pieces = strings.map((piece) => piece.replaceAll(/\s*\n\s*/g, ""));
  const holes: Hole[] = [];
  let before = "";
  for (const piece of pieces.slice(0, -1)) {
    before += piece;
    holes.push(holeBehind(before));
    // Stands for whatever comes into the hole.
    before += "0";
  }
  return { pieces, holes };
}

function holeBehind(before: string): Hole {
  const tag = /<[^<>"]*(?:"[^"]*"[^<>"]*)*(?:"[^"]*)?$/.exec(before)?.[0] ?? null;
  if (tag === null) {
    if (!/<(?:script|style|!--)[^<]*$/i.test(before)) return "text";
  } else {
    const [, name = "", value = ""] = /\s([^\s=<>"]+)="([^"]*)$/.exec(tag) ?? [];
    const isObeyed = obeyed.test(name) && !value.startsWith("#");
    if (name !== "" && !isObeyed) return "value";
  }
  throw new Error(`a hole where no text may be: ${before.slice(-60)}`);
}
