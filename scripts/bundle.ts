import { readFile } from "node:fs/promises";
import { type BuildOptions, build, type Metafile, type Plugin } from "esbuild";

/** The functions that are deployed, each a bundle of its own. */
export const functionNames = ["reconcile", "audit", "diagnose"] as const;

export type FunctionName = (typeof functionNames)[number];

/** Bytes of minified code that a Lambda function may load at its start: each is cold start. */
export const functionBytesMax = 848 * 1024;

// Some libraries are CommonJS and call `require` for Node's own modules.
const requireBanner =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);";

/** What Lambda runs. */
const functionTarget = "node24";
/** The oldest Node that the command runs on, as `engines` in package.json says. */
const commandTarget = "node22";

const common = {
  bundle: true,
  minify: true,
  platform: "node",
  format: "esm",
  mainFields: ["module", "main"],
  outExtension: { ".js": ".mjs" },
  banner: { js: requireBanner },
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
} as const satisfies BuildOptions;

/**
 * Errors of the operations that a run calls, as it calls them: with plain text, no policies of
 * parameters, no filters. And those that any operation of the service may have.
 */
const errorsOf = {
  ssm: /^(Parameter|InvalidNextToken|TooManyUpdates|UnsupportedParameter|InternalServer|Throttling|Validation|AccessDenied)/,
  iam: /^(ConcurrentModification|DeleteConflict|Entity|InvalidInput|LimitExceeded|MalformedPolicyDocument|NoSuchEntity|OpenIdIdp|PolicyNotAttachable|ServiceFailure|Unmodifiable)/,
};

/** How a client's schemas declare an error and register its class. */
const declaredError =
  /^export var (\w+)\$ = \[-3, n0,[^;]*?\n\];\nn0_registry\.registerError\(\1\$, \1\);\n/gm;

/**
 * Leaves the errors of other operations out of the clients, which declare all of them when they are
 * loaded. One that is not declared would still be thrown with its name and message.
 */
const errorsAlone: Plugin = {
  name: "errors-alone",
  setup: ({ onLoad }) => {
    for (const [service, wanted] of Object.entries(errorsOf)) {
      const filter = new RegExp(`client-${service}/dist-es/schemas/schemas_0\\.js$`);
      onLoad({ filter }, async ({ path }) => {
        const schemas = await readFile(path, "utf8");
        const contents = schemas.replaceAll(declaredError, (declaration, name: string) =>
          wanted.test(name) ? declaration : "",
        );
        return { contents };
      });
    }
  },
};

/** A client reads its version from its package.json, and nothing else of it. */
const versionAlone: Plugin = {
  name: "version-alone",
  setup: ({ onLoad }) =>
    onLoad({ filter: /@aws-sdk\/client-[^/]+\/package\.json$/ }, async ({ path }) => {
      const { version }: { readonly version?: unknown } = JSON.parse(await readFile(path, "utf8"));
      return { contents: JSON.stringify({ version }), loader: "json" };
    }),
};

/** The SDK brings a SHA-256 written in JavaScript, for a Node that has none of its own; Lambda's has. */
const nativeHashAlone: Plugin = {
  name: "native-hash-alone",
  setup: ({ onLoad }) =>
    onLoad(
      { filter: /@smithy\/core\/dist-es\/submodules\/checksum\/sha256\/Sha256Js\.js$/ },
      () => ({
        contents:
          "export class Sha256Js { constructor() { throw new Error('Node has no SHA-256.'); } }",
      }),
    ),
};

/** The SDK can also learn how fast to try again; our clients have a pace of their own. */
const standardRetriesAlone: Plugin = {
  name: "standard-retries-alone",
  setup: ({ onLoad }) =>
    onLoad(
      { filter: /@smithy\/core\/dist-es\/.*\/util-retry\/AdaptiveRetryStrategy\.js$/ },
      () => ({
        contents:
          "export { StandardRetryStrategy as AdaptiveRetryStrategy } from './StandardRetryStrategy';",
      }),
    ),
};

/** What each function's bundle leaves out. */
const leftOut: readonly Plugin[] = [
  errorsAlone,
  versionAlone,
  nativeHashAlone,
  standardRetriesAlone,
];

/** What hardly any audit needs: beside the rest, parts of what both have would be in each audit's start. */
const weeklyPage = { in: "functions/weekly-page.ts", out: "audit-weekly-page" };

/** Leaves the weekly page to a bundle of its own. */
const withoutPage: Plugin = {
  name: "without-page",
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/weekly-page\.ts$/ }, ({ kind }) =>
      kind === "dynamic-import" ? { path: `./${weeklyPage.out}.mjs`, external: true } : null,
    ),
};

/** Bundles one function into a folder; what it imports on demand becomes files beside it. */
export async function bundleFunction(name: FunctionName, outdir: string): Promise<Metafile> {
  const { metafile } = await build({
    ...inLambda(name, outdir),
    entryPoints: [{ in: `functions/${name}.ts`, out: name }],
    plugins: [...leftOut, withoutPage],
  });
  if (name !== "audit") return metafile;
  const page = await build({
    ...inLambda(weeklyPage.out, outdir),
    entryPoints: [weeklyPage],
    plugins: [...leftOut],
  });
  return {
    inputs: { ...metafile.inputs, ...page.metafile.inputs },
    outputs: { ...metafile.outputs, ...page.metafile.outputs },
  };
}

/**
 * `yaml` brings the same code as CommonJS, for Node, and as modules, for browsers: of modules the
 * bundle takes only what it calls. They differ in `!!binary` and in how they warn, and a document with
 * a tag is refused before the library reads it.
 */
const yamlModules = "./node_modules/yaml/browser/dist/index.js";

function inLambda(name: string, outdir: string) {
  return {
    ...common,
    target: functionTarget,
    outdir,
    splitting: true,
    chunkNames: `${name}-[name]-[hash]`,
    alias: {
      "@aws-sdk/credential-provider-node": "./shared/edge/credentials.ts",
      yaml: yamlModules,
    },
  } as const satisfies BuildOptions;
}

/** Bundles the command. */
export async function bundleCommand(outdir: string): Promise<Metafile> {
  const entryPoints = [{ in: "cli/main.ts", out: "cli" }];
  const { metafile } = await build({
    ...common,
    target: commandTarget,
    entryPoints,
    outdir,
  });
  return metafile;
}

const entries: ReadonlySet<string> = new Set([
  ...functionNames.map((name) => `functions/${name}.ts`),
  "cli/main.ts",
]);

/** The files of a bundle that are loaded at once: its entry and what that imports statically. */
export function loadedAtOnce(metafile: Metafile): ReadonlySet<string> {
  const seen = new Set<string>();
  const walk = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const each of metafile.outputs[path]?.imports ?? []) {
      if (each.kind === "import-statement" && each.external !== true) walk(each.path);
    }
  };
  for (const [path, { entryPoint }] of Object.entries(metafile.outputs)) {
    if (entryPoint !== undefined && entries.has(entryPoint)) walk(path);
  }
  return seen;
}

/** Bytes that a bundle loads at once, and bytes on demand. */
export function bundleBytes(metafile: Metafile): {
  readonly start: number;
  readonly later: number;
} {
  const seen = loadedAtOnce(metafile);
  const sum = (wanted: boolean) =>
    Object.entries(metafile.outputs)
      .filter(([path]) => seen.has(path) === wanted)
      .reduce((bytes, [, output]) => bytes + output.bytes, 0);
  return { start: sum(true), later: sum(false) };
}
