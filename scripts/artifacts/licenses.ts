import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Metafile } from "esbuild";
import { type Fields, lockedAt, packagesIn } from "./bundled-packages.ts";

/**
 * The licences of all packages of which bundles hold code: anyone who hands their code on has to hand these
 * on too. Each text once, below the packages that come with it.
 */
export async function licenseTexts(
  root: string,
  metafiles: readonly Metafile[],
  lock: Fields,
): Promise<string> {
  const paths = [...new Set(metafiles.flatMap(packagesIn))].toSorted();
  const byText = new Map<string, string[]>();
  for (const path of paths) {
    const { name, version, license = "unknown" } = lockedAt(path, lock);
    const text = (await textIn(join(root, path))) ?? `The package has no text of ${license}.`;
    const packages = byText.get(text) ?? [];
    byText.set(text, [...packages, `${name} ${version} (${license})`]);
  }
  return [...byText]
    .map(([text, packages]) => `${packages.join("\n")}\n\n${text}\n`)
    .join(`\n${"-".repeat(80)}\n\n`);
}

/** The licence and the notice that a package comes with; `null` where it has neither. */
async function textIn(folder: string): Promise<string | null> {
  const names = (await readdir(folder)).filter((name) => /^(licen[cs]e|notice)/i.test(name));
  const texts = names.toSorted().map((name) => readFile(join(folder, name), "utf8"));
  const whole = (await Promise.all(texts)).map((text) => text.trim()).join("\n\n");
  return whole === "" ? null : whole;
}
