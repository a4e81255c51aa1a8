import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Tab, View } from "./browser.ts";

/** What a browser says of a page that it opened. */
export type Look = {
  /** Rules of axe that are broken, each with the first element that breaks it. */
  readonly violations: readonly string[];
  /** By how many pixels the page is wider than its window. */
  readonly overflow: number;
  /** Requests beside the file itself. */
  readonly requests: readonly string[];
  /** What the console says: a script that was refused, above all. */
  readonly errors: readonly string[];
  /** How often a text of strangers ran. */
  readonly fired: number;
  /** How many elements there are, but for our own marks. */
  readonly elements: number;
};

/** The source of axe-core; null where it is not installed. */
export function axeSource(): string | null {
  try {
    return readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  } catch {
    return null;
  }
}

/** Opens a page's text as a file in a folder, and looks at it. */
export async function lookAt(
  tab: Tab,
  page: { readonly text: string; readonly folder: string; readonly view: View },
  axe: string | null,
): Promise<Look> {
  const { text, folder, view } = page;
  const file = join(folder, "page.html");
  writeFileSync(file, text);
  const [requests, errors] = [tab.seen.requests.length, tab.seen.errors.length];
  await tab.open(file, view);
  const found: Look = {
    violations: axe === null ? [] : await violationsIn(tab, axe),
    overflow: numberOf(await tab.evaluate("document.documentElement.scrollWidth - innerWidth")),
    requests: tab.seen.requests.slice(requests).filter((url) => url !== `file://${file}`),
    errors: tab.seen.errors.slice(errors),
    fired: numberOf(await tab.evaluate("Number(globalThis.fired ?? 0)")),
    elements: numberOf(await tab.evaluate("document.querySelectorAll('*:not(.x)').length")),
  };
  return found;
}

async function violationsIn(tab: Tab, axe: string): Promise<readonly string[]> {
  await tab.evaluate(`${axe};0`);
  const found = await tab.evaluate(
    "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.length + ' times, ' + nodes[0].html.slice(0, 160) + ' ' + nodes[0].failureSummary.replaceAll('\\n', ' ').slice(0, 200)))",
  );
  return Array.isArray(found) ? found.map(String) : ["axe gave no answer"];
}

function numberOf(value: unknown): number {
  return typeof value === "number" ? value : Number.NaN;
}
