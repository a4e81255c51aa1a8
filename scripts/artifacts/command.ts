import { execFile } from "node:child_process";
import { chmod, copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

/** What the package says of itself; the rest of `package.json` is about working on it. */
const published = [
  "name",
  "version",
  "description",
  "license",
  "type",
  "bin",
  "engines",
  "files",
] as const;

/** Where the licences of what is bundled are. */
export const licensesFile = "THIRD-PARTY-LICENSES.txt";

/**
 * The command as a package that npm installs without asking any registry: the bundle, and a
 * `package.json` without dependencies. `npm pack` gives each file the same time and permissions.
 */
export async function packCommand(
  root: string,
  bundle: string,
  {
    manifest,
    licenses,
    folder,
    into,
  }: {
    readonly manifest: Readonly<Record<string, unknown>>;
    readonly licenses: string;
    readonly folder: string;
    readonly into: string;
  },
): Promise<void> {
  await mkdir(join(folder, "dist"), { recursive: true });
  await copyFile(bundle, join(folder, "dist/cli.mjs"));
  for (const file of ["README.md", "LICENSE"]) await copyFile(join(root, file), join(folder, file));
  await writeFile(join(folder, licensesFile), licenses);
  const own = Object.fromEntries(published.map((name) => [name, manifest[name]]));
  await writeFile(join(folder, "package.json"), `${JSON.stringify(own, null, 2)}\n`);
  // npm keeps the permissions that it finds, and those of a new file differ from one machine to another.
  for (const file of ["dist/cli.mjs", "README.md", "LICENSE", licensesFile, "package.json"]) {
    await chmod(join(folder, file), 0o644);
  }
  const npm = promisify(execFile);
  await npm("npm", ["pack", "--offline", "--ignore-scripts", "--pack-destination", into], {
    cwd: folder,
    env: { ...process.env, npm_config_update_notifier: "false" },
  });
}
