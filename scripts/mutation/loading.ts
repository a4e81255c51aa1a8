import { readFileSync } from "node:fs";
import { registerHooks, stripTypeScriptTypes } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

const standIn = new URL("./collected.ts", import.meta.url).href;
const texts = new Map<string, string>();

let generation = 0;

/** Where the sources are that Stryker has changed: the folder that it starts its processes in. */
function ours(): string {
  return `${pathToFileURL(process.cwd()).href}/`;
}

/**
 * What a module of ours remembers, by the objects that it was asked about. It can be emptied, so that what a
 * mutant has left there decides nothing about the next one, and no answer from before hides a mutant.
 */
class Memory {
  static readonly all: Memory[] = [];
  #map = new WeakMap<object, unknown>();

  constructor() {
    Memory.all.push(this);
  }

  get(key: object): unknown {
    return this.#map.get(key);
  }

  set(key: object, value: unknown): void {
    this.#map.set(key, value);
  }

  empty(): void {
    this.#map = new WeakMap();
  }
}

declare global {
  var warmMemory: typeof Memory | undefined;
}

/** Empties what the modules remember. */
export function forget(): void {
  for (const memory of Memory.all) memory.empty();
}

/** A source of this repository without its types, read once for all its loads. */
function textOf(path: string): string {
  const known = texts.get(path);
  if (known !== undefined) return known;
  const text = stripTypeScriptTypes(readFileSync(path, "utf8")).replace(
    /^(const \w+ = new )WeakMap\b/gm,
    "$1globalThis.warmMemory",
  );
  texts.set(path, text);
  return text;
}

/** From now on, an import of ours loads the module once more. */
export function startAnew(): void {
  generation += 1;
}

/** Sends each `import … from "vitest"` of ours to the list of tests, and lets modules be loaded twice. */
export function hookImports(): void {
  globalThis.warmMemory = Memory;
  const here = ours();
  registerHooks({
    resolve: (specifier, context, next) => {
      const parent = context.parentURL?.split("?")[0];
      if (specifier === "vitest" && parent !== standIn) return { url: standIn, shortCircuit: true };
      const found = next(specifier, context);
      const inside = found.url.startsWith(here) && !found.url.includes("/node_modules/");
      if (!inside || !found.url.endsWith(".ts") || found.url === standIn) return found;
      return { ...found, url: `${found.url}?${generation}` };
    },
    load: (url, context, next) => {
      if (!url.includes(".ts?")) return next(url, context);
      const path = fileURLToPath(new URL(url));
      return { format: "module", source: textOf(path), shortCircuit: true };
    },
  });
}

/** Imports a file of the repository as the tests do. */
export async function importOurs(path: string): Promise<void> {
  await import(`${ours()}${path}?${generation}`);
}
