import type { Metafile } from "esbuild";

export type Fields = Readonly<Record<string, unknown>>;

/** What the lock file says of an installed package. */
export type Locked = {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly integrity?: string;
};

/** The packages of which a bundle holds code, by their paths in the lock file. */
export function packagesIn({ outputs }: Metafile): readonly string[] {
  const inputs = Object.values(outputs)
    .flatMap((output) => Object.entries(output.inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .flatMap(
      ([path]) =>
        /(node_modules\/.*node_modules\/|node_modules\/)(@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [],
    );
  return [...new Set(inputs)];
}

/** @throws an error for a package that is bundled and not locked */
export function lockedAt(path: string, lock: Fields): Locked {
  const packages = fieldsOf(lock["packages"]);
  const { version, license, integrity } = fieldsOf(packages[path]);
  if (typeof version !== "string") throw new Error(`package-lock.json has no version of ${path}.`);
  return {
    name: path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length),
    version,
    ...(typeof license === "string" ? { license } : {}),
    ...(typeof integrity === "string" ? { integrity } : {}),
  };
}

function fieldsOf(value: unknown): Fields {
  if (typeof value !== "object" || value === null) {
    throw new Error("package-lock.json is not as npm writes it.");
  }
  return { ...value };
}
