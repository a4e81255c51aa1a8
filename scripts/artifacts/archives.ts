import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Zippable, zipSync } from "fflate";

/**
 * The first day that a zip archive can name. fflate writes a date as the clock on the wall says it,
 * so this is one too: the bytes are the same in every time zone.
 */
const firstDay = new Date(1980, 0, 1);
/** A file that its owner may write and everybody may read; in an archive as Unix makes it. */
const attributes = { os: 3, attrs: (0o100644 << 16) >>> 0 };

/**
 * The files of a folder as a zip archive below `path`: sorted, with the same time and permissions
 * each, packed by a library in JavaScript. So the same files give the same bytes, on any machine.
 */
export async function archiveOf(folder: string, path: string): Promise<Uint8Array> {
  const files: Zippable = {};
  for (const name of (await readdir(folder)).toSorted()) {
    files[`${path}/${name}`] = [new Uint8Array(await readFile(join(folder, name))), {}];
  }
  return zipSync(files, { level: 9, mtime: firstDay, ...attributes });
}
