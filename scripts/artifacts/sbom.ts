import type { Metafile } from "esbuild";
import { type Fields, lockedAt, packagesIn } from "./bundled-packages.ts";

/** One of the artifacts that code is shipped in. */
export type Shipped = {
  readonly file: string;
  readonly sha256: string;
  readonly metafile: Metafile;
};

/**
 * What is in the bundles, as CycloneDX 1.6: a package is listed if some of its code is in an artifact,
 * with the version, licence and hash of the lock file. It has no time and no number of its own, so
 * that the same code gives the same bytes.
 *
 * Source: CycloneDX 1.6 JSON reference; purl-spec for npm, where the scope's `@` is written `%40`.
 */
export function billOfMaterials(
  manifest: { readonly name: string; readonly version: string; readonly license: string },
  artifacts: readonly Shipped[],
  lock: Fields,
): Fields {
  const own = `pkg:npm/${manifest.name}@${manifest.version}`;
  const withPaths = artifacts.map((artifact) => ({
    ...artifact,
    paths: packagesIn(artifact.metafile),
  }));
  const paths = [...new Set(withPaths.flatMap((artifact) => artifact.paths))].toSorted();
  const libraries = new Map(paths.map((path) => [path, libraryOf(path, lock)]));
  const refOf = (path: string) => String(libraries.get(path)?.["bom-ref"]);
  const unique = new Map([...libraries.values()].map((library) => [library["bom-ref"], library]));
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      lifecycles: [{ phase: "build" }],
      component: {
        type: "application",
        "bom-ref": own,
        name: manifest.name,
        version: manifest.version,
        licenses: licensesOf(manifest.license),
        purl: own,
      },
    },
    components: [
      ...artifacts.map(({ file, sha256 }) => ({
        type: "file",
        "bom-ref": file,
        name: file,
        hashes: [{ alg: "SHA-256", content: sha256 }],
      })),
      ...unique.values(),
    ],
    dependencies: [
      { ref: own, dependsOn: artifacts.map(({ file }) => file) },
      ...withPaths.map((artifact) => ({
        ref: artifact.file,
        dependsOn: [...new Set(artifact.paths.map(refOf))].toSorted(),
      })),
    ],
  };
}

function libraryOf(path: string, lock: Fields): Fields {
  const { name, version, license, integrity } = lockedAt(path, lock);
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  return {
    type: "library",
    "bom-ref": purl,
    name,
    version,
    ...(license === undefined ? {} : { licenses: licensesOf(license) }),
    purl,
    ...(integrity === undefined ? {} : { hashes: hashesOf(integrity) }),
  };
}

/** One licence by its SPDX id, or an expression of several. */
function licensesOf(license: string): readonly Fields[] {
  return /^[\w.+-]+$/.test(license) ? [{ license: { id: license } }] : [{ expression: license }];
}

/** npm's integrity is the hash of the package as published, in base64. */
function hashesOf(integrity: string): readonly Fields[] {
  const [, digest = ""] = /^sha512-(.+)$/.exec(integrity) ?? [];
  return [{ alg: "SHA-512", content: Buffer.from(digest, "base64").toString("hex") }];
}
