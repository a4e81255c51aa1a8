/** An element of a page as a strict reader sees it. */
export type Element = {
  readonly tag: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: (Element | string)[];
};

const voids = new Set(["meta", "input", "br"]);

/**
 * Reads HTML as our page is written, and no other: every attribute's value in double quotes, every
 * element closed. What a browser would repair is refused, so that nothing is read in two ways.
 *
 * @throws where a browser might see something else
 */
export function readPage(text: string): Element {
  const root: Element = { tag: "#page", attributes: new Map(), children: [] };
  const open: Element[] = [root];
  const top = () => open.at(-1) ?? root;
  let at = text.startsWith("<!doctype html>") ? "<!doctype html>".length : 0;
  while (at < text.length) {
    const raw = ["script", "style"].includes(top().tag);
    const next = raw ? text.indexOf(`</${top().tag}>`, at) : text.indexOf("<", at);
    const end = next < 0 ? text.length : next;
    if (end > at) top().children.push(raw ? text.slice(at, end) : decoded(text.slice(at, end)));
    if (next < 0) break;
    const tag = /^<(\/?)([a-z0-9]+)((?: [a-zA-Z:-]+(?:="[^"<>]*")?)*)(\/?)>/.exec(text.slice(end));
    if (tag === null) throw new Error(`not a tag: ${text.slice(end, end + 80)}`);
    const [whole, closing, name = "", attributes = "", selfClosed] = tag;
    at = end + whole.length;
    if (closing === "/") {
      if (open.pop()?.tag !== name) throw new Error(`</${name}> closes nothing`);
      continue;
    }
    const element: Element = { tag: name, attributes: attributesIn(attributes), children: [] };
    top().children.push(element);
    if (selfClosed !== "/" && !voids.has(name)) open.push(element);
  }
  if (open.length > 1) throw new Error(`<${top().tag}> is not closed`);
  return root;
}

function attributesIn(text: string): ReadonlyMap<string, string> {
  const found = [...text.matchAll(/ ([a-zA-Z:-]+)(?:="([^"]*)")?/g)];
  return new Map(found.map(([, name = "", value = ""]) => [name, decoded(value)]));
}

const entities: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
  "&#96;": "`",
};

function decoded(text: string): string {
  if (/&(?!(?:amp|lt|gt|quot|#39|#96);)/.test(text)) throw new Error(`a bare &: ${text}`);
  return text.replaceAll(/&(?:amp|lt|gt|quot|#39|#96);/g, (entity) => entities[entity] ?? "");
}

/** Every element below, in the order of the page. */
export function elementsIn(element: Element): readonly Element[] {
  return element.children.flatMap((child) =>
    typeof child === "string" ? [] : [child, ...elementsIn(child)],
  );
}

/** What a reader reads; where an escape or a foreign letter is marked, the mark is shown as ⟦…⟧. */
export function textIn(element: Element | string): string {
  if (typeof element === "string") return element;
  const inside = element.children.map(textIn).join("");
  return element.attributes.get("class") === "x" ? `⟦${inside}⟧` : inside;
}
