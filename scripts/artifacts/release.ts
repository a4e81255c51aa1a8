import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleCommand, bundleFunction, functionNames } from "../bundle.ts";
import { archiveOf } from "./archives.ts";
import type { Fields } from "./bundled-packages.ts";
import { licensesFile, packCommand } from "./command.ts";
import { licenseTexts } from "./licenses.ts";
import { archiveName, packageName } from "./names.ts";
import { billOfMaterials, type Shipped } from "./sbom.ts";
import { plainTemplate, templateText } from "./template.ts";
import { terraformModule } from "./terraform.ts";

/** Templates that are deployed by themselves, under the names that they are released with. */
const alone = { "boundary.yaml": "stack/boundary.yml", "forwarding.yaml": "stack/forwarding.yml" };

/**
 * Makes all that a release consists of in the folder `into`, which is emptied first. Nothing of it
 * depends on the time, the machine or the network: the same sources give the same bytes.
 */
export async function makeRelease(root: string, into: string): Promise<void> {
  const manifest = await manifestIn(root);
  await rm(into, { recursive: true, force: true });
  await mkdir(join(into, "terraform"), { recursive: true });
  const work = await mkdtemp(join(tmpdir(), "oidc-reconciler-release-"));
  try {
    const lock: Fields = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8"));
    const shipped = await makeArtifacts(root, { into, work, manifest, lock });
    const metafiles = shipped.map(({ metafile }) => metafile);
    await writeFile(join(into, licensesFile), await licenseTexts(root, metafiles, lock));
    await writeJson(join(into, "sbom.cdx.json"), billOfMaterials(manifest, shipped, lock));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  await makeTemplates(root, into, manifest.version);
  await writeFile(join(into, "SHA256SUMS"), await sumsOf(into));
}

type Manifest = Fields & {
  readonly name: string;
  readonly version: string;
  readonly license: string;
};

async function manifestIn(root: string): Promise<Manifest> {
  const manifest: Fields = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const [name, version, license] = [manifest["name"], manifest["version"], manifest["license"]];
  return { ...manifest, name: String(name), version: String(version), license: String(license) };
}

/** The archives of the functions and the package of the command, with what each holds. */
async function makeArtifacts(
  root: string,
  {
    into,
    work,
    manifest,
    lock,
  }: {
    readonly into: string;
    readonly work: string;
    readonly manifest: Manifest;
    readonly lock: Fields;
  },
): Promise<readonly Shipped[]> {
  const shipped: Shipped[] = [];
  for (const name of functionNames) {
    const folder = join(work, name);
    const metafile = await bundleFunction(name, folder);
    const file = archiveName(manifest.version, name);
    await writeFile(join(into, file), await archiveOf(folder, "dist/functions"));
    shipped.push({ file, sha256: await digestOf(join(into, file)), metafile });
  }
  const metafile = await bundleCommand(work);
  const folder = join(work, "package");
  const licenses = await licenseTexts(root, [metafile], lock);
  await packCommand(root, join(work, "cli.mjs"), { manifest, licenses, folder, into });
  const file = packageName(manifest.version);
  return [...shipped, { file, sha256: await digestOf(join(into, file)), metafile }];
}

async function makeTemplates(root: string, into: string, version: string): Promise<void> {
  const template = plainTemplate(root, version);
  await writeFile(join(into, "template.yaml"), templateText(template));
  for (const [name, source] of Object.entries(alone)) {
    await writeFile(join(into, name), await readFile(join(root, source)));
  }
  const { Parameters: parameters, Outputs: outputs } = template;
  for (const [name, text] of Object.entries(terraformModule({ parameters, outputs }))) {
    await writeFile(join(into, "terraform", name), text);
  }
}

/** What `sha256sum --check` reads: a line for each file, sorted. */
async function sumsOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .toSorted();
  const lines = files.map(async (file) => `${await digestOf(join(folder, file))}  ${file}\n`);
  return (await Promise.all(lines)).join("");
}

async function digestOf(file: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
}

async function writeJson(file: string, value: unknown): Promise<void> {
  await writeFile(file, `${JSON.stringify(value, null, 2)}\n`);
}
